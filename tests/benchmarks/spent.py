"""What a request costs each server: where its process spends its time, as Linux tells it in /proc.

user      µs of processor time in the program: reading HTTP, the session, the page
system    µs of it in the kernel: to receive, to send, and to wake one thread after the other
switches  how often a thread of the process has waited for something: for a guest, or for another thread
"""

import shutil
import statistics
from contextlib import ExitStack, closing
from dataclasses import dataclass
from os import sysconf
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from tests.benchmarks.throughput import EXPRESS, OURS, Contender, Running
from workbook.express import is_installed

NAMES = ("user", "system", "switches")
SERVERS = [
    EXPRESS,
    OURS,
    Contender("ours on gunicorn, as step 8 runs", "gunicorn"),
    Contender("ours on gunicorn, one thread", "gunicorn", threads=1),
    Contender("ours on waitress, 16 threads", "waitress"),
    Contender("ours on waitress, one thread", "waitress", threads=1),
]


@dataclass
class Spent:
    """What a process and those below it have spent so far: µs of processor time, and switches."""

    user: float
    system: float
    switches: int

    @classmethod
    def by(cls, process: int) -> Self:
        """By the process of this number."""
        spent = cls(0.0, 0.0, 0)
        for each in family(process):
            times = (each / "stat").read_text().rpartition(")")[2].split()
            spent.user += int(times[11]) * 1e6 / sysconf("SC_CLK_TCK")
            spent.system += int(times[12]) * 1e6 / sysconf("SC_CLK_TCK")
            spent.switches += sum(waited(task) for task in (each / "task").iterdir())
        return spent

    def since(self, before: Self, requests: float) -> list[float]:
        """What has been spent since, a request."""
        return [(getattr(self, name) - getattr(before, name)) / requests for name in NAMES]


def family(process: int) -> list[Path]:
    """Where Linux tells of a process and all below it."""
    folder = Path(f"/proc/{process}")
    children = [int(child) for task in (folder / "task").iterdir() for child in (task / "children").read_text().split()]
    return [folder, *(each for child in children for each in family(child))]


def waited(task: Path) -> int:
    """How often a thread has waited for something."""
    lines = dict(line.split(":", 1) for line in (task / "status").read_text().splitlines())
    return int(lines["voluntary_ctxt_switches"])


def spending(rounds: int, seconds: float) -> None:
    """Print what a request that reads takes, on all servers by turns, where that can be told."""
    if not (shutil.which("wrk") and Path("/proc/self/task").exists() and is_installed()):
        print("\nWhat a request costs each server can be told on Linux, with wrk, after make peer.")
        return
    print("\nA request that reads: µs of processor time, and how often a thread waits for a guest or another thread:\n")
    print(f"{'':42}" + "".join(f"{name:>10}" for name in NAMES))
    for name, taken in measured(rounds, seconds).items():
        print(f"{name:42}" + "".join(f"{statistics.median(each):10.1f}" for each in zip(*taken, strict=True)))


def measured(rounds: int, seconds: float) -> dict[str, list[list[float]]]:
    """What a request costs each server in each round, in the order of NAMES."""
    taken: dict[str, list[list[float]]] = {each.name: [] for each in SERVERS}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        running = {each.name: stack.enter_context(closing(Running(each, "", folder))) for each in SERVERS}
        for _ in range(rounds):
            for name, server in running.items():
                before = Spent.by(server.process.pid)
                requests = server.rate("read", seconds) * seconds
                taken[name].append(Spent.by(server.process.pid).since(before, requests))
    return taken
