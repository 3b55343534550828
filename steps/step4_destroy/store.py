"""Store: rows that can end. Expired ones are hidden at once, and leave memory, a few at a time, when somebody comes."""

import time
from collections.abc import Iterator
from heapq import heappop, heappush
from math import ceil
from typing import Protocol

from steps import step2_middleware
from steps.step4_destroy.expiry import Clock

BITE = 64  # how many expired rows one call clears away at most: no request has to wait for a big clean-up


class Store(Protocol):
    """Rows of text by session id, each with its end: `expires` in seconds since 1970, None for never."""

    def get(self, id: str) -> str | None:
        """Return the live row, or None if there is none."""

    def set(self, id: str, row: str, *, expires: float | None = None) -> None:
        """Keep the row until it expires, in place of any that was there."""

    def touch(self, id: str, expires: float | None) -> bool:
        """Move the end of a live row. False if there is none: touching never brings a row back."""

    def destroy(self, id: str) -> None:
        """Remove the row. No error if there is none."""


class MemoryStore(step2_middleware.MemoryStore):
    """A store in a dict whose rows expire. The methods whose names begin with _ are called by those that hold the lock.

    Ids that expire in the same second lie in one set, the seconds in a heap: what is due is found without a search.
    It adds `touch` and `destroy` to step 2's, and changes `get`, `set` and `clear`, the length and the iteration.
    """

    def __init__(self, *, clock: Clock = time.time) -> None:
        super().__init__()
        self.clock = clock
        self._expires: dict[str, float] = {}
        self._due: dict[int, set[str]] = {}
        self._seconds: list[int] = []

    def get(self, id: str) -> str | None:
        """Return the live row, or None if there is none."""
        with self._lock:
            return self._live(id)

    def set(self, id: str, row: str, *, expires: float | None = None) -> None:
        """Keep the row until it expires, in place of any that was there."""
        with self._lock:
            self._keep(id, row, expires)

    def touch(self, id: str, expires: float | None) -> bool:
        """Move the end of a live row, and sweep a little. False if there is none: touching never brings a row back."""
        with self._lock:
            self._sweep()
            live = self._live(id) is not None
            if live and expires != self._expires.get(id):
                self._schedule(id, expires)
            return live

    def destroy(self, id: str) -> None:
        """Remove the row. No error if there is none."""
        with self._lock:
            self._schedule(id, None)
            self._rows.pop(id, None)

    def clear(self) -> None:
        """Forget every row."""
        with self._lock:
            for each in (self._rows, self._expires, self._due, self._seconds):
                each.clear()

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __iter__(self) -> Iterator[str]:
        """The ids of the live rows, as they were when the loop began."""
        with self._lock:
            return iter([id for id in self._rows if self._live(id) is not None])

    def _live(self, id: str) -> str | None:
        """The row, unless it has expired."""
        expires = self._expires.get(id)
        return self._rows.get(id) if expires is None or expires > self.clock() else None

    def _keep(self, id: str, row: str, expires: float | None) -> None:
        """Hold the row, and sweep a little: who comes clears away some who have gone."""
        self._sweep()
        self._rows[id] = row
        self._schedule(id, expires)

    def _schedule(self, id: str, expires: float | None) -> None:
        """Note when the row is due; None takes it off the list."""
        before = self._expires.pop(id, None)
        if before is not None:
            self._due[ceil(before)].discard(id)
        if expires is not None:
            second = ceil(expires)
            if second not in self._due:
                self._due[second] = set()
                heappush(self._seconds, second)
            self._due[second].add(id)
            self._expires[id] = expires
        if len(self._due) > 2 * len(self._expires) + BITE:  # most seconds are empty by now: who was in them has moved
            self._due = {second: ids for second, ids in self._due.items() if ids}
            self._seconds = sorted(self._due)

    def _sweep(self) -> None:
        """Clear away a few of the rows that are due, with their ends: BITE at most, so that no request has to wait."""
        for _ in range(BITE):
            if not self._seconds or self._seconds[0] > self.clock():
                return
            ids = self._due[self._seconds[0]]
            if ids:
                id = ids.pop()
                del self._rows[id], self._expires[id]
            else:
                del self._due[heappop(self._seconds)]
