def log_in(session: Session, name: str, keep: Iterable[str] = ("views",)) -> None:
    session.regenerate(keep)
    if field("remember") and offered(session):
        session.cookie.max_age = REMEMBERED
    auth.log_in(session, name)


def logout() -> HTTPResponse:
    request.session.destroy()
    return auth.see_other("/login")
