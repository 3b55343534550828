"""What the tests share: real servers, visitors who talk to them, and a way to call an app without a network."""

import io
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cache
from inspect import signature
from pathlib import Path
from secrets import token_hex
from tempfile import mkdtemp
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit
from wsgiref.validate import validator

import bottle
import requests

from workbook.environment import ROOT, steps
from workbook.serving import WatchedStore

STEPS = steps()
LIBRARIES = {number: step for number, step in STEPS.items() if step.has_library}
DEMO_USERS = {"alice": "follow-the-rabbit", "queen": "off-with-their-heads"}
SESSION_COOKIE = "connect.sid"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"


words_are_free = False  # set when a learner's code is tested: the words of an error are then his own


def says(pattern: str) -> str:
    """What an error's text must match: in our code the words that name the remedy, in a learner's any."""
    return "." if words_are_free else pattern


def demo_users_in(folder: Path) -> Any:
    """A database with the demo users; hashed once, then copied."""
    users = STEPS[3].load("users").Users(folder / "users.sqlite3")
    if not HASHED:
        users.add_demo_users()
        HASHED.append(users.path.read_bytes())
    users.path.write_bytes(HASHED[0])
    return users


HASHED: list[bytes] = []
WITH_DEMO_USERS = """
from steps.step8_production import server
server.refuse_unsafe = lambda settings: None  # which would refuse them
server.main()
"""


@cache
def production_variables() -> dict[str, str]:
    """What step 8 needs to start: a secret of its own, and a database with the users whom the tests know."""
    users = demo_users_in(Path(mkdtemp()))
    STEPS[6].load().Roles(users).give("queen", "admin")
    return {"SECRET": token_hex(32), "USERS": str(users.path)}


