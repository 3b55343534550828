"""Roles: who may do what. Looked up at each request, so that a change of rights acts at once."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from bottle import request, response

from steps.step3_authenticate.auth import see_other
from steps.step3_authenticate.users import Users
from steps.tea_house import page

ROLES = ("user", "admin")
ACCOUNT = "tea.account"  # in the environ: who is logged in, as the database has it at this request
TABLE = "CREATE TABLE IF NOT EXISTS roles (name TEXT PRIMARY KEY, role TEXT NOT NULL)"
GIVE = """INSERT INTO roles SELECT :name, :role
    WHERE :role = 'admin' OR EXISTS (SELECT 1 FROM roles WHERE role = 'admin' AND name != :name)
    ON CONFLICT (name) DO UPDATE SET role = :role"""
EVERYBODY = "SELECT name, coalesce(role, 'user') FROM users LEFT JOIN roles USING (name) ORDER BY name"


@dataclass(frozen=True)
class Account:
    """Who is logged in, and what this person may do now."""

    name: str
    role: str


class Roles:
    """The roles of the users, in their database. Who has none there is a user."""

    def __init__(self, users: Users) -> None:
        self.users = users
        users.prepare(TABLE)

    def of(self, name: str) -> str:
        """The role of a user, as it is now."""
        with self.users.connect() as database:
            row = database.execute("SELECT role FROM roles WHERE name = ?", (name,)).fetchone()
        return "user" if row is None else row[0]

    def give(self, name: str, role: str) -> None:
        """Give a user another role. ValueError for an unknown role or user, or if nobody would be an admin then."""
        if role not in ROLES:
            raise ValueError(f"there is no role {role!r}; there are {', '.join(ROLES)}")
        if self.users.password_hash(name) is None:
            raise ValueError(f"there is no user {name!r}")
        with self.users.connect() as database:
            written = database.execute(GIVE, {"name": name, "role": role}).rowcount
            if written < 1:
                raise ValueError(f"{name} is the last admin: nobody could give that role again")

    def everybody(self) -> list[Account]:
        """All users with their roles, by name."""
        with self.users.connect() as database:
            return [Account(*row) for row in database.execute(EVERYBODY)]


def current_account() -> Account | None:
    """Who is logged in at this request, with the role of this moment; None for a stranger."""
    found: Account | None = request.environ.get(ACCOUNT)
    return found


def require_role(role: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let a handler answer only those who have this role now. Strangers go to the login, others get a 403 that helps.

    Source: OWASP ASVS 8.3.2, changes of rights act at once.
    """

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
