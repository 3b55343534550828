"""Calling: browsers that talk to a site, over HTTP or without a network, and a middleware on a bench.

No step is imported before it is asked for: where a learner's code is tested, it takes the place of ours.
"""

import io
import json
import re
import traceback
from abc import ABC, abstractmethod
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit
from weakref import WeakKeyDictionary
from wsgiref.validate import validator

import bottle
import requests
from requests.adapters import HTTPAdapter

from tests.support import STEPS, workers
from workbook.serving import WatchedStore

DEMO_USERS = {"alice": "follow-the-rabbit", "queen": "off-with-their-heads"}
SECRET = "keyboard cat"
SESSION_COOKIE = "connect.sid"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
HTTPS = {"wsgi.url_scheme": "https"}


def cookie_of(id: str, secret: str = SECRET) -> str:
    """The Cookie header of whoever has this id."""
    return f"{SESSION_COOKIE}={quote('s:' + STEPS[1].load().sign(id, secret), safe='')}"


class Unexpected(AssertionError):
    """What a test needs before it can begin to look has not come."""

    def __init__(self, came: str, expected: str) -> None:
        super().__init__(f"{came}, where {expected} is expected")
        self.came, self.expected = came, expected


class Seen:
    """What was asked and what came back, for whoever has to tell why a test has failed."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self.last = ""  # "200 OK"
        self.errors: deque[str] = deque(maxlen=100)  # what apps have written into wsgi.errors
        self.requests: deque[str] = deque(maxlen=100)  # "GET /dashboard (200)"
        self.sent: dict[str, Any] = {}  # with the last request: form, headers, and the settings of the app
        self.settings: WeakKeyDictionary[Any, dict[str, Any]] = WeakKeyDictionary()  # with which each app was made
        self.token = ""  # the one that the last form was given
        self.refused_by: list[Any] = []  # the places in the code where the last refusal was made, innermost last

    def asks(self, form: Any, headers: dict[str, Any], app: Any = None) -> None:
        """A request begins."""
        fields = form if isinstance(form, dict) else dict(parse_qsl(form or "", keep_blank_values=True))
        fields = {name: value for name, value in fields.items() if (name, value) != ("csrf_token", self.token)}
        self.sent, self.refused_by, self.last = {**headers, **fields}, [], ""
        with suppress(TypeError):  # what cannot be referred to weakly has no settings here
            self.sent = {**self.settings.get(app, {}), **self.sent}

    def answered(self, method: str, path: str, status: str) -> None:
        """A request has ended."""
        who = f" as {self.sent['username']}" if path == "/login" and self.sent.get("username") else ""
        self.last = status
        self.requests.append(f"{method} {path}{who}" + (f" ({status[:3]})" if status else ""))


SEEN = Seen()


# Browsers


class Browser(ABC):
    """A browser: keeps its session cookie, and shows each answer instead of following redirects.

    With `tokens`, as from step 7 on, a form holds the token of a page that was asked for just before, as in a person's
    browser, unless it has a `csrf_token` already.
    """

    tokens: bool
    cookie: str | None

    @abstractmethod
    def request(self, method: str, path: str, **options: Any) -> Any:
        """Send a request; `data` is the form."""

    def get(self, path: str, **options: Any) -> Any:
        return self.request("GET", path, **options)

    def post(self, path: str, data: Any = None, **options: Any) -> Any:
        """Send a form. What is no dict goes as it is."""
        is_form = data is None or isinstance(data, dict)
        return self.request("POST", path, data=self.filled(**(data or {})) if is_form else data, **options)

    def filled(self, **form: Any) -> dict[str, Any]:
        """A form as this browser sends it, with its token."""
        return {"csrf_token": self.token(), **form} if self.tokens and "csrf_token" not in form else form

    def token(self) -> str:
        """The token in the forms that this browser is shown now; empty if they have none."""
        found = re.search(r'name="csrf_token" value="([^"]*)"', self.get("/preferences").text)
        SEEN.requests.pop()  # which nobody has asked for
        SEEN.token = found[1] if found else ""
        return SEEN.token

    def log_in(self, name: str = "alice", **fields: Any) -> Any:
        """Log in, as a test does before it looks at what comes then: this must not fail."""
        answer = self.try_to_log_in(name, **fields)
        if not SEEN.last.startswith("30"):  # Express says 302
            raise Unexpected(SEEN.last, "303 See Other, for the right password")
        return answer

    def try_to_log_in(self, name: str = "alice", **fields: Any) -> Any:
        """Send the right password, whatever comes of it."""
        return self.post("/login", {"username": name, "password": DEMO_USERS[name], **fields})

    def whoami(self) -> Any:
        return json.loads(self.get("/whoami").text)

    def user(self) -> Any:
        return self.whoami()["user"]

    @property
    def id(self) -> str:
        """The session's id, out of the cookie; empty if there is none."""
        return unquote(self.cookie or "").rpartition("=")[2].removeprefix("s:").rpartition(".")[0]


