"""SQLite store: rows in a file, for one machine. They outlive the server, and several processes may share them."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Lock, local
from typing import Any
from weakref import WeakSet

from steps.step4_destroy.expiry import Clock
from steps.step4_destroy.store import BITE
from steps.step5_stores.store import StoreError

PATIENCE = 0.4  # seconds to wait for our own other writers, and as long for those of other processes
BESIDE = ("-wal", "-shm")  # the ends of the names of the two files that SQLite keeps beside the database
TABLE = """
PRAGMA journal_mode = WAL;    -- who reads need not wait for who writes
PRAGMA synchronous = NORMAL;  -- a killed process loses nothing; a power cut, the last moment
CREATE TABLE IF NOT EXISTS sessions (id TEXT PRIMARY KEY, row TEXT NOT NULL, expires REAL);
CREATE INDEX IF NOT EXISTS sessions_by_end ON sessions (expires) WHERE expires IS NOT NULL;
"""
LIVE = "(expires IS NULL OR expires > :now)"
GET = f"SELECT row FROM sessions WHERE id = :id AND {LIVE}"
INSERT = """INSERT INTO sessions VALUES (:id, :row, :expires)
    ON CONFLICT (id) DO UPDATE SET row = :row, expires = :expires WHERE expires <= :now"""
UPDATE = f"UPDATE sessions SET row = :row, expires = :expires WHERE id = :id AND row = :expected AND {LIVE}"
TOUCH = f"UPDATE sessions SET expires = :expires WHERE id = :id AND {LIVE}"
DESTROY = "DELETE FROM sessions WHERE id = :id"
SWEEP = f"DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires <= :now LIMIT {BITE})"


def _text(stored: bytes) -> str:
    """What the table holds, as text; empty where it is no UTF-8, since no session can be read from that."""
    try:
        return stored.decode()
    except UnicodeDecodeError:
        return ""


def _inode(file: Path) -> tuple[int, int] | None:
    """Which file has this name now: another one of the same name is another inode. None: there is none."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _prepare(database: sqlite3.Connection) -> None:
    """Make the table where there is none. While another process does so, SQLite may not wait by itself: try again."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            database.executescript(TABLE)
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
        time.sleep(0.01)


class Cursor(sqlite3.Cursor):
    """An answer of the database. While somebody has it, its connection stays open."""

    connection_of: "OfThread"


class OfThread:
    """A thread's connection. It closes when the thread is gone, or when its store and its last answer are done with it.

    files  the inode of each file that it has opened
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self.database = database
        self.files: dict[Path, Any] = {}

    def is_current(self) -> bool:
        """Whether these still are the files of those names: they may be removed or exchanged while the program runs."""
        return all(_inode(file) == opened for file, opened in self.files.items())

    def execute(self, command: str, values: Any = ()) -> Cursor:
        """The answer to a command of SQL."""
        answer = self.database.cursor(Cursor)
        answer.connection_of = self
        answer.execute(command, values)
        return answer

    def __del__(self) -> None:
        self.database.close()


class SQLiteStore:
    """A store in an SQLite database, made on first use. Each thread has a connection of its own; one writes at a time.

    path  the database's file; its folder must be there
    """

    def __init__(self, path: str | Path, *, clock: Clock = time.time) -> None:
        if str(path) == ":memory:":
            raise ValueError("each thread would have a database of its own in memory: take MemoryStore()")
        self.path = Path(path).resolve()  # now: the program may go on to another folder
        self.clock = clock
        self._begin()
        OPEN.add(self)
        try:
            self._connect()  # and closed again, since nobody keeps it
        except sqlite3.Error as error:
            raise StoreError(f"{path} cannot be used as a session store: {error}") from error

    def _begin(self) -> None:
        """Have nothing open in any thread, and nobody writing."""
        self._own = local()
        self._writing = Lock()

    def get(self, id: str) -> str | None:
        """Return the live row, or None if there is none. A row that is no text comes as an empty one."""
        found = self._ask(GET, id=id).fetchone()
        if found is None:
            return None
        return found[0] if isinstance(found[0], str) else ""

    def set(self, id: str, row: str, *, expected: str | None, expires: float | None) -> bool:
        """Write if the live row still is `expected` (None: if there is none). False if it is not."""
        if expected is None:
            self._write(SWEEP)
            return self._write(INSERT, id=id, row=row, expires=expires) > 0
        return self._write(UPDATE, id=id, row=row, expires=expires, expected=expected) > 0

    def touch(self, id: str, expires: float | None) -> bool:
        """Move the end of a live row. False if there is none: touching never brings a row back."""
        return self._write(TOUCH, id=id, expires=expires) > 0

    def destroy(self, id: str) -> None:
        """Remove the row. No error if there is none."""
        self._write(DESTROY, id=id)

    def clear(self) -> None:
        """Forget every row."""
        self._write("DELETE FROM sessions")

    def __len__(self) -> int:
        return int(self._ask(f"SELECT count(*) FROM sessions WHERE {LIVE}").fetchone()[0])

    def __iter__(self) -> Iterator[str]:
        """The ids of the live rows, as they were when the loop began."""
        return iter([id for (id,) in self._ask(f"SELECT id FROM sessions WHERE {LIVE}").fetchall()])

    def close(self) -> None:
        """Let go of all connections: those that are not in use close now, the others when they have answered."""
        self._own = local()

    def _write(self, command: str, **values: Any) -> int:
        """Do it when no other thread of ours is writing; return how many rows it has met."""
        if not self._writing.acquire(timeout=PATIENCE):
            raise StoreError(f"{self.path} is busy: another thread has been writing for {PATIENCE} seconds")
        try:
            return self._ask(command, **values).rowcount
        finally:
            self._writing.release()

    def _ask(self, command: str, **values: Any) -> sqlite3.Cursor:
        try:
            return self._database.execute(command, {"now": self.clock(), **values})
        except sqlite3.Error as error:
            raise StoreError(f"{self.path} does not answer: {error}") from error

    @property
    def _database(self) -> OfThread:
        """This thread's connection. Where its files have been exchanged, all threads open the new ones."""
        kept: OfThread | None = getattr(self._own, "kept", None)
        if kept is not None and not kept.is_current():
            self._leave(kept.files)
            kept = None
        if kept is None:
            kept = self._own.kept = self._connect()
        return kept

    def _leave(self, files: dict[Path, Any]) -> None:
        """Let go of files that have been exchanged. What is left beside a new database is the old one's: remove it."""
        if _inode(self.path) != files[self.path]:
            for file, opened in files.items():
                if _inode(file) == opened is not None:
                    file.unlink(missing_ok=True)
        self.close()

    def _connect(self) -> OfThread:
        """Open the file that is there now; make it where there is none, for nobody but its owner to read."""
        with suppress(OSError):  # it is there; or SQLite says what is wrong
            self.path.touch(0o600, exist_ok=False)
        opened = _inode(self.path)
        kept = OfThread(sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None, check_same_thread=False))
        kept.files[self.path] = opened
        kept.database.text_factory = _text
        _prepare(kept.database)
        for file in (self.path.with_name(self.path.name + end) for end in BESIDE):
            kept.files[file] = _inode(file)
        if None in kept.files.values():
            raise sqlite3.OperationalError("its files are being exchanged")
        return kept


OPEN: "WeakSet[SQLiteStore]" = WeakSet()  # the stores of this process


def _after_fork() -> None:
    """In the child, nothing is open yet: SQLite forbids to carry a connection over a fork. Nor does anybody write."""
    for store in OPEN:
        store._begin()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
