class Roles:
    def of(self, name: str) -> str:
        with self.users.connect() as database:
            for (role,) in database.execute("SELECT role FROM roles WHERE name = :name", {"name": name}):
                return str(role)
        return ROLES[0]

    def give(self, name: str, role: str) -> None:
        known = {account.name for account in self.everybody()}
        if role not in ROLES or name not in known:
            raise ValueError("There is no such user, or no such role.")
        with self.users.connect() as database:
            if database.execute(GIVE, {"name": name, "role": role}).rowcount != 1:
                raise ValueError("Somebody must remain who can give roles.")


def require_role(role: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def around(page_of: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(page_of)
        def inner(**parts: Any) -> Any:
            match current_account():
                case None:
                    return see_other("/login")
                case Account(role=has) if has == role:
                    return page_of(**parts)
            response.status = "403 Forbidden"
            return page("refused", role=role)

        return inner

    return around