class FromOwnAddress(HTTPAdapter):
    """Lets a visitor come from the loopback address of his worker."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, source_address=(workers.address(), 0), **options)  # type: ignore[no-untyped-call]


class Visitor(Browser):
    """A browser over HTTP."""

    def __init__(self, url: str, *, tokens: bool = False) -> None:
        self.url = url
        self.tokens = tokens
        self.http = requests.Session()
        self.http.trust_env = False
        for scheme in ("http://", "https://"):
            self.http.mount(scheme, FromOwnAddress())

    def request(self, method: str, path: str, **options: Any) -> requests.Response:
        options = {"allow_redirects": False, "timeout": 10, **options}
        SEEN.asks(options.get("data"), options.get("headers", {}))
        answer = self.http.request(method, self.url + path, **options)
        SEEN.answered(method, path, f"{answer.status_code} {answer.reason}")
        return answer

    @property
    def cookie(self) -> str | None:
        """The session cookie's value."""
        return self.http.cookies.get(SESSION_COOKIE)

    @cookie.setter
    def cookie(self, value: str) -> None:
        self.http.cookies.clear()
        self.http.cookies.set(SESSION_COOKIE, value, domain=urlsplit(self.url).hostname, path="/")

    def close(self) -> None:
        self.http.close()


class Guest(Browser):
    """A browser that calls the site directly. `cookie` is the whole Cookie header; a form can be given as keywords."""

    def __init__(self, app: Any, user_agent: str = FIREFOX, *, tokens: bool = False, **environ: Any) -> None:
        self.app, self.cookie, self.tokens = app, None, tokens
        self.environ = {"HTTP_USER_AGENT": user_agent, **environ}

    def request(self, method: str, path: str, *, data: Any = None, environ: dict[str, Any] | None = None) -> Any:
        path, _, query = path.partition("?")
        environ = {"QUERY_STRING": query, **self.environ, **(environ or {})}
        body = urlencode(data or {}).encode()
        answer = call(self.app, path, method=method, body=body, cookie=self.cookie, **environ)
        if answer.cookie:
            self.cookie = None if "Expires=Thu, 01 Jan 1970" in answer.cookies[-1] else answer.cookie
        return answer

    def post(self, path: str, data: Any = None, environ: dict[str, Any] | None = None, **form: Any) -> Any:
        return super().post(path, {**(data or {}), **form}, environ=environ)

    def handles(self) -> list[str]:
        return re.findall(r'name="handle" value="([^"]+)"', self.get("/devices").text)


# Without a network


