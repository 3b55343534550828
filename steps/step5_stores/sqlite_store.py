"""SQLite store: rows in a file, for one machine. They outlive the server, and several processes may share them."""

import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from steps.step4_destroy.expiry import Clock
from steps.step4_destroy.store import BITE
from steps.step5_stores.connections import PATIENCE, Connections, Cursor, OfThread
from steps.step5_stores.ends import Row
from steps.step5_stores.store import StoreError

TABLE = """
PRAGMA journal_mode = WAL;    -- who reads need not wait for who writes
PRAGMA synchronous = NORMAL;  -- a killed process loses nothing; a power cut, the last moment
CREATE TABLE IF NOT EXISTS sessions (id TEXT PRIMARY KEY, row TEXT NOT NULL, expires REAL);
CREATE INDEX IF NOT EXISTS sessions_by_end ON sessions (expires) WHERE expires IS NOT NULL;
"""
LIVE = "(expires IS NULL OR expires > :now)"
GET = f"SELECT row FROM sessions WHERE id = :id AND {LIVE}"
GET_WITH_END = f"SELECT row, expires FROM sessions WHERE id = :id AND {LIVE}"
INSERT = """INSERT INTO sessions VALUES (:id, :row, :expires)
    ON CONFLICT (id) DO UPDATE SET row = :row, expires = :expires WHERE expires <= :now"""
UPDATE = f"UPDATE sessions SET row = :row, expires = :expires WHERE id = :id AND row = :expected AND {LIVE}"
TOUCH = f"UPDATE sessions SET expires = :expires WHERE id = :id AND {LIVE}"
DESTROY = "DELETE FROM sessions WHERE id = :id"
SWEEP = f"DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires <= :now LIMIT {BITE})"


class SQLiteStore:
    """A store in an SQLite database, made on first use. Each thread has a connection of its own; one writes at a time.

    path   the database's file; its folder must be there. StoreError for one that cannot be used
    clock  time.time, or another function that gives the seconds since 1970
    """

    def __init__(self, path: str | Path, *, clock: Clock = time.time) -> None:
        if str(path) == ":memory:":
            raise ValueError("each thread would have a database of its own in memory: take MemoryStore()")
        self.path = Path(os.path.abspath(path))  # now: the program may go on to another folder
        self.clock = clock
        self._connections = Connections(self.path, TABLE)
        self._writing = self._connections.writing
        try:
            self._connections.open()  # and closed again, since nobody keeps it
        except sqlite3.Error as error:
            raise StoreError(f"{path} cannot be used as a session store: {error}") from error

    def get(self, id: str) -> str | None:
        """Return the live row, or None if there is none. A row that is no text comes as an empty one."""
        found = self._ask(GET, id=id).fetchone()
        return None if found is None else found[0] if isinstance(found[0], str) else ""

    def set(self, id: str, row: str, *, expected: str | None, expires: float | None) -> bool:
        """Write if the live row still is `expected` (None: if there is none). False if it is not.

        Before each new row, SWEEP clears away some that have expired.
        """
        if expected is not None:
            return self._write(UPDATE, id=id, row=row, expected=expected, expires=expires) == 1
        self._write(SWEEP)
        return self._write(INSERT, id=id, row=row, expires=expires) == 1

    def touch(self, id: str, expires: float | None) -> bool:
        """Move the end of a live row. False if there is none: touching never brings a row back."""
        return self._write(TOUCH, id=id, expires=expires) == 1

    def destroy(self, id: str) -> None:
        """Remove the row. No error if there is none."""
        self._write(DESTROY, id=id)

    def get_with_end(self, id: str) -> Row | None:
        """The live row with its end, or None if there is none. A row that is no text comes as an empty one."""
        found = self._ask(GET_WITH_END, id=id).fetchone()
        return None if found is None else Row(found[0] if isinstance(found[0], str) else "", found[1])

    def clear(self) -> None:
        """Forget every row."""
        self._write("DELETE FROM sessions")

    def __len__(self) -> int:
        return int(self._ask(f"SELECT count(*) FROM sessions WHERE {LIVE}").fetchone()[0])

    def __iter__(self) -> Iterator[str]:
        """The ids of the live rows, as they were when the loop began. Sorted, so that all are read before the first."""
        return iter([id for (id,) in self._ask(f"SELECT id FROM sessions WHERE {LIVE} ORDER BY +id").fetchall()])

    def close(self) -> None:
        """Close all connections: those that are in use when they have answered. The next question opens another."""
        self._connections.let_go()

    def _write(self, command: str, **values: Any) -> int:
        """Do it when no other thread of ours is writing; return how many rows it has met.

        Who has waited for PATIENCE gets a StoreError.
        """
        if not self._writing.acquire(timeout=PATIENCE):
            raise StoreError(f"{self.path} is busy: other writers are waiting already")
        try:
            return self._ask(command, **values).rowcount
        finally:
            self._writing.release()

    def _ask(self, command: str, **values: Any) -> Cursor:
        """Do it with these values, and the clock's time as `now`: a Cursor with rowcount, `fetchone` and `fetchall`.

        StoreError if the database cannot. After that, `close()`: whatever was wrong, the next question opens it anew.
        """
        try:
            return self._database.execute(command, {"now": self.clock(), **values})
        except sqlite3.Error as error:
            self.close()
            raise StoreError(f"{self.path} does not answer: {error}") from error

    @property
    def _database(self) -> OfThread:
        """This thread's connection."""
        return self._connections.own
