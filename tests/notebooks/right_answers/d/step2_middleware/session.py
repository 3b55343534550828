def put_first(key: str, value: str, data: str) -> str:
    inside = data[1:-1]
    pair = to_json(key) + ":" + value
    return "{" + (pair if inside == "" else pair + "," + inside) + "}"


def split_row(row: str) -> tuple[dict[str, Any], str]:
    if row[: len(COOKIE_FIRST)] != COOKIE_FIRST:
        raise ValueError(f"no cookie at the beginning of {row[:20]!r}")
    settings, end = _decoder.raw_decode(row, len(COOKIE_FIRST))
    rest = row[end:]
    match rest[:1]:
        case "}":
            return settings, EMPTY + rest[1:]
        case ",":
            return settings, "{" + rest[1:]
    raise ValueError(f"after the cookie comes {rest[:10]!r}")


class Session:
    def load(self, cookie: dict[str, Any], data: str) -> None:
        new = _decoder.decode(data)
        for key in list(self):
            del self[key]
        for key, value in new.items():
            self[key] = value
        self.held = self.snapshot(data)

    def settle(self) -> None:
        text = self.wanted()
        if text is None or text == self.held:
            return
        self.write(text)

    def wanted(self) -> Snapshot | None:
        if len(self) == 0 and self.held is None:
            return None
        return self.now()

    def save(self) -> None:
        text = self.now()
        self.write(text)

    def data(self) -> str:
        if "cookie" in self.keys():
            raise ValueError("'cookie' is the row's own key")
        return to_json(dict(self))

    def write(self, wanted: Snapshot) -> None:
        row = put_first("cookie", COOKIE, wanted.data)
        self.store.set(self.id, row)
        self.held = wanted

    def cookie_wanted(self, sent: str, is_current: bool) -> dict[str, Any] | None:
        attributes = None
        if not (is_current or self.held is None):
            attributes = dict(http_only=True, path="/")
        return attributes
