def log_in(session: Session, name: str) -> None:
    session["user"] = name


def current_user(session: Session) -> str | None:
    return session.get("user")


def login_required(handler: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(handler)
    def guarded(*args: Any, **named: Any) -> Any:
        if current_user(request.session) is None:
            return see_other("/login")
        return handler(*args, **named)

    return guarded
