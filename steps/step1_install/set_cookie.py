"""Set-Cookie: how a server asks a browser to remember something.

Byte for byte what Express writes (npm's `cookie` 0.7).
"""

import math
import re
from datetime import UTC, datetime
from functools import lru_cache, partial
from urllib.parse import quote

NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
DOMAIN = re.compile(
    r"\.?[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*", re.ASCII | re.IGNORECASE
)
PATH = re.compile(r"[\x20-\x3a\x3d-\x7e]*")
PRIORITIES: dict[str | bool, str] = {"low": "Low", "medium": "Medium", "high": "High"}
SAME_SITES: dict[str | bool, str] = {True: "Strict", "strict": "Strict", "lax": "Lax", "none": "None"}
UNESCAPED = "!~*'()"  # what encodeURIComponent leaves alone, beside letters, digits and _.-
_escaped = lru_cache(maxsize=1024)(partial(quote, safe=UNESCAPED))  # kept, as a cookie with an end goes out often


def serialize_cookie(
    name: str,
    value: str,
    *,
    max_age: float | None = None,  # seconds
    domain: str | None = None,
    path: str | None = None,
    expires: float | None = None,  # seconds since 1970
    http_only: bool = False,
    secure: bool = False,
    partitioned: bool = False,
    priority: str | None = None,  # "low", "medium", "high"
    same_site: str | bool | None = None,  # "strict" or True, "lax", "none"
) -> str:
    """Write the value of a Set-Cookie header, its attributes in the order of the parameters.

    Nothing is added that was not asked for: None, False and an empty text ask for nothing, and so an empty domain or
    path is left out; a time of 0 is asked for like any other. Times are in seconds: `max_age` from now, `expires` since
    1970; `secure`, `http_only` and `partitioned` are True or False, a `priority` is "low", "medium" or "high", and a
    `same_site` "strict" or True, "lax" or "none".
    The value is escaped as by JavaScript's encodeURIComponent, times are cut to whole seconds.

    Raises ValueError for what a browser would misread: a name, domain or path with forbidden characters, an unknown
    priority or same_site, a time that is no time. Source: RFC 6265, section 4.1.1; the order is Express's.
    """
    attributes = [
        f"{_checked('name', name, NAME)}={_escaped(value)}",
        max_age is not None and f"Max-Age={_whole_seconds('max_age', max_age)}",
        domain and f"Domain={_checked('domain', domain, DOMAIN)}",
        path and f"Path={_checked('path', path, PATH)}",
        expires is not None and f"Expires={http_date(_whole_seconds('expires', expires))}",
        http_only and "HttpOnly",
        secure and "Secure",
        partitioned and "Partitioned",
        priority and f"Priority={_chosen('priority', priority, PRIORITIES)}",
        same_site and f"SameSite={_chosen('same_site', same_site, SAME_SITES)}",
    ]
    return "; ".join([attribute for attribute in attributes if attribute])


def _checked(setting: str, text: str, allowed: re.Pattern[str]) -> str:
    if not isinstance(text, str) or not allowed.fullmatch(text):
        raise ValueError(f"cookie {setting} {text!r} holds what a browser would misread")
    return text


def _chosen(setting: str, choice: str | bool, choices: dict[str | bool, str]) -> str:
    written = choices.get(choice.lower() if isinstance(choice, str) else choice)
    if written is None:
        raise ValueError(f"cookie {setting} must be one of {', '.join(map(str, choices))}, not {choice!r}")
    return written


def _whole_seconds(setting: str, seconds: float) -> int:
    if not isinstance(seconds, int | float) or not math.isfinite(seconds):
        raise ValueError(f"cookie {setting} must be a finite number of seconds, not {seconds!r}")
    return math.floor(seconds)


@lru_cache(maxsize=1024)
def http_date(seconds: int) -> str:
    """Write a time as HTTP does: 0 is "Thu, 01 Jan 1970 00:00:00 GMT". Source: RFC 9110, section 5.6.7."""
    try:
        when = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        raise ValueError(f"cookie expires {seconds!r} is outside the years 1 to 9999") from None
    return f"{DAYS[when.weekday()]}, {when.day:02} {MONTHS[when.month - 1]} {when:%Y %H:%M:%S} GMT"


DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
