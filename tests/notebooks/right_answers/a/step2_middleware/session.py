class Session:
    def settle(self) -> None:
        wanted = self.wanted()
        if wanted is not None and wanted != self.held:
            self.write(wanted)

    def wanted(self) -> Snapshot | None:
        now = self.now()
        if self.held is None and now.data == EMPTY:
            return None
        return now

    def save(self) -> None:
        self.write(self.now())

    def data(self) -> str:
        if "cookie" in self:
            raise ValueError('the key "cookie" is taken: choose another one')
        try:
            return to_json(self)
        except RecursionError:
            raise ValueError("the session is nested too deeply for JSON") from None

    def write(self, wanted: Snapshot) -> None:
        self.store.set(self.id, put_first("cookie", COOKIE, wanted.data))
        self.held = wanted

    def cookie_wanted(self, sent: str, is_current: bool) -> dict[str, Any] | None:
        if self.held is None:  # there is no row, so there is nothing to come back to
            return None
        if is_current:
            return None
        return {"path": "/", "http_only": True}
