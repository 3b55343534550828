"""Faults: servers and stores that are killed, freeze, are locked or full; and how often something was lost by it.

The tests try each a few times, `make scoreboard` as often as it takes.
"""

import random
import socket
import sqlite3
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests

from steps import step5_stores
from tests.support import ROOT
from tests.support.calling import DEMO_USERS, Visitor
from tests.support.servers import Server

if TYPE_CHECKING:
    from workbook.postgres_server import PostgresServer
    from workbook.redis_server import RedisServer

# What is killed


def killed_servers(folder: Any, times: int) -> dict[str, int]:
    """A server on SQLite is killed while it writes; what it had acknowledged must be there in the next one."""
    lost = alive = acknowledged = 0
    store = f"sqlite:///{folder}/killed.sqlite3"
    server = Server.start(5, STORE=store)
    chance = random.Random(5)
    for _ in range(times):
        guests = [Regular(server.url, chance.random()) for _ in range(3)]
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


class Regular:
    """A guest who comes and goes, again and again, until the server is gone, and remembers what was acknowledged."""

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


def killed_store(running: "RedisServer | PostgresServer", times: int) -> dict[str, int]:
    """Redis, or PostgreSQL, is killed while it is written to, and started again on the same files."""
    lost = alive = acknowledged = 0
    chance = random.Random(6)
    for n in range(times):
        store = step5_stores.open_store(running.url)
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
        running.kill()
        writer.join(timeout=30)
        running.start()
        again = step5_stores.open_store(running.url)
        for id, row in rows.items():
            found = again.get(id)
            lost += row is not None and found != row
            alive += row is None and found is not None
        acknowledged += len(rows)
    return {"acknowledged": acknowledged, "lost": lost, "ended but alive": alive}


# What is exchanged, or shared by mistake


def removed(folder: Path, times: int) -> dict[str, int]:
    """A database of SQLite's is removed, file by file."""
    path, chance = folder / "exchanged.db", random.Random(8)

    def remove() -> None:
        for end in chance.sample(["", "-wal", "-shm"], 3):
            path.with_name(path.name + end).unlink(missing_ok=True)

    return exchanged(lambda: step5_stores.SQLiteStore(path), remove, times)


def dropped(postgres: "PostgresServer", times: int) -> dict[str, int]:
    """The table in PostgreSQL is dropped."""
    url = postgres.database("dropped")
    return exchanged(
        lambda: step5_stores.PostgresStore(url),
        lambda: postgres.do("DROP TABLE IF EXISTS sessions", "dropped"),
        times,
    )


def exchanged(open_store: Callable[[], Any], exchange: Callable[[], None], times: int) -> dict[str, int]:
    """What holds the rows is taken away while eight threads write; what they are told afterwards must be true."""
    store = open_store()
    acknowledged = lost = silent = 0
    chance = random.Random(7)

    def write(name: str, gone: threading.Event) -> list[str]:
        written: list[str] = []
        until = time.monotonic() + 10
        for n in range(1_000_000):
            id, counts = f"{name}-{n}", gone.is_set()
            try:
                if store.set(id, "here", expected=None, expires=None) and counts:
                    written.append(id)
            except step5_stores.StoreError:
                pass
            if len(written) == 20 or time.monotonic() > until:
                break
        return written

    for n in range(times):
        gone = threading.Event()
        with ThreadPoolExecutor(8) as pool:
            works = [pool.submit(write, f"{n}-{thread}", gone) for thread in range(8)]
            time.sleep(chance.uniform(0.01, 0.05))
            exchange()
            gone.set()
        other = open_store()
        for work in works:
            written = work.result()
            acknowledged += len(written)
            silent += not written
            lost += sum(other.get(id) is None for id in written)
        other.close()
    store.close()
    return {"acknowledged": acknowledged, "lost": lost, "never answered again": silent}


# A parent with two stores on one database, which are asked by threads all the while, forks and ends. Its child writes.
FORKS = """
import os, sys, threading
from steps import open_store
store, other = open_store(sys.argv[1]), open_store(sys.argv[1])
def ask():
    while True:
        store.get("a"), other.touch("a", None)
for _ in range(2):
    threading.Thread(target=ask, daemon=True).start()
assert store.set("parent", "x", expected=None, expires=None) and other.get("parent") == "x"
ended, end = os.pipe()
if os.fork():
    store.close(), other.close()
    os._exit(0)
os.close(end)
first = store.set("first", "x", expected=None, expires=None)
os.read(ended, 1)  # until the parent has gone
assert first and all(store.set(f"{n}", "x", expected=None, expires=None) for n in range(20))
print(len(store), flush=True)
os._exit(0)
"""


def forked(url: str, times: int) -> dict[str, int]:
    """A process that has written forks and ends; what its child is told must be true."""
    acknowledged = lost = 0
    for _ in range(times):
        store: Any = step5_stores.open_store(url)
        store.clear()
        command = [sys.executable, "-W", "ignore", "-c", FORKS, url]
        told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        assert told == "22\n", told
        acknowledged += 21
        lost += 22 - len(store)
        store.close()
    return {"acknowledged": acknowledged, "lost": lost}


