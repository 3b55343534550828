"""The scoreboard: what must never happen, tried as often as it takes: `make scoreboard`. Some ten minutes.

Every figure is counted while it runs; the table of a whole run is put into tests/README.md. 0 is what each should be,
except where it says how many there should be.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "notebooks")]

from steps import step4_destroy, step5_stores  # noqa: E402
from tests import marked  # noqa: E402
from tests.support import faults, forgeries, races, rights  # noqa: E402
from tests.support.servers import Server, demo_users_in  # noqa: E402
from tests.support.stores import postgres_server, redis_server  # noqa: E402
from workbook.postgres_server import PostgresServer  # noqa: E402
from workbook.redis_server import RedisServer  # noqa: E402

SHARED = ("SQLite", "Redis", "PostgreSQL")  # by several processes
Row = tuple[str, list[str], bool]


def again_if_busy(work: Callable[[], int]) -> int:
    """What comes of it; begun anew, with a word, where a store kept silent: a second is short on a busy machine."""
    for _ in range(2):
        try:
            return work()
        except step5_stores.StoreError as error:
            print(f"(begun anew: {error})", flush=True)
    return work()


class Board:
    """The table, filled a row at a time."""

    def __init__(self, folder: str, redis: RedisServer, postgres: PostgresServer, share: float) -> None:
        self.urls = {"memory": "memory:", "SQLite": f"sqlite:///{folder}/board.db", "Redis": redis.url}
        self.urls["PostgreSQL"] = postgres.url
        self.folder, self.redis, self.postgres, self.share = Path(folder), redis, postgres, share
        self.rows: list[Row] = []

    def times(self, number: int) -> int:
        """How often, of the full number."""
        return max(8, int(number * self.share))

    def add(self, figure: str, cells: list[Any], good: bool) -> None:
        """One line of the table."""
        self.rows.append((figure, [str(cell) for cell in cells], good))
        print(f"{figure}: {', '.join(map(str, cells))}{'' if good else '   ← NOT AS IT SHOULD BE'}", flush=True)

    def only(self, figure: str, name: str, cell: Any, good: bool | None = None) -> None:
        """One line, with one store: what should not have happened, unless it is said what is good."""
        cells = [cell if name == each else "–" for each in self.urls]
        self.add(figure, cells, cell == 0 if good is None else good)

    def each(self, figure: str, work: Callable[[Any], dict[str, int]], *names: str) -> None:
        """One line, with each store: the sum of what should not have happened. A store not asked is a dash."""
        cells: list[Any] = []
        for name, url in self.urls.items():
            if names and name not in names:
                cells.append("–")
                continue
            cells.append(again_if_busy(lambda url=url: self.tried(url, work, by_url=bool(names))))
        self.add(figure, cells, all(cell in (0, "–") for cell in cells))

    def tried(self, url: str, work: Callable[[Any], dict[str, int]], *, by_url: bool) -> int:
        """The sum of what should not have happened on an empty store, which work gets by itself or by its URL."""
        store = step5_stores.open_store(url)
        store.clear()
        return sum(work(url if by_url else store).values())

    def before(self) -> None:
        """The same requests on step 4: that they can go wrong is what makes the next line worth something."""
        seen = races.late_answers(step4_destroy.MemoryStore(), self.times(10_000), step4_destroy)
        figure = f"step 4, for comparison: of {self.times(10_000):,} late answers, sessions revived"
        self.only(figure, "memory", seen["revived"], seen["revived"] > 0)

    def endings(self) -> None:
        """P1, P2, P3."""
        many, few = self.times(10_000), self.times(500)
        self.each(
            f"{many:,} late answers: sessions revived, late cookies", lambda store: races.late_answers(store, many)
        )
        self.each(f"{many:,} logouts against a page, threads: revived", lambda store: races.logout_races(store, many))
        self.each(
            f"{many:,} the same, two processes: revived",
            lambda url: races.logout_races_of_processes(url, many),
            *SHARED,
        )
        cells = []
        for url in self.urls.values():
            server = Server.start(5, STORE=url)
            cells.append(sum(races.logout_races_over_http(server.url, few).values()))
            server.stop()
        self.add(f"{few} logouts against a page over HTTP: revived", cells, set(cells) == {0})
        seen = sum(races.late_answers_over_http(few).values())
        self.only(f"{few} late answers over HTTP: revived, late cookies", "memory", seen)

    def at_once(self) -> None:
        """P5."""
        many = self.times(10_000)
        self.each(
            f"{many:,} pairs of writes to different keys, threads: lost",
            lambda store: races.different_keys(store, many),
        )
        self.each(
            f"{many:,} the same, two processes: lost",
            lambda url: races.different_keys_of_processes(url, many),
            *SHARED,
        )
        times = self.times(100)
        cells: list[Any] = [
            races.counted_atomically(step5_stores.open_store(url), 16, times) for url in self.urls.values()
        ]
        self.add(f"atomically, 16 threads × {times}: counted", cells, set(cells) == {16 * times})
        cells = ["–", *(races.counted_by_processes(url, 4, times) for url in list(self.urls.values())[1:])]
        self.add(f"atomically, 4 processes × {times}: counted", cells, set(cells[1:]) == {4 * times})

    def rights(self) -> None:
        """What is checked and what is done: one operation. The users' database is SQLite's, whatever the store."""
        few, many = self.times(50), self.times(500)
        for figure, times, work in (
            ("passwords changed under three thieves: logins that outlive it", few, rights.changed_by_form),
            ("the same by the users command", few, rights.changed_by_command),
            ("users removed under three thieves: logins that outlive it", few, rights.removed),
            ("passwords changed twice at once: both or neither", few, rights.two_new_passwords),
            ("pairs of admins who demote each other: both or neither", many, rights.lost_rights),
            ("pairs of logins that end each other: both or neither", many, rights.ended_logins),
            ("times 16 guesses at once: more than the limit", few, rights.many_guesses),
        ):
            wrong = work(self.folder, times)
            self.only(f"{times} {figure}", "SQLite", wrong)

    def kills(self) -> None:
        """P4."""
        times = self.times(100)
        for figure, seen, name in (
            (f"{times} kills -9 of the server", faults.killed_servers(self.folder, times), "SQLite"),
            (f"{times} kills -9 of Redis", faults.killed_store(self.redis, times), "Redis"),
            (f"{times} kills -9 of PostgreSQL", faults.killed_store(self.postgres, times), "PostgreSQL"),
        ):
            told = f"{figure}: lost of {seen.pop('acknowledged'):,} acknowledged, or ended but alive"
            self.only(told, name, sum(seen.values()))

    def storage(self) -> None:
        """P4, where the storage is taken away, or shared by mistake."""
        times = self.times(100)
        forks = f"{times} forks of a process that has written, and ends"
        place = f"sqlite:///{self.folder}/forked.db"
        for figure, seen, name in (
            (f"database removed {times} times under 8 threads", faults.removed(self.folder, times), "SQLite"),
            (f"table dropped {times} times under 8 threads", faults.dropped(self.postgres, times), "PostgreSQL"),
            (forks, faults.forked(place, times), "SQLite"),
            (forks, faults.forked(self.postgres.database("forked"), times), "PostgreSQL"),
        ):
            told = f"{figure}: lost of {seen.pop('acknowledged'):,} acknowledged since"
            self.only(told, name, sum(seen.values()))

    def faults(self) -> None:
        """P6: a table of its own."""
        path = self.folder / "board.db"
        begins: list[tuple[str, str, Callable[[Server], Any]]] = [
            ("Redis frozen", "Redis", lambda server: faults.frozen(self.redis)),
            ("Redis killed", "Redis", lambda server: faults.down(self.redis)),
            ("PostgreSQL frozen", "PostgreSQL", lambda server: faults.frozen(self.postgres)),
            ("PostgreSQL killed", "PostgreSQL", lambda server: faults.down(self.postgres)),
            ("database locked", "SQLite", lambda server: faults.locked(path)),
            ("disk full", "SQLite", lambda server: faults.full(server)),
        ]
        seconds = max(1.5, 5 * self.share)
        users = demo_users_in(self.folder)
        server = Server.start(8, USERS=str(users.path))
        seen = faults.without_users(server, faults.locked(users.path), seconds)
        server.stop()
        told = f"users' database locked for {seconds:g} s, 16 guests who log in: {seen['503']:,} answers 503"
        told += f", slowest of all {seen['slowest']:.2f} s; other answers, no word of it from /healthz"
        good = seen["other"] == 0 and seen["503"] > 0 and seen["slowest"] <= 1
        self.only(told, "SQLite", seen["other"], good)
        for fault, name, begin in begins:
            server = Server.start(5, STORE=self.urls[name])
            seen = faults.without_answer(server, begin(server), seconds)
            server.stop()
            told = f"{fault} for {seconds:g} s, 16 guests: {seen['503 within a second']:,} answers 503"
            told += (
                f", slowest of all {seen['slowest']:.2f} s; good again after {max(0.0, seen['recovered after']):.2f} s"
            )
            bad = seen["other failures"] + seen["wrong"] + seen["served to whom it should not"]
            good = bad == 0 and seen["503 within a second"] > 0 and seen["slowest"] <= 1
            told += "; other answers, wrong identity"
            self.only(told, name, bad, good and seen["recovered after"] <= 1)

    def slow_clients(self) -> None:
        """Whoever dawdles keeps nobody else waiting: one process with 16 threads, and no proxy in front."""
        guests = 150
        for step, way in ((7, {}), (7, {"HTTPS": "1"}), (8, {})):
            server = Server.start(step, STORE="memory:", **way)
            waited = {name: faults.kept_waiting(server, says, guests) for name, says in faults.DAWDLERS.items()}
            server.stop()
            worst = max(waited, key=lambda name: waited[name])
            told = f"slow clients, {guests} of each of {len(waited)} kinds, step {step}{' with HTTPS' if way else ''}"
            told += f": another guest waits {waited[worst]:.2f} s at most; longer than a second"
            late = sum(seconds > 1 for seconds in waited.values())
            self.only(told, "memory", late)

    def outside(self) -> None:
        """P7."""
        rows, many, most = self.times(10_000), self.times(100_000), self.times(1_000_000)

        def spoilt(store: Any) -> dict[str, int]:
            return {name: number for name, number in forgeries.corrupt_rows(store, rows).items() if name != "dropped"}

        def fuzzed(store: Any) -> dict[str, int]:
            return {name: n for name, n in forgeries.fuzzed_cookies(store, most).items() if name != "Alice herself"}

        self.each(f"{rows:,} corrupt rows: 5xx, rows kept, more than a line in the log", spoilt)
        self.each(
            f"{many:,} requests without a cookie and {many:,} with a made-up one: rows",
            lambda store: forgeries.strangers(store, many),
        )
        self.each(f"{most:,} fuzzed Cookie headers: 5xx, wrong identity, rows", fuzzed)

    def table(self) -> str:
        """In Markdown."""
        lines = [f"| {figure} | {' | '.join(cells)} |" for figure, cells, _ in self.rows]
        head = [f"| | {' | '.join(self.urls)} |", f"|---{'|---' * len(self.urls)}|"]
        return "\n".join([*head, *lines])


def main() -> int:
    """Fill the table and print it; fail if anything is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a hundredth of each, for trying out")
    share = 0.01 if parser.parse_args().quick else 1.0
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, redis_server() as redis, postgres_server() as postgres:
        board = Board(folder, redis, postgres, share)
        for part in (
            board.before,
            board.endings,
            board.at_once,
            board.rights,
            board.kills,
            board.storage,
            board.faults,
            board.slow_clients,
            board.outside,
        ):
            part()
    print(f"\n{board.table()}\n\nIn {time.monotonic() - begun:.0f} s.")
    if share == 1.0:
        marked.put(ROOT / "tests" / "README.md", "scoreboard", f"{board.table()}\n")
    return 0 if all(good for *_, good in board.rows) else 1


if __name__ == "__main__":
    sys.exit(main())
