"""Connections: what a process has open of an SQLite database, one for each thread, to the file that is there now.

A file may be removed, or restored from a backup, while the program runs; and a program may fork.
"""

import os
import sqlite3
import time
from contextlib import suppress
from pathlib import Path
from threading import Lock, local
from typing import Any
from weakref import WeakSet

PATIENCE = 0.4  # seconds to wait for our own other writers, and as long for those of other processes
BESIDE = ("-wal", "-shm")  # the ends of the names of the two files that SQLite keeps beside the database


def inode(file: Path) -> tuple[int, int] | None:
    """Which file has this name now: another one of the same name is another inode. None: there is none."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def as_text(stored: bytes) -> str:
    """What a table holds, as text; empty where it is no UTF-8, since no session can be read from that."""
    try:
        return stored.decode()
    except UnicodeDecodeError:
        return ""


def prepare(database: sqlite3.Connection, table: str) -> None:
    """Make the table where there is none. While another process does so, SQLite may not wait by itself: try again."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            database.executescript(table)
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
        time.sleep(0.01)


class Cursor(sqlite3.Cursor):
    """An answer of the database. While somebody has it, its connection stays open."""

    connection_of: "OfThread"


class OfThread:
    """A thread's connection. It closes when the thread is gone, or when it and its last answer have been let go of.

    files  the inode of each file that it has opened, the database's first
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self.database = database
        self.files: dict[Path, Any] = {}
        self.asking = Lock()
        OPEN.add(self)

    def is_current(self) -> bool:
        """Whether these still are the files of those names."""
        return all(inode(file) == opened for file, opened in self.files.items())

    def execute(self, command: str, values: Any = ()) -> Cursor:
        """The answer to a command of SQL."""
        answer = self.database.cursor(Cursor)
        answer.connection_of = self
        with self.asking:
            answer.execute(command, values)
        return answer

    def __del__(self) -> None:
        self.database.close()


class Connections:
    """A connection for each thread, to the database at this path, with this table.

    writing  who holds it may write: one thread at a time
    """

    def __init__(self, path: Path, table: str) -> None:
        self.path = path
        self.table = table
        self.writing = Lock()
        self.let_go()
        EVERYWHERE.add(self)

    @property
    def own(self) -> OfThread:
        """This thread's. Once its files have been exchanged, all threads let go of the old, and open the new ones."""
        kept: OfThread | None = getattr(self._of_threads, "kept", None)
        if kept is not None and not kept.is_current():
            self._leave(kept.files)
            kept = None
        if kept is None:
            kept = self._of_threads.kept = self.open()
        return kept

    def let_go(self) -> None:
        """Close those that are not in use now, and the others when they have answered."""
        self._of_threads = local()

    def _leave(self, files: dict[Path, Any]) -> None:
        """Let go of files that have been exchanged. What is left beside a new database is the old one's: remove it."""
        database = next(iter(files))
        if inode(database) != files[database]:
            for file, opened in files.items():
                if inode(file) == opened is not None:
                    file.unlink(missing_ok=True)
        self.let_go()

    def open(self) -> OfThread:
        """Open the file that is there now; make it where there is none, for nobody but its owner to read.

        Where the path leads through a link, SQLite opens what that leads to, and keeps its own files beside it.
        """
        with OPENING:
            file = self.path.resolve()
            with suppress(OSError):  # it is there; or SQLite says what is wrong
                file.touch(0o600, exist_ok=False)
            opened = inode(file)
            kept = OfThread(sqlite3.connect(file, timeout=PATIENCE, isolation_level=None, check_same_thread=False))
            kept.files |= {file: opened, self.path: opened}
            kept.database.text_factory = as_text
            prepare(kept.database, self.table)
            for beside in (file.with_name(file.name + end) for end in BESIDE):
                kept.files[beside] = inode(beside)
            if None in kept.files.values():
                raise sqlite3.OperationalError("its files are being exchanged")
            return kept


# SQLite forbids to carry a connection into another process, and a thread that holds a lock does not come along. So a
# fork waits until nobody is asking anything, and the child begins with nothing open.

LOCKS: WeakSet[Any] = WeakSet()  # of others, that a fork waits for, too
EVERYWHERE: WeakSet[Connections] = WeakSet()
OPEN: WeakSet[OfThread] = WeakSet()
OPENING = Lock()
HELD: list[Any] = []


def _hold(*locks: Any) -> None:
    for lock in locks:
        lock.acquire()
        HELD.append(lock)


def _before_fork() -> None:
    _hold(*LOCKS, *[each.writing for each in EVERYWHERE], OPENING)  # in the order in which a thread takes them, too
    _hold(*[kept.asking for kept in OPEN])


def _after_fork() -> None:
    while HELD:
        HELD.pop().release()


def _in_child() -> None:
    _after_fork()
    for kept in OPEN:
        kept.database.close()
    for each in EVERYWHERE:
        each.let_go()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_in_child)
