"""Touching: the end of a row is moved only where that is worth a trip to the store."""

from collections.abc import Mapping
from math import inf
from typing import Any

from steps.step5_stores.ends import Row
from steps.step6_access.owners import FailFast


def checked_touch_after(seconds: Any, cookie: Any) -> float:
    """The option touch_after. ValueError for what is no time, or is as long as the life that it should prolong."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds < inf:
        raise ValueError(f"touch_after must be a number of seconds, 0 or more, not {seconds!r}")
    max_age = cookie.get("max_age") if isinstance(cookie, Mapping) else None
    if seconds and max_age is not None and max_age <= seconds:
        raise ValueError(
            f"touch_after {seconds!r} must be less than the cookie's max_age {max_age!r}, "
            "or sessions would end though their visitors keep coming"
        )
    return seconds


class TellingEnds(FailFast):
    """FailFast, with another `get`: each row comes with its end."""

    def get(self, id: str) -> str | None:
        """As the store's `get_with_end`."""
        return self.get_with_end(id)


def telling_ends(guarded: Any) -> Any:
    """The same FailFast, whose rows come with their ends. TypeError for a store that cannot tell them."""
    if not hasattr(guarded, "get_with_end"):
        raise TypeError(
            "touch_after needs a store that tells with a row when it ends: give yours a method get_with_end, "
            f"as MemoryStore() has, or leave touch_after out; this is {guarded.store!r}"
        )
    return TellingEnds(guarded.store, pause=guarded.pause, clock=guarded.clock)


def is_worth_moving(row: Row, expires: float | None, now: float, touch_after: float) -> bool:
    """Whether a row should be given this end, for it differs from the present one by touch_after or more.

    Or by half of the time that the row is to live, if that is less: then who comes more often than that is never lost.
    """
    life = row.without_end if expires is None else expires - now
    rest = inf if row.expires is None else row.expires - now
    return abs(life - rest) >= min(touch_after, life / 2)  # never, if both are endless: inf - inf is no number
