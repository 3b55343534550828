class Rooms:
    def recognise(self) -> None:
        environ, session = request.environ, session_shown()
        if session is None:
            return
        user, proof = session.get("user"), session.get("proof")
        if user:
            if proof and proof == self.users.fingerprint(user):
                environ[ACCOUNT] = Account(name=user, role=self.roles.of(user))
            else:
                session.destroy()
        environ[PREFERENCES] = self.preferred(session)

    def end_device(self) -> Any:
        session = request.session
        if field("handle") == session.handle:
            return self.logout()
        if self.logins.end(session["user"], field("handle")):
            orders.notice(session, "It is logged out now, and whoever has it is a stranger.")
            return see_other("/devices")
        raise HTTPError(404, "There is no such login of yours.")

    def confirm_session(self) -> None:
        life = request.session.cookie.original_max_age
        request.session.regenerate(keep=list(request.session.keys()))
        request.session.cookie.max_age = life
        note_proof(request.session)


def password_required(handler: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(handler)
    def door(**parts: Any) -> Any:
        session = request.session
        if "confirmed" in session and session["confirmed"] + FRESH >= session.rules.clock():
            return handler(**parts)
        return see_other("/confirm")

    return door
