"""PostgreSQL: a server of one's own, in a folder of its own, for as long as it is wanted."""

import atexit
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg

from workbook import leash

CHEAP = {  # what would only cost time here: nothing has to outlive the machine
    "fsync": "off",
    "full_page_writes": "off",
    "unix_socket_directories": "",
    "dynamic_shared_memory_type": "mmap",
    "shared_buffers": "16MB",
}


def program(name: str) -> str | None:
    """Where a program of PostgreSQL is. Debian keeps each version in a folder of its own, out of the way."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[4]))
    return str(versions[-1]) if versions else shutil.which(name)


def is_root() -> bool:
    """Whether we may be anybody."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def is_dead(process: psutil.Process) -> bool:
    """Whether it has ended: also where init has not yet taken note of that, which may take two seconds."""
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


class PostgresServer:
    """A PostgreSQL server at a free port."""

    def __init__(self) -> None:
        # It refuses to be run by root, who runs it as the user that Debian's package has made for it.
        self.user: dict[str, Any] = {"user": "postgres", "group": "postgres", "extra_groups": []} if is_root() else {}
        self.folder = tempfile.mkdtemp(prefix="postgres-")
        if self.user:
            shutil.chown(self.folder, "postgres")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"
        quick = ["--no-sync", "--no-instructions", "--auth=trust", "--encoding=UTF8", "--locale=C"]
        if self.run("initdb", "--username=postgres", *quick).wait(timeout=60):
            raise RuntimeError(f"initdb could not make a database in {self.folder}")
        self.start()
        atexit.register(self.stop)

    def run(self, name: str, *options: str) -> "subprocess.Popen[bytes]":
        """Start one of its programs, in a session of its own: an interrupt is for us, and we end it."""
        command: list[Any] = [program(name), "-D", f"{self.folder}/data", *options]
        quiet = subprocess.DEVNULL
        return subprocess.Popen(
            command, cwd=self.folder, start_new_session=True, stdout=quiet, stderr=quiet, **self.user
        )

    def start(self) -> None:
        """Start it, and wait until it answers."""
        settings = [f"--{name}={value}" for name, value in CHEAP.items()]
        self.process = self.run("postgres", "-h", "127.0.0.1", "-p", str(self.port), *settings)
        leash.hold(self.process.pid)
        for _ in range(500):
            with suppress(psycopg.Error):
                psycopg.connect(self.url, connect_timeout=2).close()
                return
            time.sleep(0.02)
        raise RuntimeError("postgres did not start")

    def do(self, command: str, database: str = "postgres") -> None:
        """Do something as its master."""
        with psycopg.connect(self.url, dbname=database, autocommit=True) as master:
            master.execute(command.encode())

    def database(self, name: str, options: str = "") -> str:
        """Make an empty database; return its URL."""
        self.do(f"DROP DATABASE IF EXISTS {name}")
        self.do(f"CREATE DATABASE {name} {options}")
        return self.url.removesuffix("postgres") + name

    def everybody(self) -> list[psutil.Process]:
        """Its processes: the first one, and one for each connection."""
        first = psutil.Process(self.process.pid)
        return [first, *first.children()]

    def freeze(self) -> None:
        """Let it hold its breath: connections stay open, and nothing answers."""
        self.process.send_signal(signal.SIGSTOP)  # so that it begins nothing new
        for each in self.everybody():
            with suppress(psutil.NoSuchProcess):  # a connection may close meanwhile
                each.suspend()

    def go_on(self) -> None:
        """The end of that."""
        for each in reversed(self.everybody()):
            with suppress(psutil.NoSuchProcess):
                each.resume()

    def kill(self) -> None:
        """End it without a chance to tidy up: kill -9."""
        ended = self.everybody()
        for each in ended:
            with suppress(psutil.NoSuchProcess):
                each.kill()
        self.process.wait(timeout=10)
        for _ in range(1000):
            if all(map(is_dead, ended)):
                break
            time.sleep(0.01)
        leash.let_go(self.process.pid)

    def stop(self) -> None:
        """End it, and forget its data."""
        if self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __repr__(self) -> str:
        return f"PostgreSQL is running at {self.url}"
