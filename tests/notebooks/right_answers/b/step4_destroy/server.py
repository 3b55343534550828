def log_in(session: Session, name: str, keep: Iterable[str] = ("views",)) -> None:
    session.regenerate(keep=keep)
    auth.log_in(session, name)
    if field("remember") and offered(session):
        session.cookie.max_age = REMEMBERED


def logout() -> HTTPResponse:
    request.session.destroy()
    return auth.see_other("/login")
