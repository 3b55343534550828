"""Users: who may log in, in a table of an SQLite database."""

import sqlite3
from contextlib import AbstractContextManager
from pathlib import Path

from steps.step3_authenticate.database import Database
from steps.step3_authenticate.passwords import hash_password, needs_rehash, verify_password

DEMO_USERS = {"alice": "follow-the-rabbit", "queen": "off-with-their-heads"}
RENEW = "UPDATE users SET password_hash = ? WHERE name = ? AND password_hash = ?"


class Users:
    """The users' table, in a file that is made on first use."""

    def __init__(self, path: str | Path) -> None:
        self.database = Database(path)
        self.path = self.database.path
        self.prepare("CREATE TABLE IF NOT EXISTS users (name TEXT PRIMARY KEY, password_hash TEXT NOT NULL)")

    def prepare(self, table: str) -> None:
        """Make a table where it is not there yet."""
        with self.connect() as database:
            database.execute(table)

    def connect(self) -> AbstractContextManager[sqlite3.Connection]:
        """A connection for one piece of work: kept whole if it succeeds, undone if it raises."""
        return self.database.connect()

    def add(self, name: str, password: str) -> None:
        """Add a user, or give an old one a new password."""
        with self.connect() as database:
            database.execute("INSERT OR REPLACE INTO users VALUES (?, ?)", (name, hash_password(password)))

    def add_demo_users(self) -> None:
        """Add the users of the lessons, where they are not there yet."""
        with self.database.alone():
            for name, password in DEMO_USERS.items():
                if self.password_hash(name) is None:
                    self.add(name, password)

    def verify(self, name: str, password: str) -> bool:
        """Whether this name has this password. An unknown name is told apart neither by the answer nor by its time.

        When the right password has come, a hash of another cost than today's is renewed; all others stay as they are.
        """
        hashed = self.password_hash(name)
        if not verify_password(password, hashed):
            return False
        if hashed and needs_rehash(hashed):
            with self.connect() as database:  # in its place only: the password may have been changed meanwhile
                database.execute(RENEW, (hash_password(password), name, hashed))
        return True

    def password_hash(self, name: str) -> str | None:
        """The stored hash, or None for an unknown name. The ? keeps a name with quotes in it a name, and no SQL."""
        with self.connect() as database:
            row = database.execute("SELECT password_hash FROM users WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None
