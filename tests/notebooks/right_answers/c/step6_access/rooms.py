class Rooms:
    def recognise(self) -> None:
        session = session_shown()
        if session is None:
            return
        name = session.get("user")
        if name is not None:
            if self.users.fits(name, session.get("proof")):
                request.environ[ACCOUNT] = Account(name, self.roles.of(name))
            else:
                session.destroy()
        request.environ[PREFERENCES] = self.preferred(session)

    def end_device(self) -> Any:
        session, handle = request.session, field("handle")
        if handle == session.handle:
            return self.logout()
        if not self.logins.end(session["user"], handle):
            raise HTTPError(404)
        orders.notice(session, "The device is logged out.")
        return see_other("/devices")

    def confirm_session(self) -> None:
        session = request.session
        life = session.cookie.original_max_age
        session.regenerate(keep=list(session))
        session.cookie.max_age = life  # who is remembered stays so
        note_proof(session)


def password_required(handler: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(handler)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        session = request.session
        confirmed = session.get("confirmed")
        if confirmed is None or session.rules.clock() - confirmed >= FRESH:
            return see_other("/confirm")
        return handler(*args, **kwargs)

    return guarded
