"""What is attacked: the site of each step, called directly, and small apps that make the mistake nobody should keep."""

import hashlib
import logging
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import closing
from functools import cached_property
from http.cookies import SimpleCookie
from inspect import signature
from secrets import token_hex
from typing import Any, ClassVar
from urllib.parse import quote, unquote

import bottle

from steps import step2_middleware
from steps.step1_install import parse_cookies, sign, unsign
from steps.step2_middleware.server import SECRET
from steps.step3_authenticate.passwords import hash_password
from tests.attacks.tokens import claims_in, token
from tests.support import LIBRARIES, STEPS
from tests.support.calling import DEMO_USERS, Bench, Guest
from workbook.serving import Clock

LOG = logging.getLogger("naive")
LOG.addHandler(logging.NullHandler())


class Target(ABC):
    """What can be attacked. An attack asks a site and the naive app the same questions, and knows no difference."""

    tokens = False  # whether its forms hold tokens
    library: Any  # its library of sessions, with these options:
    options: ClassVar[dict[str, Any]] = {}

    def __init__(self, users: Any) -> None:
        self.users = users
        self.app: Any = None

    def guest(self, **environ: Any) -> Guest:
        """Somebody new."""
        return Guest(self.app, tokens=self.tokens, **environ)

    def logged_in(self, name: str = "alice", **environ: Any) -> Guest:
        """Somebody who has just logged in."""
        guest = self.guest(**environ)
        assert guest.log_in(name).status == 303
        return guest

    def somebody(self) -> Guest:
        """Somebody with a session that is worth stealing."""
        return self.logged_in()

    def bench(self) -> Bench:
        """Its library alone."""
        return Bench(self.library, **self.options)

    @abstractmethod
    def believes(self, signed: str) -> bool:
        """Whether a signed value is taken for one of its own."""

    @abstractmethod
    def hash_password(self, password: str) -> str:
        """What it keeps of a password."""

    @abstractmethod
    def demote_queen(self) -> None:
        """Take her role away while she is logged in."""

    @abstractmethod
    def opens(self, id: str) -> bool:
        """Whether an id that a stranger has made up opens a session, or might: the store is asked for it."""

    @abstractmethod
    def headers_after(self, text: str) -> list[str]:
        """The lines of the headers that are answered when this text is sent wherever a text can be sent."""

    @abstractmethod
    def read_cookies(self, header: str) -> Any:
        """Read a Cookie header."""

    @abstractmethod
    def reaches(self, path: str, asked: str) -> bool:
        """Whether a session for one path is there for what is asked for."""

    @abstractmethod
    def let_in(self, **data: str) -> str:
        """What the browser keeps for a visitor of whom this is known: a cookie."""

    @abstractmethod
    def knows(self, kept: str) -> dict[str, Any]:
        """What is known of a visitor who brings this cookie."""

    @abstractmethod
    def let_out(self, kept: str) -> None:
        """A logout of whoever brings this cookie."""


