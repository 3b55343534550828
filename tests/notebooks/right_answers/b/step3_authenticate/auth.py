def log_in(session: Session, name: str) -> None:
    session["user"] = name


def current_user(session: Session) -> str | None:
    return session.get("user")


def login_required(handler: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(handler)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        return see_other("/login") if current_user(request.session) is None else handler(*args, **kwargs)

    return guarded
