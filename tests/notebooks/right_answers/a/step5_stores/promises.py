from steps.step4_destroy.endings import BORN


def merge(base: Data, ours: Data, theirs: Data) -> Data:
    merged = dict(theirs)
    for key, value in ours.items():
        if key not in base or to_json(base[key]) != to_json(value):  # as JSON: for Python, 1, 1.0 and True are equal
            merged[key] = value
    for key in base:
        if key not in ours:
            merged.pop(key, None)
    return merged


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
        if self.row is None:  # we begin it: a row that is there already is another visitor's
            raise StoreError("a new session's id is in use already: nothing was saved")
        row = self.newest()
        if row is None:
            raise SessionEnded("the session has ended meanwhile: nothing was saved")

        # What both began with, and what we have made of it.
        our_data, our_cookie = json.loads(self.data()), self.cookie
        our_birth = None if self.rules.absolute_timeout is None else self.born
        base_settings, base = split_row(self.row)
        base_data, base_state = json.loads(base), self.rules.cookie_from(base_settings).state
        their_data = json.loads(split_row(row)[1])
        both = merge(base_data, our_data, their_data)

        # Become theirs, then put ours on top.
        self.clear()
        self.read(row)
        if our_cookie.state != base_state:
            self.cookie = our_cookie
        if our_birth is not None:
            both.pop(BORN, None)  # the birth is no data; of two, the earlier counts
            self.born = min(self.born, our_birth)
        self.clear()
        self.update(both)
        return self.now()


def atomically(session: Session, change: Callable[[Session], Result]) -> Result:
    if session.row is None or session.wanted() != session.held:
        session.save()  # what was changed before
    else:
        session.reload()  # the newest
    while True:
        try:
            result = change(session)
            if session.replace(session.now()):
                return result
            session.reload()
        except BaseException:
            session.clear()
            if session.row is not None:
                session.read(session.row)
            raise
