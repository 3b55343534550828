def log_in(session: Session, name: str) -> None:
    session["user"] = name


def current_user(session: Session) -> str | None:
    match session.get("user"):
        case str(name):
            return name
    return None


def login_required(handler: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(handler)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        return see_other("/login") if current_user(request.session) is None else handler(*args, **kwargs)

    return guarded
