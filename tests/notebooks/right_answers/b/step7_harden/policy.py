from steps.step7_harden.session_cookie import FLAGS
import re


def is_secure(environ: Environ, proxy: bool | None) -> bool:
    schemes = [environ["wsgi.url_scheme"]]
    if proxy:
        schemes += environ.get("HTTP_X_FORWARDED_PROTO", "").split(",")[:1]
    return "https" in [scheme.strip().lower() for scheme in schemes]


def refuse_ignored(name: str, settings: Settings) -> None:
    def demand(what, setting, why):
        if not what:
            raise ValueError(f"{setting}: {why}, or browsers will never keep this cookie")

    wants_secure = re.match("__(host|secure)-", name, re.IGNORECASE)
    secure = settings.get("secure")
    demand(not wants_secure or secure is True, "secure", f"must be True for {name}")
    if re.match("__host-", name, re.IGNORECASE):
        demand(not settings.get("domain"), "domain", "must not be set for a __Host- cookie")
        demand(settings.get("path") == "/", "path", "must be / for a __Host- cookie")
    crossing = settings.get("same_site")
    demand(secure or not isinstance(crossing, str) or crossing.lower() != "none", "secure", "same_site none needs it")
    demand(secure or not settings.get("partitioned"), "secure", "partitioned needs it")


class Policy:
    def covers(self, environ: Environ) -> bool:
        wanted = as_wsgi(self.wanted(environ).get("path") or "/").rstrip("/").split("/")
        asked = (environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")).split("/")
        return asked[: len(wanted)] == wanted
