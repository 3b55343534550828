"""Is ours like Express? `make conformance` plays all scenarios on both, and counts.

With Node and the packages (`make peer`) Express plays now, and has to say what it said when it was recorded; without
them, ours is compared with the record. `make record` keeps what it says now, and tells where that is news.
"""

import json
import logging
import shutil
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "notebooks")]

from tests import marked  # noqa: E402
from tests.conformance import odd_bytes, page, scenarios  # noqa: E402
from tests.conformance.compare import Counts, compare, record, recorded, shortest  # noqa: E402
from tests.conformance.curated import curated  # noqa: E402
from tests.conformance.differences import CACHING, DECLARED, OF_SCENARIOS  # noqa: E402
from tests.conformance.players import Peer  # noqa: E402
from tests.conformance.scenarios import Scenario  # noqa: E402
from workbook.express import FOLDER, MISSING, is_installed  # noqa: E402
from workbook.postgres_server import PostgresServer, program  # noqa: E402
from workbook.redis_server import RedisServer  # noqa: E402

SEED, RANDOM = 1, 3_000
STORES = {
    "MemoryStore": "memory",
    "SQLiteStore": "memory",
    "RedisStore": "redis",
    "PostgresStore": "memory",
}  # ours, and the one of Express beside it
NO_REDIS = (
    "redis-server is missing, so RedisStore is left out: apt-get install redis-server, or your system's like of it."
)
NO_POSTGRES = (
    "PostgreSQL is missing, so PostgresStore is left out: apt-get install postgresql, or your system's like of it."
)


def all_scenarios() -> list[Scenario]:
    """Those written by hand, and those drawn."""
    return [*curated(), *scenarios.drawn(SEED, RANDOM)]


def play(peer: Peer) -> list[Any]:
    """What Express makes of all of them, as lines of the record."""
    return [[scenario, peer.play(scenario)] for scenario in all_scenarios()]


def play_bytes(peer: Peer) -> list[Any]:
    """What npm's packages make of the odd inputs."""
    inputs = odd_bytes.inputs()
    return [list(line) for line in zip(inputs, peer.ask({"bytes": inputs}), strict=True)]


def news(name: str, now: list[Any], keep: bool) -> list[str]:
    """Where Express does not say what it said when it was recorded."""
    known = {json.dumps(input): told for input, told in recorded(name)}
    if keep:
        record(name, now)
    return [str(input) for input, told in now if known.get(json.dumps(input)) != told]


def ask_express(keep: bool) -> dict[str, int]:
    """Let Express play now; return how much is news, by what was recorded."""
    found = {}
    with closing(Peer()) as peer:
        found["memory"] = news("memory", play(peer), keep)
        found["bytes"] = news("bytes", play_bytes(peer), keep)
    if shutil.which("redis-server"):
        server = RedisServer()
        with closing(Peer(server.url)) as peer:
            found["redis"] = news("redis", play(peer), keep)
        server.stop()
    for name, changed in found.items():
        for input in changed[:3]:
            print(f"News from Express, of {len(changed):,} ({name}): {input}")
    return {name: len(changed) for name, changed in found.items()}


def differing_bytes() -> tuple[int, list[Any]]:
    """How many odd inputs there are, and those that ours makes something else of."""
    lines = recorded("bytes")
    return len(lines), [
        [input, theirs, odd_bytes.ours(*input)] for input, theirs in lines if not odd_bytes.equal(input, theirs)
    ]


def count_all() -> dict[str, Counts]:
    """Play all on each store of ours, beside the record."""
    counts = {}
    for kind, name in STORES.items():
        server: Any = None
        if kind == "RedisStore":
            server = RedisServer() if shutil.which("redis-server") else None
        elif kind == "PostgresStore":
            server = PostgresServer() if program("initdb") else None
        if server or kind in ("MemoryStore", "SQLiteStore"):
            counts[kind] = compare(recorded(name), kind, server.url if server else "")
        if server:
            server.stop()
    return counts


def show(counts: dict[str, Counts]) -> None:
    """Print the counts, and what is declared to differ."""
    columns = ("scenarios", "requests", "equal", "but for caching¹", "declared²", "undeclared")
    print(f"\n{'':13}" + "".join(f"{column:>18}" for column in columns))
    for kind, each in counts.items():
        rest = each.requests - each.equal - each.but_for_caching - len(each.undeclared)
        numbers = (each.scenarios, each.requests, each.equal, each.but_for_caching, rest, len(each.undeclared))
        print(f"{kind:13}" + "".join(f"{number:18,}" for number in numbers))
    print(
        "\n¹ equal, but for Vary: Cookie where the session was read, and Cache-Control: no-store with each Set-Cookie"
    )
    print("² requests with one or more of these, and otherwise equal:\n")
    memory = next(iter(counts.values()))
    for name in (*(name for name in DECLARED if name not in CACHING), *OF_SCENARIOS):
        print(f"  {memory.declared[name]:6,}  {name}")


def tell_undeclared(counts: dict[str, Counts]) -> bool:
    """Print a scenario that shows an undeclared difference, as short as can be; return whether there is one."""
    bad = {kind: each.undeclared[0] for kind, each in counts.items() if each.undeclared}
    for kind, (scenario, differs) in bad.items():
        print(f"\n{kind}: not as Express, and not declared, in {scenario['name']!r}:\n  {differs}")
        if kind == "MemoryStore" and is_installed():
            print(f"The shortest that shows it: {shorten(scenario)}")
    return bool(bad)


def shorten(scenario: Scenario) -> Scenario:
    """The shortest scenario that still differs."""
    with closing(Peer()) as peer:
        return shortest(scenario, lambda each: bool(compare([(each, peer.play(each))], "MemoryStore").undeclared))


def main(arguments: list[str]) -> int:
    """Print the counts; fail if anything is undeclared, or if Express has news that nobody has recorded."""
    keep = arguments == ["record"]
    logging.getLogger("sessions").setLevel(logging.CRITICAL)  # what is logged here is meant to go wrong
    if keep and not is_installed():
        sys.exit(MISSING)
    versions = json.loads((FOLDER / "package.json").read_text(encoding="utf-8"))["dependencies"]
    print("Beside " + ", ".join(f"{name} {version}" for name, version in versions.items()) + ".")
    if keep:
        marked.put(page.PAGE, "differences", page.differences())
    found = ask_express(keep) if is_installed() else {}
    if not found:
        print(f"Compared with what it said when it was recorded. {MISSING}")
    elif not any(found.values()):
        print("It plays now, and says what it said when it was recorded.")
    counts = count_all()
    show(counts)
    if "RedisStore" not in counts:
        print(NO_REDIS)
    if "PostgresStore" not in counts:
        print(NO_POSTGRES)
    number, wrong = differing_bytes()
    equal = f"{number - len(wrong):,} of {number:,}"
    print(f"\nBytes: {equal} odd cookies, headers and signatures come out as they do from npm's packages.")
    for input, theirs, ours in wrong[:5]:
        print(f"  {input}\n    npm  {theirs}\n    ours {ours}")
    return int(tell_undeclared(counts) or bool(wrong) or (any(found.values()) and not keep))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
