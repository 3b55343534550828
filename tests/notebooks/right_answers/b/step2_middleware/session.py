def put_first(key: str, value: str, data: str) -> str:
    rest = data.lstrip()[1:].lstrip()  # behind the opening brace
    return "{" + f"{to_json(key)}:{value}" + ("" if rest.startswith("}") else ",") + rest


def split_row(row: str) -> tuple[dict[str, Any], str]:
    if not row.startswith(COOKIE_FIRST):
        raise ValueError("a row must begin with the settings of its cookie")
    cookie, end = _decoder.raw_decode(row, len(COOKIE_FIRST))
    if not isinstance(cookie, dict):
        raise ValueError("the settings of a cookie must be an object")
    match row[end : end + 1], row[end + 1 :]:
        case "}", rest:
            return cookie, "{}" + rest  # whatever follows makes the data unreadable, as it should
        case ",", rest if rest.lstrip().startswith('"'):
            return cookie, "{" + rest
    raise ValueError("a row must go on with its data")


class Session:
    def load(self, cookie: dict[str, Any], data: str) -> None:
        loaded = _decoder.decode(data)
        if not isinstance(loaded, dict):
            raise ValueError("the data of a session must be an object")
        self.clear()
        self.update(loaded)
        self.held = self.snapshot(data)

    def settle(self) -> None:
        wanted = self.wanted()
        if wanted is not None and wanted != self.held:
            self.write(wanted)

    def wanted(self) -> Snapshot | None:
        return None if self.held is None and not self else self.now()

    def save(self) -> None:
        self.write(self.now())

    def data(self) -> str:
        if "cookie" in self:
            raise ValueError('the key "cookie" is taken: a row keeps the settings of its cookie there')
        return to_json(self)

    def write(self, wanted: Snapshot) -> None:
        self.store.set(self.id, put_first("cookie", COOKIE, wanted.data))
        self.held = wanted

    def cookie_wanted(self, sent: str, is_current: bool) -> dict[str, Any] | None:
        return {"path": "/", "http_only": True} if self.held is not None and not is_current else None
