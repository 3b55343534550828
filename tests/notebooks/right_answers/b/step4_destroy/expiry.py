class SessionCookie:
    def touch(self) -> None:
        self._expires = None if self.original_max_age is None else self.clock() + self.original_max_age

    def to_json(self) -> str:
        age = "null" if self.original_max_age is None else round(self.original_max_age * 1000)
        end = "null" if self._expires is None else f'"{_iso(self._expires)}"'
        first, last = self.around_expires()
        return "{" + f'"originalMaxAge":{age}{first},"expires":{end}{last}' + "}"
