"""Store: a write names the row that it replaces, so that nothing is ever built on old news."""

import inspect
import logging
import time
from hashlib import sha256
from os import PathLike
from secrets import token_urlsafe
from typing import Any, Protocol

from steps import step4_destroy
from steps.step4_destroy.expiry import Clock
from steps.step5_stores.connections import LOCKS
from steps.step5_stores.ends import Row

LOG = logging.getLogger("sessions")
SPOILT = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)  # what bad rows cause


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


def refuse_old_store(store: Any) -> None:
    """Raise TypeError for what is no store of this step: `set` must take `expected`, and no method may be async."""
    methods = [getattr(store, name, None) for name in ("get", "set", "touch", "destroy")]
    good = [callable(each) and not inspect.iscoroutinefunction(each) for each in methods]
    if all(good) and not isinstance(store, type):
        takes = inspect.signature(store.set).parameters
        if {"expected", "expires"} <= takes.keys() or any(each.kind is each.VAR_KEYWORD for each in takes.values()):
            return
    such = 'open_store("…")' if isinstance(store, str | PathLike) else "MemoryStore()"  # there are passwords in URLs
    raise TypeError(
        f"store must have get, set, touch and destroy, none of them async, and a set that takes expected and expires, "
        f"as {such} has, not be of {type(store)}"
    )


def name_in_log(id: str) -> str:
    """A name for a session in a log: the same one each time, and worthless to who reads it. ASVS 16.2.5."""
    return sha256(id.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def drop_spoilt(store: Any, id: str, error: Exception) -> None:
    """Destroy a row that cannot be read, and say why: a warning of LOG that names the session by `name_in_log`."""
    LOG.warning("Session %s is dropped: its row cannot be read (%s)", name_in_log(id), type(error).__name__)
    store.destroy(id)


def try_out(store: Store) -> None:
    """Raise StoreError unless the store does all that sessions need: one that can be read may be full, or read-only."""
    id, soon = f"is anybody there? {token_urlsafe(8)}", time.time() + 60
    store.get(id)
    store.set(id, "1", expected=None, expires=soon)
    store.set(id, "2", expected="1", expires=soon)
    store.touch(id, soon)
    store.destroy(id)


class MemoryStore(step4_destroy.MemoryStore):
    """A store in a dict whose rows expire, and whose writes compare first: step 4's, with another `set`.

    It also tells when a row ends. A process that forks goes on with a copy of its own, which nobody else sees.

    clock  time.time, or another function that gives the seconds since 1970
    """

    def __init__(self, *, clock: Clock = time.time) -> None:
        super().__init__(clock=clock)
        LOCKS.add(self._lock)

    def set(  # type: ignore[override]  # stricter than step 4's on purpose: a write without `expected` is the mistake
        self, id: str, row: str, *, expected: str | None, expires: float | None
    ) -> bool:
        """Write if the live row still is `expected` (None: if there is none). False if it is not."""
        with self._lock:
            if self._live(id) != expected:
                return False
            self._keep(id, row, expires)
            return True

    def get_with_end(self, id: str) -> Row | None:
        """The live row with its end, or None if there is none."""
        with self._lock:
            row = self._live(id)
            return None if row is None else Row(row, self._expires.get(id))
