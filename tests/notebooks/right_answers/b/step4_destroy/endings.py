class Session:
    def destroy(self) -> None:
        self.store.destroy(self.id)
        self.clear()
        self.held = None
        self.ended = True

    def regenerate(self, keep: Iterable[str] = ()) -> None:
        if isinstance(keep, str):
            raise TypeError(f"keep must be several keys, such as [{keep!r}], not one text")
        kept = {key: self[key] for key in keep if key in self}
        self.destroy()
        self.ended = False
        self.is_new = True
        self.id = self.rules.genid(self.environ)
        self.begin()
        self.update(kept)
        self.held = UNKNOWN

    def save(self) -> None:
        if self.ended:
            raise SessionEnded("the session has ended: it cannot be saved")
        super().save()

    def settle(self) -> None:
        if self.ended:
            return
        wanted = self.wanted()
        if wanted is None:
            return
        if wanted != self.held:
            return self.write(wanted)
        if not self.extend():
            self.held = None

    def write(self, wanted: Snapshot) -> None:
        self.touch()
        self.store.set(self.id, put_first("cookie", self.cookie.to_json(), wanted.data), expires=self.expires)
        self.held = wanted

    def cookie_wanted(self, sent: str, is_current: bool) -> dict[str, Any] | None:
        if self.ended:
            return self.cookie.attributes | {"value": "", "expires": 0} if sent else None
        wanted = super().cookie_wanted(sent, is_current and not self.is_told_anew)
        return None if wanted is None else self.cookie.attributes | {"expires": self.cookie.expires}

    @property
    def is_told_anew(self) -> bool:
        if self.rules.rolling or self.brought is None or self.cookie.state != self.brought.cookie:
            return True
        return self.cookie.expires is not None and self.held != self.brought
