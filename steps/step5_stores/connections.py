"""Connections: what a process has open of an SQLite database, one for each thread, to the file that is there now.

A file may be removed, or restored from a backup, while the program runs; and a program may fork.
"""

import os
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path
from threading import Lock, RLock, local
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


class Cursor:
    """An answer of the database, with all its rows: who reads them asks it nothing more.

    rowcount  how many rows the command has changed
    """

    def __init__(self, answer: sqlite3.Cursor) -> None:
        self.rows = iter(answer.fetchall())
        self.rowcount = answer.rowcount

    def fetchone(self) -> Any:
        """The next row, or None."""
        return next(self.rows, None)

    def fetchall(self) -> list[Any]:
        """The rows that are left."""
        return list(self.rows)


class OfThread:
    """A thread's connection. It closes when the thread is gone, or when it has been let go of.

    files   the inode of each file that it has opened, the database's first
    asking  held while SQLite is at work on it, down to the last row
    """

    closing = RLock()  # of all of them: Python may let go of one in the middle of closing another

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
        with self.asking, closing(self.database.execute(command, values)) as answer:
            return Cursor(answer)

    def __del__(self) -> None:
        held = self.closing.acquire(timeout=PATIENCE)  # not for ever: at Python's end, who holds it may be gone
        self.database.close()
        if held:
            self.closing.release()


def clear_away(files: dict[Path, Any]) -> None:
    """Where a database is gone, what is left beside its name goes, too: SQLite would take it for the next one's.

    It would read old pages out of it, and cut it short under those who still have it open.
    """
    database = next(iter(files))
    if inode(database) != files[database]:
        for file, opened in files.items():
            if inode(file) == opened is not None:
                try:
                    file.unlink(missing_ok=True)
                except OSError as error:
                    raise sqlite3.OperationalError(f"{file.name} of one that is gone cannot be removed") from error
        if LATEST.get(database, files)[database] == files[database]:
            LATEST.pop(database, None)  # what goes by these numbers from now on may be another's


class Connections:
    """A connection for each thread, to the database at this path, with this table.

    makes    whether a file that is not there is made; else it is an error
    writing  who holds it may write: one thread at a time
    """

    def __init__(self, path: Path, table: str, *, makes: bool = True) -> None:
        self.path = path
        self.table = table
        self.makes = makes
        self.writing = Lock()
        self.let_go()
        with OPENING:
            EVERYWHERE.add(self)

    @property
    def kept(self) -> OfThread | None:
        """What this thread has open, if it has, whatever has become of the files."""
        return getattr(self._of_threads, "kept", None)

    @property
    def own(self) -> OfThread:
        """This thread's. Once its files have been exchanged, all threads let go of the old, and open the new ones.

        All there are in this process: as long as one has the old files open, SQLite shares them with who opens anew.
        """
        kept = self.kept
        if kept is not None and not kept.is_current():
            with OPENING:
                clear_away(kept.files)
                for each in EVERYWHERE:
                    each.let_go()
            kept = None
        if kept is None:
            kept = self._of_threads.kept = self.open()
        return kept

    def let_go(self) -> None:
        """Close those that are not in use now, and the others when they have answered."""
        self._of_threads = local()

    def open(self) -> OfThread:
        """Open the file that is there now; make it where there is none, for nobody but its owner to read.

        Where the path leads through a link, SQLite opens what that leads to, and keeps its own files beside it.
        """
        with OPENING:
            file = Path(os.path.realpath(self.path))
            if self.makes:
                with suppress(OSError):  # it is there; or SQLite says what is wrong
                    file.touch(0o600, exist_ok=False)
            opened = inode(file)
            options: Any = {"timeout": PATIENCE, "isolation_level": None, "check_same_thread": False}
            kept = OfThread(sqlite3.connect(f"{file.as_uri()}?mode=rw", uri=True, **options))
            kept.files |= {file: opened, self.path: opened}
            if kept.is_current():  # SQLite has opened the database, and not yet what lies beside it
                clear_away(LATEST.get(file, kept.files))
                kept.database.text_factory = as_text
                prepare(kept.database, self.table)
                for beside in (file.with_name(file.name + end) for end in BESIDE):
                    kept.files[beside] = inode(beside)
                LATEST[file] = kept.files
            if None in kept.files.values() or not kept.is_current():
                raise sqlite3.OperationalError("its files are being exchanged")
            return kept


# SQLite forbids to carry a connection into another process, and a thread that holds a lock, ours or SQLite's own, does
# not come along. So a fork waits until SQLite is at work nowhere, and the child closes all, to begin with nothing open:
# what is left open would count there as locks, which nobody has.

LOCKS: WeakSet[Any] = WeakSet()  # of others, that a fork waits for, too
EVERYWHERE: WeakSet[Connections] = WeakSet()
OPEN: WeakSet[OfThread] = WeakSet()
LATEST: dict[Path, dict[Path, Any]] = {}  # by database, the files that were opened last
OPENING = Lock()
HELD: list[Any] = []


def _hold(*locks: Any) -> None:
    for lock in locks:
        lock.acquire()
        HELD.append(lock)


def _before_fork() -> None:
    _hold(*LOCKS, *[each.writing for each in EVERYWHERE], OPENING)  # in the order in which a thread takes them, too
    _hold(*[kept.asking for kept in OPEN])
    _hold(OfThread.closing)  # last: whoever holds one of the others may let go of a connection


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
