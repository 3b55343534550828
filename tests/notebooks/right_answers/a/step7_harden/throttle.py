class ThrottledUsers:
    def verify(self, name: str, password: str) -> bool:
        address = request.environ.get("REMOTE_ADDR", "")
        seconds = self.wait(name, address)
        if seconds > 0:
            raise HTTPError(429, headers={"Retry-After": str(math.ceil(seconds))})
        if len(password) > LONGEST or not super().verify(name, password):
            return False
        self.forgive(name, address)
        return True

    def wait(self, name: str, address: str) -> float:
        now = self.clock()
        counted = {"name": hashed(name), "address": network(address), "now": now, "old": now - WINDOW}
        with self.connect() as database:
            database.execute("BEGIN IMMEDIATE")  # nobody else counts between our counting and our noting
            database.execute("DELETE FROM attempts WHERE at <= :old", counted)
            of_name, of_address, first_of_name, first = database.execute(COUNT, counted).fetchone()
            seconds = 0.0
            if of_name >= OF_NAME:
                seconds = max(seconds, first_of_name + WINDOW - now)
            if of_address >= OF_ADDRESS:
                seconds = max(seconds, first + WINDOW - now)
            if seconds <= 0:
                database.execute("INSERT INTO attempts (name, address, at) VALUES (:name, :address, :now)", counted)
            return seconds

    def forgive(self, name: str, address: str) -> None:
        with self.connect() as database:
            database.execute("DELETE FROM attempts WHERE name = ? AND address = ?", (hashed(name), network(address)))
