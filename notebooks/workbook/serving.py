"""Serving: a step's real server inside the notebook, with its store in view."""

import importlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from queue import Queue
from tempfile import mkdtemp
from threading import Event, Thread, local
from typing import Any

from workbook.drawing import Drawing
from workbook.environment import steps

logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a busy machine is no news in a lesson

GATE_HEADER = "X-Slow-Request"
NAME_HEADER = "X-Request-Name"
OUTCOMES = {"get": ("a row", "no row"), "set": ("written", "refused"), "touch": ("moved", "no row")}
OUTCOMES["set_owned"] = OUTCOMES["set"]
NOTED = ("get", "get_with_end", "set", "set_owned", "touch", "destroy", "end_owned")  # what finds, writes or ends a row


class WatchedStore:
    """A store that notes what it is asked, around the real one; `events` says by which request, and what came of it."""

    def __init__(self, store: Any) -> None:
        self.store = store
        self.asked: list[str] = []
        self.events: list[tuple[str, str]] = []
        self.request = local()  # .name: of the request that this thread is busy with

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.store, name)
        if name not in NOTED:
            return method

        @wraps(method)
        def noted(*args: Any, **kwargs: Any) -> Any:
            self.asked.append(name)
            answer = method(*args, **kwargs)
            good, bad = OUTCOMES.get(name, ("gone", "gone"))
            self.note(f"{name}: {bad if answer is False or (name == 'get' and answer is None) else good}")
            return answer

        return noted

    def note(self, what: str) -> None:
        """Note what happens to the request of this thread, if it has a name."""
        if name := getattr(self.request, "name", ""):
            self.events.append((name, what))

    def rows(self) -> dict[str, str]:
        """The live rows by the name that they have in the store, without asking anything that would be noted."""
        kept = getattr(self.store, "store", self.store)  # with hashed ids, the store inside
        return {id: kept.get(id) for id in kept}


@dataclass
class Gate:
    """Where a slow request waits: `arrived` is set when it is there, `opened` lets it go on."""

    name: str
    arrived: Event = field(default_factory=Event)
    opened: Event = field(default_factory=Event)


