"""Compare: play scenarios on both sides, count what is equal or declared to differ, and find what is neither."""

import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from steps import RedisStore
from tests.conformance.differences import (
    AS_MAPPING,
    CACHING,
    REFUSED,
    Case,
    as_told,
    expected,
    is_beyond_express,
    left_of,
    must_be_refused,
)
from tests.conformance.players import Stage, store
from tests.conformance.scenarios import START, Scenario, Told, shorter
from workbook.serving import Clock

RECORDED = Path(__file__).parent / "recorded"


@dataclass
class Counts:
    """What came out of many requests."""

    scenarios: int = 0
    requests: int = 0
    equal: int = 0
    but_for_caching: int = 0  # equal, but for the headers that tell caches what is one visitor's alone
    declared: Counter[str] = field(default_factory=Counter)
    undeclared: list[tuple[Scenario, str]] = field(default_factory=list)


def compare(scenarios: Iterable[tuple[Scenario, list[Told]]], kind: str, address: str = "") -> Counts:
    """Play scenarios on a store of ours, beside what Express has told of them."""
    counts = Counts()
    clock = Clock.still(START)
    with store(kind, clock, address) as ours:
        for scenario, theirs in scenarios:
            counts.scenarios += 1
            clock.set(START)
            one(scenario, theirs, ours, clock, counts)
    return counts


def one(scenario: Scenario, theirs: list[Told], ours: Any, clock: Clock, counts: Counts) -> None:
    """Play one scenario, and count."""
    try:
        stage = Stage(scenario, ours, clock)
    except (ValueError, TypeError) as error:
        counts.requests += 1
        counts.declared[REFUSED] += 1
        if not must_be_refused(scenario):
            counts.undeclared.append((scenario, f"our middleware refuses its options: {error}"))
        return
    if must_be_refused(scenario):
        counts.undeclared.append((scenario, "our middleware does not refuse its options"))
    in_redis = isinstance(ours, RedisStore)
    rows: dict[str, Any] = {}
    for request, told in zip(scenario["requests"], theirs, strict=True):
        passed = request.get("after", 0)
        clock.move(passed)
        before = {id: [row, None if left is None else left - passed] for id, (row, left) in rows.items()}
        alive = {id: row for id, row in before.items() if row[1] is None or row[1] > 0}
        alive.update({id: [row, as_told(None, in_redis)] for id, row in request.get("plant", {}).items()})
        case = Case(scenario, request, alive, clock(), in_redis)
        if not in_redis:  # there, rows themselves say when they end
            told = {**told, "rows": {id: [row, left_of(row, case)] for id, (row, _) in told["rows"].items()}}
        wanted, names = expected(case, told)
        got = stage.request(request, case.before, told["turn"])
        got["rows"] = {id: [row, as_told(left, in_redis)] for id, (row, left) in got["rows"].items()}
        if is_beyond_express(scenario):
            names.append(AS_MAPPING)
        note(counts, names, differing(wanted, got), case)
        rows = told["rows"]


def differing(wanted: Told, got: Told) -> dict[str, tuple[Any, Any]]:
    """The fields that are not as they must be: field -> (wanted, got)."""
    return {name: (wanted[name], got[name]) for name in wanted if wanted[name] != got[name]}


def note(counts: Counts, names: list[str], fields: dict[str, tuple[Any, Any]], case: Case) -> None:
    """Count one request."""
    counts.requests += 1
    counts.declared.update(names)
    if fields:
        lines = [f"{name}\n      wanted {wanted}\n      got    {got}" for name, (wanted, got) in fields.items()]
        counts.undeclared.append((case.scenario, "\n    ".join([str(case.request), *lines])))
    elif not names:
        counts.equal += 1
    elif set(names) <= CACHING:
        counts.but_for_caching += 1


def shortest(scenario: Scenario, fails: Callable[[Scenario], bool]) -> Scenario:
    """The shortest scenario that still fails, one thing left out at a time."""
    for candidate in shorter(scenario):
        if candidate != scenario and fails(candidate):
            return shortest(candidate, fails)
    return scenario


# What Express has told, kept as data: a line for each scenario, or for each odd input, and what came out of it


def recorded(name: str) -> list[Any]:
    """What was recorded under a name; nothing if nothing was."""
    if not (RECORDED / f"{name}.jsonl.gz").exists():
        return []
    text = gzip.decompress((RECORDED / f"{name}.jsonl.gz").read_bytes()).decode()
    return [json.loads(line) for line in text.splitlines()]


def record(name: str, lines: Iterable[Any]) -> None:
    """Keep these lines under a name: the same lines are always the same bytes."""
    text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
    RECORDED.mkdir(exist_ok=True)
    (RECORDED / f"{name}.jsonl.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
