"""Policy: who may see the cookie, and when it travels.

A policy is a mapping of settings, or a function from a request's environ to one. "auto" leaves a setting to the
request: `secure` as the request is, `same_site` "none" over HTTPS (where browsers believe it), "lax" over plain HTTP.
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

from steps.step1_install.set_cookie import SAME_SITES
from steps.step2_middleware.middleware import Environ, is_async
from steps.step4_destroy.expiry import Clock
from steps.step7_harden.session_cookie import AFTER, BEFORE, DEFAULTS, TIMES, SessionCookie, Settings, shared

CookieOption = Mapping[str, Any] | Callable[[Environ], Mapping[str, Any]] | None
PREFIXES = ("__host-", "__secure-")  # of names that browsers keep to HTTPS, in large or small letters


def is_secure(environ: Environ, proxy: bool | None) -> bool:
    """Whether the request came over HTTPS: to this server, or to the proxy before it if that is to be believed.

    Of several values in X-Forwarded-Proto, in large or small letters, the first is about the visitor.
    """
    if environ["wsgi.url_scheme"] == "https":
        return True
    return bool(proxy) and environ.get("HTTP_X_FORWARDED_PROTO", "").partition(",")[0].strip().lower() == "https"


def as_wsgi(path: str) -> str:
    """A path as WSGI tells it: without percent-encoding, each byte as one letter."""
    return unquote_to_bytes(path).decode("latin-1")


def refuse_ignored(name: str, settings: Settings) -> None:
    """Raise ValueError for a cookie that browsers drop without a word. Source: RFC 6265bis, section 5.7.

    They drop one named `__Secure-…` or `__Host-…`, in large or small letters, unless it is secure, which "auto" does
    not promise; `__Host-…` also with a domain, or for another path than "/", or None; one of `same_site` "none", in
    large or small letters, or `partitioned`, unless it is secure or "auto". The error names the setting that is wrong.
    """
    prefix, secure = name.lower(), settings.get("secure")
    if prefix.startswith(PREFIXES) and secure is not True:
        raise ValueError(f'browsers drop a cookie named {name} unless it is secure: add "secure": True')
    if prefix.startswith("__host-") and (settings.get("domain") or settings.get("path") != "/"):
        raise ValueError(f'browsers drop a cookie named {name} unless its path is "/" and it has no domain')
    if not secure and SAME_SITES.get(str(settings.get("same_site") or "").lower()) == "None":
        raise ValueError('browsers drop a cookie of same_site "none" unless it is secure: add "secure": True')
    if not secure and settings.get("partitioned"):
        raise ValueError('browsers drop a partitioned cookie unless it is secure: add "secure": True')


class Policy:
    """What an application wants of the cookie: for each new session, and as a gate before all others."""

    def __init__(self, name: str, cookie: CookieOption, proxy: bool | None, clock: Clock) -> None:
        """Raise now for settings that cannot work; a function's are checked when it is called."""
        if not (isinstance(cookie, Mapping | None) or (callable(cookie) and not is_async(cookie))):
            raise TypeError(f'cookie must be a mapping of settings such as {{"max_age": 3600}}, not {cookie!r}')
        if not isinstance(proxy, bool | None):
            raise TypeError(f"proxy must be True, False or None, not {proxy!r}")
        self.name = name
        self.is_prefixed = name.lower().startswith(PREFIXES)
        self.cookie = cookie
        self.proxy = proxy
        self.clock = clock
        plain = not callable(cookie) and self.new_cookie({"wsgi.url_scheme": "http"})
        self.is_everywhere = plain and plain.path in ("/", None)
        self.everywhere = f"session {name} /"

    def wanted(self, environ: Environ) -> Settings:
        """The settings for this request, "auto" still among them."""
        chosen = self.cookie(environ) if callable(self.cookie) else self.cookie
        if not isinstance(chosen, Mapping | None):
            raise TypeError(f"cookie, a function, must return a mapping of settings, not {chosen!r}")
        return {**DEFAULTS, **(chosen or {})}

    def place(self, environ: Environ) -> str:
        """Which cookie this is: two of one name and path are the same."""
        return self.everywhere if self.is_everywhere else f"session {self.name} {self.wanted(environ)['path'] or '/'}"

    def covers(self, environ: Environ) -> bool:
        """Whether the request lies below the cookie's path, by whole segments: /tea covers /tea/pot, not /teapot.

        From the host's root: SCRIPT_NAME, then PATH_INFO; servers may leave out either. Without a path, all of them do.
        What is percent-encoded, "/my%20app" and "/caf%C3%A9", is compared `as_wsgi` tells it.
        """
        if self.is_everywhere:
            return True
        path = as_wsgi(self.wanted(environ)["path"] or "/")
        asked = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "") or "/"
        return bool(asked == path or asked.startswith(path.rstrip("/") + "/"))

    def new_cookie(self, environ: Environ) -> SessionCookie:
        """The cookie of a session that begins with this request, with "auto" resolved.

        Raises ValueError for a setting that there is not, and names it; and for what `refuse_ignored` refuses.
        """
        wanted = self.wanted(environ)
        if unknown := wanted.keys() - {*BEFORE, *AFTER, *TIMES}:
            known = ", ".join((*TIMES, *BEFORE, *AFTER))
            raise ValueError(f"cookie has no setting {', '.join(sorted(map(str, unknown)))}; it knows {known}")
        refuse_ignored(self.name, wanted)
        secure = is_secure(environ, self.proxy)
        if wanted.get("secure") == "auto":
            wanted["secure"] = secure
        if wanted.get("same_site") == "auto":
            wanted["same_site"] = "none" if secure else "lax"
        times = {name: wanted.pop(name) for name in [*wanted] if name in TIMES}
        cookie = SessionCookie(shared(**wanted), clock=self.clock)
        for name, value in times.items():
            setattr(cookie, name, value)
        return cookie
