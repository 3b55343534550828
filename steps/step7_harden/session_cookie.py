"""Session cookie: every setting of Express's, checked when it is set, and noted in the row as Express notes it."""

import time
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from steps.step1_install.set_cookie import serialize_cookie
from steps.step2_middleware.session import to_json
from steps.step4_destroy import expiry
from steps.step4_destroy.expiry import Clock

Settings = dict[str, Any]
DEFAULTS: Settings = {"path": "/", "http_only": True}
TIMES = ("max_age", "expires")
FLAGS = ("http_only", "secure", "partitioned")
BEFORE = {"partitioned": "partitioned", "priority": "priority"}  # the names in a row, in Express's order: these come
AFTER = {"secure": "secure", "http_only": "httpOnly", "domain": "domain", "path": "path", "same_site": "sameSite"}
ROW = {there: here for here, there in (BEFORE | AFTER).items()}  # before and after "expires"
NEVER_RAW = ' "`{}'  # what browsers write as %20, %22 and so on in a path, as they do with all that is not ASCII
RAW = "".join(letter for letter in map(chr, range(128)) if letter not in NEVER_RAW)


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

    def __get__(self, cookie: "SessionCookie | None", owner: type | None = None) -> Any:
        return self if cookie is None else cookie.settings.get(self.name)

    def __set__(self, cookie: "SessionCookie", value: Any) -> None:
        cookie.settings = {**cookie.settings, self.name: checked(self.name, value)}


class SessionCookie(expiry.SessionCookie):
    """All settings of a session's cookie. Times are in seconds. None asks for no such attribute; instead of
    a path, browsers then take that of the page. After each its default; to set what no cookie can have is a ValueError
    or TypeError.

    max_age           None: until the browser closes; the row stays then, in Redis for a day. Or the time from now until
                      it expires, and the row with it
    expires           None. The same as a time since 1970
    original_max_age  None. The whole life, which each request begins anew
    path              "/". Below which pages the browser sends it; also a gate: other pages get no session
    domain            None: for this host only. Or for which hosts, "example.org"
    secure            None. True: over HTTPS only
    http_only         True: out of reach of scripts
    same_site         None. "strict" or True, "lax", "none", False: whether it comes along from other sites' pages
    partitioned       None. True: kept apart for each site that embeds this one
    priority          None. "low", "medium", "high": which cookies a full jar loses last

    All but the times are what it adds to step 4's, and so it changes `from_row`, `state`, `attributes` and
    `around_expires`.
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
        cookie.settings = shared(**{**DEFAULTS, **noted})
        return cookie

    @property
    def state(self) -> Any:
        """All settings but the moment when it ends: where these change, the browser and the row must hear of it."""
        return self._life, self.settings

    @property
    def attributes(self) -> Settings:
        """The settings as `serialize_cookie` takes them, but for the time."""
        return self.settings

    def around_expires(self) -> tuple[str, str]:
        """The settings as Express notes them in its rows, those that nobody has made left out."""
        return _parts(tuple(self.settings.items()))


@lru_cache(maxsize=256, typed=True)  # typed, since 1 equals True, and is no setting
def shared(**settings: Any) -> Settings:
    """The settings, checked once for all sessions that have them."""
    return {setting: checked(setting, value) for setting, value in settings.items()}


@lru_cache(maxsize=256)
def _parts(settings: tuple[tuple[str, Any], ...]) -> tuple[str, str]:
    made = {name: to_json(value) for name, value in settings}
    before, after = ([f',"{part[n]}":{made[n]}' for n in part if n in made] for part in (BEFORE, AFTER))
    return "".join(before), "".join(after)
