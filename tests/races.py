"""Races and faults: what must not happen, tried as often as it takes. Each function returns how often it did.

The tests run a small number of each, `make scoreboard` the full ones.
"""

import json
import logging
import multiprocessing
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any
from urllib.parse import quote

import requests

from steps import step5_stores
from steps.step1_install import sign
from steps.step5_stores import server as step5
from tests.support import DEMO_USERS, SESSION_COOKIE, Server, Visitor, call, put, site
from workbook.redis_server import RedisServer

SECRET = "keyboard cat"
SPAWN = multiprocessing.get_context("spawn")  # processes that share nothing with this one
ENDLESS = '{"cookie":{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/"}%s}'


def app_with(store: Any, handler: Callable[[Any], Any], library: Any = step5_stores, **options: Any) -> Any:
    """A page whose handler gets the session, on this store."""
    return library.SessionMiddleware(site(handler), secret=SECRET, store=store, **options)


def cookie_of(id: str, secret: str = SECRET) -> str:
    """The Cookie header of whoever has this id."""
    return f"{SESSION_COOKIE}={quote('s:' + sign(id, secret), safe='')}"


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Let all begin at the same moment, each in a thread of its own; return what each returns."""
    start = threading.Barrier(len(works))

    def begin(work: Callable[[], Any]) -> Any:
        start.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(begin, works))


# Threads


def view(session: Any) -> None:
    """A page that counts."""
    session["views"] = session.get("views", 0) + 1


def end(session: Any) -> None:
    """A logout."""
    session.destroy()


def logout_races(store: Any, times: int) -> dict[str, int]:
    """A page that writes and a logout on one session, in two threads that begin together."""
    page, logout = app_with(store, view, rolling=True), app_with(store, end)
    revived = odd = 0

    def turn(n: int) -> tuple[int, int]:
        id = f"race{n}"
        put(store, id, ENDLESS % ',"user":"alice"')
        answers = at_once(*(partial(call, app, cookie=cookie_of(id)) for app in (page, logout)))
        return store.get(id) is not None, answers[0].status not in (200, 409) or answers[1].status != 200

    for n in range(times):
        was_revived, was_odd = turn(n)
        revived, odd = revived + was_revived, odd + was_odd
    return {"revived": revived, "odd answers": odd}


def late_answers(store: Any, times: int, library: Any = step5_stores) -> dict[str, int]:
    """Requests that are still busy when the logout has been answered: whatever they do, they are too late."""

    def replace(session: Any) -> None:
        session.regenerate(keep=["user"])
        assert not session, "something of the ended session was kept"

    actions: list[Callable[[Any], Any]] = [
        view,
        lambda session: session.get("user"),
        lambda session: session.touch(),
        lambda session: session.clear(),
        lambda session: setattr(session.cookie, "max_age", 60),
        lambda session: (view(session), session.save()),
        lambda session: step5_stores.atomically(session, view),
        replace,
    ]
    revived = cookies = odd = 0
    logout = app_with(store, end, library)
    for n in range(times):
        id, action = f"late{n}", actions[n % len(actions)]
        put(store, id, ENDLESS % ',"user":"alice"')

        def late(session: Any, id: str = id, action: Any = action) -> None:
            assert session["user"] == "alice"
            assert call(logout, cookie=cookie_of(id)).status == 200
            action(session)

        answer = call(app_with(store, late, library, rolling=True, resave=bool(n // 8 % 2)), cookie=cookie_of(id))
        revived += store.get(id) is not None
        cookies += bool(answer.cookies) and action is not replace
        odd += answer.status not in (200, 409)
    return {"revived": revived, "late cookies": cookies, "odd answers": odd}


def different_keys(store: Any, times: int) -> dict[str, int]:
    """Two requests at once on one session, each of which puts in something of its own."""

    def writer(key: str) -> Any:
        return app_with(store, lambda session: session.__setitem__(key, "here"))

    left, right = writer("left"), writer("right")
    lost = 0
    for n in range(times):
        id = f"keys{n}"
        put(store, id, ENDLESS % ',"user":"alice"')
        at_once(*(partial(call, app, cookie=cookie_of(id)) for app in (left, right)))
        data = json.loads(store.get(id))
        lost += not data.get("left") == data.get("right") == "here"
        store.destroy(id)
    return {"lost": lost}


def counted_atomically(store: Any, threads: int, times: int) -> int:
    """So many threads count so many times each; what the session says in the end."""
    id = "count"
    put(store, id, ENDLESS % ',"views":0')
    app = app_with(store, lambda session: step5_stores.atomically(session, view))

    def count() -> None:
        for _ in range(times):
            assert call(app, cookie=cookie_of(id)).status == 200

    at_once(*[count] * threads)
    return int(json.loads(store.get(id))["views"])


# Processes: each opens the store by itself


def _page_process(url: str, ids: list[str], start: Any) -> None:
    app = app_with(step5_stores.open_store(url), view, rolling=True)
    for id in ids:
        start.wait()
        call(app, cookie=cookie_of(id))


def _logout_process(url: str, ids: list[str], start: Any) -> None:
    app = app_with(step5_stores.open_store(url), end)
    for id in ids:
        start.wait()
        call(app, cookie=cookie_of(id))


def _count_process(url: str, id: str, times: int) -> None:
    app = app_with(step5_stores.open_store(url), lambda session: step5_stores.atomically(session, view))
    for _ in range(times):
        assert call(app, cookie=cookie_of(id)).status == 200


def _key_process(url: str, ids: list[str], key: str, start: Any) -> None:
    app = app_with(step5_stores.open_store(url), lambda session: session.__setitem__(key, "here"))
    for id in ids:
        start.wait()
        call(app, cookie=cookie_of(id))


def _run(*processes: Any) -> None:
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=600)
        assert process.exitcode == 0


def logout_races_of_processes(url: str, times: int) -> dict[str, int]:
    """The logout race between two processes."""
    store, start = step5_stores.open_store(url), SPAWN.Barrier(2)
    ids = [f"processes{n}" for n in range(times)]
    for id in ids:
        put(store, id, ENDLESS % ',"user":"alice"')
    _run(*(SPAWN.Process(target=work, args=(url, ids, start)) for work in (_page_process, _logout_process)))
    return {"revived": sum(store.get(id) is not None for id in ids)}


def different_keys_of_processes(url: str, times: int) -> dict[str, int]:
    """Two processes at once on one session, each of which puts in something of its own."""
    store, start = step5_stores.open_store(url), SPAWN.Barrier(2)
    ids = [f"keys of processes{n}" for n in range(times)]
    for id in ids:
        put(store, id, ENDLESS % ',"user":"alice"')
    _run(*(SPAWN.Process(target=_key_process, args=(url, ids, key, start)) for key in ("left", "right")))
    rows = [json.loads(store.get(id) or "{}") for id in ids]
    return {"lost": sum(not row.get("left") == row.get("right") == "here" for row in rows)}


def counted_by_processes(url: str, processes: int, times: int) -> int:
    """So many processes count so many times each; what the session says in the end."""
    store, id = step5_stores.open_store(url), "count of processes"
    put(store, id, ENDLESS % ',"views":0')
    _run(*(SPAWN.Process(target=_count_process, args=(url, id, times)) for _ in range(processes)))
    return int(json.loads(store.get(id) or "{}")["views"])


# HTTP


def logout_races_over_http(url: str, times: int) -> dict[str, int]:
    """A page and a logout at the same moment, over the network; then the old cookie is shown once more."""
    revived = errors = 0
    alice, copy = Visitor(url), Visitor(url)
    for _ in range(times):
        alice.log_in()
        copy.cookie = cookie = alice.cookie or ""
        answers = at_once(partial(copy.get, "/"), partial(alice.post, "/logout"))
        errors += any(answer.status_code >= 500 for answer in answers)
        copy.cookie = cookie
        revived += copy.whoami()["user"] is not None
    alice.close()
    copy.close()
    return {"revived": revived, "errors": errors}


def late_answers_over_http(times: int, **options: Any) -> dict[str, int]:
    """Pages whose server is still busy when the logout has been answered: none brings the cookie or the row back."""
    from workbook import Browser, serve

    house = serve(5, **options)
    revived = cookies = 0
    for n in range(times):
        alice = Browser(house, "Alice")
        alice.post("/login", username="alice", password=DEMO_USERS["alice"])
        before = alice.cookies
        slow = alice.begin(["/", "/dashboard", "/whoami"][n % 3])
        alice.post("/logout")
        cookies += any(SESSION_COOKIE in value for value in slow.finish().set_cookies)
        alice.hold(before)
        revived += alice.whoami()["user"] is not None
        alice.http.close()
    house.close()
    return {"revived": revived, "late cookies": cookies}


# What is killed


def killed_servers(folder: Any, times: int) -> dict[str, int]:
    """A server on SQLite is killed while it writes; what it had acknowledged must be there in the next one."""
    lost = alive = acknowledged = 0
    store = f"sqlite:///{folder}/killed.sqlite3"
    server = Server.start(5, STORE=store)
    chance = random.Random(5)
    for _ in range(times):
        guests = [Guest(server.url, chance.random()) for _ in range(3)]
        works = [threading.Thread(target=guest.come_and_go) for guest in guests]
        for work in works:
            work.start()
        time.sleep(chance.uniform(0.1, 0.4))
        assert server.process
        server.process.kill()
        for work in works:
            work.join(timeout=30)
        server.stop()
        server = Server.start(5, STORE=store)
        for guest in guests:
            lost += guest.has_lost(server.url)
            alive += guest.is_undead(server.url)
            acknowledged += guest.acknowledged
    server.stop()
    return {"acknowledged": acknowledged, "lost": lost, "logged out but alive": alive}


class Guest:
    """Logs in, looks at pages, logs out, again and again, until the server is gone; remembers what was acknowledged."""

    def __init__(self, url: str, seed: float) -> None:
        self.visitor = Visitor(url)
        self.chance = random.Random(seed)
        self.cookie = ""
        self.views = 0
        self.acknowledged = 0
        self.ended: list[str] = []

    def come_and_go(self) -> None:
        """Until an answer fails to come."""
        try:
            while True:
                self.acknowledged += 1
                self.step()
        except requests.RequestException:
            self.acknowledged -= 1

    def step(self) -> None:
        if self.cookie and self.chance.random() < 0.2:
            cookie, self.cookie = self.cookie, ""  # while it is under way, nobody can say whether it has ended
            assert self.visitor.post("/logout").status_code == 303
            self.ended.append(cookie)
            self.views = 0
        else:
            answer = self.visitor.get("/")
            assert answer.status_code == 200
            self.cookie = self.visitor.cookie or ""
            self.views += 1

    def has_lost(self, url: str) -> bool:
        """Whether the server knows fewer views than it has acknowledged."""
        return bool(self.cookie) and self._as(url, self.cookie)["views"] < self.views

    def is_undead(self, url: str) -> int:
        """How many sessions that were ended are there again."""
        return sum(self._as(url, cookie)["views"] > 0 for cookie in self.ended[-5:])

    def _as(self, url: str, cookie: str) -> Any:
        again = Visitor(url)
        again.cookie = cookie
        try:
            return again.whoami()
        finally:
            again.close()


def killed_redis(redis: RedisServer, times: int) -> dict[str, int]:
    """Redis is killed while it is written to, and started again on the same files."""
    lost = alive = acknowledged = 0
    chance = random.Random(6)
    for n in range(times):
        store = step5_stores.open_store(redis.url)
        rows: dict[str, str | None] = {}

        def write(n: int = n, store: Any = store, rows: Any = rows) -> None:
            for m in range(1_000_000):
                id, row = f"{n}-{m % 50}", f"{m}"
                known = rows.pop(id, None)  # while it is under way, nobody can say which it is
                try:
                    if m % 7 == 6:
                        store.destroy(id)
                        rows[id] = None
                    elif store.set(id, row, expected=known, expires=None):
                        rows[id] = row
                except step5_stores.StoreError:
                    return

        writer = threading.Thread(target=write)
        writer.start()
        time.sleep(chance.uniform(0.02, 0.1))
        redis.kill()
        writer.join(timeout=30)
        redis.start()
        again = step5_stores.open_store(redis.url)
        for id, row in rows.items():
            found = again.get(id)
            lost += row is not None and found != row
            alive += row is None and found is not None
        acknowledged += len(rows)
    return {"acknowledged": acknowledged, "lost": lost, "ended but alive": alive}


# What does not answer


@contextmanager
def frozen(redis: RedisServer) -> Iterator[None]:
    """Redis holds its breath: connections stay open, and nothing answers."""
    redis.freeze()
    try:
        yield
    finally:
        redis.go_on()


@contextmanager
def down(redis: RedisServer) -> Iterator[None]:
    """Redis is killed, and started again afterwards."""
    redis.kill()
    try:
        yield
    finally:
        redis.start()


@contextmanager
def locked(path: Any) -> Iterator[None]:
    """Another program holds the database's write lock."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@contextmanager
