"""Database: the users' database is a store, too. It answers, or says within a second that it cannot."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from steps.step3_authenticate import database
from steps.step3_authenticate.users import Users
from steps.step5_stores.failures import PAUSE, SLOW
from steps.step5_stores.store import StoreError


class Database(database.Database):
    """A database whose every failure is a StoreError, and which is not asked for a moment after a slow one."""

    def __init__(self, path: str | Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(path)
        self.clock = clock
        self.resting_until = 0.0

    @contextmanager
    def connect(self) -> Iterator[sqlite3.Connection]:
        """A connection for one piece of work, as before."""
        begun = self.clock()
        if begun < self.resting_until:
            raise StoreError("the users' database has failed a moment ago, and is not asked again yet")
        try:
            with super().connect() as connection:
                yield connection
        except sqlite3.Error as error:
            if self.clock() - begun > SLOW:
                self.resting_until = self.clock() + PAUSE
            raise StoreError(f"the users' database does not answer: {error}") from error


def answering(users: Users) -> Users:
    """These users, in such a database."""
    if not isinstance(users.database, Database):
        users.database = Database(users.path)
    return users