class Site(Target):
    """The site of a step, with users, store and clock of its own."""

    def __init__(self, step: int, users: Any) -> None:
        super().__init__(users)
        self.clock = Clock.still()
        self.tokens = step >= 7
        self.has_login = step >= 3
        options: dict[str, Any] = {"users": users} if self.has_login else {}
        if step >= 8:
            options |= {"secret": token_hex(32), "roles": {"queen": "admin"}}  # it has no defaults of its own
        if step >= 2:
            self.library = STEPS[max(number for number in (*LIBRARIES, 6) if number <= step)].load()
            clock = known_to(self.library.MemoryStore, {"clock": self.clock})
            self.store = self.library.MemoryStore(**clock)  # what a thief finds; ids are hashed as soon as they can be
            options |= {"store": getattr(self.library, "HashedIds", lambda store: store)(self.store), **clock}
        create_app = STEPS[step].load("server").create_app
        self.app = create_app(**known_to(create_app, options))

    def somebody(self) -> Guest:
        if self.has_login:
            return self.logged_in()
        guest = self.guest()
        guest.get("/")
        return guest

    def believes(self, signed: str) -> bool:
        return unsign(signed, SECRET) is not None

    def hash_password(self, password: str) -> str:
        return hash_password(password)

    def demote_queen(self) -> None:
        roles = STEPS[6].load().Roles(self.users)
        roles.give("alice", "admin")  # one there must be
        roles.give("queen", "user")

    def opens(self, id: str) -> bool:
        asked: list[str] = []
        get, self.store.get = self.store.get, lambda id: asked.append(id) or get(id)
        guest = self.guest()
        guest.cookie = f"connect.sid={quote(id)}"
        assert not guest.user()
        self.store.get = get
        return bool(asked)

    def headers_after(self, text: str) -> list[str]:
        form = {"username": "alice", "password": DEMO_USERS["alice"]}
        fields = {**form, "next": text, "theme": text, "language": text, "tea": text}
        answers = [self.guest().post(path, fields) for path in ("/login", "/preferences", "/order")]
        return [f"{name}: {value}" for answer in answers for name, value in answer.headers]

    def read_cookies(self, header: str) -> Any:
        return parse_cookies(header)

    def reaches(self, path: str, asked: str) -> bool:
        reached: list[Any] = []
        app = self.library.SessionMiddleware(
            lambda environ, start: reached.append(environ["session"]) or start("200 OK", []) or [],
            secret="k",
            cookie={"path": path},
        )
        list(app({"PATH_INFO": asked, "REQUEST_METHOD": "GET", "wsgi.url_scheme": "http"}, lambda *a: None))
        return reached != [None]

    @cached_property
    def door(self) -> Bench:
        """Where somebody is let in and out."""
        return self.bench()

    def let_in(self, **data: str) -> str:
        return self.door.begin(**data)

    def knows(self, kept: str) -> dict[str, Any]:
        known: dict[str, Any] = {}
        self.door.request(known.update, cookie=kept)
        return known

    def let_out(self, kept: str) -> None:
        self.door.request(lambda session: session.destroy(), cookie=kept)

    def while_busy(self, request: Callable[[], Any], meanwhile: Callable[[], Any]) -> Any:
        """Send a request; when the server has read the session for it, let something else happen first."""
        get = self.store.get

        def slow_get(id: str) -> Any:
            row = get(id)
            self.store.get = get
            meanwhile()
            return row

        self.store.get = slow_get
        return request()


def known_to(function: Any, options: dict[str, Any]) -> dict[str, Any]:
    """Those of the options that a function takes."""
    known = signature(function).parameters
    loose = any(parameter.kind is parameter.VAR_KEYWORD for parameter in known.values())
    return {name: value for name, value in options.items() if name in known or loose}


