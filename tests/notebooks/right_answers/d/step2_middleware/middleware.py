def new_id(environ: Environ) -> str:
    from secrets import token_bytes
    from base64 import urlsafe_b64encode

    return urlsafe_b64encode(token_bytes(24)).decode("ascii")


class SessionMiddleware:
    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        cookies = parse_cookies(environ.get("HTTP_COOKIE") or "")
        sent = cookies[self.name] if self.name in cookies else ""
        session = self.open(environ, sent)
        environ.update({"session": session, BOTTLE_REQUEST_SESSION: FROM_ENVIRON})

        close = self.close

        def begin(status: str, headers: Headers, *exc_info: Any) -> Any:
            nonlocal close
            now, close = close, lambda *args: []  # once it has raised, there is nothing more to be added
            ours = now(environ, session, sent)
            close = now
            return start_response(status, list(headers) + list(ours), *exc_info)

        return self.app(environ, begin)

    def open(self, environ: Environ, sent: str) -> Session:
        id = self.id_from(sent)
        if id is not None:
            known = self.find(environ, id)
            if known is not None:
                return known
        return self.new_session(environ)

    def find(self, environ: Environ, id: str) -> Session | None:
        if (row := self.store.get(id)) is None:
            return None
        found = self.make_session(environ, id, row)
        found.held = UNKNOWN if self.resave else found.held
        return found

    def new_session(self, environ: Environ) -> Session:
        new = self.make_session(environ, self.genid(environ))
        new.held = UNKNOWN if self.save_uninitialized else None
        return new

    def id_from(self, cookie: str) -> str | None:
        mark, signed = cookie[:2], cookie[2:]
        return None if mark != "s:" else unsign(signed, self.secrets)

    def cookie_for(self, session: Session) -> str:
        return "s:{}".format(sign(session.id, self.secrets))

    def close(self, environ: Environ, session: Session, sent: str) -> Headers:
        now = environ.get("session")
        if now is None:
            return self.drop(session)
        if now is session:
            session.settle()
            return self.close_browser(session, sent)
        raise TypeError("this is not the session that was opened")

    def close_browser(self, session: Session, sent: str) -> Headers:
        headers: Headers = []
        if (attributes := session.cookie_wanted(sent, self.is_current(session, sent))) is not None:
            attributes = {**attributes}
            value = attributes.pop("value") if "value" in attributes else self.cookie_for(session)
            headers.append(("Set-Cookie", serialize_cookie(self.name, value, **attributes)))
        return headers

    def is_current(self, session: Session, sent: str) -> bool:
        return sent == self.cookie_for(session) and not session.is_new
