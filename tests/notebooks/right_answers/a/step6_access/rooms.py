from steps.step4_destroy.endings import SessionEnded


class Rooms:
    def recognise(self) -> None:
        session = session_shown()
        if session is None:  # or one that cannot be read: pages that do not need it go on
            return
        name, proof = session.get("user"), session.get("proof")
        if name is not None or proof is not None:
            if name is None or not self.users.fits(name, proof):
                session.destroy()
            else:
                request.environ[ACCOUNT] = Account(name, self.roles.of(name))
        request.environ[PREFERENCES] = self.preferred(session)

    def end_device(self) -> Any:
        account, handle, own = current_account(), field("handle"), request.session.handle
        assert account
        if not self.logins.end(account.name, handle):
            raise HTTPError(404)
        if handle == own:
            return self.logout()
        orders.notice(request.session, "That device is logged out.")
        return see_other("/devices")

    def confirm_session(self) -> None:
        session = request.session
        silence = session.cookie.original_max_age  # who asked to be remembered still is
        session.regenerate(keep=(*KEPT, "user", "browser"))
        if "user" not in session:
            raise SessionEnded("the session has ended meanwhile: nothing was saved")
        session.cookie.max_age = silence
        note_proof(session)


def password_required(handler: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(handler)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        session = request.session
        confirmed = session.get("confirmed")
        if confirmed is None or not 0 <= session.rules.clock() - confirmed < FRESH:
            return see_other("/confirm")
        return handler(*args, **kwargs)

    return guarded
