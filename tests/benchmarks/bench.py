"""What a session costs: `make bench`. All figures are ratios within one run, medians of interleaved rounds.

cost         time a request with the session, less time a request of bare Bottle with the same page
unavoidable  one HMAC-SHA256 of an id, one JSON parse and one JSON dump of the row, with the standard library
Beaker       the session middleware that Bottle's documentation names, with its memory backend
"""

import argparse
import hmac
import io
import json
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "notebooks")]

import bottle  # noqa: E402
import psycopg  # noqa: E402
from beaker.middleware import SessionMiddleware as Beaker  # noqa: E402
from redis import Redis  # noqa: E402

from steps import step2_middleware, step4_destroy, step5_stores, step7_harden  # noqa: E402
from steps.step1_install import sign  # noqa: E402
from steps.step3_authenticate import Users  # noqa: E402
from tests.benchmarks.crowds import crowds  # noqa: E402
from tests.benchmarks.kept import KEPT, Figure, keep, kept, slower  # noqa: E402
from tests.benchmarks.spent import spending  # noqa: E402
from tests.benchmarks.throughput import throughput  # noqa: E402
from workbook.express import FOLDER, is_installed  # noqa: E402
from workbook.postgres_server import PostgresServer, program  # noqa: E402
from workbook.redis_server import RedisServer  # noqa: E402
from workbook.serving import Clock  # noqa: E402

SECRET = "keyboard cat"
ID = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"
DATA = {"user": "alice", "views": 1}
ROW = '{"cookie":{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/"},"user":"alice","views":1}'
BARS = {"read": 3.5, "write": 4.5}
OF_BEAKER = {"step 2": 0.6, "step 4": 0.6, "step 5": 0.75, "step 7, max_age": 0.6}  # those that a bar is set for
EXTRAS = {"cookie": {"max_age": 1800}, "rolling": True, "absolute_timeout": 86_400}


def pages(key: str | None) -> bottle.Bottle:
    """A page that reads the session under this key of the environ and one that changes it; without a key, neither."""
    app = bottle.Bottle()

    def write() -> str:
        if key:
            bottle.request.environ[key]["views"] += 1
        return "alice"

    app.get("/read", callback=lambda: bottle.request.environ[key]["user"] if key else "alice")
    app.get("/write", callback=write)
    return app


def ours(middleware: Any, notes: Any = None, **options: Any) -> tuple[Any, str]:
    """An app with a session of ours, which may hold notes, and the cookie of somebody who has one."""
    app = middleware(pages("session"), secret=SECRET, **options)
    session = app.make_session({"wsgi.url_scheme": "http"}, ID)
    session.update(DATA if notes is None else {**DATA, "notes": notes})
    session.save()
    return app, f"connect.sid={quote('s:' + sign(ID, SECRET), safe='')}"


def beakers() -> tuple[Any, str]:
    """The same with Beaker."""
    inner = pages("beaker.session")
    inner.get("/login", callback=lambda: bottle.request.environ["beaker.session"].update(DATA) or "")
    app = Beaker(inner, {"session.type": "memory", "session.auto": True, "session.secret": SECRET})
    headers: list[tuple[str, str]] = []
    app(environ("/login"), lambda status, sent, exc_info=None: headers.extend(sent))
    return app, next(value for name, value in headers if name.lower() == "set-cookie").partition(";")[0]


def environ(path: str, cookie: str = "") -> dict[str, Any]:
    """A request."""
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        **({"HTTP_COOKIE": cookie} if cookie else {}),
    }


def microseconds(work: Callable[[], Any], times: int) -> float:
    """How long it takes once, when it is done so many times."""
    start = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - start) / times * 1e6


def request(app: Any, path: str, cookie: str) -> Callable[[], Any]:
    """A request to be timed."""
    template = environ(path, cookie)
    return lambda: app(template.copy(), lambda status, headers, exc_info=None: None)


def unavoidable() -> None:
    """What no session with a signed cookie and rows of JSON can do without."""
    hmac.new(SECRET.encode(), ID.encode(), "sha256").digest()
    json.dumps(json.loads(ROW))


