"""Stores: each kind under test, with a way to let time pass; and rows as an app has left them there."""

import importlib
import importlib.util
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import ROOT
from workbook.serving import Clock

if TYPE_CHECKING:  # the servers' clients take their time to load: a check that needs none must not wait for them
    from workbook.postgres_server import PostgresServer
    from workbook.redis_server import RedisServer

ENDLESS = '{"cookie":{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/"}%s}'  # a row, and room for data
NEEDS_REDIS = "redis-server is not installed (Debian: apt install redis-server), so what needs it is not tested"
NEEDS_POSTGRES = "PostgreSQL is not installed (Debian: apt install postgresql), so what needs it is not tested"


def put(store: Any, id: str, row: str, expires: float | None = None) -> None:
    """Set a row as each step's store wants it: from step 5 on, a write names the row that it replaces."""
    known = parameters(getattr(store.set, "__func__", store.set))
    ends = {"expires": expires} if "expires" in known else {}
    replaces = {"expected": store.get(id)} if "expected" in known else {}
    assert store.set(id, row, **ends, **replaces) is not False


@cache
def parameters(function: Callable[..., Any]) -> frozenset[str]:
    """The names of a function's parameters, looked up once: some tests set ten thousand rows."""
    return frozenset(signature(function).parameters)


@contextmanager
def redis_server(keeping: str = "append-only") -> Iterator["RedisServer"]:
    """A Redis server for as long as the block lasts; without one installed, the test is skipped."""
    if not shutil.which("redis-server"):
        pytest.skip(NEEDS_REDIS)
    from workbook.redis_server import RedisServer

    server = RedisServer(keeping)
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def postgres_server() -> Iterator["PostgresServer"]:
    """A PostgreSQL server for as long as the block lasts; without one installed, the test is skipped."""
    from workbook.postgres_server import PostgresServer, program

    if not program("initdb"):
        pytest.skip(NEEDS_POSTGRES)
    server = PostgresServer()
    try:
        yield server
    finally:
        server.stop()


@dataclass
class Kind:
    """A kind of store: `open` gives one on the same rows each time, `pass_time` lets seconds go by."""

    name: str
    open: Callable[[], Any]
    clock: Callable[[], float]
    pass_time: Callable[[float], None]


def memory_kind(library: Any) -> Kind:
    clock = Clock.still()
    store = library.MemoryStore(clock=clock)
    return Kind("memory", lambda: store, clock, clock.move)


def sqlite_kind(library: Any, folder: Path) -> Kind:
    clock = Clock.still()
    return Kind("sqlite", lambda: library.SQLiteStore(folder / "s.sqlite3", clock=clock), clock, clock.move)


def redis_kind(library: Any, server: "RedisServer") -> Kind:
    """Redis has a clock of its own: instead of waiting, the time that each key has left is shortened."""
    from redis import Redis

    client = Redis(port=server.port)
    client.flushdb()

    def pass_time(seconds: float) -> None:
        for key in client.scan_iter("*"):
            left = client.pttl(key)
            if left >= 0:
                client.pexpire(key, max(0, left - int(seconds * 1000)))

    return Kind("redis", lambda: library.RedisStore(client), time.time, pass_time)


def postgres_kind(library: Any, server: "PostgresServer") -> Kind:
    clock = Clock.still()
    with closing(connected(library.PostgresStore(server.url, clock=clock))) as store:
        store.clear()
    return Kind("postgres", lambda: connected(library.PostgresStore(server.url, clock=clock)), clock, clock.move)


def kind_named(name: str, library: Any, request: pytest.FixtureRequest, folder: Path) -> Kind:
    """One of the four kinds that a library has, empty; what needs a server takes that of the test run."""
    if name == "memory":
        return memory_kind(library)
    if name == "sqlite":
        return sqlite_kind(library, folder)
    if name == "redis":
        return redis_kind(library, request.getfixturevalue("redis"))
    return postgres_kind(library, request.getfixturevalue("postgres"))


class FourMethods:
    """A store of somebody's own that does what sessions need, and no more."""

    def __init__(self, store: Any) -> None:
        self.get, self.set, self.touch, self.destroy = store.get, store.set, store.touch, store.destroy


def connected(store: Any) -> Any:
    """The store, once it has a connection: on a busy machine that may take longer than its patience."""
    for _ in range(100):
        with suppress(Exception):
            store.get("a")
            return store
    raise AssertionError("PostgreSQL does not answer")


def own_kind(name: str) -> Kind:
    """A store that somebody else has written, named "module:Class" or "path/file.py:Class".

    It is made by calling the class without anything, or with a clock where it takes one; else time really passes.
    """
    place, _, attribute = name.partition(":")
    sys.path[:0] = [str(Path.cwd()), str(ROOT)]
    try:
        if place.endswith(".py"):
            spec = importlib.util.spec_from_file_location("own_store", place)
            assert spec and spec.loader
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
        else:
            module = importlib.import_module(place)
        factory = getattr(module, attribute)
    except (ImportError, AttributeError, OSError) as error:
        wanted = "STORE must be file.py:Class or module:Class, such as shop/stores.py:MyStore"
        raise pytest.UsageError(f"{wanted}: {error}") from None
    clock = Clock.still(time.time())
    takes_a_clock = "clock" in str(signature(factory.__init__ if isinstance(factory, type) else factory))
    if takes_a_clock:
        store = factory(clock=clock)
        return Kind(name, lambda: store, clock, clock.move)
    store = factory()
    return Kind(name, lambda: store, time.time, time.sleep)
