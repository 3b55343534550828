from steps.step7_harden.session_cookie import FLAGS


def is_secure(environ: Environ, proxy: bool | None) -> bool:
    if environ.get("wsgi.url_scheme") == "https":
        return True
    if proxy is not True:
        return False
    first = environ.get("HTTP_X_FORWARDED_PROTO", "").split(",")[0]
    return first.strip().lower() == "https"


def refuse_ignored(name: str, settings: Settings) -> None:
    secure = settings.get("secure") is True
    prefix = name.lower()
    if prefix.startswith("__host-"):
        if not secure or settings.get("path") != "/" or settings.get("domain") is not None:
            raise ValueError(
                f'cookie name {name!r} wants "secure": True; browsers drop it unless its path is "/" and it has no domain'
            )
    if prefix.startswith("__secure-") and not secure:
        raise ValueError(f'cookie name {name!r} wants "secure": True: browsers drop it otherwise')
    secure = secure or settings.get("secure") == "auto"
    same_site = settings.get("same_site")
    if isinstance(same_site, str) and same_site.lower() == "none" and not secure:
        raise ValueError('cookie same_site "none" wants "secure": True: browsers drop it otherwise')
    if settings.get("partitioned") and not secure:
        raise ValueError('cookie partitioned wants "secure": True: browsers drop it otherwise')


class Policy:
    def covers(self, environ: Environ) -> bool:
        if self.is_everywhere:
            return True
        path = as_wsgi(self.wanted(environ).get("path") or "")
        if path in (None, "", "/"):
            return True
        asked = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        return asked == path or asked.startswith(path if path.endswith("/") else path + "/")
