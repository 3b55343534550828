"""Shapes: what a row of this site holds, key by key. Another app, or an old release, may have left something else."""

from collections.abc import Callable
from typing import Any

from steps.step4_destroy.endings import Session
from steps.step6_access.orders import MOST
from steps.step6_access.preferences import Preferences

LAST_TIME = 1e12  # seconds since 1970; no clock of ours gets there


def is_text(value: Any) -> bool:
    """Whether it is one."""
    return isinstance(value, str)


def is_time(value: Any) -> bool:
    """Whether it is a time, in seconds since 1970."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < LAST_TIME


def is_order(value: Any) -> bool:
    """Whether it is an order, cups by tea; teas that are no longer poured are left to whoever has ordered them."""
    return isinstance(value, dict) and all(type(cups) is int and 0 < cups <= MOST for cups in value.values())


def are_notices(value: Any) -> bool:
    """Whether it is a list of texts."""
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def are_preferences(value: Any) -> bool:
    """Whether it is a dict of wishes that can be fulfilled, all of them."""
    chosen = Preferences.chosen(value).as_dict()
    return isinstance(value, dict) and all(chosen.get(field) == wish for field, wish in value.items())


SHAPES: dict[str, Callable[[Any], bool]] = {
    "user": is_text,
    "browser": is_text,
    "proof": is_text,
    "confirmed": is_time,
    "order": is_order,
    "notices": are_notices,
    "preferences": are_preferences,
}


def keep_shape(session: Session) -> None:
    """Take out of the session what has not the shape that this site gives it, so that it counts as not there."""
    for key, fits in SHAPES.items():
        if key in session and not fits(session[key]):
            del session[key]
