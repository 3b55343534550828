class ThrottledUsers:
    def verify(self, name: str, password: str) -> bool:
        address = request.environ.get("REMOTE_ADDR", "")
        if seconds := self.wait(name, address):
            raise HTTPError(429, headers={"Retry-After": str(math.ceil(seconds))})
        if len(password) > LONGEST or not super().verify(name, password):
            return False
        self.forgive(name, address)
        return True

    def wait(self, name: str, address: str) -> float:
        now, who = self.clock(), {"name": hashed(name), "address": network(address)}
        with self.connect() as database:
            database.execute("BEGIN IMMEDIATE")  # whoever comes at the same time waits until this attempt is noted
            database.execute("DELETE FROM attempts WHERE at <= ?", (now - WINDOW,))
            of_name, of_address, first_of_name, first = database.execute(COUNT, who).fetchone()
            begun = [
                at
                for count, most, at in ((of_name, OF_NAME, first_of_name), (of_address, OF_ADDRESS, first))
                if count >= most
            ]
            if begun:
                return float(max(begun) + WINDOW - now)
            database.execute("INSERT INTO attempts VALUES (:name, :address, :at)", {**who, "at": now})
        return 0.0

    def forgive(self, name: str, address: str) -> None:
        with self.connect() as database:
            database.execute("DELETE FROM attempts WHERE name = ? AND address = ?", (hashed(name), network(address)))
