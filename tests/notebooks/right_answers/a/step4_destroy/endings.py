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
        if wanted != self.held:
            self.touch()
            self.write(wanted)
        elif not self.extend():
            self.held = None  # somebody has ended it meanwhile: no cookie must promise it

    def write(self, wanted: Snapshot) -> None:
        row = put_first("cookie", self.cookie.to_json(), wanted.data)
        self.store.set(self.id, row, expires=self.expires)
        self.held = wanted

    def cookie_wanted(self, sent: str, is_current: bool) -> dict[str, Any] | None:
        attributes = dict(self.cookie.attributes)
        if self.ended:
            if not sent:
                return None  # the browser holds no cookie of ours
            attributes["value"], attributes["expires"] = "", 0
            return attributes
        if self.held is None:
            return None  # no row, so no cookie
        if is_current and not self.is_told_anew:
            return None
        attributes["expires"] = self.cookie.expires
        return attributes

    @property
    def is_told_anew(self) -> bool:
        if self.rules.rolling:
            return True
        if self.brought is None:
            return True
        if self.cookie.state != self.brought.cookie:
            return True
        return self.cookie.expires is not None and self.held != self.brought
