"""Crowds: many users with ten sessions each, in every store; what it costs to list one user's, or to begin one more.

The rows are written in bulk, in each store's own form, so that a million of them take a minute and not ten.
"""

import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

import steps
from steps.step6_access.owners import Claim, Limit
from workbook.postgres_server import PostgresServer, program
from workbook.redis_server import RedisServer

EACH = 10  # sessions of a user
ROW = '{"cookie":{"originalMaxAge":1800000,"expires":"2038-01-19T03:14:07.000Z","httpOnly":true,"path":"/"},"views":1}'
LIFE = 3600.0  # seconds that all of them have left


def crowd(users: int) -> Iterator[tuple[str, str]]:
    """The id and the owner of each session."""
    return ((f"{n:028}{turn:04}", f"user {n}") for n in range(users) for turn in range(EACH))


@contextmanager
def memory_of(users: int) -> Iterator[Any]:
    """A MemoryStore with so many users' sessions."""
    store = steps.MemoryStore()
    for id, owner in crowd(users):
        store.set_owned(id, ROW, expected=None, expires=time.time() + LIFE, claim=Claim(owner))
    yield store


@contextmanager
def sqlite_of(users: int) -> Iterator[Any]:
    """An SQLiteStore with as many."""
    with tempfile.TemporaryDirectory() as folder:
        path, now = Path(folder) / "crowd.sqlite3", time.time()
        with closing(steps.SQLiteStore(path)) as store:
            store.get("nobody's")  # which makes the tables
            with closing(sqlite3.connect(path)) as file, file:
                file.executemany(
                    "INSERT INTO sessions VALUES (?, ?, ?)", ((id, ROW, now + LIFE) for id, _ in crowd(users))
                )
                file.executemany("INSERT INTO owners VALUES (?, ?, ?, ?)", ((*each, now, now) for each in crowd(users)))
            yield store


def settle(client: Any) -> None:
    """Let Redis finish what so many keys have begun: its file is written anew, and its table moved into a larger one.

    Each look moves a few keys; until all are there, it takes ten times as long and more.
    """
    client.config_set("auto-aof-rewrite-percentage", 0)  # from here on it does not begin to write its file anew
    while client.info("persistence")["aof_rewrite_in_progress"]:  # before that it moves none
        time.sleep(0.1)
    key = client.randomkey()
    for _ in range(1 + 2 * client.dbsize() // 10_000):
        with client.pipeline(transaction=False) as bundle:
            for _ in range(10_000):
                bundle.exists(key)
            bundle.execute()


@contextmanager
def redis_of(users: int) -> Iterator[Any]:
    """A RedisStore with as many, on a server of its own: the script that writes one is sent in bundles."""
    server = RedisServer()
    try:
        store = steps.open_store(server.url)
        script, client = store._script, store.client  # type: ignore[attr-defined]
        with client.pipeline(transaction=False) as bundle:
            script.registered_client = bundle
            for n, (id, owner) in enumerate(crowd(users), 1):
                store.set_owned(id, ROW, expected=None, expires=time.time() + LIFE, claim=Claim(owner))  # type: ignore[attr-defined]
                if n % 10_000 == 0 or n == users * EACH:
                    bundle.execute()
        script.registered_client = client
        settle(client)
        yield store
    finally:
        server.stop()


@contextmanager
def postgres_of(users: int) -> Iterator[Any]:
    """A PostgresStore with as many, after the server's own housekeeping."""
    server = PostgresServer()
    try:
        with closing(steps.PostgresStore(server.url)) as store:
            store.clear()
            now = time.time()
            with psycopg.connect(server.url, autocommit=True) as master:
                columns = "COPY sessions (id, row, expires, owner, created, seen, turn) FROM STDIN"
                with master.cursor().copy(columns) as copied:
                    for id, owner in crowd(users):
                        copied.write_row((id.encode(), ROW.encode(), now + LIFE, owner.encode(), now, now, 1))
                master.execute("VACUUM ANALYZE sessions")
            yield store
    finally:
        server.stop()


def crowds(
    sizes: list[int], timed: Callable[[dict[Any, Callable[[], Any]]], dict[Any, float]], has_redis: bool
) -> bool:
    """Print what a user's list and a login beyond the limit take, by the number of users; return whether it is flat.

    timed  measures several works by turns: the median of each in µs
    """
    makers = {
        "memory": memory_of,
        "SQLite": sqlite_of,
        **({"Redis": redis_of} if has_redis else {}),
        **({"PostgreSQL": postgres_of} if program("initdb") else {}),
    }
    print(f"\nOne user's {EACH} sessions, by how many users have as many: to list them; to begin one and end one:")
    flat = True
    for name, make in makers.items():
        with ExitStack() as stores:
            works: dict[tuple[str, int], Callable[[], Any]] = {}
            for size in sizes:
                store = stores.enter_context(make(size))
                works["list", size], works["begin", size] = of_one(store, f"user {size // 2}")
            took = timed(works)
        for (what, size), value in took.items():
            print(f"{name:12}{what:6}{size:>9,} users{value:9.1f} µs{value / took[what, sizes[0]]:8.2f}")
            flat &= value <= 1.2 * took[what, sizes[0]]
    return flat


def of_one(store: Any, owner: str) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """What is timed of one user: the list, and one more session, which ends the oldest."""
    app, fresh = steps.SessionMiddleware(print, secret="s", store=store), count()

    def begin() -> None:
        claim = Claim(owner, Limit(EACH))
        store.set_owned(f"fresh{next(fresh)}", ROW, expected=None, expires=time.time() + LIFE, claim=claim)

    assert len(app.sessions_of(owner)) == EACH
    return lambda: app.sessions_of(owner), begin
