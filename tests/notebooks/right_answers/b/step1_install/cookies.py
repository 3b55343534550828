from urllib.parse import unquote_to_bytes


def parse_cookies(header: str) -> dict[str, str]:
    if len(header) < 2:
        return {}
    pieces = (piece.partition("=") for piece in header.split(";"))
    pairs = ((name.strip(" \t"), value.strip(" \t")) for name, equals, value in pieces if equals)
    cookies: dict[str, str] = {}
    for name, value in pairs:
        if name not in cookies:
            cookies[name] = _decode(value)
    return cookies


def _decode(value: str) -> str:
    if value.startswith('"') and value.endswith('"'):
        value = value[1:-1]
    if "%" not in value or BROKEN_PERCENT.search(value):
        return value
    try:
        return unquote_to_bytes(value).decode("utf-8")
    except UnicodeError:
        return value
