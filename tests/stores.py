"""The stores under test, each with a way to let time pass, and a Redis server of our own."""

import importlib
import importlib.util
import inspect
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from tests.support import ROOT, Clock

NEEDS_REDIS = "redis-server is not installed (Debian: apt install redis-server), so what needs it is not tested"


class RedisServer:
    """A Redis server in a folder of its own, with an append-only file, at a port that is free."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.options = options or ("--appendonly", "yes", "--save", "")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        self.process = subprocess.Popen([*command, *self.options], stdout=subprocess.DEVNULL)
        with Redis(port=self.port, socket_timeout=1, socket_connect_timeout=1) as client:
            for _ in range(500):
                with suppress(Exception):
                    if client.ping():
                        return
                time.sleep(0.02)
        raise AssertionError("redis-server did not start")

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def kill(self) -> None:
        """End it without a chance to tidy up."""
        self.process.kill()
        self.process.wait(timeout=10)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        self.process.wait(timeout=10)


@contextmanager
def redis_server(*options: str) -> Iterator[RedisServer]:
    """A Redis server for as long as the block lasts; without one installed, the test is skipped."""
    if not shutil.which("redis-server"):
        pytest.skip(NEEDS_REDIS)
    with tempfile.TemporaryDirectory() as folder:
        server = RedisServer(Path(folder), *options)
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
    shared: bool  # whether a second one, in another process perhaps, sees the same rows


def memory_kind(library: Any) -> Kind:
    clock = Clock()
    store = library.MemoryStore(clock=clock)
    return Kind("memory", lambda: store, clock, clock.move, False)


def sqlite_kind(library: Any, folder: Path) -> Kind:
    clock = Clock()
    return Kind("sqlite", lambda: library.SQLiteStore(folder / "s.sqlite3", clock=clock), clock, clock.move, True)


def redis_kind(library: Any, server: RedisServer) -> Kind:
    """Redis has a clock of its own: instead of waiting, the time that each key has left is shortened."""
    client = Redis(port=server.port)
    client.flushdb()

    def pass_time(seconds: float) -> None:
        for key in client.scan_iter("*"):
            left = client.pttl(key)
            if left >= 0:
                client.pexpire(key, max(0, left - int(seconds * 1000)))

    return Kind("redis", lambda: library.RedisStore(client), time.time, pass_time, True)


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
    clock = Clock(time.time())
    if "clock" in inspect.signature(factory).parameters:
        store = factory(clock=clock)
        return Kind(name, lambda: store, clock, clock.move, False)
    store = factory()
    return Kind(name, lambda: store, time.time, time.sleep, False)


def environment(**variables: str) -> dict[str, str]:
    """The variables for a process that imports steps and tests."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "notebooks")]), **variables}
