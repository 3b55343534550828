class Rooms:
    def recognise(self) -> None:
        session = session_shown()
        if session is None:
            return
        name, handle = session.get("user"), session.get("login")
        if name is not None or handle is not None:
            if name is None or handle is None or self.logins.name_of(handle) != name:
                session.destroy()
            else:
                request.environ[ACCOUNT] = Account(name, self.roles.of(name))
                if request.path != "/whoami":
                    self.logins.note(handle, session.expires)
        request.environ[PREFERENCES] = self.preferred(session)

    def preferred(self, session: Session) -> Preferences:
        name = session.get("user")
        if name is None:
            return Preferences.chosen(session.get("preferences"))
        return self.preferences.of(name) or Preferences()


    def end_device(self) -> Any:
        session, handle = request.session, field("handle")
        if handle == session["login"]:
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
        session["confirmed"] = session.rules.clock()


def password_required(handler: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(handler)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        session = request.session
        confirmed = session.get("confirmed")
        if confirmed is None or session.rules.clock() - confirmed >= FRESH:
            return see_other("/confirm")
        return handler(*args, **kwargs)

    return guarded