# What does not answer


@contextmanager
def frozen(running: "RedisServer | PostgresServer") -> Iterator[None]:
    """The store's server holds its breath: connections stay open, and nothing answers."""
    running.freeze()
    try:
        yield
    finally:
        running.go_on()


@contextmanager
def down(running: "RedisServer | PostgresServer") -> Iterator[None]:
    """The store's server is killed, and started again afterwards."""
    running.kill()
    try:
        yield
    finally:
        running.start()


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


def begun_during(fault: Any, threads: list[threading.Thread], seconds: float) -> tuple[float, float]:
    """Let threads begin, and go on for so long, while there is a fault; return when that was."""
    with fault:
        since = time.monotonic()
        for thread in threads:
            thread.start()
        time.sleep(seconds)
        return since, time.monotonic()


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
    since, until = begun_during(fault, threads, seconds)
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


def without_users(server: Server, fault: Any, seconds: float, guests: int = 16) -> dict[str, Any]:
    """Guests go on logging in while the users' database does not answer, and look at the menu; so does a machine."""
    visitors = [server.visitor() for _ in range(guests)]
    tokens = {visitor: visitor.token() for visitor in visitors}
    answers: list[tuple[str, int, float, float]] = []
    stop = threading.Event()

    def ask(visitor: Visitor, *works: tuple[str, dict[str, str] | None]) -> None:
        while not stop.is_set():
            for path, form in works:
                begun = time.monotonic()
                answer = visitor.post(path, form) if form else visitor.get(path)
                answers.append((path, answer.status_code, begun, time.monotonic() - begun))

    def log_in(visitor: Visitor) -> None:
        form = {"username": "alice", "password": DEMO_USERS["alice"], "csrf_token": tokens[visitor]}
        ask(visitor, ("/login", form), ("/menu", None))

    threads = [threading.Thread(target=log_in, args=(visitor,)) for visitor in visitors]
    threads.append(threading.Thread(target=ask, args=(server.visitor(), ("/healthz", None))))
    since, until = begun_during(fault, threads, seconds)
    stop.set()
    for thread in threads:
        thread.join(timeout=30)
    during = [answer for answer in answers if since <= answer[2] and answer[2] + answer[3] <= until]
    good = [code == (200 if path == "/menu" else 503) for path, code, *_ in during]
    back = visitors[0].try_to_log_in().status_code == 303
    return {
        "503": sum(code == 503 for _, code, *_ in during),
        "slowest": max(took for *_, took in during),
        "other": good.count(False) + (not back),
    }


# Guests who dawdle

POST = b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: "
DAWDLERS = {
    "silent": b"",
    "half a head": b"GET / HTTP/1.1\r\nHost: x\r\n",
    "half a body": POST + b"application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nusername=a",
    "no form": POST + b"text/plain\r\nContent-Length: 200000\r\n\r\nusername=a",
    "pieces": POST + b"text/plain\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    "no farewell": b"GET /menu HTTP/1.0\r\n\r\n",
    "one and a half": b"GET /menu HTTP/1.1\r\nHost: x\r\n\r\nGET / HT",
    "half a handshake": b"\x16\x03\x01\x02\x00\x01",
}


@contextmanager
def dawdling(server: Server, says: bytes, guests: int, *, tls: ssl.SSLContext | None = None) -> Iterator[None]:
    """Guests who connect, say this, and then nothing more. They hold their connections, whatever is answered."""
    address = urlsplit(server.url)
    with ExitStack() as held:
        for _ in range(guests):
            guest = held.enter_context(socket.create_connection((address.hostname, address.port), timeout=10))
            if tls and says not in (DAWDLERS["silent"], DAWDLERS["half a handshake"]):
                guest = held.enter_context(tls.wrap_socket(guest))
            guest.sendall(says)
        yield


@contextmanager
def never_reading(server: Server, guests: int) -> Iterator[None]:
    """Guests who ask for page after page, and take nothing of what is answered, until all buffers are full."""
    address = urlsplit(server.url)
    with ExitStack() as held:
        for _ in range(guests):
            guest = held.enter_context(socket.socket())
            guest.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            guest.connect((address.hostname, address.port))
            guest.setblocking(False)
            with suppress(BlockingIOError):
                for _ in range(1000):
                    guest.send(b"GET /menu HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
        yield


def kept_waiting(server: Server, says: bytes, guests: int) -> float:
    """How long somebody else waits for a page at most, in seconds, while so many dawdle."""
    visitor, slowest = Visitor(server.url), 0.0
    with dawdling(server, says, guests):
        for _ in range(5):
            begun = time.monotonic()
            with suppress(requests.RequestException):
                visitor.get("/menu", timeout=30, headers={"Connection": "close"})
            slowest = max(slowest, time.monotonic() - begun)
    visitor.close()
    return slowest
