from typing import Any


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
    def asked(setting: Any) -> bool:
        return setting is not None and setting is not False and setting != ""  # by identity, since 0 == False

    parts = [
        f"{_checked('name', name, NAME)}={quote(value, safe=UNESCAPED)}",
        asked(max_age) and f"Max-Age={_whole_seconds('max_age', max_age)}",
        asked(domain) and f"Domain={_checked('domain', domain, DOMAIN)}",
        asked(path) and f"Path={_checked('path', path, PATH)}",
        asked(expires) and f"Expires={http_date(_whole_seconds('expires', expires))}",
        http_only and "HttpOnly",
        secure and "Secure",
        partitioned and "Partitioned",
        asked(priority) and f"Priority={_chosen('priority', priority, PRIORITIES)}",
        asked(same_site) and f"SameSite={_chosen('same_site', same_site, SAME_SITES)}",
    ]
    return "; ".join(part for part in parts if part)
