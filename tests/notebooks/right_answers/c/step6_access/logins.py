"""Logins: each is a row in the users' database, and the session only points to it. Who ends the row ends the login."""

import time
from dataclasses import dataclass
from secrets import token_urlsafe

from steps.step3_authenticate.users import Users
from steps.step4_destroy.expiry import Clock

MINUTE = 60  # seconds; "last seen" is noted once a minute, not at every request
TABLE = """CREATE TABLE IF NOT EXISTS logins (
    handle TEXT PRIMARY KEY, name TEXT NOT NULL, browser TEXT NOT NULL, began REAL, seen REAL, expires REAL)"""
LIVE = "(expires IS NULL OR expires > :now)"
OF = f"SELECT handle, browser, began, seen FROM logins WHERE name = :name AND {LIVE} ORDER BY seen DESC, began DESC"
BROWSERS = (
    "Firefox",
    "Edg",
    "OPR",
    "Chrome",
    "Safari",
    "curl",
    "python-requests",
)  # what contains another's name first
SYSTEMS = {
    "Windows": "Windows",
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Mac OS": "macOS",
    "Linux": "Linux",
}
PLAIN = {"Edg": "Edge", "OPR": "Opera", "python-requests": "a Python program"}


@dataclass(frozen=True)
class Login:
    """A login as its owner sees it: nothing in it lets anybody be that person."""

    handle: str  # names the login; it is not the session's id, and opens nothing
    browser: str
    began: float  # seconds since 1970
    seen: float


class Logins:
    """Who is logged in, and where. The rows say so, not the sessions: that is why they can be ended from elsewhere."""

    def __init__(self, users: Users, *, clock: Clock = time.time) -> None:
        self.users = users
        self.clock = clock
        users.prepare(TABLE)

    def begin(self, name: str, user_agent: str, expires: float | None) -> str:
        """Note a login, until `expires`; return its handle, for the session to keep: random, and no two are the same.

        The row holds what `browser` makes of the header. Rows that have expired by now leave the table.
        """
        handle, now = token_urlsafe(16), self.clock()
        row = (handle, name, browser(user_agent), now, now, expires)
        with self.users.connect() as database:
            database.execute(f"DELETE FROM logins WHERE NOT {LIVE}", {"now": now})
            database.execute("INSERT INTO logins VALUES (?, ?, ?, ?, ?, ?)", row)
        return handle

    def name_of(self, handle: str) -> str | None:
        """Whose login this is; None if it has ended."""
        with self.users.connect() as database:
            found = database.execute(
                f"SELECT name FROM logins WHERE handle = :handle AND {LIVE}", {"handle": handle, "now": self.clock()}
            ).fetchone()
        return found[0] if found else None

    def note(self, handle: str, expires: float | None) -> None:
        """Its owner is here: note when, if that was last noted a MINUTE ago or longer. An ended login stays ended.

        The row then ends a MINUTE after `expires`, the session's own end: until the next note, it must not end sooner.
        """
        values = {"handle": handle, "now": self.clock(), "minute": MINUTE, "expires": expires}
        due = f"handle = :handle AND {LIVE} AND :now - seen >= :minute"
        with self.users.connect() as database:
            # look first: an UPDATE takes the write lock even if it finds no row
            if not database.execute(f"SELECT 1 FROM logins WHERE {due}", values).fetchone():
                return
            database.execute(f"UPDATE logins SET seen = :now, expires = :expires + :minute WHERE {due}", values)

    def of(self, name: str) -> list[Login]:
        """The logins of a user that have not ended, the latest first."""
        with self.users.connect() as database:
            return [Login(*row) for row in database.execute(OF, {"name": name, "now": self.clock()})]

    def end(self, name: str, handle: str) -> bool:
        """End one login of this user's. False if there is none of this handle, or if it is somebody else's."""
        return self._delete("name = :name AND handle = :handle", name=name, handle=handle) > 0

    def end_all(self, name: str, *, but: str = "") -> int:
        """End all logins of a user, except one perhaps; return how many. Source: OWASP ASVS 7.4.2, 7.4.3, 7.4.5."""
        return self._delete("name = :name AND handle != :but", name=name, but=but)

    def _delete(self, which: str, **values: str) -> int:
        with self.users.connect() as database:
            return database.execute(
                f"DELETE FROM logins WHERE {which} AND {LIVE}", {**values, "now": self.clock()}
            ).rowcount


def browser(user_agent: str) -> str:
    """What a User-Agent header says, in words: "Firefox on Linux". It is the browser's claim, and proves nothing."""
    name = next((name for name in BROWSERS if name in user_agent), "")
    system = next((plain for name, plain in SYSTEMS.items() if name in user_agent), "")
    return (PLAIN.get(name, name) or "an unknown browser") + (f" on {system}" if system else "")
