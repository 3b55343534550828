"""Throughput: requests a second over HTTP, ours beside the real express-session. `make bench` measures and draws it.

One machine, one run: each server has its own process, `wrk` asks each for two pages (one reads the session, one changes
it) over sixteen connections that stay open, for sixty-four visitors by turns, and the servers take turns, too, so that
a noisy moment strikes all alike. A ratio is the median of the rounds' ratios, not that of figures of different moments.
"""

import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from socket import create_connection, create_server
from tempfile import TemporaryDirectory

import requests

from tests.benchmarks.kept import Figure
from tests.figure import sheet, text
from workbook.express import FOLDER, MISSING, is_installed
from workbook.redis_server import RedisServer

ROOT = Path(__file__).resolve().parents[2]
FIGURE = ROOT / "notebooks" / "figures" / "8_throughput.svg"
NO_WRK = "wrk is missing, so nothing is measured over HTTP: apt-get install wrk, or brew install wrk."
PAGES = ("read", "write")
BAR = 3.0  # of Express with its MemoryStore, one process each
APP = "tests.benchmarks.speed_app:application"
GRANIAN = ["-m", "granian", "--interface", "wsgi", "--log-level", "error", "--no-ws", "--blocking-threads", "1"]
GUNICORN = ["-m", "gunicorn", "--worker-class", "steps.tea_house.patience.PatientWorker", "--log-level", "error"]

VISITORS = 64
BY_TURNS = """
local cookies, n = {%s}, 0
request = function()
  n = n %% #cookies + 1
  wrk.headers["Cookie"] = cookies[n]
  return wrk.format("GET")
end
"""  # for wrk, in its Lua


@dataclass(frozen=True)
class Contender:
    """A server that is measured: what it is called, and how it is started."""

    name: str
    server: str  # "express", "granian", "gunicorn" or "waitress"
    redis: bool = False
    workers: int = 1
    touch_after: int = 0  # seconds for which a read leaves the row's end where it is
    threads: int = 16  # of each worker that answer requests; Express and granian are given one

    def command(self, port: int) -> list[str]:
        """What starts it at a port."""
        if self.server == "express":
            return ["node", str(FOLDER / "speed.js")]
        if self.server == "granian":
            return [sys.executable, *GRANIAN, "--workers", str(self.workers), "--port", str(port), APP]
        threads, at = ["--threads", str(self.threads)], f"127.0.0.1:{port}"
        if self.server == "waitress":
            return [sys.executable, "-m", "waitress", *threads, "--listen", at, APP]
        return [sys.executable, *GUNICORN, *threads, "--workers", str(self.workers), "--bind", at, APP]


EXPRESS, OURS = (
    Contender("express-session, MemoryStore", "express"),
    Contender("ours on granian, MemoryStore", "granian"),
)
CONTENDERS = [
    EXPRESS,
    OURS,
    Contender("ours on gunicorn, MemoryStore", "gunicorn"),
    Contender("express-session, connect-redis", "express", redis=True),
    Contender("ours on granian, RedisStore", "granian", redis=True),
    Contender("ours on granian, RedisStore, touch_after", "granian", redis=True, touch_after=60),
    Contender("ours on granian, RedisStore, 2 workers", "granian", redis=True, workers=2),
    Contender("ours on gunicorn, RedisStore", "gunicorn", redis=True),
    Contender("ours on gunicorn, RedisStore, 2 workers", "gunicorn", redis=True, workers=2),
]
Rates = dict[str, dict[str, list[float]]]  # by contender and page, a rate for each round


class Running:
    """A contender's server, running, with a visitor who has a session there."""

    def __init__(self, contender: Contender, redis: str, folder: Path) -> None:
        with create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        store = redis if contender.redis else "memory:"
        variables = {"PORT": str(port), "STORE": store, "TOUCH_AFTER": str(contender.touch_after)}
        variables |= {"NODE_ENV": "production", "PYTHONPATH": str(ROOT)}
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        environment = {**os.environ, **variables}
        self.process = subprocess.Popen(contender.command(port), cwd=ROOT, env=environment, **quiet)
        self.url = f"http://127.0.0.1:{port}"
        wait_for(port)
        self.script = folder / f"{port}.lua"
        self.script.write_text(BY_TURNS % ", ".join(f'"{self.begin()}"' for _ in range(VISITORS)))

    def begin(self) -> str:
        """The cookie of somebody new, who has a session now."""
        with requests.Session() as visitor:
            visitor.get(f"{self.url}/write", timeout=10).raise_for_status()
            return f"connect.sid={visitor.cookies['connect.sid']}"

    def rate(self, page: str, seconds: float) -> float:
        """Requests a second for a page."""
        load = ["wrk", "--threads", "1", "--connections", "16", "--duration", f"{seconds:.0f}s"]
        command = [*load, "--script", str(self.script), f"{self.url}/{page}"]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found = re.search(r"Requests/sec:\s+([\d.]+)", told)
        if not found or "Non-2xx" in told:
            raise RuntimeError(f"{self.url}/{page} does not answer as it should:\n{told}")
        return float(found[1])

    def close(self) -> None:
        """End the server."""
        self.process.terminate()
        self.process.wait(timeout=20)


