"""Database: a file for what the house knows about its users, asked in pieces of work that are kept whole or undone."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import local

PATIENCE = 0.7  # seconds to wait for what other programs are doing with the file
OURS_ALONE = 0o600  # nobody else on this machine reads the hashes; SQLite gives its own files beside it the same rights
BUSY = local()  # .works: the connections that this thread is busy with, by process and file


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
        with closing(sqlite3.connect(file, uri=True, timeout=PATIENCE, factory=self.connection)) as database, database:
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
