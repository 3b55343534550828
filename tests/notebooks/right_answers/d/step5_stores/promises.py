def merge(base: Data, ours: Data, theirs: Data) -> Data:
    both = {}
    for key in [*theirs, *ours]:
        if key in ours and (key not in base or to_json(ours[key]) != to_json(base[key])):
            both[key] = ours[key]
        elif key in theirs and (key in ours or key not in base):
            both[key] = theirs[key]
    return both


class Session:
    def write(self, wanted: Snapshot) -> None:
        while True:
            if self.replace(wanted):
                return
            wanted = self.caught_up()

    def replace(self, wanted: Snapshot) -> bool:
        self.touch()
        text = put_first("cookie", self.cookie.to_json(), wanted.data)
        done = self.store.set(self.id, text, expected=self.row, expires=self.expires)
        if done:
            self.held = wanted
            self.row = text
        return done

    def caught_up(self) -> Snapshot:
        now = self.newest()
        match (self.row, now):
            case (None, _):
                raise StoreError("there is a session of this id already")
            case (_, None):
                raise SessionEnded()
        mine = json.loads(self.data())
        settings, data = split_row(self.row)
        began = json.loads(data)
        cookie, changed = self.cookie, self.cookie.state != self.rules.cookie_from(settings).state
        their_settings, their_data = split_row(now)
        self.load(their_settings, to_json(merge(began, mine, json.loads(their_data))))
        if changed:
            self.cookie = cookie
        self.row = now
        self.held = UNKNOWN
        return self.now()


def atomically(session: Session, change: Callable[[Session], Result]) -> Result:
    session.save()
    while True:
        was, cookie = session.held, session.cookie.to_json()
        row = put_first("cookie", cookie, session.data())
        try:
            answer = change(session)
        except BaseException:
            settings, data = split_row(row)
            session.load(settings, data)
            session.held = was
            raise
        else:
            if session.replace(session.now()):
                return answer
        session.reload()
