def log_in(session: Session, name: str, keep: Iterable[str] = ("views",)) -> None:
    session.regenerate(keep)
    ticked = field("remember") != ""
    if offered(session) and ticked:
        session.cookie.max_age = REMEMBERED
    auth.log_in(session, name)


def logout() -> HTTPResponse:
    request.session.destroy()
    return auth.see_other("/login")
