def new_id(environ: Environ) -> str:
    return token_urlsafe(24)


class SessionMiddleware:
    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        sent = parse_cookies(environ.get("HTTP_COOKIE", "")).get(self.name, "")
        session = self.open(environ, sent)
        environ["session"] = session
        environ[BOTTLE_REQUEST_SESSION] = FROM_ENVIRON
        failure: Exception | None = None

        def start_with_session(status: str, headers: Headers, exc_info: Any = None) -> Any:
            nonlocal failure
            if failure is not None:  # the app wants to answer with an error page, though nothing could be saved
                raise failure
            try:
                more = self.close(environ, session, sent)
            except Exception as error:
                failure = error
                raise
            return start_response(status, [*headers, *more], exc_info)

        return self.app(environ, start_with_session)

    def open(self, environ: Environ, sent: str) -> Session:
        id = self.id_from(sent)
        if id is None:
            return self.new_session(environ)
        session = self.find(environ, id)
        if session is None:
            session = self.new_session(environ)
        return session

    def find(self, environ: Environ, id: str) -> Session | None:
        row = self.store.get(id)
        if row is None:
            return None
        session = self.make_session(environ, id, row)
        if self.resave:
            session.held = UNKNOWN
        return session

    def new_session(self, environ: Environ) -> Session:
        session = self.make_session(environ, self.genid(environ))
        if self.save_uninitialized:
            session.held = UNKNOWN
        return session

    def id_from(self, cookie: str) -> str | None:
        if not cookie.startswith("s:"):
            return None
        return unsign(cookie[2:], self.secrets)

    def cookie_for(self, session: Session) -> str:
        return "s:" + sign(session.id, self.secrets)

    def close(self, environ: Environ, session: Session, sent: str) -> Headers:
        current = environ.get("session")
        if current is None:
            return self.drop(session)
        if current is not session:
            raise TypeError(f'environ["session"] must stay the session that was opened, or be None, not {current!r}')
        session.settle()
        return self.close_browser(session, sent)

    def close_browser(self, session: Session, sent: str) -> Headers:
        attributes = session.cookie_wanted(sent, self.is_current(session, sent))
        if attributes is None:
            return []
        value = attributes.pop("value", self.cookie_for(session))
        return [("Set-Cookie", serialize_cookie(self.name, value, **attributes))]

    def is_current(self, session: Session, sent: str) -> bool:
        return sent == self.cookie_for(session)
