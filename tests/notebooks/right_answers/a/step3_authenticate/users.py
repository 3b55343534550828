class Users:
    def add(self, name: str, password: str) -> None:
        hashed = hash_password(password)  # slow, so before the database is opened
        with self.connect() as database:
            database.execute(
                "INSERT INTO users (name, password_hash) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET password_hash = excluded.password_hash",
                (name, hashed),
            )

    def add_demo_users(self) -> None:
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
        try:
            with self.connect() as database:
                row = database.execute("SELECT password_hash FROM users WHERE name = ?", (name,)).fetchone()
        except UnicodeEncodeError:  # half a surrogate pair cannot be in the table
            return None
        if row is None:
            return None
        return row[0]
