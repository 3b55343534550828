class ThrottledUsers:
    def verify(self, name: str, password: str) -> bool:
        address = network(request.environ.get("REMOTE_ADDR") or "")
        if (seconds := self.wait(name, address)) > 0:
            refusal = HTTPError(429)
            refusal.set_header("Retry-After", f"{math.ceil(seconds)}")
            raise refusal
        if len(password) > LONGEST:
            return False
        known = super().verify(name, password)
        if known:
            self.forgive(name, address)
        return known

    def wait(self, name: str, address: str) -> float:
        now = self.clock()
        whose = {"name": hashed(name), "address": address}
        with self.connect() as database:
            database.execute("DELETE FROM attempts WHERE at + ? <= ?", (WINDOW, now))
            named, all_of_them, first_named, first = database.execute(COUNT, whose).fetchone()
            for count, most, oldest in ((named, OF_NAME, first_named), (all_of_them, OF_ADDRESS, first)):
                if count >= most:
                    return oldest + WINDOW - now
            database.execute("INSERT INTO attempts VALUES (:name, :address, :at)", {**whose, "at": now})
            return 0.0

    def forgive(self, name: str, address: str) -> None:
        with self.connect() as database:
            whose = {"name": hashed(name), "address": address}
            database.execute("DELETE FROM attempts WHERE (name, address) = (:name, :address)", whose)