def full(server: Server) -> Iterator[None]:
    """No file of the server's takes another byte, as on a full disk."""
    import resource  # not there on Windows

    assert server.process
    soft, hard = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (soft, hard))


def without_answer(server: Server, fault: Any, seconds: float, guests: int = 16) -> dict[str, Any]:
    """Guests go on asking a server for pages while its store does not answer, and afterwards."""
    visitors = [Visitor(server.url) for _ in range(guests)]
    for visitor in visitors:
        visitor.get("/")
    names = {visitor.whoami()["session"]: visitor for visitor in visitors}
    answers: list[tuple[str, int, float, float, bool]] = []
    stop = threading.Event()

    def look_around(visitor: Visitor) -> None:
        while not stop.is_set():
            for path in ("/", "/menu", "/whoami"):
                begun = time.monotonic()
                answer = visitor.get(path)
                wrong = path == "/whoami" and answer.status_code == 200
                wrong = (
                    wrong and answer.json()["session"] is not None and names[answer.json()["session"]] is not visitor
                )
                answers.append((path, answer.status_code, begun, time.monotonic() - begun, wrong))

    threads = [threading.Thread(target=look_around, args=(visitor,)) for visitor in visitors]
    with fault:
        since = time.monotonic()
        for thread in threads:
            thread.start()
        time.sleep(seconds)
        until = time.monotonic()
    back = time.monotonic()
    time.sleep(1.5)
    stop.set()
    for thread in threads:
        thread.join(timeout=30)
    for visitor in visitors:
        visitor.close()
    during = [answer for answer in answers if since <= answer[2] and answer[2] + answer[3] <= until]
    failures = [answer for answer in answers if answer[1] != 200]
    return {
        "503 within a second": sum(code == 503 and took <= 1 for _, code, _, took, _ in during),
        "menu": sum(path == "/menu" and code == 200 for path, code, *_ in during),
        "slowest": max(took for _, _, _, took, _ in answers),
        "other failures": sum(code != 503 for _, code, *_ in failures),
        "wrong": sum(wrong for *_, wrong in answers),
        "recovered after": max([begun + took - back for _, _, begun, took, _ in failures], default=0.0),
        "served to whom it should not": sum(path == "/" and code == 200 for path, code, *_ in during),
    }


