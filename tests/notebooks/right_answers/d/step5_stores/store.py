"""Store: a write names the row that it replaces, so that nothing is ever built on old news."""

import time
from secrets import token_urlsafe
from typing import Protocol

from steps import step4_destroy


class StoreError(Exception):
    """The store cannot answer: it is down, frozen, locked or full. Nobody is logged out by that."""


class Store(Protocol):
    """Rows of text by session id, each with its end: `expires` in seconds since 1970, None for never.

    Where a row is asked for, an expired one is no row. Whatever keeps a store from answering is a StoreError, and comes
    within a second.
    """

    def get(self, id: str) -> str | None:
        """Return the live row, or None if there is none. A row that is no text comes as an empty one."""

    def set(self, id: str, row: str, *, expected: str | None, expires: float | None) -> bool:
        """Compare-and-swap: write if the live row still is `expected` (None: if there is none). False if it is not.

        An end that has passed takes the row away, which makes of this a compare-and-destroy.
        """

    def touch(self, id: str, expires: float | None) -> bool:
        """Move the end of a live row. False if there is none: touching never brings a row back."""

    def destroy(self, id: str) -> None:
        """Remove the row. No error if there is none."""


def try_out(store: Store) -> None:
    """Raise StoreError unless the store does all that sessions need: one that can be read may be full, or read-only."""
    id, soon = f"is anybody there? {token_urlsafe(8)}", time.time() + 60
    store.get(id)
    store.set(id, "1", expected=None, expires=soon)
    store.set(id, "2", expected="1", expires=soon)
    store.touch(id, soon)
    store.destroy(id)


class MemoryStore(step4_destroy.MemoryStore):
    """A store in a dict whose rows expire, and whose writes compare first."""

    def set(  # type: ignore[override]  # stricter than step 4's on purpose: a write without `expected` is the mistake
        self, id: str, row: str, *, expected: str | None, expires: float | None
    ) -> bool:
        """Write if the live row still is `expected` (None: if there is none). False if it is not."""
        self._lock.acquire()
        try:
            fits = self._live(id) == expected
            if fits:
                self._keep(id, row, expires)
            return fits
        finally:
            self._lock.release()
