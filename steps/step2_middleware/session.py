"""Session: what the server remembers about one visitor, a dict for handlers and a row of text for the store."""

import json
import math
from copy import deepcopy
from typing import Any, NamedTuple

from steps.step2_middleware.store import Store

EMPTY = "{}"  # the data of a session that holds nothing
DEEPEST = 200  # levels of lists and dicts within each other: JSON is read and written on the stack, which has 1000
COOKIE = '{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/"}'  # as Express notes a cookie in its rows

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
COOKIE_FIRST = '{"cookie":'


def _finite(text: str) -> float:
    """A number that can be written again: JSON has no NaN and no infinity, though Python reads both."""
    if not math.isfinite(number := float(text)):
        raise ValueError(f"{text} is no number in JSON")
    return number


_decoder = json.JSONDecoder(parse_float=_finite, parse_constant=_finite)


def to_json(data: Any) -> str:
    """Write data as compact JSON, as JavaScript does; what UTF-8 cannot write, as an escape: "\\ud83c", half an emoji.

    Raises TypeError or ValueError for what JSON would not give back, with the path to it: "trip.start: ...".
    """
    try:
        text = _encode(data)
    except (TypeError, ValueError, RecursionError):
        _refuse(data)
        raise
    if not _fits(data):
        _refuse(data)
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def _fits(data: Any) -> bool:
    """Whether all keys are text, as in JSON, where 7 comes back as "7", another key; and nothing lies too deep."""
    level = [data]
    for _ in range(DEEPEST):
        inside: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                for key in value:
                    if not isinstance(key, str):
                        return False
                inside += value.values()
            elif isinstance(value, (list, tuple)):
                inside += value
        if not inside:
            return True
        level = inside
    return False


def _refuse(value: Any, path: str = "", above: tuple[Any, ...] = ()) -> None:
    """Raise the error of the first thing in there that JSON would not give back; it begins with the path to it."""
    if any(value is each for each in above):
        raise ValueError(f"{path}: it contains itself")
    if not isinstance(value, dict | list | tuple):
        try:
            _encode(value)
        except (TypeError, ValueError) as error:
            raise type(error)(f"{path}: {error}") from None
        return
    if len(above) == DEEPEST:
        raise ValueError(f"{path}: it lies deeper than {DEEPEST} levels")
    for key, each in value.items() if isinstance(value, dict) else enumerate(value):
        here = f"{path}.{key}" if path else f"{key}"
        if isinstance(value, dict) and not isinstance(key, str):
            raise TypeError(f"{here}: the key {key!r} is no text, and JSON would give it back as one; write str(…)")
        _refuse(each, here, (*above, value))


def put_first(key: str, value: str, data: str) -> str:
    """Put one more key, its value already in JSON, in front of an object in JSON. A row is its data behind "cookie"."""
    return f'{{"{key}":{value}' + ("}" if data == EMPTY else f",{data[1:]}")


def split_row(row: str) -> tuple[dict[str, Any], str]:
    """Take a row apart: the settings of its cookie, and the data still as JSON. ValueError if it begins with none.

    Whether the data is whole may be left to whoever reads it: `load`.
    """
    if not row.startswith(COOKIE_FIRST):
        raise ValueError("a row begins with its cookie")
    cookie, end = _decoder.raw_decode(row, len(COOKIE_FIRST))
    return cookie, EMPTY if row[end:] == "}" else "{" + row[end + 1 :]


class Snapshot(NamedTuple):
    """A session at one moment. Where two of them differ, somebody is to be told: the store, or the browser."""

    id: str
    data: str  # in JSON
    cookie: Any = None  # its settings; there are none to be changed before step 4


UNKNOWN = Snapshot("", "")  # stands for a held row that no session equals, so that it is written whatever it holds


class Session(dict[str, Any]):
    """One visitor's data. Keys are text, at every depth, and values are what JSON knows; the key "cookie" is taken.

    It has these ATTRIBUTES and no others, so that nothing is lost by `session.user = …`: a class that extends it
    names those that it adds.

    id       names the session: whoever knows it is the visitor, so it is never shown whole
    is_new   this request began the session
    held     the session as the store holds it; None: the store holds no row
    brought  the session that the request came with, as the store held it then; None: it came with none
    """

    ATTRIBUTES = frozenset({"id", "store", "is_new", "held", "brought"})
    id: str
    store: Store
    is_new: bool
    held: Snapshot | None = None
    brought: Snapshot | None = None

    def __init__(self, id: str, store: Store, row: str | None = None) -> None:
        vars(self).update(id=id, store=store, is_new=row is None)
        if row is not None:
            self.read(row)
            self.brought = self.held

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, Any]:
        """A copy of the data, as of `copy()`: the session itself is one, and belongs to its request."""
        return deepcopy(dict(self), memo)

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuse other attributes: whoever comes from Express means an item."""
        if name not in self.ATTRIBUTES:
            raise AttributeError(f'a session keeps items, not attributes: session["{name}"] = …')
        object.__setattr__(self, name, value)

    def read(self, row: str) -> None:
        """Become what a row says."""
        self.load(*split_row(row))

    def load(self, cookie: dict[str, Any], data: str) -> None:
        """Take over the two parts of a row, in place of what was there. ValueError if the data is no object in JSON.

        The cookie's settings are fixed so far, so only the data counts.
        """
        values, end = _decoder.raw_decode(data)
        if data[end:]:
            raise ValueError("a row ends with its data")
        self.held = self.snapshot(data)
        self.clear()
        self.update(values)

    def settle(self) -> None:
        """At the end of the request, make the store hold the row that it should."""
        wanted = self.wanted()
        if wanted is not None and wanted != self.held:
            self.write(wanted)

    def wanted(self) -> Snapshot | None:
        """What the store should hold; None for a session without a row that nobody has put anything into."""
        return self.now() if self.held is not None or self else None

    def now(self) -> Snapshot:
        """The session as it is at this moment."""
        return self.snapshot(self.data())

    def snapshot(self, data: str) -> Snapshot:
        """The session with this data."""
        return Snapshot(self.id, data)

    def cookie_wanted(self, sent: str, is_current: bool) -> dict[str, Any] | None:
        """The attributes of the cookie to be set; None if the browser holds the right one, or needs none.

        For the whole site (`path`), and out of reach of scripts (`http_only`).

        sent        the value of the cookie that came with the request, empty if there was none
        is_current  whether that is the cookie of this session as we would make it now
        """
        return None if is_current or self.held is None else {"path": "/", "http_only": True}

    def save(self) -> None:
        """Write to the store now, for those who cannot wait for the end of the request.

        Raises TypeError or ValueError if something in the session does not fit into JSON.
        """
        self.write(self.now())

    def data(self) -> str:
        """The data as JSON: what the row should say, and what shows whether anything has changed.

        ValueError for a session with the key "cookie": the row keeps the cookie's settings there.
        """
        if "cookie" in self:
            raise ValueError('session["cookie"] is taken: the row keeps the cookie settings there; choose another key')
        return to_json(self)

    def write(self, wanted: Snapshot) -> None:
        """Let the store hold this."""
        self.store.set(self.id, put_first("cookie", COOKIE, wanted.data))
        self.held = wanted
