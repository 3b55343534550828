from steps.tea_house import field


class EventLog:
    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        session = environ.get("session")
        readable = session is not None and not getattr(session, "is_unavailable", False)
        id = session.id if readable else ""
        user = session.get("user") if readable else None
        asked = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")

        def start(status: str, headers: Headers, exc_info: Any = None) -> Any:
            if exc_info:
                write = start_response(status, headers, exc_info)
            else:
                write = start_response(status, headers)
            code = int(status.split()[0])
            event = told(environ).get("event") or EVENTS.get((*asked, code)) or REFUSED.get(code)
            if (
                event and happened(event, environ, session, id, user)
            ):
                self.note(event, code, environ, session if readable else None, id, user)
            return write

        return self.app(environ, start)

    def note(self, event: str, code: int, environ: Environ, session: Any, id: str, user: str | None) -> None:
        if event == "login":
            id, user = session.id, session.get("user")
        elif event == "login failed":
            user = self.tried(environ)
        elif code == 429:
            user = user or self.tried(environ)
        line = {
            "at": round(self.clock(), 2),
            "event": event,
            "user": user,
            "session": name_in_log(id) if id else None,
            "from": environ.get("REMOTE_ADDR"),
            "asked": f"{environ['REQUEST_METHOD']} {environ.get('PATH_INFO', '')}",
        }
        if event == "refused":
            line["status"] = code
        line.update(told(environ))
        LOG.info(json.dumps(line))

    def tried(self, environ: Environ) -> str | None:
        name = field("username")
        if not name or self.users.password_hash(name) is None:
            return None
        return name
