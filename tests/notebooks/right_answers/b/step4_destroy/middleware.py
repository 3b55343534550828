class SessionMiddleware:
    def drop(self, session: Session) -> Headers:
        if self.unset == "destroy":
            session.destroy()
        return []

    def close_browser(self, session: Session, sent: str) -> Headers:
        if not session.ended:
            return super().close_browser(session, sent)
        return [("Set-Cookie", self.clear_cookie())] if sent else []

    def should_set_cookie(self, session: Session, sent: str) -> bool:
        if session.held is None:
            return False
        if self.rolling or super().should_set_cookie(session, sent):
            return True
        if session.cookie.state != session.told:
            return True
        return session.cookie.expires is not None and session.held != session.original

    def set_cookie(self, session: Session) -> str:
        return self._serialize(self.cookie_for(session), session.cookie.expires)

    def clear_cookie(self) -> str:
        return self._serialize("", 0)

    def _serialize(self, value: str, expires: float | None) -> str:
        return serialize_cookie(self.name, value, path="/", expires=expires, http_only=True)
