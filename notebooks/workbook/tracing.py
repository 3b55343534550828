"""Tracing: which functions of the steps a request goes through, from top to bottom, found by letting it."""

import inspect
import sys
from dataclasses import dataclass, field
from typing import Any
from wsgiref.util import setup_testing_defaults

from workbook.environment import number_in


@dataclass
class Trace:
    """The calls of one request: how deep each is in the others, what is called, and in which file."""

    calls: list[tuple[int, str, str]] = field(default_factory=list)
    cookie: str = ""  # what the browser holds after it: "connect.sid=…"

    def __repr__(self) -> str:
        lines = ["  " * depth + name for depth, name, _ in self.calls]
        wide = max(map(len, lines), default=0)
        return "\n".join(f"{line:<{wide}}  {file}" for line, (*_, file) in zip(lines, self.calls, strict=True))


def trace(app: Any, cookie: str = "") -> Trace:
    """GET / from a WSGI app, and which functions of the steps it went through; `cookie` is sent with it.

    Left out are small things: properties, what begins with an underscore, and what a dict is read by.
    """
    seen = Trace(cookie=cookie)
    environ: dict[str, Any] = {"HTTP_COOKIE": cookie} if cookie else {}
    setup_testing_defaults(environ)
    open_calls: list[bool] = []  # of the functions that have not returned yet: whether each is among the calls

    def notice(frame: Any, event: str, _: Any) -> None:
        if event == "call":
            file = "/".join(frame.f_code.co_filename.replace("\\", "/").rsplit("/", 2)[1:])
            shown = number_in(file) > 0 and is_worth_it(frame)
            if shown:
                seen.calls.append((sum(open_calls), frame.f_code.co_qualname.replace(".<locals>", ""), file))
            open_calls.append(shown)
        elif event == "return" and open_calls:
            open_calls.pop()

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        cookies = [value for name, value in headers if name == "Set-Cookie"]
        seen.cookie = cookies[0].partition(";")[0] if cookies else seen.cookie

    before = sys.getprofile()
    sys.setprofile(notice)
    try:
        b"".join(app(environ, start_response))
    finally:
        sys.setprofile(before)
    return seen


def is_worth_it(frame: Any) -> bool:
    """Whether a call says something about the request's way."""
    name, whole = frame.f_code.co_name, frame.f_code.co_qualname
    if (name.startswith("_") and name != "__call__") or name.startswith("<") or whole.startswith("noting."):
        return False
    return not isinstance(inspect.getattr_static(type(frame.f_locals.get("self")), name, None), property)
