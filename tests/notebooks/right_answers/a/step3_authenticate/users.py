"""Users: who may log in, in a table of an SQLite database."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from steps.step3_authenticate.passwords import hash_password, needs_rehash, verify_password

DEMO_USERS = {"alice": "follow-the-rabbit", "queen": "off-with-their-heads"}


class Users:
    """The users' table, in a file that is made on first use."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.prepare("CREATE TABLE IF NOT EXISTS users (name TEXT PRIMARY KEY, password_hash TEXT NOT NULL)")

    def prepare(self, table: str) -> None:
        """Make a table where it is not there yet."""
        with self.connect() as database:
            database.execute(table)

    @contextmanager
    def connect(self) -> Iterator[sqlite3.Connection]:
        """A connection for one piece of work: kept whole if it succeeds, undone if it raises."""
        with closing(sqlite3.connect(self.path, timeout=5)) as database, database:
            yield database

    def add(self, name: str, password: str) -> None:
        """Add a user, or give an old one a new password."""
        hashed = hash_password(password)  # slow, so before the database is opened
        with self.connect() as database:
            database.execute(
                "INSERT INTO users (name, password_hash) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET password_hash = excluded.password_hash",
                (name, hashed),
            )

    def add_demo_users(self) -> None:
        """Add the users of the lessons, where they are not there yet."""
        for name, password in DEMO_USERS.items():
            if self.password_hash(name) is not None:
                continue
            hashed = hash_password(password)
            with self.connect() as database:  # another process may have been quicker
                database.execute(
                    "INSERT INTO users (name, password_hash) VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
                    (name, hashed),
                )

    def verify(self, name: str, password: str) -> bool:
        """Whether this name has this password. An unknown name is told apart neither by the answer nor by its time."""
        hashed = self.password_hash(name)
        if not verify_password(password, hashed):
            return False
        if hashed is not None and needs_rehash(hashed):
            mended = hash_password(password)
            with self.connect() as database:  # only if nobody has changed the password meanwhile
                database.execute(
                    "UPDATE users SET password_hash = ? WHERE name = ? AND password_hash = ?", (mended, name, hashed)
                )
        return True

    def password_hash(self, name: str) -> str | None:
        """The stored hash, or None for an unknown name. The ? keeps a name with quotes in it a name, and no SQL."""
        try:
            with self.connect() as database:
                row = database.execute("SELECT password_hash FROM users WHERE name = ?", (name,)).fetchone()
        except UnicodeEncodeError:  # half a surrogate pair cannot be in the table
            return None
        if row is None:
            return None
        return row[0]
