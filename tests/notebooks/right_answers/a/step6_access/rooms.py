from steps.step4_destroy.endings import SessionEnded


class Rooms:
    def recognise(self) -> None:
        session = session_shown()
        if session is None:  # or one that cannot be read: pages that do not need it go on
            return
        name, handle = session.get("user"), session.get("login")
        if name is not None or handle is not None:
            if name is None or handle is None or self.logins.name_of(handle) != name:
                session.destroy()
            else:
                request.environ[ACCOUNT] = Account(name, self.roles.of(name))
                if request.path != "/whoami":  # asking who I am is no sign of life
                    self.logins.note(handle, session.expires)
        request.environ[PREFERENCES] = self.preferred(session)

    def preferred(self, session: Session) -> Preferences:
        account = current_account()
        if account is None:
            return Preferences.chosen(session.get("preferences"))
        return self.preferences.of(account.name) or Preferences()


    def end_device(self) -> Any:
        account, handle = current_account(), field("handle")
        assert account
        if not self.logins.end(account.name, handle):
            raise HTTPError(404)
        if handle == request.session["login"]:
            return self.logout()
        orders.notice(request.session, "That device is logged out.")
        return see_other("/devices")

    def confirm_session(self) -> None:
        session = request.session
        silence = session.cookie.original_max_age  # who asked to be remembered still is
        session.regenerate(keep=(*KEPT, "user", "login"))
        if "user" not in session:
            raise SessionEnded("the session has ended meanwhile: nothing was saved")
        session.cookie.max_age = silence
        session["confirmed"] = session.rules.clock()


def password_required(handler: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(handler)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        session = request.session
        confirmed = session.get("confirmed")
        if confirmed is None or not 0 <= session.rules.clock() - confirmed < FRESH:
            return see_other("/confirm")
        return handler(*args, **kwargs)

    return guarded