def wait_for(port: int) -> None:
    """Wait until somebody listens there."""
    for _ in range(500):
        try:
            create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"no server listens at port {port}")


def measure(contenders: list[Contender], rounds: int, seconds: float) -> Rates:
    """Ask all of them, in turn, for each page."""
    rates: Rates = {contender.name: {page: [] for page in PAGES} for contender in contenders}
    with ExitStack() as stack:
        redis = RedisServer() if any(contender.redis for contender in contenders) else None
        if redis:
            stack.callback(redis.stop)
        url, folder = redis.url if redis else "", Path(stack.enter_context(TemporaryDirectory()))
        running = {
            contender.name: stack.enter_context(closing(Running(contender, url, folder))) for contender in contenders
        }
        for _ in range(rounds):
            for name, server in running.items():
                for page in PAGES:
                    rates[name][page].append(server.rate(page, seconds))
    return rates


def ratio(rates: Rates, name: str, other: str, page: str) -> float:
    """The median of the rounds' ratios of one contender to another."""
    return statistics.median(a / b for a, b in zip(rates[name][page], rates[other][page], strict=True))


def throughput(rounds: int, seconds: float, figures: dict[str, Figure], draw: bool) -> bool:
    """Measure what is installed, print it, draw it if all is there; return whether the bar is met, if it counts.

    `figures` get how many times longer each takes than Express.
    """
    if not shutil.which("wrk"):
        print(f"\n{NO_WRK}")
        return True
    missing = [] if is_installed() else [MISSING]
    contenders = [c for c in CONTENDERS if c.server != "express" or not missing]
    if not shutil.which("redis-server"):
        missing.append("redis-server is missing, so nothing is measured with Redis.")
        contenders = [c for c in contenders if not c.redis]
    rates = measure(contenders, rounds, seconds)
    print("\nRequests a second over HTTP, of one process unless said otherwise, and how often Express's that is:\n")
    print(f"{'':42}" + "".join(f"{page:>10}{'':8}" for page in PAGES))
    for contender in contenders:
        print(f"{contender.name:42}" + "".join(column(rates, contender, page) for page in PAGES))
        if contender.server != "express" and not missing:
            for page in PAGES:
                each = zip(rates[like(contender).name][page], rates[contender.name][page], strict=True)
                figures[f"{contender.name}, {page}, of Express's time"] = Figure.of([a / b for a, b in each])
    print("".join(f"\n{sentence}" for sentence in missing))
    if missing:
        return True
    if draw:
        FIGURE.write_text(drawing(rates), encoding="utf-8")
        print(f"The figure is {FIGURE.relative_to(ROOT)}.")
    return all(ratio(rates, OURS.name, EXPRESS.name, page) >= BAR for page in PAGES)


def column(rates: Rates, contender: Contender, page: str) -> str:
    """A rate, and how many times Express's that is."""
    rate = f"{statistics.median(rates[contender.name][page]):10,.0f}"
    if contender.server == "express" or like(contender).name not in rates:
        return f"{rate}{'':8}"
    return f"{rate}{ratio(rates, contender.name, like(contender).name, page):6.2f} ×"


def like(contender: Contender) -> Contender:
    """Whom it is compared with: Express on the same kind of store."""
    return CONTENDERS[3] if contender.redis else EXPRESS


# The figure of lesson 8

INK, SOFT = "#2a2520", "#685e53"
FACTORS = (
    "each bar is the median of its rounds; each factor is the median of the rounds' ratios, with Redis to connect-redis"
)
FILLS = {"express": "#efe6d6", "granian": "#b9d9c6", "gunicorn": "#d5e8dc"}


def drawing(rates: Rates) -> str:
    """The rates as bars, with their numbers and their ratios to Express in words."""
    height, width = 114 + 62 * len(rates), 880
    most = max(statistics.median(each) for pages in rates.values() for each in pages.values())
    said = "; ".join(f"{name}: {describe(rates, name)}" for name in rates)
    parts = [
        text(24, 36, "requests a second (and how often Express's), one process unless said otherwise", SOFT),
        text(24, height - 42, "upper bar: a page that reads the session; lower bar: one that changes it", SOFT),
        text(24, height - 20, FACTORS, SOFT),
    ]
    for row, contender in enumerate(CONTENDERS):
        y = 66 + 62 * row
        parts.append(text(24, y + 23, contender.name, INK))
        for n, page in enumerate(PAGES):
            long = round(360 * statistics.median(rates[contender.name][page]) / most)
            fill = FILLS[contender.server]
            parts.append(
                f'<rect x="330" y="{y + 22 * n}" width="{long}" height="18" rx="3" fill="{fill}" stroke="#b8ab95"/>'
            )
            parts.append(text(330 + long + 8, y + 14 + 22 * n, label(rates, contender, page), INK))
    return sheet(width, height, "Requests a second, ours beside express-session", f"{said}; {FACTORS}.", parts)


def label(rates: Rates, contender: Contender, page: str) -> str:
    """What stands at a bar."""
    rate, *times = column(rates, contender, page).split()
    return f"{rate} ({' '.join(times)})" if times else rate


def describe(rates: Rates, name: str) -> str:
    """A contender's rates in words."""
    return ", ".join(f"{statistics.median(rates[name][page]):,.0f} to {page}" for page in PAGES)
