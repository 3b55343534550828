def new_id(environ: Environ) -> str:
    return token_urlsafe(24)


class SessionMiddleware:
    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        sent = parse_cookies(environ.get("HTTP_COOKIE", "")).get(self.name, "")
        session = environ["session"] = self.open(environ, sent)
        environ[BOTTLE_REQUEST_SESSION] = FROM_ENVIRON

        close = failing_for_good(self.close)

        def begin(status: str, headers: Headers, *exc_info: Any) -> Any:
            return start_response(status, [*headers, *close(environ, session, sent)], *exc_info)

        return self.app(environ, begin)

    def open(self, environ: Environ, sent: str) -> Session:
        id = self.id_from(sent)
        found = None if id is None else self.find(environ, id)
        session = self.new_session(environ) if found is None else found  # not "or": an empty session is false
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
        return unsign(cookie[2:], self.secrets) if cookie.startswith("s:") else None

    def cookie_for(self, session: Session) -> str:
        return "s:" + sign(session.id, self.secrets)

    def close(self, environ: Environ, session: Session, sent: str) -> Headers:
        current = environ.get("session")
        if current is None:
            return self.drop(session)
        if current is not session:
            raise TypeError(f'environ["session"] must stay the session or become None, not a {type(current).__name__}')
        session.settle()
        return self.close_browser(session, sent)

    def close_browser(self, session: Session, sent: str) -> Headers:
        wanted = session.cookie_wanted(sent, self.is_current(session, sent))
        if wanted is None:
            return []
        settings = {"value": self.cookie_for(session)} | wanted
        return [("Set-Cookie", serialize_cookie(self.name, **settings))]

    def is_current(self, session: Session, sent: str) -> bool:
        if session.brought is None or session.brought.id != session.id:
            return False
        return len(self.secrets) == 1 or sent == self.cookie_for(session)
