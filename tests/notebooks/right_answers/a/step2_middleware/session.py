def put_first(key: str, value: str, data: str) -> str:
    first = "{" + to_json(key) + ":" + value
    if data == EMPTY:
        return first + "}"
    return first + "," + data[1:]


def split_row(row: str) -> tuple[dict[str, Any], str]:
    try:
        whole = _decoder.decode(row)
        if not isinstance(whole, dict):
            raise ValueError("a row must be an object in JSON")
        cookie = whole.pop("cookie", None)
        if not isinstance(cookie, dict):
            raise ValueError("a row must hold the settings of its cookie")
        return cookie, to_json(whole)
    except RecursionError:
        raise ValueError("the row is nested too deeply") from None


class Session:
    def load(self, cookie: dict[str, Any], data: str) -> None:
        loaded = _decoder.decode(data)
        if not isinstance(loaded, dict):
            raise ValueError("the data of a session must be an object in JSON")
        self.clear()
        self.update(loaded)
        self.held = data

    def settle(self) -> None:
        wanted = self.wanted()
        if wanted is not None and wanted != self.held:
            self.write(wanted)

    def wanted(self) -> str | None:
        data = self.data()
        if self.held is None and data == EMPTY:
            return None
        return data

    def save(self) -> None:
        self.write(self.data())

    def data(self) -> str:
        if "cookie" in self:
            raise ValueError('the key "cookie" is taken: choose another one')
        try:
            return to_json(self)
        except RecursionError:
            raise ValueError("the session is nested too deeply for JSON") from None

    def write(self, data: str) -> None:
        self.store.set(self.id, put_first("cookie", COOKIE, data))
        self.held = data
