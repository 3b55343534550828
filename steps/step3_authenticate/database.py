"""Database: a file for what the house knows about its users, asked in pieces of work that are kept whole or undone."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Condition, get_ident, local
from typing import Any

PATIENCE = 0.7  # seconds to wait for what other programs are doing with the file
OURS_ALONE = 0o600  # nobody else on this machine reads the hashes; SQLite gives its own files beside it the same rights
BUSY = local()  # .works: the connections that this thread is busy with, by process and file


class Work:
    """The connections that are open now. SQLite forbids to carry one into another process, so a fork waits for them."""

    def __init__(self) -> None:
        self.changed = Condition()
        self.open: dict[sqlite3.Connection, int] = {}  # each with its thread

    @contextmanager
    def begun(self, connect: Callable[[], sqlite3.Connection]) -> Iterator[sqlite3.Connection]:
        """A piece of work on a connection of its own."""
        with self.changed:
            database = connect()
            self.open[database] = get_ident()
        try:
            with closing(database), database:
                yield database
        finally:
            with self.changed:
                self.open.pop(database, None)
                self.changed.notify_all()

    def before_fork(self) -> None:
        """Let nobody begin, and wait for the other threads; for one that does not end, no longer than PATIENCE."""
        self.changed.acquire()
        self.changed.wait_for(lambda: {*self.open.values()} <= {get_ident()}, PATIENCE)

    def after_fork(self) -> None:
        """Go on."""
        self.changed.release()

    def in_child(self) -> None:
        """Go on with what this thread has; the others did not come along, so theirs is closed."""
        for database in [each for each, thread in self.open.items() if thread != get_ident()]:
            sqlite3.Connection.close(database)
            del self.open[database]
        self.changed = Condition()


WORK = Work()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=WORK.before_fork, after_in_parent=WORK.after_fork, after_in_child=WORK.in_child)


class Database:
    """An SQLite file, made on first use. Whatever folder the program goes to later, it stays the same file."""

    connection: type[sqlite3.Connection] = sqlite3.Connection

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).absolute()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if not self.path.exists():
            self.path.touch(OURS_ALONE)

    @contextmanager
    def connect(self) -> Iterator[sqlite3.Connection]:
        """A connection for one piece of work: kept whole if it succeeds, undone if it raises.

        A piece of work inside another on the same file is a part of it: they are kept or undone together.
        """
        works = BUSY.__dict__.setdefault("works", {})
        this = (os.getpid(), self.path)  # what was carried over a fork is still the parent's
        if this in works:
            yield works[this]
            return
        file = self.path.as_uri() + "?mode=rw"  # a file that is gone is an error, and not a new one without users
        options: Any = {"uri": True, "timeout": PATIENCE, "factory": self.connection, "check_same_thread": False}
        with WORK.begun(lambda: sqlite3.connect(file, **options)) as database:
            works[this] = database
            try:
                yield database
            finally:
                del works[this]

    @contextmanager
    def alone(self) -> Iterator[None]:
        """A piece of work during which nobody else writes: what it looks up first is still so when it acts."""
        with self.connect() as database:
            database.execute("BEGIN IMMEDIATE")
            yield
