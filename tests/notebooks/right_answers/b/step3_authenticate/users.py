class Users:
    def add(self, name: str, password: str) -> None:
        sql = (
            "INSERT INTO users (name, password_hash) VALUES (?, ?) "
            "ON CONFLICT (name) DO UPDATE SET password_hash = excluded.password_hash"
        )
        hashed = hash_password(password)  # before the connection, since it takes its time
        with self.connect() as database:
            database.execute(sql, (name, hashed))

    def add_demo_users(self) -> None:
        for name in (name for name in DEMO_USERS if self.password_hash(name) is None):
            self.add(name, DEMO_USERS[name])

    def verify(self, name: str, password: str) -> bool:
        hashed = self.password_hash(name)
        if not verify_password(password, hashed):
            return False
        if needs_rehash(hashed):
            renewed = hash_password(password)
            with self.connect() as database:
                database.execute(RENEW, (renewed, name, hashed))
        return True

    def password_hash(self, name: str) -> str | None:
        try:
            with self.connect() as database:
                row = database.execute("SELECT password_hash FROM users WHERE name = ?", (name,)).fetchone()
        except UnicodeEncodeError:  # half a surrogate pair: nobody is called so
            return None
        return row and row[0]
