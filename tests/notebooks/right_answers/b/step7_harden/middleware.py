class Session:
    @property
    def may_travel(self) -> bool:
        if self.cookie.secure:
            return is_secure(self.environ, self.rules.policy.proxy)
        return True

    def replace(self, data: str) -> bool:
        findable = self.row is not None or self.may_travel
        return not findable or super().replace(data)


class SessionMiddleware:
    def close_browser(self, session: Session, sent: str) -> Headers:
        if session.ended:
            wants = bool(sent) and session.may_travel
        else:
            wants = self.should_set_cookie(session, sent)
        if not wants:
            return []
        return [("Cache-Control", "no-store"), ("Vary", "Cookie"), ("Set-Cookie", self.set_cookie(session))]

    def should_set_cookie(self, session: Session, sent: str) -> bool:
        if not (super().should_set_cookie(session, sent) or (type(session) is Session and session.is_offered)):
            return False
        return session.may_travel

    def set_cookie(self, session: Session) -> str:
        cookie = session.cookie
        refuse_ignored(self.name, cookie.settings)
        if session.ended:
            return serialize_cookie(self.name, "", expires=0, **cookie.settings)
        return serialize_cookie(self.name, self.cookie_for(session), expires=cookie.expires, **cookie.settings)
