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
            for (role,) in database.execute("SELECT role FROM roles WHERE name = :name", {"name": name}):
                return str(role)
        return ROLES[0]

    def give(self, name: str, role: str) -> None:
        """Give a user another role. ValueError for an unknown role or user, or if nobody would be an admin then."""
        known = {account.name for account in self.everybody()}
        if role not in ROLES or name not in known:
            raise ValueError("There is no such user, or no such role.")
        with self.users.connect() as database:
            if database.execute(GIVE, {"name": name, "role": role}).rowcount != 1:
                raise ValueError("Somebody must remain who can give roles.")

    def everybody(self) -> list[Account]:
        """All users with their roles, by name."""
        with self.users.connect() as database:
            return [Account(*row) for row in database.execute(EVERYBODY)]


def current_account() -> Account | None:
    """Who is logged in at this request, with the role of this moment; None for a stranger."""
    found: Account | None = request.environ.get(ACCOUNT)
    return found


def require_role(role: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let a handler answer only those who have this role now; what it is called with goes on to it.

    Strangers are sent to /login, by `see_other`. Others get a 403 with the page "refused", whose variable is `role`.

    Source: OWASP ASVS 8.3.2, changes of rights act at once.
    """

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
