"""Settings: all that can be set from outside, in one table that lists, checks and explains it.

`python -m steps.step8_production.settings` prints the table, with what is set now.
"""

import os
import sqlite3
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from steps.step2_middleware import server as step2
from steps.step3_authenticate.users import DEMO_USERS, Users
from steps.step5_stores.open_store import open_store
from steps.step5_stores.store import StoreError

SHORTEST_SECRET = 32  # characters; 64 hexadecimal ones are 256 bits
KNOWN_SECRETS = {
    step2.SECRET,
    "keyboard cat",
    "your-secret-key",
    "secret",
    "changeme",
    "change me",
    "a long random text",
}
ADVICE = 'make one with: python3 -c "import secrets; print(secrets.token_hex(32))"'


class Refused(ValueError):
    """These settings are not fit for production; the text says which, and what to do."""


def secrets(text: str) -> list[str]:
    """Several secrets, the newest first."""
    found = [secret.strip() for secret in text.split(",")]
    for secret in found:
        if secret.lower() in KNOWN_SECRETS:
            raise ValueError(f"is known from books and examples; {ADVICE}")
        if len(secret) < SHORTEST_SECRET or len(set(secret)) < 8:  # "aaaa…" is long, but not random
            raise ValueError(f"must have {SHORTEST_SECRET} random characters or more; {ADVICE}")
    return found


def number(low: float, high: float) -> Callable[[str], int]:
    """A whole number between two others."""

    def parse(text: str) -> int:
        if not (text.isascii() and text.isdecimal() and len(text) < 12 and low <= int(text) <= high):
            raise ValueError(f"must be a whole number from {low:.0f} to {high:.0f}, not {text!r}")
        return int(text)

    return parse


def flag(text: str) -> bool:
    """1 or 0."""
    if text not in ("0", "1", ""):
        raise ValueError(f"must be 1 or 0, not {text!r}")
    return text == "1"


def one_of(*choices: str) -> Callable[[str], str]:
    """One of these words."""

    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError(f"must be {', '.join(choices[:-1])} or {choices[-1]}, not {text!r}")
        return text

    return parse


@dataclass(frozen=True)
class Setting:
    """A variable of the environment: what it is by default (None: it must be given), how it is read, what it does."""

    name: str
    default: str | None
    read: Callable[[str], Any]
    does: str


SETTINGS = [
    Setting("SECRET", None, secrets, "signs the cookies; several, the newest first, with commas between them"),
    Setting(
        "STORE", "sqlite:///build/production-sessions.sqlite3", str, "where sessions are kept: sqlite, redis, memory:"
    ),
    Setting("USERS", "build/production-users.sqlite3", str, "the database of users; the users command fills it"),
    Setting("PORT", "8080", number(0, 65535), "where to listen, on 127.0.0.1; 0: any free port"),
    Setting("WORKERS", "1", number(1, 64), "processes; more than one need a store that they share"),
    Setting("TRUST_PROXY", "0", flag, "1: a proxy of yours stands in front, and its X-Forwarded headers are true"),
    Setting("SECURE_COOKIES", "auto", one_of("auto", "always", "never"), "auto: as the request came, HTTPS or not"),
    Setting("IDLE_TIMEOUT", "1800", number(1, 1e9), "seconds of silence that a login survives"),
    Setting("ABSOLUTE_TIMEOUT", "2592000", number(1, 1e9), "seconds after which every login ends"),
]


def read_settings(environment: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """All settings by name, read and checked, each by itself and together. Raises Refused for what is not safe."""
    settings = {setting.name: read(setting, environment) for setting in SETTINGS}
    if settings["STORE"] == "memory:" and settings["WORKERS"] > 1:
        raise Refused(
            "STORE=memory: is one for each worker, so half of the logins would be lost: take sqlite or redis."
        )
    if settings["TRUST_PROXY"] and settings["SECURE_COOKIES"] == "never":
        raise Refused(
            "SECURE_COOKIES=never behind a proxy with HTTPS would send sessions over open lines: leave it out."
        )
    return settings


def read(setting: Setting, environment: Mapping[str, str]) -> Any:
    """One setting. Raises Refused if it is missing, or cannot be what it says."""
    text = environment.get(setting.name) or setting.default
    if text is None:
        raise Refused(f"{setting.name} is missing ({setting.does}): {ADVICE}")
    try:
        return setting.read(text)
    except ValueError as error:
        raise Refused(f"{setting.name} {error}.") from None


def refuse_unsafe(settings: Mapping[str, Any]) -> None:
    """Raise Refused for a store that does not answer, and for users whom every reader of this book knows."""
    try:
        store = open_store(settings["STORE"])
        store.get("is anybody there?")
    except ValueError as error:
        raise Refused(f"STORE cannot be used: {error}.") from None
    except (StoreError, OSError) as error:
        raise Refused(
            f"STORE cannot be used: it does not answer ({error}). Is the server running, or the file's folder there?"
        ) from None
    if hasattr(store, "close"):
        store.close()  # the workers open their own
    try:
        users = Users(settings["USERS"])
        known = [name for name, password in DEMO_USERS.items() if users.verify(name, password)]
    except (sqlite3.Error, OSError) as error:
        raise Refused(f"USERS={settings['USERS']} cannot be used: {error}.") from None
    if known:
        raise Refused(
            f"USERS={settings['USERS']} holds {', '.join(known)} with the password of this book: "
            f"remove with python -m steps.step8_production.users remove {known[0]}, or take another database."
        )


def table(environment: Mapping[str, str] = os.environ) -> str:
    """All settings with their defaults and what is set now, secrets aside."""
    rows = []
    for setting in SETTINGS:
        given = environment.get(setting.name)
        now = "" if given is None else " (set)" if setting.name == "SECRET" else f" (now {given})"
        rows.append(f"{setting.name:17} {setting.default or 'must be given'}{now}\n{'':17} {setting.does}")
    return "\n".join(rows)


if __name__ == "__main__":
    print(table())
    try:
        read_settings()
    except Refused as refused:
        sys.exit(f"\nAs it is, the server would not start: {refused}")
