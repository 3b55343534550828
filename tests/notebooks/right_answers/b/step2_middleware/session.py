class Session:
    def settle(self) -> None:
        wanted = self.wanted()
        if wanted is not None and wanted != self.held:
            self.write(wanted)

    def wanted(self) -> Snapshot | None:
        return None if self.held is None and not self else self.now()

    def save(self) -> None:
        self.write(self.now())

    def data(self) -> str:
        if "cookie" in self:
            raise ValueError('the key "cookie" is taken: a row keeps the settings of its cookie there')
        return to_json(self)

    def write(self, wanted: Snapshot) -> None:
        self.store.set(self.id, put_first("cookie", COOKIE, wanted.data))
        self.held = wanted

    def cookie_wanted(self, sent: str, is_current: bool) -> dict[str, Any] | None:
        return {"path": "/", "http_only": True} if self.held is not None and not is_current else None
