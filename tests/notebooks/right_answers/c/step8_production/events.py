

class EventLog:
    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        session = environ.get("session")
        if getattr(session, "is_unavailable", False):
            session = None
        id, user = ("", None) if session is None else (session.id, session.get("user"))
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")

        def start(status: str, *rest: Any, **more: Any) -> Any:
            write = start_response(status, *rest, **more)
            code = int(status[:3])
            event = EVENTS.get((method, path, code)) or REFUSED.get(code)
            if "event" in told(environ):
                event = told(environ)["event"]
            if (
                event and happened(event, environ, session, id, user)
            ):
                self.note(event, code, environ, session, id, user)
            return write

        return self.app(environ, start)

    def note(self, event: str, code: int, environ: Environ, session: Any, id: str, user: str | None) -> None:
        if event == "login" and session is not None:
            id = session.id
        if code in (401, 429) and environ.get("PATH_INFO") == "/login":
            user = self.tried(environ)
        elif session is not None:
            user = session.get("user") or user
        line = {
            "at": round(self.clock(), 3),
            "event": event,
            "user": user,
            "session": name_in_log(id) if id else None,
            "from": environ.get("REMOTE_ADDR", ""),
            "asked": f"{environ['REQUEST_METHOD']} {environ.get('PATH_INFO', '')}",
        }
        for key, value in told(environ).items():
            line[key] = value
        LOG.info("%s", json.dumps(line))

    def tried(self, environ: Environ) -> str | None:
        try:
            name = environ["bottle.request"].forms.getunicode("username", "")
            known = self.users.password_hash(name) is not None
        except (LookupError, ValueError):  # no form that can be read, or no text
            return None
        return name if known else None
