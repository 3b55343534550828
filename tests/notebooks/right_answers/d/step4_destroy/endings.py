class Session:
    def destroy(self) -> None:
        store, me = self.store, self.id
        store.destroy(me)
        self.ended = True
        for key in list(self):
            del self[key]

    def regenerate(self, keep: Iterable[str] = ()) -> None:
        if type(keep) is str:
            raise TypeError("keep takes a list of keys")
        wanted = list(keep)
        before = dict(self)
        self.store.destroy(self.id)
        self.id = self.rules.genid(self.environ)
        self.clear()
        for key in wanted:
            if key in before:
                self[key] = before[key]
        self.begin()
        self.is_new = True
        self.ended = False
        self.held = UNKNOWN

    def save(self) -> None:
        if not self.ended:
            return super().save()
        raise SessionEnded

    def settle(self) -> None:
        data = None if self.ended else self.wanted()
        if data is not None:
            if data != self.held:
                self.write(data)
            elif self.extend() is False:
                self.held = None

    def write(self, wanted: Snapshot) -> None:
        self.cookie.touch()
        text = put_first("cookie", self.cookie.to_json(), wanted.data)
        self.store.set(self.id, text, expires=self.expires)
        self.held = wanted

    def cookie_wanted(self, sent: str, is_current: bool) -> dict[str, Any] | None:
        match (self.ended, bool(sent)):
            case (True, False):
                return None
            case (True, True):
                return dict(self.cookie.attributes, value="", expires=0)
        if self.held is not None and (self.is_told_anew or not is_current):
            return dict(self.cookie.attributes, expires=self.cookie.expires)
        return None

    @property
    def is_told_anew(self) -> bool:
        came = self.brought
        return (
            self.rules.rolling
            or came is None
            or came.cookie != self.cookie.state
            or (came != self.held and self.cookie.expires is not None)
        )
