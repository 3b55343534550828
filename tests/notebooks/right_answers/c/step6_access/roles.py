class Roles:
    def of(self, name: str) -> str:
        with self.users.connect() as database:
            row = database.execute("SELECT role FROM roles WHERE name = ?", (name,)).fetchone()
        return row[0] if row else "user"

    def give(self, name: str, role: str) -> None:
        if role not in ROLES:
            raise ValueError(f"there is no role {role!r}; there are {', '.join(ROLES)}")
        if self.users.password_hash(name) is None:
            raise ValueError(f"there is no user {name!r}")
        with self.users.connect() as database:
            if not database.execute(GIVE, {"name": name, "role": role}).rowcount:
                raise ValueError("nobody would be an admin any more")


def require_role(role: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def guard(handler: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(handler)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            account = current_account()
            if account is None:
                return see_other("/login")
            if account.role != role:
                response.status = 403
                return page("refused", role=role)
            return handler(*args, **kwargs)

        return guarded

    return guard
