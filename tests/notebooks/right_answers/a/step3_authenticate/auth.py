def log_in(session: Session, name: str) -> None:
    session["user"] = name


def current_user(session: Session) -> str | None:
    name = session.get("user")
    return name if isinstance(name, str) else None


def login_required(handler: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(handler)
    def guarded(*args: Any, **named: Any) -> Any:
        if current_user(request.session) is None:
            return see_other("/login")
        return handler(*args, **named)

    return guarded