@dataclass
class Answer:
    """What an app answered when it was called directly."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    said: str = ""  # the whole status, "200 OK"
    errors: str = ""
    cookies: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def by_name(self) -> dict[str, str]:
        """The headers by name; of those that are there twice, the last."""
        return dict(self.headers)

    @property
    def location(self) -> str | None:
        return self.by_name.get("Location")

    @property
    def cookie(self) -> str | None:
        """The session cookie that was set, as a Cookie header would send it back."""
        ours = [value for value in self.cookies if value.removeprefix("__Host-").startswith(SESSION_COOKIE + "=")]
        return ours[-1].partition(";")[0] if ours else None


def call(
    app: Any, path: str = "/", *, cookie: str | None = None, method: str = "GET", body: bytes = b"", **environ: Any
) -> Answer:
    """Call an app as a server would, through wsgiref's validator, which objects to every offence against WSGI."""
    errors = io.StringIO()
    told = {name_of_header(name): value for name, value in environ.items() if name.startswith(("HTTP_", "CONTENT_"))}
    if told.get("User-Agent") == FIREFOX:
        del told["User-Agent"]
    SEEN.asks(body.decode("latin-1"), told, app)
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "wsgi.errors": errors,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **environ,
    }
    if cookie is not None:
        environ["HTTP_COOKIE"] = cookie
    answer = Answer(0, [], b"")

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        answer.status, answer.headers, answer.said = int(status[:3]), headers, status
        if exc_info:  # Bottle writes down no more than that there was an error
            SEEN.errors.append("".join(traceback.format_exception(*exc_info)))
        return lambda data: None

    try:
        chunks = validator(in_plain_words(app))(environ, start_response)
        try:
            answer.body = b"".join(chunks)
        except AssertionError as error:
            if "start_response has not yet been called" in str(error):
                raise Unexpected("no call of start_response", "one, before the body begins") from None
            raise
        finally:
            chunks.close()
    finally:
        answer.errors = errors.getvalue()
        SEEN.errors.append(answer.errors)
        SEEN.answered(method, path, answer.said)
    answer.cookies = [value for name, value in answer.headers if name == "Set-Cookie"]
    return answer


def in_plain_words(app: Any) -> Any:
    """The app; of what offends against WSGI, two things are said as the validator does not: what was given for what."""

    def checked(environ: dict[str, Any], start_response: Any) -> Any:
        def start(*args: Any, **named: Any) -> Any:
            if args and not re.fullmatch(r"[1-5]\d\d .*", str(args[0])):
                given = repr(args[0]) if isinstance(args[0], str | None) else f"a {type(args[0]).__name__}"
                raise Unexpected(f"start_response was given the status {given}", "one like '503 Service Unavailable'")
            return start_response(*args, **named)

        body = app(environ, start)
        if not hasattr(body, "__iter__"):
            raise Unexpected(f"{body!r}, from {type(app).__name__}, for the answer's body", "a list of bytes")
        return body

    return checked


def name_of_header(variable: str) -> str:
    """A header's name, out of WSGI's: HTTP_X_FORWARDED_FOR is X-Forwarded-For."""
    return variable.removeprefix("HTTP_").replace("_", "-").title()


def site(handler: Any) -> Any:
    """A Bottle app with one page, "/", which calls the handler with the session."""

    def page() -> str:
        handler(bottle.request.session)
        return "ok"

    app = bottle.Bottle()
    app.route("/", ["GET", "POST"], page)
    return app


class Bench:
    """A session middleware around one page whose handler can be changed from request to request."""

    def __init__(self, library: Any, **options: Any) -> None:
        self.handler: Any = lambda session: None
        store = options.pop("store", None)
        self.store = WatchedStore(library.MemoryStore() if store is None else store)
        SEEN.sent = options
        self.app = library.SessionMiddleware(
            site(lambda session: self.handler(session)), store=self.store, **{"secret": SECRET, **options}
        )
        SEEN.settings[self.app] = options

    def request(self, handler: Any = None, *, cookie: str | None = None, **environ: Any) -> Answer:
        """One request. The store's calls are counted from here."""
        self.handler = handler or (lambda session: None)
        self.store.asked.clear()
        return call(self.app, cookie=cookie, **environ)

    def begin(self, **data: Any) -> str:
        """A session with this data in the store; returns the cookie for it."""
        answer = self.request(lambda session: session.update(data or {"user": "alice"}))
        assert answer.cookie, (
            f"{answer.status} without a session cookie, though something was put into the session: either no row was "
            "written, or it was not noted as held"
        )
        return answer.cookie

    def rows(self) -> dict[str, str]:
        return self.store.rows()