@dataclass
class Server:
    """A step's server, in a process of its own if we have started it."""

    step: int
    url: str
    process: subprocess.Popen[str] | None = None
    visitors: list["Visitor"] = field(default_factory=list)

    @classmethod
    def start(cls, step: int, *mine: str, **variables: str) -> "Server":
        """Start a step's server; `mine`: the exercise whose module in the workspace takes the place of ours."""
        command = ["-m", "workbook.serve_mine", STEPS[step].folder, *mine] if mine else ["-m", STEPS[step].server]
        if step >= 8 and "SECRET" not in variables:
            command, variables = ["-c", WITH_DEMO_USERS], {**production_variables(), **variables}
        paths = os.pathsep.join([str(ROOT), str(ROOT / "notebooks")])
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env={**os.environ, "PORT": "0", "STORE": "memory:", "PYTHONPATH": paths, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert process.stdout
        address = re.search(r"https?://127\.0\.0\.1:\d+", process.stdout.readline())
        assert address, f"the server of step {step} did not start"
        return cls(step, address[0], process)

    @classmethod
    def start_https(cls, step: int, **variables: str) -> "Server":
        """The same with HTTPS; its authority's certificate is then build/https/ca.pem."""
        return cls.start(step, HTTPS="1", **variables)

    def visitor(self) -> "Visitor":
        """Somebody new, who leaves when the server stops."""
        self.visitors.append(Visitor(self.url, tokens=self.step >= 7))
        return self.visitors[-1]

    def stop(self) -> None:
        for visitor in self.visitors:
            visitor.close()
        if self.process is None:
            return
        self.process.terminate()
        self.process.wait(timeout=10)
        if self.process.stdout:
            self.process.stdout.close()


def token_in(page: str) -> str:
    """The token in a page's forms; empty if it has none."""
    found = re.search(r'name="csrf_token" value="([^"]*)"', page)
    return found[1] if found else ""


class Visitor:
    """A browser: keeps cookies, and shows each answer instead of following redirects.

    From step 7 on, a form holds the token of a page that was asked for just before, as in a person's browser.
    """

    def __init__(self, url: str, *, tokens: bool = False) -> None:
        self.url = url
        self.tokens = tokens
        self.http = requests.Session()
        self.http.trust_env = False

    def request(self, method: str, path: str, **options: Any) -> requests.Response:
        options = {"allow_redirects": False, "timeout": 10, **options}
        return self.http.request(method, self.url + path, **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, data: Any = None, **options: Any) -> requests.Response:
        if self.tokens and (data is None or isinstance(data, dict)):
            data = {"csrf_token": self.token(), **(data or {})}
        return self.request("POST", path, data=data, **options)

    def token(self) -> str:
        """The token in the forms that this browser is shown now."""
        return token_in(self.get("/preferences").text)

    def log_in(self, name: str = "alice", **fields: str) -> requests.Response:
        form = {"username": name, "password": DEMO_USERS[name], **fields}
        return self.post("/login", form)

    def whoami(self) -> Any:
        return self.get("/whoami").json()

    @property
    def cookie(self) -> str | None:
        """The session cookie as the browser holds it."""
        return self.http.cookies.get(SESSION_COOKIE)

    @cookie.setter
    def cookie(self, value: str) -> None:
        self.http.cookies.clear()
        self.http.cookies.set(SESSION_COOKIE, value, domain=urlsplit(self.url).hostname, path="/")

    @property
    def id(self) -> str:
        """The session's id, out of the cookie."""
        return unquote(self.cookie or "").removeprefix("s:").rpartition(".")[0]

    def close(self) -> None:
        self.http.close()


@dataclass
class Answer:
    """What an app answered when it was called directly."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    errors: str = ""
    cookies: list[str] = field(default_factory=list)

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
        answer.status, answer.headers = int(status[:3]), headers
        return lambda data: None

    chunks = validator(app)(environ, start_response)
    try:
        answer.body = b"".join(chunks)
    finally:
        chunks.close()
    answer.errors = errors.getvalue()
    answer.cookies = [value for name, value in answer.headers if name == "Set-Cookie"]
    return answer


class Guest:
    """A browser that calls the site directly: keeps its session cookie, and shows each answer.

    From step 7 on, it sends the token of the forms that it is shown, unless `csrf_token` is given.
    """

    def __init__(self, app: Any, user_agent: str = FIREFOX, *, tokens: bool = False, **environ: Any) -> None:
        self.app, self.cookie, self.tokens = app, None, tokens
        self.environ = {"HTTP_USER_AGENT": user_agent, **environ}

    def request(self, method: str, path: str, environ: dict[str, Any] | None = None, **form: str) -> Any:
        path, _, query = path.partition("?")
        environ = {"QUERY_STRING": query, **self.environ, **(environ or {})}
        answer: Any = call(self.app, path, method=method, body=urlencode(form).encode(), cookie=self.cookie, **environ)
        if answer.cookie:
            self.cookie = None if "Expires=Thu, 01 Jan 1970" in answer.cookies[-1] else answer.cookie
        answer.text, answer.location = answer.body.decode(), dict(answer.headers).get("Location")
        return answer

    def get(self, path: str, **options: Any) -> Any:
        return self.request("GET", path, **options)

    def post(self, path: str, **form: Any) -> Any:
        token = {"csrf_token": self.token()} if self.tokens and "csrf_token" not in form else {}
        return self.request("POST", path, **token, **form)

    def token(self) -> str:
        """The token in the forms that this browser is shown now."""
        return token_in(self.get("/preferences").text)

    def log_in(self, name: str = "alice", **fields: Any) -> Any:
        return self.post("/login", username=name, password=DEMO_USERS[name], **fields)

    def user(self) -> Any:
        return json.loads(self.get("/whoami").text)["user"]

    def handles(self) -> list[str]:
        return re.findall(r'name="handle" value="([^"]+)"', self.get("/devices").text)


def put(store: Any, id: str, row: str, expires: float | None = None) -> None:
    """Set a row as each step's store wants it: from step 5 on, a write names the row that it replaces."""
    known = signature(store.set).parameters
    ends = {"expires": expires} if "expires" in known else {}
    replaces = {"expected": store.get(id)} if "expected" in known else {}
    assert store.set(id, row, **ends, **replaces) is not False


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
        options = {"secret": "keyboard cat", **options}
        self.app = library.SessionMiddleware(site(lambda session: self.handler(session)), store=self.store, **options)

    def request(self, handler: Any = None, *, cookie: str | None = None, **environ: Any) -> Answer:
        """One request. The store's calls are counted from here."""
        self.handler = handler or (lambda session: None)
        self.store.asked.clear()
        return call(self.app, cookie=cookie, **environ)

    def begin(self, **data: Any) -> str:
        """A session with this data in the store; returns the cookie for it."""
        cookie = self.request(lambda session: session.update(data or {"user": "alice"})).cookie
        assert cookie
        return cookie

    def rows(self) -> dict[str, str]:
        return self.store.rows()
