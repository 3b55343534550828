class SessionMiddleware:
    def drop(self, session: Session) -> Headers:
        if session.ended:  # by the handler itself, before it set None
            return self.close_browser(session, "")
        if self.unset == "destroy":
            session.destroy()
        return []

    def close_browser(self, session: Session, sent: str) -> Headers:
        if session.ended:
            if session.cookie_id is None:
                return []  # the browser holds no cookie of ours
            return [("Set-Cookie", self.clear_cookie())]
        if self.should_set_cookie(session, sent):
            return [("Set-Cookie", self.set_cookie(session))]
        return []

    def should_set_cookie(self, session: Session, sent: str) -> bool:
        if session.held is None:
            return False  # no row, so no cookie
        if not self.is_current(session, sent):
            return True
        if session.cookie.state != session.told:
            return True
        if self.rolling:
            return True
        return session.cookie.expires is not None and session.held != session.original

    def set_cookie(self, session: Session) -> str:
        return serialize_cookie(
            self.name, self.cookie_for(session), path="/", expires=session.cookie.expires, http_only=True
        )

    def clear_cookie(self) -> str:
        return serialize_cookie(self.name, "", path="/", expires=0, http_only=True)
