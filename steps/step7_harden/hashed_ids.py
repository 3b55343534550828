"""Hashed ids: the store knows sessions by a hash of their id, so that who reads the store can be nobody."""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

from steps.step5_stores.ends import Row
from steps.step5_stores.store import Store, refuse_old_store


class Hash(str):
    """A hash out of the store, which is hashed no more."""


def hashed(id: str) -> str:
    """What stands in the store in place of an id: 43 characters from which nobody comes back to it.

    A plain SHA-256 is enough, as base64url without padding: an id holds 192 random bits, so there is nothing to guess.
    Whatever a cookie says can be hashed, half a surrogate pair ("\\ud800") included. A Hash stays as it is.
    """
    if isinstance(id, Hash):
        return id
    return urlsafe_b64encode(sha256(id.encode("utf-8", "surrogatepass")).digest()).rstrip(b"=").decode()


class HashedIds:
    """A store around another one, which never sees an id. A copy of it, a backup or a dump, logs nobody in.

    Iterating gives the hashes, as ids that this store takes. Express cannot share such a store: it looks for the ids.
    """

    def __init__(self, store: Store) -> None:
        """Raise TypeError for what is no store."""
        refuse_old_store(store)
        self.store: Any = store

    def get(self, id: str) -> str | None:
        """Return the live row, or None if there is none."""
        row: str | None = self.store.get(hashed(id))
        return row

    def set(self, id: str, row: str, *, expected: str | None, expires: float | None) -> bool:
        """Write if the live row still is `expected` (None: if there is none). False if it is not."""
        return bool(self.store.set(hashed(id), row, expected=expected, expires=expires))

    def touch(self, id: str, expires: float | None) -> bool:
        """Move the end of a live row. False if there is none."""
        return bool(self.store.touch(hashed(id), expires))

    def destroy(self, id: str) -> None:
        """Remove the row. No error if there is none."""
        self.store.destroy(hashed(id))

    @property
    def get_with_end(self) -> Callable[[str], Row | None]:
        """The live row with its end, or None if there is none; if the store has it."""
        ask: Callable[[str], Row | None] = self.store.get_with_end
        return lambda id: ask(hashed(id))

    def clear(self) -> None:
        """Remove all rows."""
        self.store.clear()

    def __len__(self) -> int:
        return len(self.store)

    def __iter__(self) -> Iterator[str]:
        return map(Hash, self.store)
