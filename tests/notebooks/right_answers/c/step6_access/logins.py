class Logins:
    def begin(self, name: str, user_agent: str, expires: float | None) -> str:
        handle, now = token_urlsafe(16), self.clock()
        row = (handle, name, browser(user_agent), now, now, expires)
        with self.users.connect() as database:
            database.execute(f"DELETE FROM logins WHERE NOT {LIVE}", {"now": now})
            database.execute("INSERT INTO logins VALUES (?, ?, ?, ?, ?, ?)", row)
        return handle

    def name_of(self, handle: str) -> str | None:
        with self.users.connect() as database:
            found = database.execute(
                f"SELECT name FROM logins WHERE handle = :handle AND {LIVE}", {"handle": handle, "now": self.clock()}
            ).fetchone()
        return found[0] if found else None

    def note(self, handle: str, expires: float | None) -> None:
        values = {"handle": handle, "now": self.clock(), "minute": MINUTE, "expires": expires}
        due = f"handle = :handle AND {LIVE} AND :now - seen >= :minute"
        with self.users.connect() as database:
            # look first: an UPDATE takes the write lock even if it finds no row
            if not database.execute(f"SELECT 1 FROM logins WHERE {due}", values).fetchone():
                return
            database.execute(f"UPDATE logins SET seen = :now, expires = :expires + :minute WHERE {due}", values)

    def end(self, name: str, handle: str) -> bool:
        return self._delete("name = :name AND handle = :handle", name=name, handle=handle) > 0

    def end_all(self, name: str, *, but: str = "") -> int:
        return self._delete("name = :name AND handle != :but", name=name, but=but)

    def _delete(self, which: str, **values: str) -> int:
        with self.users.connect() as database:
            return database.execute(
                f"DELETE FROM logins WHERE {which} AND {LIVE}", {**values, "now": self.clock()}
            ).rowcount
