"""What a session costs: `make bench`. All figures are ratios within one run, medians of interleaved rounds.

cost         time a request with the session, less time a request of bare Bottle with the same page
unavoidable  one HMAC-SHA256 of an id, one JSON parse and one JSON dump of the row, with the standard library
Beaker       the session middleware that Bottle's documentation names, with its memory backend
"""

import argparse
import hmac
import io
import json
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import bottle  # noqa: E402
from beaker.middleware import SessionMiddleware as Beaker  # noqa: E402

from steps import step2_middleware, step4_destroy  # noqa: E402
from steps.step1_install import sign  # noqa: E402
from steps.step3_authenticate import Users  # noqa: E402

SECRET = "keyboard cat"
ID = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"
DATA = {"user": "alice", "views": 1}
ROW = '{"cookie":{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/"},"user":"alice","views":1}'
BARS = {"read": 3.5, "write": 4.5, "beaker": 0.6}


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


def ours(middleware: Any, **options: Any) -> tuple[Any, str]:
    """An app with a session of ours, and the cookie of somebody who has one."""
    app = middleware(pages("session"), secret=SECRET, **options)
    session = app.make_session({}, ID)
    session.update(DATA)
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


def medians(works: dict[str, Callable[[], Any]], rounds: int, times: int) -> dict[str, float]:
    """The median time of each, all measured in turn, so that a noisy moment strikes all alike."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            taken[name].append(microseconds(work, times))
    return {name: statistics.median(values) for name, values in taken.items()}


def cost(rounds: int, times: int) -> bool:
    """Print the cost of a session beside the unavoidable work and Beaker; return whether the bars are met."""
    apps = {
        "bare": (pages(None), ""),
        "step 2": ours(step2_middleware.SessionMiddleware),
        "step 4": ours(step4_destroy.SessionMiddleware),
        "step 4, timed": ours(
            step4_destroy.SessionMiddleware, cookie={"max_age": 1800}, rolling=True, absolute_timeout=86_400
        ),
        "Beaker": beakers(),
    }
    works = {
        f"{name} {kind}": request(app, f"/{kind}", cookie)
        for name, (app, cookie) in apps.items()
        for kind in ("read", "write")
    }
    took = medians({"unavoidable": unavoidable, **works}, rounds, times)
    print(f"unavoidable work {took['unavoidable']:.1f} µs, a request of bare Bottle {took['bare read']:.1f} µs\n")
    print(f"{'':16}{'':7}{'cost, µs':>9}{'of unavoidable':>16}{'bar':>6}{'of Beaker':>11}{'bar':>6}")
    good = True
    for name in list(apps)[1:]:
        for kind in ("read", "write"):
            extra, beaker = (took[f"{each} {kind}"] - took[f"bare {kind}"] for each in (name, "Beaker"))
            ratio, of_beaker = extra / took["unavoidable"], extra / beaker
            barred = name in ("step 2", "step 4")
            bars = (f"{BARS[kind]:6}", f"{BARS['beaker']:6}") if barred else ("", "")
            print(f"{name:16}{kind:7}{extra:9.1f}{ratio:16.2f}{bars[0]:6}{of_beaker:11.2f}{bars[1]:6}")
            good &= not barred or (ratio <= BARS[kind] and of_beaker <= BARS["beaker"])
    print("\n“timed” has max_age, rolling and an absolute timeout: it writes a cookie with every answer. Not barred.")
    return good


def growth(rounds: int, times: int, sizes: list[int]) -> bool:
    """Print the cost of a request with few and many sessions in the store; return whether it is flat within 20 %."""
    works = {}
    for size in sizes:
        app, cookie = ours(step4_destroy.SessionMiddleware, cookie={"max_age": 1800})
        for n in range(size):
            app.store.set(f"{n:032}", ROW, expires=app.rules.clock() + 600 + n % 1200)
        works[f"{size:>9,} sessions"] = request(app, "/write", cookie)
    took = medians(works, rounds, times)
    least = took[next(iter(took))]
    print("\nA writing request, by the number of sessions in the store:")
    for name, value in took.items():
        print(f"{name}{value:8.1f} µs{value / least:8.2f}")
    return max(took.values()) <= 1.2 * least


def logins(rounds: int) -> None:
    """Print how long the login takes for a known and for an unknown name."""
    users = Users(ROOT / "build" / "bench.sqlite3")
    users.add_demo_users()
    works = {name: (lambda name=name: users.verify(name, "wrong")) for name in ("alice", "nobody")}
    took = medians(works, rounds, 1)
    known, unknown = took["alice"], took["nobody"]
    print(f"\nA wrong password takes {known / 1000:.1f} ms, an unknown name {unknown / known:.2f} of it.")


def main() -> int:
    """Measure, print, and fail if a bar is not met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a few rounds, for trying out")
    quick = parser.parse_args().quick
    warnings.simplefilter("ignore")  # Beaker's own
    sizes = [1_000, 10_000] if quick else [1_000, 30_000, 1_000_000]
    good = cost(rounds=3, times=300) if quick else cost(rounds=21, times=2_000)
    flat = growth(3, 300, sizes) if quick else growth(21, 2_000, sizes)
    logins(5 if quick else 21)
    print("\nAll bars are met." if good and flat else "\nA bar is not met.")
    return 0 if good and flat else 1


if __name__ == "__main__":
    sys.exit(main())
