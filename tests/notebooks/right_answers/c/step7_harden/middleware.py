class Session:
    @property
    def may_travel(self) -> bool:
        return not self.cookie.secure or is_secure(self.environ, self.rules.policy.proxy)

    def replace(self, data: str) -> bool:
        if self.row is None and not self.may_travel:
            return True
        return super().replace(data)


class SessionMiddleware:
    def close_browser(self, session: Session, sent: str) -> Headers:
        headers = super().close_browser(session, sent)
        if not headers or not session.may_travel:
            return []
        if session.ended:
            headers = [("Set-Cookie", self.set_cookie(session))]
        return [*headers, ("Vary", "Cookie"), ("Cache-Control", "no-store")]

    def should_set_cookie(self, session: Session, sent: str) -> bool:
        if isinstance(session, Session) and session.is_offered:
            return session.may_travel
        return super().should_set_cookie(session, sent) and session.may_travel

    def set_cookie(self, session: Session) -> str:
        settings = session.cookie.settings
        refuse_ignored(self.name, settings)
        if session.ended:
            return serialize_cookie(self.name, "", expires=0, **settings)
        return serialize_cookie(self.name, self.cookie_for(session), expires=session.expires, **settings)
