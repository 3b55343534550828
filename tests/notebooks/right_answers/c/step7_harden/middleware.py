class Session:
    @property
    def may_travel(self) -> bool:
        return not self.cookie.secure or is_secure(self.environ, self.rules.policy.proxy)

    def replace(self, wanted: Snapshot) -> bool:
        if self.row is None and not self.may_travel:
            return True
        return super().replace(wanted)

    def cookie_wanted(self, sent: str, is_current: bool) -> dict[str, Any] | None:
        wanted = super().cookie_wanted(sent, is_current)
        offered = self.is_offered and not self.ended
        if not self.may_travel or (wanted is None and not offered):
            return None
        refuse_ignored(self.rules.policy.name, self.cookie.settings)
        return wanted or {"expires": self.cookie.expires, **self.cookie.settings}


class SessionMiddleware:
    def close_browser(self, session: step2_middleware.Session, sent: str) -> Headers:
        headers = super().close_browser(session, sent)
        return headers + [("Vary", "Cookie"), ("Cache-Control", "no-store")] if headers else headers
