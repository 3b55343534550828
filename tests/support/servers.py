"""Servers: each step's as a process of its own, with users whom the tests know."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from secrets import token_hex
from tempfile import mkdtemp
from typing import Any, ClassVar

from tests.support import ROOT, STEPS
from tests.support.calling import Visitor
from workbook.runner import STACKS


def demo_users_in(folder: Path) -> Any:
    """A database with the demo users."""
    users = users_in(folder)
    users.path.write_bytes(demo_users())
    return users


def users_in(folder: Path) -> Any:
    """A database for users."""
    return STEPS[3].load("users").Users(folder / "users.sqlite3")


@cache
def demo_users() -> bytes:
    """The demo users: hashed once, then copied."""
    users = users_in(Path(mkdtemp()))
    users.add_demo_users()
    return bytes(users.path.read_bytes())


@cache
def production_variables() -> dict[str, str]:
    """What step 8 needs to start: a secret of its own, and a database with the users whom the tests know."""
    users = demo_users_in(Path(mkdtemp()))
    STEPS[6].load().Roles(users).give("queen", "admin")
    return {"SECRET": token_hex(32), "USERS": str(users.path), "WITH_DEMO_USERS": "1"}


@dataclass
class Server:
    """A step's server, in a process of its own if we have started it."""

    step: int
    url: str
    process: subprocess.Popen[str] | None = None
    visitors: list[Visitor] = field(default_factory=list)

    program: ClassVar = "tests.support.quick"

    @classmethod
    def start(cls, step: int, *mine: str, **variables: str) -> "Server":
        """Start a step's server; `mine`: the exercise whose module in the workspace takes the place of ours."""
        if step >= 8 and "SECRET" not in variables:
            variables = {**production_variables(), **variables}
        told = os.environ.get(STACKS) if mine else None  # then somebody wants to know what it says
        errors = Path(told) / f"server-{token_hex(4)}" if told else Path(os.devnull)
        with errors.open("wb") as log:
            process = cls.open(step, mine, variables, log)
        assert process.stdout
        address = re.search(r"https?://127\.0\.0\.1:\d+", process.stdout.readline())
        assert address, f"the server of step {step} did not start"
        return cls(step, address[0], process)

    @classmethod
    def open(cls, step: int, mine: tuple[str, ...], variables: dict[str, str], log: Any) -> subprocess.Popen[str]:
        """The process of a step's server, at a port of its own."""
        paths = os.pathsep.join([str(ROOT), str(ROOT / "notebooks")])
        return subprocess.Popen(
            [sys.executable, "-m", cls.program, STEPS[step].folder, *mine],
            cwd=ROOT,
            env={**os.environ, "PORT": "0", "STORE": "memory:", "PYTHONPATH": paths, **variables},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )

    @classmethod
    def start_https(cls, step: int, **variables: str) -> "Server":
        """The same with HTTPS; its authority's certificate is then `authority()`."""
        return cls.start(step, HTTPS="1", **variables)

    @staticmethod
    def authority() -> str:
        """The file of who vouches for the certificate."""
        return str(Path(os.environ["BUILD_FOLDER"]) / "https" / "ca.pem")

    def visitor(self) -> Visitor:
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


class Servers(dict[int, Server]):
    """Servers by step, started when they are first asked for; `mine` names the exercise whose module they use."""

    def __init__(self, target: str, mine: list[str]) -> None:
        self.target, self.mine = target, mine

    def __missing__(self, step: int) -> Server:
        elsewhere = "://" in self.target
        self[step] = Server(step, self.target.rstrip("/")) if elsewhere else Server.start(step, *self.mine)
        return self[step]


def wait_until(holds: Callable[[], Any]) -> None:
    """Until it holds, for half a minute at the most."""
    for _ in range(3000):
        if holds():
            return
        time.sleep(0.01)
    raise AssertionError("waited in vain")
