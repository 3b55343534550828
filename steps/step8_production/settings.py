"""Settings: all that can be set from outside, in one table that lists, checks and explains it.

`python -m steps.step8_production.settings` prints the table, with what is set now.
"""

import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from steps.step2_middleware import server as step2
from steps.step3_authenticate.users import DEMO_USERS, Users
from steps.step5_stores.open_store import open_store
from steps.step5_stores.store import try_out

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
ADVICE = 'make one with python3 -c "import secrets; print(secrets.token_hex(32))" and keep it'


HOST = r"([\w.-]+|\[[0-9a-fA-F:.]+\])(:[0-9]{1,5})?"
PLACE = re.compile(rf"({HOST}(,{HOST})*)?(/[\w./-]*)?")  # where a store is: a host, or several, and what is there


class Refused(ValueError):
    """These settings are not fit for production; the text says which, and what to do."""


def secrets(text: str) -> list[str]:
    """Several secrets, the newest first, with commas between them. ValueError for one that can be guessed.

    Blanks around a secret do not belong to it. Refused are KNOWN_SECRETS, in capitals or not; what has fewer than
    SHORTEST_SECRET characters; and, however long it is, what has fewer than 8 different ones, a quarter of
    SHORTEST_SECRET. The error gives the ADVICE, and not the secret.
    """
    several = [each.strip() for each in text.split(",")]
    for each in several:
        if each.lower() in KNOWN_SECRETS:
            raise ValueError(f"is known from books and examples; {ADVICE}")
        if len(each) < SHORTEST_SECRET or len(set(each)) < SHORTEST_SECRET // 4:
            raise ValueError(f"needs {SHORTEST_SECRET} random characters or more; {ADVICE}")
    return several


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
        "STORE",
        "sqlite:///build/production-sessions.sqlite3",
        str,
        "where sessions are kept: sqlite, redis, postgresql, memory:",
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
    """All settings by name, read and checked, each by itself and together. Raises Refused for what is not safe.

    Not safe together are STORE=memory: with more than one of WORKERS, and TRUST_PROXY with SECURE_COOKIES=never. The
    error's words are yours; they name the setting.
    """
    settings = {setting.name: read(setting, environment) for setting in SETTINGS}
    if settings["STORE"] == "memory:" and settings["WORKERS"] > 1:
        raise Refused("STORE=memory: is one for each worker, so guests would often be strangers: take sqlite or redis.")
    if settings["TRUST_PROXY"] and settings["SECURE_COOKIES"] == "never":
        raise Refused(
            "SECURE_COOKIES=never behind a proxy with HTTPS would send sessions over open lines: leave it out."
        )
    return settings


def read(setting: Setting, environment: Mapping[str, str]) -> Any:
    """One setting, by its `read`; what is not set, or empty, has its default. Raises Refused if there is none.

    What `read` does not take, a ValueError, is Refused, too; either way the error names the setting.
    """
    text = environment.get(setting.name) or setting.default
    if text is None:
        raise Refused(f"{setting.name} is missing ({setting.does}): {ADVICE}.")
    try:
        return setting.read(text)
    except ValueError as error:
        raise Refused(f"{setting.name} {error}.") from None


def refuse_unsafe(settings: Mapping[str, Any]) -> None:
    """Raise Refused for a store that does not answer, and for users whom every reader of this book knows.

    The one is tried out, and its error names STORE, not its URL, whatever was raised; the others are those of
    DEMO_USERS who are there with the password of this book. With another password they are as good as any.
    """
    try:
        try_out(open_store(settings["STORE"]))
    except Exception as error:
        raise Refused(f"STORE cannot be used: {str(error).rstrip('.')}.") from None
    users = Users(settings["USERS"])
    for name, password in DEMO_USERS.items():
        if users.password_hash(name) and users.verify(name, password):
            remedy = f"python -m steps.step8_production.users remove {name}"
            raise Refused(f"{name} has the password that stands in this book: {remedy}")


def shown(url: str) -> str:
    """Of a store's URL what surely is no secret: its kind, and the PLACE behind the name and the password.

    No more, since a password may stand elsewhere, in an option or where somebody has mistyped the URL.
    """
    kind, _, rest = url.partition("://")
    if url == "memory:" or (kind == "sqlite" and rest.startswith("/") and not {"?", "#"} & {*rest}):
        return url
    if kind not in ("redis", "rediss", "unix", "postgresql", "postgres"):
        return "…"
    names, at, place = rest.rpartition("@")
    place, options, _ = place.partition("?")
    is_sure = PLACE.fullmatch(place) and "=" not in names  # else that @ belongs to an option
    return f"{kind}://{at and '…@'}{place if is_sure else '…'}{options and '?…'}"


def now(setting: Setting, given: str | None) -> str:
    """What is set now, in brackets."""
    if given is None or setting.name == "SECRET":
        return "" if given is None else " (set)"
    return f" (now {shown(given) if setting.name == 'STORE' or '://' in given else given})"


def table(environment: Mapping[str, str] = os.environ) -> str:
    """All settings with their defaults and what is set now, secrets and passwords aside."""
    rows = []
    for setting in SETTINGS:
        given = now(setting, environment.get(setting.name))
        rows.append(f"{setting.name:17} {setting.default or 'must be given'}{given}\n{'':17} {setting.does}")
    return "\n".join(rows)


if __name__ == "__main__":
    print(table())
    try:
        read_settings()
    except Refused as refused:
        sys.exit(f"\nAs it is, the server would not start: {refused}")
