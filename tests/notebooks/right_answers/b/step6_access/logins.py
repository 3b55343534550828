from secrets import token_hex


class Logins:
    def begin(self, name: str, user_agent: str, expires: float | None) -> str:
        now = self.clock()
        values = {"handle": token_hex(24), "name": name, "browser": browser(user_agent), "now": now, "expires": expires}
        with self.users.connect() as database:
            database.execute(f"DELETE FROM logins WHERE NOT {LIVE}", values)
            database.execute("INSERT INTO logins VALUES (:handle, :name, :browser, :now, :now, :expires)", values)
        return values["handle"]

    def name_of(self, handle: str) -> str | None:
        with self.users.connect() as database:
            names = [name for (name,) in database.execute("SELECT name FROM logins WHERE handle = ?", [handle])]
        return names[0] if names else None

    def note(self, handle: str, expires: float | None) -> None:
        now = self.clock()
        until = None if expires is None else expires + MINUTE
        with self.users.connect() as database:
            sql = "SELECT count(*) FROM logins WHERE handle = ? AND ? - seen >= ?"
            [due] = database.execute(sql, (handle, now, MINUTE)).fetchone()
            if due:
                database.execute("UPDATE logins SET (seen, expires) = (?, ?) WHERE handle = ?", (now, until, handle))

    def end(self, name: str, handle: str) -> bool:
        if self.name_of(handle) != name:
            return False
        with self.users.connect() as database:
            return bool(database.execute("DELETE FROM logins WHERE (handle, name) = (?, ?)", (handle, name)).rowcount)

    def end_all(self, name: str, *, but: str = "") -> int:
        ended = [login.handle for login in self.of(name) if login.handle != but]
        return sum(self.end(name, handle) for handle in ended)