class Naive(Target):
    """An app that makes each mistake."""

    library = step2_middleware
    options: ClassVar[dict[str, Any]] = {"save_uninitialized": True}  # who never comes back is remembered, too

    def __init__(self, users: Any) -> None:
        super().__init__(users)
        self.sessions: dict[str, dict[str, Any]] = {}
        self.last = 0
        self.ids = 0
        self.app = bottle.Bottle()
        self.app.default_error_handler = lambda error: error.status_line
        for method, path, handler in self.doors():
            self.app.route(path, method, handler)

    def doors(self) -> list[tuple[str, str, Any]]:
        return [
            ("GET", "/", self.front),
            ("POST", "/login", self.login),
            ("GET", "/whoami", lambda: {"user": self.session().get("user")}),
            ("GET", "/logout", self.logout),
            ("POST", "/logout", self.logout),
            ("GET", "/preferences", lambda: f'<body data-theme="{self.session().get("theme", "light")}">'),
            ("POST", "/preferences", self.preferences),
            ("GET", "/admin", self.admin),
            ("GET", "/basket", lambda: str(bottle.request.get_cookie("basket", secret=SECRET))),  # bottle pickles it
        ]

    # The mistakes: a counted id that nobody has signed, readable by scripts; everything in one dict

    def session(self) -> dict[str, Any]:
        return self.sessions.get(self.sent(), {})

    def sent(self) -> str:
        header = bottle.request.environ.get("HTTP_COOKIE", "")
        return dict(part.partition("=")[::2] for part in header.split("; ")).get("connect.sid", "")

    def front(self) -> str:
        self.ids += 1
        self.sessions[str(self.ids)] = {}
        bottle.response.add_header("Set-Cookie", f"connect.sid={self.ids}; Path=/")
        return "hello"

    def login(self) -> Any:
        name, password = bottle.request.forms.get("username"), bottle.request.forms.get("password")
        LOG.warning("login of %s" % name)  # noqa: UP031
        if self.users.password_hash(name) is None:
            return bottle.HTTPResponse(f"There is no user {name}.", 401)
        if not self.users.verify(name, password):
            return bottle.HTTPResponse("Wrong password.", 401)
        self.front()
        self.sessions[str(self.ids)] = {"user": name, "role": "admin" if name == "queen" else "user"}
        to = bottle.request.query.get("next") or bottle.request.forms.get("next") or "/dashboard"
        bottle.response.status = 303
        bottle.response.headers["Location"] = to
        return ""

    def logout(self) -> Any:
        bottle.response.add_header("Set-Cookie", "connect.sid=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT")
        return bottle.redirect("/login")  # builds the address from what the client says the host is

    def preferences(self) -> str:
        self.session().update(bottle.request.forms)
        return "saved"

    def admin(self) -> Any:
        return "the guests" if self.session().get("role") == "admin" else bottle.HTTPResponse("no", 403)

    # The other mistakes

    def believes(self, signed: str) -> bool:
        value, _, signature = signed.rpartition(".")
        return compare_slowly(signature, sign(value, SECRET).rpartition(".")[2])

    def hash_password(self, password: str) -> str:
        return quick_hash(password)

    def demote_queen(self) -> None:
        """Her role was noted at the login: nothing that happens elsewhere can change it."""

    def opens(self, id: str) -> bool:
        with closing(SqlStore()) as store:
            return store.get(id) is not None

    def headers_after(self, text: str) -> list[str]:
        seen: list[str] = []
        go({"QUERY_STRING": quote(text)}, lambda status, headers: seen.append(": ".join(headers[0])))
        return seen

    def read_cookies(self, header: str) -> Any:
        return SimpleCookie(header)

    def reaches(self, path: str, asked: str) -> bool:
        return asked.startswith(path)  # as Express compares

    # Everything in a token, and nothing in the house

    def let_in(self, **data: str) -> str:
        return f"connect.sid={token(data)}"

    def knows(self, kept: str) -> dict[str, Any]:
        return claims_in(kept.partition("=")[2])

    def let_out(self, kept: str) -> None:
        """The browser is asked to forget the cookie. A copy of it is not there to be asked."""


def compare_slowly(one: str, other: str) -> bool:
    """As many programs do: letter by letter, and done at the first that differs."""
    for left, right in zip(one, other, strict=False):
        if left != right:
            return False
    return len(one) == len(other)


def go(environ: dict[str, Any], start: Any) -> list[bytes]:
    """A redirect to wherever the address says, its line breaks included."""
    start("303 See Other", [("Location", unquote(environ["QUERY_STRING"]))])
    return []


def quick_hash(password: str) -> str:
    """As passwords were once kept: fast, and the same for the same password."""
    return hashlib.sha256(password.encode()).hexdigest()


class SqlStore:
    """A store that puts the id into its question instead of beside it."""

    def __init__(self) -> None:
        self.database = sqlite3.connect(":memory:")
        self.database.execute("CREATE TABLE sessions (id, row)")
        self.database.execute("INSERT INTO sessions VALUES ('a-secret-id', 'the queen''s session')")

    def get(self, id: str) -> str | None:
        row = self.database.execute(f"SELECT row FROM sessions WHERE id = '{id}'").fetchone()
        return row[0] if row else None

    def close(self) -> None:
        self.database.close()
