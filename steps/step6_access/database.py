"""Database: the users' database is a store, too. It answers, or says within a second that it cannot."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any

from steps.step3_authenticate import database
from steps.step3_authenticate.users import Users
from steps.step5_stores.connections import Connections
from steps.step5_stores.failures import PAUSE
from steps.step5_stores.store import StoreError

READ = "SELECT 1 FROM sqlite_master"  # with which SQLite opens what lies beside the database, too
WAL = f"PRAGMA journal_mode = WAL; {READ}"  # who reads need not wait for who writes
ALL_IN_ONE = "PRAGMA wal_autocheckpoint = 1"  # what is kept is in the file itself, for who copies or moves that
QUEUES: dict[tuple[int, Path], "Queue"] = {}  # by process and file


class Queue:
    """Where those of one process wait who want to write. It may be long, as long as it moves."""

    def __init__(self) -> None:
        self.turn = Lock()
        self.resting_until = 0.0  # the first has waited for another program in vain, and so have all


class Connection(sqlite3.Connection):
    """A connection that queues up before it writes: those who wait for SQLite itself are served by chance."""

    queue: Queue
    is_first = False

    def execute(self, command: str, values: Any = ()) -> sqlite3.Cursor:
        """Do it; what writes, when its turn has come."""
        if not self.is_first and not command.startswith("SELECT"):
            self.is_first = self.queue.turn.acquire()
            if time.monotonic() < self.queue.resting_until:
                raise sqlite3.OperationalError("database is locked, as it was a moment ago")
        begun = time.monotonic()
        try:
            return super().execute(command, values)
        except sqlite3.OperationalError:
            if time.monotonic() - begun > database.PATIENCE / 2:
                self.queue.resting_until = time.monotonic() + PAUSE
            raise

    def close(self) -> None:
        """Let go of the file, and let the next one write."""
        super().close()
        if self.is_first:
            self.queue.turn.release()


class Database(database.Database):
    """A database of which those who read wait for nobody, those who write for each other, and nobody for ever.

    It changes `connect`, in which whatever keeps it from answering is a StoreError, and `open`, since its file may be
    exchanged while in use: as in step 5, each thread keeps a connection, which does no work, but knows what is open.
    """

    connection = Connection

    def __init__(self, path: str | Path) -> None:
        super().__init__(path)
        self.files = Connections(self.path, WAL, makes=False)
        with suppress(StoreError), self.connect():
            pass  # now it writes ahead; unless another process is doing it just now

    def open(self) -> sqlite3.Connection:
        """A new connection, to the very files that this thread knows: looked at before SQLite reads any, and after."""
        connection = super().open()
        try:
            if self.is_current():
                sqlite3.Connection.execute(connection, ALL_IN_ONE)
                connection.execute(READ).fetchall()
            if not self.is_current():
                raise sqlite3.OperationalError("its files are being exchanged")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def is_current(self) -> bool:
        """Whether the files that this thread knows still are the files of those names."""
        return self.files.kept is not None and self.files.kept.is_current()

    @contextmanager
    def connect(self) -> Iterator[sqlite3.Connection]:
        """A connection for one piece of work, as before."""
        try:
            _ = self.files.own  # opened anew, if the files have been exchanged
            with super().connect() as connection:
                if isinstance(connection, Connection):
                    connection.queue = QUEUES.setdefault((os.getpid(), self.path), Queue())
                yield connection
        except sqlite3.Error as error:
            raise StoreError(f"the users' database does not answer: {error}") from error


def answering(users: Users) -> Users:
    """These users, in such a database."""
    if not isinstance(users.database, Database):
        users.database = Database(users.path)
    return users
