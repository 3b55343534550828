from urllib.parse import unquote_to_bytes


def parse_cookies(header: str) -> dict[str, str]:
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
