class Session:
    @property
    def may_travel(self) -> bool:
        return not self.cookie.secure or is_secure(self.environ, self.rules.policy.proxy)

    def replace(self, data: str) -> bool:
        if self.row is None and not self.may_travel:
            return True  # nothing to be written: done
        return super().replace(data)


class SessionMiddleware:
    def close_browser(self, session: Session, sent: str) -> Headers:
        headers = super().close_browser(session, sent)
        if not headers or not session.may_travel:
            return []
        if session.ended:
            headers = [("Set-Cookie", self.set_cookie(session))]
        return [*headers, ("Cache-Control", "no-store"), ("Vary", "Cookie")]

    def should_set_cookie(self, session: Session, sent: str) -> bool:
        offered = isinstance(session, Session) and session.is_offered
        return (super().should_set_cookie(session, sent) or offered) and session.may_travel

    def set_cookie(self, session: Session) -> str:
        if session.ended:
            value, expires = "", 0
        else:
            value, expires = self.cookie_for(session), session.cookie.expires
        settings = {name: setting for name, setting in session.cookie.settings.items() if setting is not None}
        if settings.get("same_site") is False:
            del settings["same_site"]
        refuse_ignored(self.name, settings)  # a handler may have changed them
        return serialize_cookie(self.name, value, expires=expires, **settings)
