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
    parts = [_checked("name", name, NAME) + "=" + quote(value, safe=UNESCAPED)]
    if max_age is not None:
        parts.append(f"Max-Age={_whole_seconds('max_age', max_age)}")
    if domain:
        parts.append("Domain=" + _checked("domain", domain, DOMAIN))
    if path:
        parts.append("Path=" + _checked("path", path, PATH))
    if expires is not None:
        parts.append("Expires=" + http_date(_whole_seconds("expires", expires)))
    if http_only:
        parts.append("HttpOnly")
    if secure:
        parts.append("Secure")
    if partitioned:
        parts.append("Partitioned")
    if priority:
        parts.append("Priority=" + _chosen("priority", priority, PRIORITIES))
    if same_site:
        parts.append("SameSite=" + _chosen("same_site", same_site, SAME_SITES))
    return "; ".join(parts)
