"""Users: made, listed and removed by a command, since production has no demo users and no page that makes admins.

python -m steps.step8_production.users add NAME ROLE      asks for the password, or reads it from standard input
python -m steps.step8_production.users remove NAME        also ends all logins of this user, at once
python -m steps.step8_production.users list
"""

import getpass
import os
import sqlite3
import sys
from pathlib import Path

from steps.step3_authenticate.users import DEMO_USERS, Users
from steps.step6_access.new_password import problem
from steps.step6_access.preferences import KeptPreferences
from steps.step6_access.roles import ROLES, Roles
from steps.step8_production.settings import SETTINGS

LONGEST_NAME = 100  # letters


def database() -> Users:
    """The users' database that the server uses, too: $USERS or its default."""
    default = next(setting.default for setting in SETTINGS if setting.name == "USERS")
    return Users(Path(os.environ.get("USERS") or str(default)))


def add(users: Users, name: str, role: str, password: str) -> None:
    """Add a user, or give an old one another password and role. Raises ValueError for what cannot be.

    A hash has a salt of its own, so no login that the old one has proved counts any more, whatever the password.
    """
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise ValueError(f"A name is printable, and has from 1 to {LONGEST_NAME} letters.")
    if role not in ROLES:
        raise ValueError(f"A role is one of {', '.join(ROLES)}, not {role}.")
    if wrong := problem(password):
        raise ValueError(wrong)
    if password in DEMO_USERS.values():
        raise ValueError("That password stands in this book. Take another.")
    roles = Roles(users)
    with users.database.alone():  # all of it, or nothing: a role may be refused
        users.add(name, password)
        if roles.of(name) != role:
            roles.give(name, role)


def remove(users: Users, name: str) -> None:
    """Remove a user. Raises ValueError if there is none.

    With the password, what his logins were proved by has gone, so all end. Source: OWASP ASVS 7.4.2.
    """
    Roles(users)
    KeptPreferences(users)
    with users.database.alone(), users.connect() as file:
        if not file.execute("DELETE FROM users WHERE name = ?", (name,)).rowcount:
            raise ValueError(f"There is no user {name}.")
        for table in ("roles", "preferences"):
            file.execute(f"DELETE FROM {table} WHERE name = ?", (name,))


def asked_password() -> str:
    """The password, from the keyboard without showing it, or as the first line of standard input."""
    if sys.stdin.isatty():
        return getpass.getpass("Password: ")
    return sys.stdin.readline().rstrip("\r\n")


def main(arguments: list[str]) -> None:
    """Do what the arguments say; what cannot be done is a sentence and exit status 1."""
    try:
        users = database()
        match arguments:
            case ["add", name, role]:
                add(users, name, role, asked_password())
                print(f"{name} may log in now, with the role {role}.")
            case ["remove", name]:
                remove(users, name)
                print(f"{name} is removed, and logged out everywhere.")
            case ["list"]:
                for account in Roles(users).everybody():
                    print(f"{account.name}  {account.role}")
            case _:
                sys.exit(f"One of these:\n{(__doc__ or '').partition(chr(10))[2].strip(chr(10))}")
    except ValueError as error:
        sys.exit(str(error))
    except (sqlite3.Error, OSError) as error:
        sys.exit(f"USERS cannot be used: {error}.")


if __name__ == "__main__":
    main(sys.argv[1:])