# What comes from outside


def corrupt_rows(store: Any, times: int) -> dict[str, int]:
    """Rows with something exchanged, cut off or put in: a new visitor, one line in the log, and never an error."""
    chance = random.Random(7)
    app = app_with(store, lambda session: session.get("user"), cookie={"max_age": 1800}, absolute_timeout=86_400)
    good = '{"cookie":{"originalMaxAge":1800000,"expires":"2031-01-01T00:00:00.000Z","httpOnly":true,"path":"/"},'
    good += '"createdAt":1900000000000,"user":"alice"}'
    lines: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = lines.append  # type: ignore[method-assign]
    logging.getLogger("sessions").addHandler(handler)
    errors = kept = loud = told = 0
    try:
        for n in range(times):
            id, row = f"corrupt{n}", corrupted(good, chance)
            put(store, id, row)
            lines.clear()
            answer = call(app, cookie=cookie_of(id))
            errors += answer.status >= 500
            loud += len(lines) > 1 or any(id in line.getMessage() for line in lines)
            told += len(lines)
            kept += bool(lines) and store.get(id) is not None
            store.destroy(id)
    finally:
        logging.getLogger("sessions").removeHandler(handler)
    return {"errors": errors, "not dropped": kept, "more than one line": loud, "dropped": told}


