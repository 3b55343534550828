class SessionCookie:
    def touch(self) -> None:
        self.max_age = self.original_max_age

    def to_json(self) -> str:
        age, expires = "null", "null"
        if self.original_max_age is not None:
            age = str(round(self.original_max_age * 1000))
        if self.expires is not None:
            expires = f'"{_iso(self.expires)}"'
        before, after = self.around_expires()
        return f'{{"originalMaxAge":{age}{before},"expires":{expires}{after}}}'
