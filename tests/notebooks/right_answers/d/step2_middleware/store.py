"""Store: where rows of text wait for the next request of their visitor.

This one keeps them in this process: they are gone when it stops, and another process does not see them.
"""

from collections.abc import Iterator
from threading import Lock
from typing import Protocol


class Store(Protocol):
    """Rows of text by session id."""

    def get(self, id: str) -> str | None:
        """Return the row, or None if there is none."""

    def set(self, id: str, row: str) -> None:
        """Keep the row, in place of any that was there."""


class MemoryStore:
    """A store in a dict, for learning, development and tests.

    It keeps text, not the session object: two requests that shared one object would see each other's half-done changes.
    """

    def __init__(self) -> None:
        self._rows: dict[str, str] = {}
        self._lock = Lock()  # requests run in threads of one process

    def get(self, id: str) -> str | None:
        """Return the row, or None if there is none."""
        self._lock.acquire()
        try:
            return self._rows[id] if id in self._rows else None
        finally:
            self._lock.release()

    def set(self, id: str, row: str) -> None:
        """Keep the row, in place of any that was there."""
        with self._lock:
            self._rows.update({id: row})

    def clear(self) -> None:
        """Forget every row."""
        with self._lock:
            self._rows = {}

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __iter__(self) -> Iterator[str]:
        """The ids, as they were when the loop began."""
        with self._lock:
            ids = tuple(self._rows.keys())
        yield from ids
