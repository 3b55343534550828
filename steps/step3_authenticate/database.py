"""Database: a file for what the house knows about its users, asked in pieces of work that are kept whole or undone."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Condition, get_ident, local

PATIENCE = 0.7  # seconds to wait for what other programs are doing with the file
OURS = 0.3  # seconds more, in which a piece of work that has waited so long comes to its end
OURS_ALONE = 0o600  # nobody else on this machine reads the hashes; SQLite gives its own files beside it the same rights
BUSY = local()  # .works: the connections that this thread is busy with, by process and file


class Work:
    """The connections that are open now. SQLite forbids to carry one into another process, so a fork waits for them."""

    def __init__(self) -> None:
        self.changed = Condition()
        self.forking = False
        self.open: dict[sqlite3.Connection, tuple[int, Path]] = {}  # each with its thread, and its file
        self.carried: dict[sqlite3.Connection, Path] = {}  # those that a fork has not waited for, and their files

    @contextmanager
    def begun(self, database: "Database") -> Iterator[sqlite3.Connection]:
        """A piece of work on a connection of its own."""
        with self.changed:
            self.changed.wait_for(lambda: not self.forking or get_ident() in self.threads())
            if database.path in self.carried.values():
                raise sqlite3.OperationalError("it was in use for long when this process was forked")
            connection = database.open()
            self.open[connection] = get_ident(), database.path
        try:
            with closing(connection), connection:
                yield connection
        finally:
            with self.changed:
                self.open.pop(connection, None)
                self.changed.notify_all()

    def threads(self) -> set[int]:
        """Those that are at work."""
        return {thread for thread, _ in self.open.values()}

    def before_fork(self) -> None:
        """Let nobody begin, and wait for the other threads: for one that does not end, PATIENCE and OURS."""
        self.changed.acquire()
        self.forking = True
        self.changed.wait_for(lambda: self.threads() <= {get_ident()}, PATIENCE + OURS)

    def after_fork(self) -> None:
        """Go on."""
        self.forking = False
        self.changed.notify_all()
        self.changed.release()

    def in_child(self) -> None:
        """Go on with what this thread has; the others did not come along.

        SQLite may have been at work on theirs: they can be neither used nor closed, and their files not be opened.
        """
        self.changed, self.forking = Condition(), False
        self.carried |= {each: file for each, (thread, file) in self.open.items() if thread != get_ident()}
        self.open = {each: of for each, of in self.open.items() if each not in self.carried}


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

    def open(self) -> sqlite3.Connection:
        """A new connection. A file that is gone is an error, and not a new one without users."""
        file = self.path.as_uri() + "?mode=rw"
        return sqlite3.connect(file, uri=True, timeout=PATIENCE, factory=self.connection, check_same_thread=False)

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
        with WORK.begun(self) as database:
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
