"""Hashed owners: a store that knows sessions by a hash of their id still knows whose they are."""

from typing import Any

from steps.step6_access.owners import OwnedRow, keeps_owners
from steps.step7_harden import hashed_ids
from steps.step7_harden.hashed_ids import Hash, hashed


class HashedIds(hashed_ids.HashedIds):
    """A store around another one, which never sees an id; whose the sessions are, it is told as it is.

    Iterating gives the hashes, as ids that this store takes. Express cannot share such a store: it looks for the ids.
    """

    @property
    def keeps_owners(self) -> bool:
        """As the store's."""
        return keeps_owners(self.store)

    def known_as(self, id: str) -> str:
        """The hash of an id: what names a session here."""
        return hashed(id)

    def set_owned(self, id: str, row: str, **options: Any) -> bool:
        """As the store's."""
        return bool(self.store.set_owned(hashed(id), row, **options))

    def owner_of(self, id: str) -> str | None:
        """As the store's."""
        owner: str | None = self.store.owner_of(hashed(id))
        return owner

    def of_owner(self, owner: str) -> list[OwnedRow]:
        """As the store's, with the hashes for ids."""
        return [each._replace(id=Hash(each.id)) for each in self.store.of_owner(owner)]

    def end_owned(self, owner: str, *, but: str | None = None, only: str | None = None) -> int:
        """As the store's."""
        but, only = (None if id is None else hashed(id) for id in (but, only))
        return int(self.store.end_owned(owner, but=but, only=only))
