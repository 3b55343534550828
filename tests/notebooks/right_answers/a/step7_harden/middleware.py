class Session:
    @property
    def may_travel(self) -> bool:
        return not self.cookie.secure or is_secure(self.environ, self.rules.policy.proxy)

    def replace(self, wanted: Snapshot) -> bool:
        if self.row is None and not self.may_travel:
            return True  # nothing to be written: done
        return super().replace(wanted)

    def cookie_wanted(self, sent: str, is_current: bool) -> dict[str, Any] | None:
        if not self.may_travel:
            return None
        wanted = super().cookie_wanted(sent, is_current)
        if wanted is None:
            if self.ended or not self.is_offered:
                return None
            wanted = {**self.cookie.attributes, "expires": self.cookie.expires}
        wanted = {name: setting for name, setting in wanted.items() if setting is not None}
        refuse_ignored(self.rules.policy.name, wanted)  # a handler may have changed them
        return wanted


class SessionMiddleware:
    def close_browser(self, session: step2_middleware.Session, sent: str) -> Headers:
        headers = super().close_browser(session, sent)
        if not headers:
            return []
        return [*headers, ("Cache-Control", "no-store"), ("Vary", "Cookie")]
