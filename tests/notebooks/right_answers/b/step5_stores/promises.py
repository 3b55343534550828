def merge(base: Data, ours: Data, theirs: Data) -> Data:
    both = {key: value for key, value in theirs.items() if key in ours or key not in base}
    for key, value in ours.items():
        if key not in base or to_json(value) != to_json(base[key]):
            both[key] = value
    return both


class Session:
    def write(self, wanted: Snapshot) -> None:
        while not self.replace(wanted):
            wanted = self.caught_up()

    def replace(self, wanted: Snapshot) -> bool:
        self.touch()
        row = put_first("cookie", self.cookie.to_json(), wanted.data)
        if not self.store.set(self.id, row, expected=self.row, expires=self.expires):
            return False
        self.row = row
        self.held = wanted
        return True

    def caught_up(self) -> Snapshot:
        row = self.newest()
        if row is None:
            raise SessionEnded("the session has ended meanwhile")
        if self.row is None:
            raise StoreError("the id of a new session is somebody else's already")
        base, ours, theirs = (json.loads(data) for data in (split_row(self.row)[1], self.data(), split_row(row)[1]))
        both = merge(base, ours, theirs)
        # what a handler may have in hand, a list for example, stays the same object, so that it can go on changing it
        both |= {key: mine for key, mine in self.items() if key in both and to_json(mine) == to_json(both[key])}
        before = self.rules.cookie_from(split_row(self.row)[0])
        cookie = self.cookie if self.cookie.state != before.state else None
        self.read(row)  # also the birth, which is in the row but not in the dict
        if self.rules.absolute_timeout is not None:
            both.pop(step4_destroy.endings.BORN, None)
        self.clear()
        self.update(both)
        if cookie is not None:
            self.cookie = cookie
        return self.now()


def atomically(session: Session, change: Callable[[Session], Result]) -> Result:
    if session.now() != session.held:
        session.save()
    try:
        while True:
            result = change(session)
            if session.ended or session.replace(session.now()):
                return result
            session.reload()
    except BaseException:
        if not session.ended and session.row is not None:
            session.read(session.row)
        raise
