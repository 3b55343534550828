from steps.step7_harden.session_cookie import FLAGS, checked


def is_secure(environ: Environ, proxy: bool | None) -> bool:
    if environ.get("wsgi.url_scheme") == "https":
        return True
    first = environ.get("HTTP_X_FORWARDED_PROTO", "").split(",")[0]
    return bool(proxy) and first.strip().lower() == "https"


def refuse_ignored(name: str, settings: Settings) -> None:
    prefix = name.lower()
    if prefix.startswith("__host-") and settings.get("domain"):
        raise ValueError(f"cookie domain must be left out for the name {name!r}")
    if prefix.startswith("__host-") and settings.get("path") != "/":
        raise ValueError(f'cookie path must be "/" for the name {name!r}')
    if prefix.startswith(("__secure-", "__host-")) and settings.get("secure") is not True:
        raise ValueError(f"cookie secure must be True for the name {name!r}")
    if settings.get("secure"):
        return
    same_site = settings.get("same_site")
    if isinstance(same_site, str) and same_site.lower() == "none":
        raise ValueError('cookie secure must be True for same_site "none"')
    if settings.get("partitioned"):
        raise ValueError("cookie secure must be True for partitioned")


class Policy:
    def covers(self, environ: Environ) -> bool:
        if self.is_everywhere:
            return True
        path = as_wsgi(checked("path", self.wanted(environ)["path"]) or "")
        if not path:
            return True
        asked = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "") or "/"
        return asked == path or asked.startswith(path if path.endswith("/") else path + "/")
