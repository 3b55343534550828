class Session:
    def settle(self) -> None:
        text = self.wanted()
        if text is None or text == self.held:
            return
        self.write(text)

    def wanted(self) -> Snapshot | None:
        if len(self) == 0 and self.held is None:
            return None
        return self.now()

    def save(self) -> None:
        text = self.now()
        self.write(text)

    def data(self) -> str:
        if "cookie" in self.keys():
            raise ValueError("'cookie' is the row's own key")
        return to_json(dict(self))

    def write(self, wanted: Snapshot) -> None:
        row = put_first("cookie", COOKIE, wanted.data)
        self.store.set(self.id, row)
        self.held = wanted

    def cookie_wanted(self, sent: str, is_current: bool) -> dict[str, Any] | None:
        attributes = None
        if not (is_current or self.held is None):
            attributes = dict(http_only=True, path="/")
        return attributes
