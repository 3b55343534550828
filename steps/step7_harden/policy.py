"""Policy: who may see the cookie, and when it travels. Every setting of Express's, checked when it is set.

A policy is a mapping of settings, or a function from a request's environ to one. "auto" leaves a setting to the
request: `secure` as the request is, `same_site` "none" over HTTPS (where browsers believe it), "lax" over plain HTTP.
"""

import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from steps.step1_install.set_cookie import SAME_SITES, serialize_cookie
from steps.step2_middleware.middleware import Environ
from steps.step2_middleware.session import to_json
from steps.step4_destroy import expiry
from steps.step4_destroy.expiry import Clock

Settings = dict[str, Any]
CookieOption = Mapping[str, Any] | Callable[[Environ], Mapping[str, Any]] | None
DEFAULTS: Settings = {"path": "/", "http_only": True}
TIMES = ("max_age", "expires")
FLAGS = ("http_only", "secure", "partitioned")
BEFORE = {"partitioned": "partitioned", "priority": "priority"}  # the names in a row, in Express's order: these come
AFTER = {"secure": "secure", "http_only": "httpOnly", "domain": "domain", "path": "path", "same_site": "sameSite"}
ROW = {there: here for here, there in (BEFORE | AFTER).items()}  # before and after "expires"
NEVER_RAW = ' "`{}'  # what browsers write as %20, %22 and so on in a path, as they do with all that is not ASCII
RAW = "".join(letter for letter in map(chr, range(128)) if letter not in NEVER_RAW)
PREFIXES = ("__host-", "__secure-")  # of names that browsers keep to HTTPS, in large or small letters


def checked(setting: str, value: Any) -> Any:
    """The value, if a cookie can have it; a path as browsers write it. ValueError or TypeError name the setting."""
    if setting in FLAGS:
        if not isinstance(value, bool | None):
            raise TypeError(f"cookie {setting} must be True or False, not {value!r}")
    elif not (isinstance(value, str | None) or (setting == "same_site" and isinstance(value, bool))):
        raise TypeError(f"cookie {setting} must be a text or None, not {value!r}")
    else:
        if setting == "path" and isinstance(value, str):
            value = quote(value, RAW)
            if value[:1] not in ("", "/"):
                raise ValueError(f'cookie path must begin with "/", as an address does: write "/{value}"')
        settings: Settings = {setting: value}
        serialize_cookie("x", "", **settings)
    return value


class Setting:
    """A setting of a cookie, as an attribute. Setting it checks it; the settings themselves are shared, not changed."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, cookie: "SessionCookie", owner: type | None = None) -> Any:
        return cookie.settings.get(self.name)

    def __set__(self, cookie: "SessionCookie", value: Any) -> None:
        cookie.settings = {**cookie.settings, self.name: checked(self.name, value)}


class SessionCookie(expiry.SessionCookie):
    """All settings of a session's cookie. Times are in seconds. None asks for no such attribute; instead of
    a path, browsers then take that of the page.

    They are what it adds to step 4's, and so it changes `from_row`, `state`, `attributes` and `around_expires`.

    path         below which pages the browser sends it; also a gate: other pages get no session
    domain       for which hosts, None for this one only
    secure       over HTTPS only
    http_only    out of reach of scripts
    same_site    "strict" or True, "lax", "none", False: whether it comes along from other sites' pages
    partitioned  kept apart for each site that embeds this one
    priority     "low", "medium", "high": which cookies a full jar loses last
    """

    __slots__ = ("settings",)

    path, domain, secure, http_only = Setting(), Setting(), Setting(), Setting()
    same_site, partitioned, priority = Setting(), Setting(), Setting()

    def __init__(
        self, settings: Settings = DEFAULTS, *, max_age: float | None = None, clock: Clock = time.time
    ) -> None:
        super().__init__(max_age=max_age, clock=clock)
        self.settings = settings

    @classmethod
    def from_row(cls, settings: dict[str, Any], clock: Clock) -> "SessionCookie":
        """The settings noted in a row, and the defaults for what it leaves out.

        Raises ValueError or TypeError for such as no cookie can have.
        """
        cookie = super().from_row(settings, clock)
        assert isinstance(cookie, cls)
        noted = {ROW[name]: value for name, value in settings.items() if name in ROW}
        cookie.settings = shared({**DEFAULTS, **noted})
        return cookie

    @property
    def state(self) -> Any:
        """All settings but the moment when it ends: where these change, the browser and the row must hear of it."""
        return self.original_max_age, self.settings

    @property
    def attributes(self) -> Settings:
        """The settings as `serialize_cookie` takes them, but for the time."""
        return self.settings

    def around_expires(self) -> tuple[str, str]:
        """The settings as Express notes them in its rows, those that nobody has made left out."""
        return _parts(tuple(self.settings.items()))


def shared(settings: Settings) -> Settings:
    """The settings, checked once for all sessions that have them."""
    return _shared(tuple(settings.items()), tuple(map(type, settings.values())))


@lru_cache(maxsize=256)
def _shared(settings: tuple[tuple[str, Any], ...], types: tuple[type, ...]) -> Settings:
    # the types are there for the cache: 1 equals True, and is no setting
    return {setting: checked(setting, value) for setting, value in settings}


@lru_cache(maxsize=256)
def _parts(settings: tuple[tuple[str, Any], ...]) -> tuple[str, str]:
    made = {name: to_json(value) for name, value in settings}
    before, after = ([f',"{part[n]}":{made[n]}' for n in part if n in made] for part in (BEFORE, AFTER))
    return "".join(before), "".join(after)


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

    They drop one named `__Secure-…` or `__Host-…`, in large or small letters, unless it is secure; `__Host-…` also with
    a domain, or for another path than "/"; one of `same_site` "none", in large or small letters, or `partitioned`,
    unless it is secure. The error names the setting that is wrong or missing.
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
        if not (cookie is None or isinstance(cookie, Mapping) or callable(cookie)):
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
        cookie = SessionCookie(shared(wanted), clock=self.clock)
        for name, value in times.items():
            setattr(cookie, name, value)
        return cookie
