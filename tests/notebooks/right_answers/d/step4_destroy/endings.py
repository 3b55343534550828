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

    def reload(self) -> None:
        found = self.store.get(self.id)
        if found is None:
            raise SessionEnded
        in_any_case = self.held == UNKNOWN
        self.read(found)
        self.held = UNKNOWN if in_any_case else self.held

    def save(self) -> None:
        if not self.ended:
            return super().save()
        raise SessionEnded

    def settle(self) -> None:
        data = None if self.ended else self.wanted()
        if data is not None:
            same = data == self.held and self.noted == self.cookie.state
            if not same:
                self.write(data)
            elif self.extend() is False:
                self.held = None

    def write(self, data: str) -> None:
        self.cookie.touch()
        text = put_first("cookie", self.cookie.to_json(), data)
        self.store.set(self.id, text, expires=self.expires)
        self.noted = self.cookie.state
        self.held = data