def by_turns(works: dict[Any, Callable[[], Any]], rounds: int, times: int) -> dict[Any, list[float]]:
    """The times of each, all measured in turn, so that a noisy moment strikes all alike."""
    taken: dict[Any, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            taken[name].append(microseconds(work, times))
    return taken


def medians(taken: dict[Any, list[float]]) -> dict[Any, float]:
    """The median of each."""
    return {name: statistics.median(values) for name, values in taken.items()}


def cost(rounds: int, times: int, figures: dict[str, Figure]) -> bool:
    """Print the cost of a session beside the unavoidable work and Beaker; return whether the bars are met."""
    apps = {
        "bare": (pages(None), ""),
        "step 2": ours(step2_middleware.SessionMiddleware),
        "step 4": ours(step4_destroy.SessionMiddleware),
        "step 4, all": ours(step4_destroy.SessionMiddleware, **EXTRAS),
        "step 5": ours(step5_stores.SessionMiddleware),
        "step 7": ours(step7_harden.SessionMiddleware),
        "step 7, max_age": ours(step7_harden.SessionMiddleware, cookie=EXTRAS["cookie"]),
        "step 7, all": ours(step7_harden.SessionMiddleware, **EXTRAS),
        "Beaker": beakers(),
    }
    works = {
        f"{name} {kind}": request(app, f"/{kind}", cookie)
        for name, (app, cookie) in apps.items()
        for kind in ("read", "write")
    }
    taken = by_turns({"unavoidable": unavoidable, **works}, rounds, times)
    took = medians(taken)
    print(f"{machine()}: the ratios depend on them.")
    print(f"unavoidable work {took['unavoidable']:.1f} µs, a request of bare Bottle {took['bare read']:.1f} µs\n")
    print(f"{'':16}{'':7}{'cost, µs':>9}{'of unavoidable':>16}{'bar':>6}{'of Beaker':>11}{'bar':>6}")
    good = True
    for name in list(apps)[1:]:
        for kind in ("read", "write"):
            extra, beaker = (took[f"{each} {kind}"] - took[f"bare {kind}"] for each in (name, "Beaker"))
            ratio, of_beaker = extra / took["unavoidable"], extra / beaker
            each = zip(taken[f"{name} {kind}"], taken[f"bare {kind}"], taken["unavoidable"], strict=True)
            figures[f"{name}, {kind}, of the unavoidable"] = Figure.of([(a - b) / c for a, b, c in each])
            barred = name in OF_BEAKER
            bars = (f"{BARS[kind]:6}", f"{OF_BEAKER[name]:6}") if barred else ("", "")
            print(f"{name:16}{kind:7}{extra:9.1f}{ratio:16.2f}{bars[0]:6}{of_beaker:11.2f}{bars[1]:6}")
            good &= not barred or (ratio <= BARS[kind] and of_beaker <= OF_BEAKER[name])
    print("\n“all” is max_age, rolling and an absolute timeout: a cookie goes out with every answer. Not barred.")
    return good


def machine() -> str:
    """What the figures depend on: processor, Python, and the packages that are measured."""
    versions = [f"{name} {version(name)}" for name in ("bottle", "beaker", "granian", "gunicorn", "redis")]
    return ", ".join([processor(), f"Python {platform.python_version()}", *versions])


def processor() -> str:
    """What this machine computes with, as far as it says."""
    told = Path("/proc/cpuinfo")
    names = re.findall(r"(?m)^model name\s*: (.+)$", told.read_text()) if told.exists() else []
    return names[0] if names else platform.processor() or platform.machine()


def rows(size: int, now: float) -> Iterator[tuple[str, str, float]]:
    """So many sessions: id, row, and an end within the next half hour."""
    return ((f"{n:032}", ROW, now + 600 + n % 1200) for n in range(size))


@contextmanager
def memory_with(size: int) -> Iterator[tuple[Any, float]]:
    """A MemoryStore with so many sessions, and the bytes that each takes."""
    before, store = resident(), step5_stores.MemoryStore()
    for id, row, expires in rows(size, time.time()):
        store.set(id, str(row.encode(), "ascii"), expected=None, expires=expires)  # each a text of its own
    yield store, (resident() - before) / size


@contextmanager
def sqlite_with(size: int) -> Iterator[tuple[Any, float]]:
    """An SQLiteStore with so many sessions."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.sqlite3"
        store = step5_stores.SQLiteStore(path)
        store._database.execute("BEGIN")
        store._database.database.executemany("INSERT INTO sessions VALUES (?, ?, ?)", rows(size, time.time()))
        store._database.execute("COMMIT")
        store._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # so that the file has all that it will have
        yield store, path.stat().st_size / size
        store.close()


@contextmanager
def redis_with(size: int) -> Iterator[tuple[Any, float]]:
    """A Redis server with so many sessions."""
    server = RedisServer()
    client = Redis(port=server.port)
    before = client.info("memory")["used_memory"]
    batch = client.pipeline(transaction=False)
    for n, (id, row, expires) in enumerate(rows(size, 0), 1):
        batch.set(f"sess:{id}", row, ex=int(expires))
        if n % 10_000 == 0 or n == size:
            batch.execute()
    yield step5_stores.open_store(server.url), (client.info("memory")["used_memory"] - before) / size
    server.stop()


@contextmanager
def postgres_with(size: int) -> Iterator[tuple[Any, float]]:
    """A PostgreSQL server with so many sessions, after its own housekeeping."""
    server = PostgresServer()
    with closing(step5_stores.PostgresStore(server.url)) as store:
        store.clear()
        with psycopg.connect(server.url, autocommit=True) as master:
            with master.cursor().copy("COPY sessions FROM STDIN") as copied:
                for id, row, expires in rows(size, time.time()):
                    copied.write_row((id.encode(), row.encode(), expires))
            master.execute("VACUUM ANALYZE sessions")
            occupied = master.execute("SELECT pg_total_relation_size('sessions')").fetchone()
        yield store, (occupied or [0])[0] / size
    server.stop()


def resident() -> int:
    """The bytes of memory that this process occupies; 0 where that is not told."""
    told = Path("/proc/self/statm")
    return int(told.read_text().split()[1]) * 4096 if told.exists() else 0


def growth(rounds: int, times: int, sizes: list[int]) -> bool:
    """Print the cost of a request with few and many sessions in each store; return whether it is flat within 20 %."""
    makers = {
        "memory": memory_with,
        "SQLite": sqlite_with,
        **({"Redis": redis_with} if shutil.which("redis-server") else {}),
        **({"PostgreSQL": postgres_with} if program("initdb") else {}),
    }
    flat = True
    print("\nA writing request, by the number of sessions in the store; and the bytes that a session takes:")
    for name, make in makers.items():
        with ExitStack() as stores:
            works, bytes_each = {}, 0.0
            for size in sizes:
                store, bytes_each = stores.enter_context(make(size))
                app, cookie = ours(step5_stores.SessionMiddleware, store=store, cookie={"max_age": 1800})
                works[f"{name:11}{size:>9,} sessions"] = request(app, "/write", cookie)
            took = medians(by_turns(works, rounds, times if name == "memory" else times // 4))
            least = took[next(iter(took))]
            for line, value in took.items():
                print(f"{line}{value:8.1f} µs{value / least:8.2f}")
            print(f"{'':11}{bytes_each:.0f} bytes each: {2**30 / bytes_each / 1e6:.1f} million in a gigabyte")
            flat &= max(took.values()) <= 1.2 * least
    if is_installed():
        command = ["node", "--max-old-space-size=4096", "memory.js", str(sizes[-1]), ROW]
        told = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=True).stdout
        print(f"Express {float(told):.0f} bytes each, in its own memory store")
    return flat


def weight(rounds: int, times: int) -> None:
    """Print what a request costs by how much its session holds: all of it is read, and compared, at each request."""
    print("\nA request by what its session holds, in step 7's library with a MemoryStore; and the cost of a kilobyte:")
    works = {}
    for kilobytes in (0, 1, 10, 100):
        app, cookie = ours(step7_harden.SessionMiddleware, cookie={"max_age": 1800}, notes=notes(kilobytes))
        works |= {(kind, kilobytes): request(app, f"/{kind}", cookie) for kind in ("read", "write")}
    took = medians(by_turns(works, rounds, times))
    for (kind, kilobytes), value in took.items():
        each = f"{(value - took[kind, 0]) / kilobytes:8.1f}" if kilobytes else ""
        print(f"{kind:6}{kilobytes:5} kB{value:10.1f} µs{each}")


def notes(kilobytes: int) -> list[dict[str, Any]]:
    """So much data in JSON, of the sort that sessions hold: short texts and numbers with names."""
    return [{"tea": f"Darjeeling {n:5}", "cups": n % 9, "price": 3.5} for n in range(kilobytes * 1000 // 48)]


def sweeping(sizes: list[int]) -> None:
    """Print how long it takes, per session, to clear away so many that have expired while as many new ones come."""
    print("\nNew sessions come while as many old ones have expired: µs a new one, by the number of the expired:")
    for size in sizes:
        clock = Clock.still(0.0)
        with tempfile.TemporaryDirectory() as folder:
            told = []
            for store in (
                step5_stores.MemoryStore(clock=clock),
                step5_stores.SQLiteStore(Path(folder) / "s.sqlite3", clock=clock),
            ):
                clock.set(0.0)
                for n in range(size):
                    store.set(f"old{n}", ROW, expected=None, expires=10.0)
                clock.set(20.0)
                start = time.perf_counter()
                for n in range(size):
                    store.set(f"new{n}", ROW, expected=None, expires=100.0)
                told.append(f"{type(store).__name__} {(time.perf_counter() - start) / size * 1e6:7.1f}")
                assert len(store) == size
        print(f"{size:>9,}   {'   '.join(told)}")


def logins(rounds: int) -> None:
    """Print how long the login takes for a known and for an unknown name."""
    users = Users(ROOT / "build" / "bench.sqlite3")
    users.add_demo_users()
    works = {name: (lambda name=name: users.verify(name, "wrong")) for name in ("alice", "nobody")}
    took = medians(by_turns(works, rounds, 1))
    known, unknown = took["alice"], took["nobody"]
    print(f"\nA wrong password takes {known / 1000:.1f} ms, an unknown name {unknown / known:.2f} of it.")


def main() -> int:
    """Measure, print, and fail if a bar is not met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a few rounds, for trying out; keeps no figures")
    parser.add_argument("--check", action="store_true", help="say what has become slower than the figures kept")
    asked = parser.parse_args()
    quick, figures = asked.quick, {}
    warnings.simplefilter("ignore")  # Beaker's own
    sizes = [1_000, 10_000] if quick else [1_000, 30_000, 1_000_000]
    good = cost(3, 300, figures) if quick else cost(21, 2_000, figures)
    flat = growth(3, 300, sizes) if quick else growth(21, 2_000, sizes)
    some = [100, 1_000] if quick else [1_000, 100_000]
    few, often = (3, 20) if quick else (21, 200)
    flat &= crowds(some, lambda works: medians(by_turns(works, few, often)), bool(shutil.which("redis-server")))
    weight(3, 50) if quick else weight(21, 300)
    sweeping([1_000, 3_000] if quick else [1_000, 10_000, 100_000])
    logins(5 if quick else 21)
    fast = throughput(1, 1, figures, draw=False) if quick else throughput(7, 2, figures, draw=not asked.check)
    spending(1, 1) if quick else spending(7, 2)
    met = good and flat and fast
    print("\nAll bars are met." if met else "\nA bar is not met.")
    if asked.check:
        return tell_slower(figures)
    if not quick:
        keep(machine(), figures)
    return 0 if met else 1


def tell_slower(figures: dict[str, Figure]) -> int:
    """Say what has become slower since the figures were kept; 1 if anything has."""
    if not KEPT.exists():
        print(f"No figures are kept so far: make bench, without --check, writes them to {KEPT.relative_to(ROOT)}.")
        return 1
    where, before = kept()
    if where != machine():
        print(f"The figures kept are of {where}: some of the difference may be that.")
    found = slower(before, figures)
    print("\n".join(found) or "Nothing has become slower by more than the noise.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
