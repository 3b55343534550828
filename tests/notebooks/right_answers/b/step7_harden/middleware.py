class Session:
    @property
    def may_travel(self) -> bool:
        if self.cookie.secure:
            return is_secure(self.environ, self.rules.policy.proxy)
        return True

    def replace(self, wanted: Snapshot) -> bool:
        findable = self.row is not None or self.may_travel
        return not findable or super().replace(wanted)

    def cookie_wanted(self, sent: str, is_current: bool) -> dict[str, Any] | None:
        wanted = super().cookie_wanted(sent, is_current)
        if self.is_offered and not self.ended:
            wanted = self.cookie.attributes | {"expires": self.cookie.expires}
        if wanted is None or not self.may_travel:
            return None
        refuse_ignored(self.rules.policy.name, self.cookie.settings)
        return wanted


class SessionMiddleware:
    def close_browser(self, session: step2_middleware.Session, sent: str) -> Headers:
        found = super().close_browser(session, sent)
        return [("Cache-Control", "no-store"), ("Vary", "Cookie"), *found] if found else []
