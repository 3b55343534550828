"""Notes: rows of a test's own in the users' database, for what is written and read there without a pause."""

from secrets import token_urlsafe
from typing import Any

TABLE = "CREATE TABLE IF NOT EXISTS notes (handle TEXT PRIMARY KEY, name TEXT)"


class Notes:
    """Names, each under a handle that no other has."""

    def __init__(self, users: Any) -> None:
        self.users = users
        users.prepare(TABLE)

    def begin(self, name: str) -> str:
        """Write one; return its handle."""
        handle = token_urlsafe(16)
        with self.users.connect() as database:
            database.execute("INSERT INTO notes VALUES (?, ?)", (handle, name))
        return handle

    def name_of(self, handle: str) -> str | None:
        """Read it again; None if there is none."""
        with self.users.connect() as database:
            row = database.execute("SELECT name FROM notes WHERE handle = ?", (handle,)).fetchone()
        return row[0] if row else None

    def count(self, name: str) -> int:
        """How many have this name."""
        with self.users.connect() as database:
            return int(database.execute("SELECT count(*) FROM notes WHERE name = ?", (name,)).fetchone()[0])
