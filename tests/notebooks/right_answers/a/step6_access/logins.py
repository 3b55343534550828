class Logins:
    def begin(self, name: str, user_agent: str, expires: float | None) -> str:
        handle, now = token_urlsafe(16), self.clock()
        with self.users.connect() as database:
            database.execute("DELETE FROM logins WHERE expires <= :now", {"now": now})
            database.execute(
                "INSERT INTO logins (handle, name, browser, began, seen, expires) VALUES (?, ?, ?, ?, ?, ?)",
                (handle, name, browser(user_agent), now, now, expires),
            )
        return handle

    def name_of(self, handle: str) -> str | None:
        with self.users.connect() as database:
            row = database.execute(
                f"SELECT name FROM logins WHERE handle = :handle AND {LIVE}", {"handle": handle, "now": self.clock()}
            ).fetchone()
        return None if row is None else row[0]

    def note(self, handle: str, expires: float | None) -> None:
        now = self.clock()
        with self.users.connect() as database:
            row = database.execute(
                f"SELECT seen FROM logins WHERE handle = :handle AND {LIVE}", {"handle": handle, "now": now}
            ).fetchone()
            if row is None or now - row[0] < MINUTE:
                return
            database.execute(
                f"UPDATE logins SET seen = :now, expires = :expires WHERE handle = :handle AND {LIVE}",
                {"handle": handle, "now": now, "expires": None if expires is None else expires + MINUTE},
            )

    def end(self, name: str, handle: str) -> bool:
        with self.users.connect() as database:
            ended = database.execute(
                f"DELETE FROM logins WHERE handle = :handle AND name = :name AND {LIVE}",
                {"handle": handle, "name": name, "now": self.clock()},
            )
            return ended.rowcount > 0

    def end_all(self, name: str, *, but: str = "") -> int:
        with self.users.connect() as database:
            ended = database.execute(
                f"DELETE FROM logins WHERE name = :name AND handle != :but AND {LIVE}",
                {"name": name, "but": but, "now": self.clock()},
            )
            return ended.rowcount
