"""What is attacked: the site of each step, called directly, and small apps that make the mistake nobody should keep."""

import hashlib
import logging
import sqlite3
from collections.abc import Callable
from inspect import signature
from secrets import token_hex
from typing import Any
from urllib.parse import unquote

import bottle

from steps.step2_middleware.server import SECRET
from tests.support import LIBRARIES, STEPS
from tests.support.calling import Guest
from workbook.serving import Clock

LOG = logging.getLogger("naive")
LOG.addHandler(logging.NullHandler())


def library_of(step: int) -> Any:
    """The newest library of sessions up to this step."""
    return LIBRARIES[max(number for number in LIBRARIES if number <= step)].load()


class Site:
    """The site of a step, with users, store and clock of its own."""

    def __init__(self, step: int, users: Any) -> None:
        self.step, self.users, self.clock = step, users, Clock.still()
        server = STEPS[step].load("server")
        self.library = library_of(step) if step > 1 else None
        options: dict[str, Any] = {"users": users} if step >= 3 else {}
        if step >= 8:
            options |= {"secret": token_hex(32), "roles": {"queen": "admin"}}  # it has no defaults of its own
        if self.library:
            ticking = "clock" in signature(self.library.MemoryStore).parameters
            clock = {"clock": self.clock} if ticking else {}
            self.store = self.library.MemoryStore(**clock)
            options |= {"store": self.store, **clock}
        known = signature(server.create_app).parameters
        loose = any(parameter.kind is parameter.VAR_KEYWORD for parameter in known.values())
        self.app = server.create_app(**{name: value for name, value in options.items() if name in known or loose})

    def guest(self, **environ: Any) -> Guest:
        return Guest(self.app, tokens=self.step >= 7, **environ)

    def logged_in(self, name: str = "alice", **environ: Any) -> Guest:
        guest = self.guest(**environ)
        assert guest.log_in(name).status == 303
        return guest

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


class Naive:
    """An app that makes the mistake. `guest()` as a site's."""

    step = 0

    def __init__(self, users: Any) -> None:
        self.users = users
        self.sessions: dict[str, dict[str, Any]] = {}
        self.last = 0
        self.ids = 0
        self.app = bottle.Bottle()
        self.app.default_error_handler = lambda error: error.status_line
        for method, path, handler in self.doors():
            self.app.route(path, method, handler)

    def guest(self, **environ: Any) -> Guest:
        return Guest(self.app, **environ)

    def logged_in(self, name: str = "alice", **environ: Any) -> Guest:
        guest = self.guest(**environ)
        guest.log_in(name)
        return guest

    def doors(self) -> list[tuple[str, str, Any]]:
        return [
            ("GET", "/", self.front),
            ("POST", "/login", self.login),
            ("GET", "/whoami", lambda: {"user": self.session().get("user")}),
            ("GET", "/logout", self.logout),
            ("POST", "/logout", self.logout),
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
