"""Cookies: how a browser says who it is.

Read as Express reads them (npm's `cookie` 0.7). Python's own `http.cookies` is not used: one odd cookie of a neighbour
hides all the others from it, and some headers keep it busy for seconds.
"""

import re
from urllib.parse import unquote

BROKEN_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


def parse_cookies(header: str) -> dict[str, str]:
    """Read a Cookie header, "a=1; b=2", into {"a": "1", "b": "2"}.

    Never raises: pieces without "=" are skipped, the first of two equal names wins, spaces and tabs (and nothing
    else) around names and values go. A header of fewer than two characters holds no cookie.
    """
    cookies: dict[str, str] = {}
    if len(header) < 2:
        return cookies
    for piece in header.split(";"):
        name, equals, value = piece.partition("=")
        if equals:
            cookies.setdefault(name.strip(" \t"), _decode(value.strip(" \t")))
    return cookies


def _decode(value: str) -> str:
    """Take off a pair of double quotes around the value (a lone one is a pair), then percent-encoding.

    If a percent sign has not two digits behind it, or the bytes are no UTF-8, only the quotes go.
    """
    if value.startswith('"') and value.endswith('"'):
        value = value[1:-1]
    if "%" not in value or BROKEN_PERCENT.search(value):
        return value
    try:
        return unquote(value, errors="strict")
    except UnicodeDecodeError:
        return value
