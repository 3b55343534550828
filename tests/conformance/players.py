"""Players: one plays scenarios on Express's sessions in Node, one on ours, and both tell in the same words.

What came out of a request:

    status, cookies, vary, cache   of the answer: the Set-Cookie headers, Vary and Cache-Control
    seen    what the handler saw at its beginning, at each "look" and at its end: the data, and of the time what is left
            and the whole life, in milliseconds; None without a session, "error" for a call that raised
    rows    what the store holds: id -> [text, seconds until it ends]
    last, asked, turn   from Express only: the session that its handler had last, with its id and the row and cookies
            that it would get; what the store was asked to do; the request's number, those within others counted, too

Ours plays each request from where Express's has left the store. So what is declared to differ in one request does not
hide what the next ones do, and each of our requests reads rows that Express has written.
"""

import io
import json
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import bottle
from redis import Redis

from steps import MemoryStore, PostgresStore, RedisStore, SessionMiddleware, SQLiteStore, StoreError
from tests.conformance.differences import is_beyond_express
from tests.conformance.scenarios import START, Request, Scenario, Told, headers, id_of
from workbook.express import FOLDER
from workbook.serving import Clock

# Express


class Peer:
    """The real express-session, in a Node process."""

    def __init__(self, redis: str = "") -> None:
        """`redis`: the address of a Redis server that is its own; without one it keeps its sessions in memory."""
        self.redis = redis
        self.process = subprocess.Popen(
            ["node", "peer.js", *([redis] if redis else [])],
            cwd=FOLDER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def play(self, scenario: Scenario) -> list[Told]:
        """What comes out of each request."""
        requests = [for_peer(scenario, request) for request in scenario["requests"]]
        options = dict(scenario["options"])
        if is_beyond_express(scenario):
            del options["cookie_function"]
        return self.ask({"options": options, "requests": requests, "start": START, "redis": bool(self.redis)})

    def ask(self, question: Any) -> Any:
        """One line there, one line back."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"Node has stopped at {question}")
        return json.loads(answer)

    def close(self) -> None:
        """End the process."""
        self.process.communicate(timeout=10)


def for_peer(scenario: Scenario, request: Request) -> Request:
    """A request with its cookie as a header, those within it likewise."""
    does = [
        [*deed[:1], for_peer(scenario, deed[1])] if deed[0] == "meanwhile" else deed for deed in request.get("does", [])
    ]
    return {**request, "headers": headers(scenario, request), "does": does}


# Ours


class Ledger:
    """A store that notes when its rows end, and fails when it shall."""

    def __init__(self, store: Any) -> None:
        self.store = store
        self.ends: dict[str, float | None] = {}
        self.failing: list[str] = []

    def get(self, id: str) -> str | None:
        return self.unless_failing("get").get(id)

    def set(self, id: str, row: str, *, expected: str | None, expires: float | None) -> bool:
        done = self.unless_failing("set").set(id, row, expected=expected, expires=expires)
        if done:
            self.ends[id] = expires
        return done

    def touch(self, id: str, expires: float | None) -> bool:
        done = self.unless_failing("touch").touch(id, expires)
        if done:
            self.ends[id] = expires
        return done

    def destroy(self, id: str) -> None:
        self.unless_failing("destroy").destroy(id)

    def unless_failing(self, method: str) -> Any:
        if method in self.failing:
            raise StoreError("down")
        return self.store


class Stage:
    """Our middleware around one Bottle handler, for one scenario."""

    def __init__(self, scenario: Scenario, store: Any, clock: Clock) -> None:
        """Raise ValueError or TypeError for options that the middleware refuses."""
        options = {**scenario["options"]}
        cookie = options.pop("cookie", {})
        as_function = options.pop("cookie_function", False)
        self.scenario, self.clock, self.store = scenario, clock, Ledger(store)
        self.handlers: list[Any] = []
        fixed = counted(cookie, clock)
        if as_function:  # its settings are checked when it is called; here, too, before anything is played
            SessionMiddleware(self.site(), **options, cookie=fixed)
        is_fixed = is_beyond_express(scenario)  # there Express has a mapping, whose times are counted once
        self.app = SessionMiddleware(
            self.site(),
            **options,
            cookie=(lambda environ: fixed if is_fixed else counted(cookie, clock)) if as_function else fixed,
            store=self.store,
            genid=lambda environ: id_of(environ["turn"] * 10 + next(environ["ids"])),
            clock=clock,
        )

    def site(self) -> bottle.Bottle:
        app = bottle.Bottle()
        app.route("<path:path>", callback=lambda path: self.handlers[-1]())
        return app

    def request(self, wanted: Request, rows: dict[str, Any], turn: int) -> Told:
        """What comes out of a request of this number, when the store holds these rows."""
        self.turns = count(turn)
        self.store.store.clear()
        for id, (row, left) in rows.items():
            self.store.set(id, row, expected=None, expires=None if left is None else self.clock() + left)
        self.store.failing = wanted.get("fails", [])
        told = self.answer(wanted)
        self.store.failing = []
        return {**told, "rows": self.rows()}

    def rows(self) -> dict[str, Any]:
        told = {}
        for id in sorted(self.store.store):
            ends = self.store.ends[id]
            told[id] = [self.store.get(id), None if ends is None else ends - self.clock()]
        return told

    def answer(self, wanted: Request) -> Told:
        seen: list[Any] = []
        environ = self.environ(wanted)
        self.handlers.append(lambda: self.handle(wanted, environ, seen))
        told: Told = {}

        def start_response(status: str, sent: list[tuple[str, str]], exc_info: Any = None) -> None:
            told["status"] = int(status[:3])
            told["cookies"] = [value for name, value in sent if name == "Set-Cookie"]
            told["vary"] = next((value for name, value in sent if name == "Vary"), None)
            told["cache"] = next((value for name, value in sent if name == "Cache-Control"), None)

        for _ in self.app(environ, start_response):
            pass
        self.handlers.pop()
        return {**told, "seen": seen}

    def environ(self, wanted: Request) -> dict[str, Any]:
        sent = headers(self.scenario, wanted)
        path, _, query = wanted.get("path", "/").partition("?")
        return {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "wsgi.url_scheme": "https" if sent.pop("X-HTTPS", "") else "http",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": io.StringIO(),
            "turn": next(self.turns),
            "ids": count(),
            **{"HTTP_" + name.upper().replace("-", "_"): value for name, value in sent.items()},
        }

    def handle(self, wanted: Request, environ: dict[str, Any], seen: list[Any]) -> str:
        """Do what the scenario says, as a handler would."""
        seen.append(look(environ))
        for does, *what in wanted.get("does", []):
            try:
                if does == "meanwhile":
                    seen.append(self.answer(what[0]))
                elif does == "look":
                    seen.append(look(environ))
                else:
                    DOES[does](environ, *what)
            except (LookupError, TypeError, ValueError, AttributeError, StoreError):
                seen.append("error")
        seen.append(look(environ))
        return "ok"


def counted(settings: dict[str, Any], clock: Clock) -> dict[str, Any]:
    """Settings with "expires" as a time, which scenarios count from now."""
    expires = settings.get("expires")
    return settings if expires is None else {**settings, "expires": clock() + expires}


def look(environ: dict[str, Any]) -> Any:
    """What a handler sees of its session."""
    session = environ["session"]
    if session is None or session.ended:
        return None
    times = {"left": session.cookie.max_age, "life": session.cookie.original_max_age}
    data = json.loads(json.dumps(dict(session)))  # json itself looks into an empty dict without asking it
    return {"data": data, **{name: None if time is None else round(time * 1000) for name, time in times.items()}}


def set_cookie_setting(environ: dict[str, Any], setting: str, value: Any) -> None:
    cookie = environ["session"].cookie
    for name, number in counted({setting: value}, cookie.clock).items():
        setattr(cookie, name, number)


DOES = {
    "set": lambda environ, key, value: environ["session"].__setitem__(key, value),
    "delete": lambda environ, key: environ["session"].pop(key, None),
    "cookie": set_cookie_setting,
    "unset": lambda environ: environ.__setitem__("session", None),
    "save": lambda environ: environ["session"].save(),
    "touch": lambda environ: environ["session"].touch(),
    "reload": lambda environ: environ["session"].reload(),
    "regenerate": lambda environ: environ["session"].regenerate(),
    "destroy": lambda environ: environ["session"].destroy(),
}


@contextmanager
def store(kind: str, clock: Clock, address: str = "") -> Iterator[Any]:
    """A store of ours, of one of the four kinds; `address`: of its server, where it has one."""
    if kind == "MemoryStore":
        yield MemoryStore(clock=clock)
    elif kind == "SQLiteStore":
        with tempfile.TemporaryDirectory() as folder:
            made = SQLiteStore(Path(folder) / "s.sqlite3", clock=clock)
            yield made
            made.close()
    elif kind == "PostgresStore":
        with closing(PostgresStore(address, clock=clock)) as opened:
            yield opened
    else:
        client = Redis.from_url(address)
        yield RedisStore(client, clock=clock)
        client.close()
