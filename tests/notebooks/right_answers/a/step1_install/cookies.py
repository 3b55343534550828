"""Cookies: how a browser says who it is."""

import re
from urllib.parse import unquote_to_bytes

BROKEN_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


def parse_cookies(header: str) -> dict[str, str]:
    """Read a Cookie header, "a=1; b=2", into {"a": "1", "b": "2"}.

    Never raises: pieces without "=" are skipped, the first of two equal names wins, spaces and tabs around names and
    values go. A header of fewer than two characters holds no cookie.
    """
    cookies: dict[str, str] = {}
    if len(header) < 2:
        return cookies
    for piece in header.split(";"):
        name, equals, value = piece.partition("=")
        if not equals:
            continue
        name = name.strip(" \t")
        if name in cookies:
            continue
        cookies[name] = _decode(value.strip(" \t"))
    return cookies


def _decode(value: str) -> str:
    """Take off double quotes (a lone one counts as both) and percent-encoding; if that is not proper, leave it."""
    if value == '"':
        return ""
    if value.startswith('"') and value.endswith('"'):
        value = value[1:-1]
    if "%" not in value or BROKEN_PERCENT.search(value):
        return value
    try:
        return unquote_to_bytes(value).decode("utf-8")
    except UnicodeError:
        return value