class Clock:
    """A clock that can be moved on. It goes as time does; one that is `still()` goes only when it is moved."""

    def __init__(self, goes: Callable[[], float] = time.time) -> None:
        self.goes = goes
        self.ahead = 0.0

    @classmethod
    def still(cls, now: float = 1_800_000_000.0) -> "Clock":
        """One that stands at this time until it is moved."""
        clock = cls(lambda: 0.0)
        clock.ahead = now
        return clock

    def __call__(self) -> float:
        """The time, in seconds since 1970."""
        return self.goes() + self.ahead

    def move(self, seconds: float = 0, *, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """Let this much time pass at once."""
        self.ahead += ((days * 24 + hours) * 60 + minutes) * 60 + seconds

    def set(self, now: float) -> None:
        """Make it this time."""
        self.ahead = now - self.goes()


class House:
    """A running server: `url`, and `rows()`, what its store holds."""

    def __init__(self, step: int, app: Any, store: WatchedStore | None, *, https: bool = False) -> None:
        self.step = step
        self.app = app
        self.store = store
        self.gates: dict[str, Gate] = {}
        if store is not None:
            for middleware in session_middlewares(app):  # inside: the session is found, not yet saved
                middleware.app = self._with_gates(middleware.app)
            app = self._with_notes(app, store)
        self.authority = ""  # the file of who vouches for this house's certificate
        run = importlib.import_module("steps.tea_house.run")
        made: tuple[Path, ...] = ()
        if https:
            made = importlib.import_module("steps.step7_harden.certificate").make_certificate(Path(mkdtemp()))
            self.authority = str(made[2])
        opened: Queue[Any] = Queue()

        def serve() -> None:  # all in a daemon thread: its threads are then daemons, too, and end with the notebook
            opened.put(server := run.open_https(app, 0, made[:2]) if made else run.open_http(app, 0))
            server.run()

        self._thread = Thread(target=serve, daemon=True)
        self._thread.start()
        server = opened.get(timeout=10)
        self._inner = server.inner if https else server  # the one that answers
        self.url = f"{'https' if https else 'http'}://127.0.0.1:{server.effective_port}"

    def rows(self) -> dict[str, str] | None:
        """The store's rows by id; None if this step has no store."""
        return None if self.store is None else self.store.rows()

    def new_gate(self) -> Gate:
        """A gate for one slow request."""
        gate = Gate(str(len(self.gates)))
        self.gates[gate.name] = gate
        return gate

    def _with_gates(self, site: Callable[..., Any]) -> Callable[..., Any]:
        def gated(environ: dict[str, Any], start_response: Any) -> Any:
            gate = self.gates.get(environ.get(header(GATE_HEADER), ""))
            if gate:
                gate.arrived.set()
                gate.opened.wait(timeout=10)
            return site(environ, start_response)

        return gated

    def _with_notes(self, app: Callable[..., Any], store: WatchedStore) -> Callable[..., Any]:
        def noted(environ: dict[str, Any], start_response: Any) -> Any:
            store.request.name = environ.get(header(NAME_HEADER), "")
            store.note("arrives")

            def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
                cookies = [value for name, value in headers if name == "Set-Cookie"]
                does = "clears" if "Expires=Thu, 01 Jan 1970" in "".join(cookies) else "sets"
                store.note(f"answers {status[:3]}" + (f", {does} the cookie" if cookies else ""))
                return start_response(status, headers, exc_info)

            return app(environ, start)

        return noted

    def timeline(self) -> "Timeline":
        """What has happened since the last timeline, in the order in which it did; requests side by side."""
        events, self.store.events = self.store.events, []  # type: ignore[union-attr]
        return Timeline(events)

    def close(self) -> None:
        """Stop serving."""
        self._inner.task_dispatcher.shutdown()  # first: who is still answering needs the server for that
        self._inner.trigger.pull_trigger(self._close_in_its_own_thread)
        self._thread.join(timeout=5)

    def _close_in_its_own_thread(self) -> None:
        for channel in list(self._inner.active_channels.values()):
            channel.handle_close()
        self._inner.close()

    def __repr__(self) -> str:
        return f"The server of step {self.step} is running at {self.url}/"


def header(name: str) -> str:
    """Where WSGI puts the header of this name."""
    return "HTTP_" + name.upper().replace("-", "_")


@dataclass
class Timeline:
    """Events, each with the request that it happened to."""

    events: list[tuple[str, str]]

    def __repr__(self) -> str:
        return "\n".join(f"{n:>2}  {who}  {what}" for n, (who, what) in enumerate(self.events, 1))

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        picture = Drawing(repr(self))
        picture.timeline(self.events)
        return picture.bundle()


def session_middlewares(app: Any) -> list[Any]:
    """The session middlewares in a stack of them: from step 7 on, more than one app stands around the site."""
    known = importlib.import_module("steps.step2_middleware").SessionMiddleware
    if isinstance(app, known):
        return [app]
    inner = [value for value in vars(app).values() if hasattr(value, "app")]
    return [middleware for value in inner for middleware in session_middlewares(value)]


def serve(
    step: int,
    *,
    store: Any = None,
    pages: Callable[[Any], Any] | None = None,
    https: bool = False,
    **options: Any,
) -> House:
    """Start the server of a step. `options` go to its session middleware: serve(2, resave=True).

    store  a store, or from step 5 on the URL of one; None: a MemoryStore
    pages  adds pages of the lesson's own to the site
    https  with TLS, and a certificate that is made for it (from step 7 on)
    """
    server = steps()[step].load("server")
    if step == 1:
        return House(step, server.create_app(), None)
    own = getattr(server, "SessionMiddleware", None)  # of this step or before; step 8 has none of its own
    library = importlib.import_module(own.__module__.rpartition(".")[0] if own else "steps")
    clock = {"clock": options["clock"]} if "clock" in options else {}
    if isinstance(store, str):
        store = library.open_store(store, **clock)
    watched = WatchedStore(library.MemoryStore(**clock) if store is None else store)
    app = server.create_app(store=watched, **options)
    if pages:
        pages(session_middlewares(app)[0].app)
    return House(step, app, watched, https=https)
