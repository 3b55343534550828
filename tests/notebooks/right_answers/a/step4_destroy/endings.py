class Session:
    def destroy(self) -> None:
        self.store.destroy(self.id)
        self.clear()
        self.held = None
        self.ended = True

    def regenerate(self, keep: Iterable[str] = ()) -> None:
        if isinstance(keep, str):
            raise TypeError(f"keep must be several keys, such as [{keep!r}], not a text")
        kept = {key: self[key] for key in keep if key in self}
        id = self.rules.genid(self.environ)
        self.store.destroy(self.id)
        self.id = id
        self.clear()
        self.update(kept)
        self.begin()
        self.held = UNKNOWN
        self.is_new = True
        self.ended = False

    def reload(self) -> None:
        row = None if self.ended else self.store.get(self.id)
        if row is None:
            raise SessionEnded("the session has ended, so it cannot be loaded again")
        must_be_written = self.held == UNKNOWN
        self.clear()
        self.read(row)
        if must_be_written:
            self.held = UNKNOWN

    def save(self) -> None:
        if self.ended:
            raise SessionEnded("the session was destroyed, so it cannot be saved")
        super().save()

    def settle(self) -> None:
        if self.ended:
            self.clear()
            return
        wanted = self.wanted()
        if wanted is None:
            return
        if wanted != self.held or self.cookie.state != self.noted:
            self.touch()
            self.write(wanted)
        elif not self.extend():
            self.held = None  # somebody has ended it meanwhile: no cookie must promise it

    def write(self, data: str) -> None:
        row = put_first("cookie", self.cookie.to_json(), data)
        self.store.set(self.id, row, expires=self.expires)
        self.held = data
        self.noted = self.cookie.state