def corrupted(row: str, chance: random.Random) -> str:
    """The row with a piece of it spoilt."""
    odd = [
        "",
        "{",
        "null",
        "[]",
        '"',
        "\x00",
        "\ud800".encode("utf-8", "replace").decode(),
        "1e999",
        "NaN",
        "[" * 10_000,
    ]
    values = ["null", "true", "-1", "1e999", "{}", "[]", '"x"', '"9999-99-99T99:99:99.999Z"', "9" * 400, '"\\ud800"']
    place, length = chance.randrange(len(row)), chance.randrange(1, 30)
    return chance.choice(
        [
            row[:place] + chance.choice(odd) + row[place + length :],
            row[:place],
            row.replace(
                chance.choice(["1800000", '"2031-01-01T00:00:00.000Z"', "1900000000000"]), chance.choice(values)
            ),
            chance.choice(odd + values),
            row.replace('"cookie"', chance.choice(['"cokie"', '"cookie":{},"cookie"', '"Cookie"'])),
        ]
    )


def strangers(store: Any, times: int) -> dict[str, int]:
    """So many requests without a cookie, and as many with one that we never gave out."""
    app = step5.create_app(store=store, secret=SECRET)
    chance = random.Random(8)
    odd = 0
    for n in range(times):
        made_up = [cookie_of(f"made up {n}"), cookie_of(f"guess{n}", "another secret"), f"{SESSION_COOKIE}=s%3A{n}.x"]
        for cookie in (None, chance.choice(made_up)):
            answer = call(app, "/whoami", cookie=cookie)
            odd += answer.status != 200 or bool(answer.cookies)
    return {"rows": len(store), "odd answers": odd}


