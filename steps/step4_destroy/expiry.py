"""Expiry: how long a session lives after the visitor was last seen."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Clock = Callable[[], float]
FIRST_MOMENT, LAST_MOMENT = -62_135_596_800, 253_402_300_799  # the years 1 to 9999: a cookie can name no others


class SessionCookie:
    """The settings of a session's cookie. Times are in seconds.

    The path is "/", and scripts cannot read it.

    max_age           how long from now until it expires; None: until the browser closes
    expires           the same as a time since 1970
    original_max_age  the whole life that `touch` gives back
    """

    __slots__ = ("_expires", "_life", "clock")

    def __init__(self, *, max_age: float | None = None, clock: Clock = time.time) -> None:
        self.clock = clock
        self.max_age = max_age

    @classmethod
    def from_row(cls, settings: dict[str, Any], clock: Clock) -> "SessionCookie":
        """The settings noted in a row. Its `expires` is not believed: a touch moves the store's, not the row's.

        ValueError or TypeError for a life that no session can have.
        """
        milliseconds = settings.get("originalMaxAge")  # null, or false as Express has it for `expires: false`: no limit
        if milliseconds and milliseconds < 0:
            raise ValueError("a row whose session ends before it begins")
        return cls(max_age=milliseconds / 1000 if milliseconds else None, clock=clock)

    @property
    def max_age(self) -> float | None:
        """What is left of the time; setting it begins a new time."""
        return None if self._expires is None else self._expires - self.clock()

    @max_age.setter
    def max_age(self, seconds: float | None) -> None:
        self._expires = None if seconds is None else self.clock() + checked_time("max_age", seconds)
        self._life = seconds

    @property
    def expires(self) -> float | None:
        """When the time is over; setting it sets max_age, too."""
        return None if self._expires is None else min(self._expires, LAST_MOMENT)

    @expires.setter
    def expires(self, when: float | None) -> None:
        self._expires = None if when is None else checked_time("expires", when)
        self._life = self.max_age

    @property
    def original_max_age(self) -> float | None:
        """The whole life. Setting it counts from the next `touch` on."""
        return self._life

    @original_max_age.setter
    def original_max_age(self, seconds: float | None) -> None:
        self._life = None if seconds is None else checked_time("original_max_age", seconds)

    def touch(self) -> None:
        """Start the whole time anew: it is always the original one, so that it does not shrink from touch to touch."""
        life = self.original_max_age
        self._expires = None if life is None else self.clock() + life

    @property
    def state(self) -> Any:
        """All settings but the moment when it ends: where these change, the browser and the row must hear of it."""
        return self._life

    @property
    def attributes(self) -> dict[str, Any]:
        """The settings as `serialize_cookie` takes them, but for the time."""
        return {"path": "/", "http_only": True}

    def to_json(self) -> str:
        """The settings as Express notes them in its rows: milliseconds, and dates as JavaScript writes them.

        Milliseconds are rounded to whole ones: 1.001 seconds are 1001, though in Python 1.001 * 1000 is a little less.
        Behind "originalMaxAge" and behind "expires" stand the two texts of `around_expires`.
        """
        life = "null" if self.original_max_age is None else round(self.original_max_age * 1000)
        expires = "null" if self._expires is None else f'"{_iso(self._expires)}"'
        before, after = self.around_expires()
        return f'{{"originalMaxAge":{life}{before},"expires":{expires}{after}}}'

    def around_expires(self) -> tuple[str, str]:
        """The other settings in a row, in JSON: those that Express writes before "expires", and those after it."""
        return "", ',"httpOnly":true,"path":"/"'


@dataclass(frozen=True)
class Rules:
    """What an application has decided about the life of its sessions, and what cookies it gives them."""

    max_age: float | None  # seconds of silence that a session survives; None: until the browser closes
    absolute_timeout: float | None  # seconds after which it ends, however busy its visitor; None: never
    rolling: bool  # set the cookie with every answer
    clock: Clock
    genid: Callable[[dict[str, Any]], str]  # from a request's environ to a new id

    def new_cookie(self, environ: dict[str, Any]) -> SessionCookie:
        """The cookie of a session that begins with this request."""
        return SessionCookie(max_age=self.max_age, clock=self.clock)

    def cookie_from(self, settings: dict[str, Any]) -> SessionCookie:
        """The cookie that a row notes."""
        return SessionCookie.from_row(settings, self.clock)


def checked_time(setting: str, seconds: Any) -> float:
    """The time, if a session can have it. TypeError for what is no number, ValueError for one out of all calendars."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise TypeError(f"cookie {setting} must be a number of seconds or None, not {seconds!r}")
    if not (FIRST_MOMENT <= seconds <= LAST_MOMENT):
        raise ValueError(f"cookie {setting} {seconds!r} is not within the years 1 to 9999; None is no expiry")
    return seconds


def _iso(seconds: float) -> str:
    moment = datetime.fromtimestamp(min(seconds, LAST_MOMENT), UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
