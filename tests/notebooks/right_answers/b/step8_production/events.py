class EventLog:
    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        session = environ.get("session")
        if session is None or getattr(session, "is_unavailable", False):
            return self.app(environ, start_response)
        id, user = session.id, session.get("user")

        def begin(status: str, headers: Headers, *exc_info: Any) -> Any:
            code = int(status.partition(" ")[0])
            place = environ["REQUEST_METHOD"], environ["PATH_INFO"], code
            write = start_response(status, headers, *exc_info)
            for event in (told(environ).get("event"), EVENTS.get(place), REFUSED.get(code)):
                if event and happened(event, environ, session, id, user):
                    self.note(event, code, environ, session, id, user)
                    break
            return write

        return self.app(environ, begin)

    def note(self, event: str, code: int, environ: Environ, session: Any, id: str, user: str | None) -> None:
        if event == "login":
            id, user = session.id, session["user"]
        if user is None and event in ("login failed", "too many tries"):
            user = self.tried(environ)
        LOG.info(
            json.dumps(
                dict(
                    asked=environ["REQUEST_METHOD"] + " " + environ["PATH_INFO"],
                    at=int(self.clock()),
                    event=event,
                    session=name_in_log(id),
                    user=user,
                    **{"from": environ["REMOTE_ADDR"]},
                )
                | told(environ)
            )
        )

    def tried(self, environ: Environ) -> str | None:
        form = environ["bottle.request"].forms
        typed = form.getunicode("username")
        if typed and self.users.password_hash(typed) is not None:
            return typed
        return None