def fuzzed_cookies(store: Any, times: int) -> dict[str, int]:
    """Cookie headers with whatever there may be in them: nobody without her cookie is taken for Alice."""
    chance = random.Random(9)
    id = "alices-id-alices-id-alices-id-00"
    put(store, id, ENDLESS % ',"user":"alice"')
    good = cookie_of(id)
    seen: list[Any] = []
    app = app_with(store, lambda session: seen.append(session.get("user")))
    pieces = [
        good,
        SESSION_COOKIE,
        "=",
        ";",
        "; ",
        ",",
        '"',
        "%",
        "%00",
        "s%3A",
        ".",
        "\\",
        " ",
        "\t",
        "é",
        "\x00",
        "a=b",
    ]
    start: Any = lambda status, headers, exc_info=None: statuses.append(status)  # noqa: E731
    errors = wrong = herself = 0
    for _ in range(times):
        statuses: list[str] = []
        seen.clear()
        header = mutated(good, pieces, chance)
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": "/",
            "SERVER_NAME": "h",
            "SERVER_PORT": "80",
            "HTTP_COOKIE": header,
        }
        list(app({**environ, "wsgi.url_scheme": "http", "wsgi.errors": None, "wsgi.input": None}, start))
        errors += statuses != ["200 OK"]
        herself += seen == ["alice"]
        wrong += seen != [None] and good.partition("=")[2].replace("%3A", ":") not in header.replace("%3A", ":")
    return {"errors": errors, "wrong identity": wrong, "rows": len(store) - 1, "Alice herself": herself}


def mutated(good: str, pieces: list[str], chance: random.Random) -> str:
    """A Cookie header that is nearly right, or not at all."""
    if chance.random() < 0.5:
        place = chance.randrange(len(good))
        return good[:place] + chance.choice(pieces[1:]) + good[place + chance.randrange(3) :]
    return "".join(chance.choice(pieces) for _ in range(chance.randrange(12)))
