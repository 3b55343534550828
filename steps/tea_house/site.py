"""Site: a Bottle app with the tea house's pages. A step enters it with its own pages, which come before older ones."""

import math
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from wsgiref.util import application_uri

from bottle import Bottle, HTTPError, SimpleTemplate, request

STEPS = Path(__file__).parents[1]
SENTENCES = {
    400: "The request was garbled, so it was left alone.",
    403: "This room is not open to you.",
    404: "There is no such room in this tea house.",
    405: "This door opens another way: with a button on a page, not with a link.",
    411: "The request did not say how long it is, so it was left alone.",
    413: "That was more than a guest can order at once.",
    415: "Orders are taken on this house's forms only.",
    429: "Too many wrong passwords. Have a cup of tea.",
    500: "Something was spilled in the kitchen. The cook has been told.",
}


class TeaHouse(Bottle):  # type: ignore[misc]  # Bottle ships no types
    """The site of one step: which steps have entered, and where their pages lie."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[str] = []  # the folders' names, the latest first
        self.lookup = [str(STEPS / "tea_house" / "views")]
        self.personal: list[Callable[[], dict[str, Any]]] = []
        self.finishing: list[Callable[[str], str]] = []
        self.add_hook("before_request", refuse_garbled_path)

    def shows(self, personal: Callable[[], dict[str, Any]]) -> None:
        """Each page shows what this returns about its visitor."""
        self.personal.append(personal)

    def finishes(self, finish: Callable[[str], str]) -> None:
        """Each page goes through this before it leaves."""
        self.finishing.append(finish)

    def enter(self, server: str) -> None:
        """A step enters with its `__file__`: the folder's name says which step it is, its views are found first."""
        step = Path(server).parent.name
        self.steps.insert(0, step)
        self.lookup.insert(0, str(STEPS / step / "views"))

    def default_error_handler(self, error: HTTPError) -> str:
        """Say in a sentence what went wrong; details are for the log, not for the page."""
        sentence = SENTENCES.get(error.status_code, "That did not work.")
        if wait := error.get_header("Retry-After"):
            sentence = f"{sentence} You can try again in {in_minutes(int(wait))}."
        session = session_shown() if error.status_code < 500 else None
        return self.error_page(error.status_line, sentence, session=session)

    def error_page(
        self, status: str, sentence: str, *, session: Any = None, link: str = "/", words: str = "Back to the front door"
    ) -> str:
        """A page that says what went wrong, and leads on."""
        return self.render("error", status=status, sentence=sentence, session=session, link=link, words=words)

    def render(self, name: str, **values: Any) -> str:
        """Fill in a page."""
        number, _, title = self.steps[0].removeprefix("step").partition("_")
        common = {"number": number, "step": title, "shorten": shorten, "in_words": in_words}
        common |= {"plain": plain, "moment": moment, "typed": field, "address": application_uri(request.environ)}
        common |= {"cookies": {}, "theme": "auto", "notices": []}
        for personal in self.personal:
            common |= personal()
        html = str(template(name, *self.lookup).render(**{**common, **values}))
        html = html.encode("utf-8", "replace").decode()  # half a surrogate pair, from a row: it cannot be sent
        for finish in self.finishing:
            html = finish(html)
        return html


@cache
def template(name: str, *folders: str) -> SimpleTemplate:
    """The named page, from the first of these folders that has it."""
    return SimpleTemplate(name=f"{name}.tpl", lookup=list(folders))


def refuse_garbled_path() -> None:
    """Answer 400 to a path that is not UTF-8. Bottle would leave out what it cannot read: /log%FFin is not /login."""
    try:
        request.environ["bottle.raw_path"].encode("latin-1").decode()
    except UnicodeError:
        raise HTTPError(400) from None


def page(name: str, **values: Any) -> str:
    """The named page of the site that this request is for, with what the server knows about the visitor."""
    return str(request.app.render(name, session=session_shown(), **values))


def session_shown() -> Any:
    """The session, for what each page shows of it; None if there is none, or none that can be read."""
    session = request.environ.get("session")
    return None if getattr(session, "is_unavailable", False) else session


def field(name: str) -> str:
    """A field of the form that was sent; empty if it is missing or not UTF-8."""
    try:
        return str(request.forms.getunicode(name, ""))
    except (LookupError, ValueError):  # Bottle stumbles over a garbled Content-Type
        raise HTTPError(400) from None


def shorten(secret: str) -> str:
    """Enough of an id to recognise it, too little to use it."""
    return secret if len(secret) < 12 else f"{secret[:8]}…"


def in_words(seconds: float) -> str:
    """A length of time as people say it: 1800 is "30 minutes"."""
    for unit, size in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{round(seconds / size)} {unit}"
    return f"{round(seconds)} seconds"


def in_minutes(seconds: float) -> str:
    """A time to wait, in whole minutes, and never less than it is: 61 is "2 minutes"."""
    minutes = math.ceil(seconds / 60)
    return f"{minutes} minute{'' if minutes == 1 else 's'}"


def moment(seconds: float) -> str:
    """A time since 1970 as people say it, in UTC: 1795676644.35 is "26 Nov 2026, 07:04"."""
    return time.strftime("%d %b %Y, %H:%M", time.gmtime(seconds))


def plain(value: Any) -> str:
    """What a session holds, for people: a time since 1970 is a moment, all else stands there as it is, cut to size."""
    is_time = isinstance(value, float) and 1e9 < value < 1e10  # from 2001 to 2286
    return f"{moment(value)} (UTC)" if is_time else str(value)[:60]
