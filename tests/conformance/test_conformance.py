"""Like Express: what ours does is what express-session does, field by field, but for what is declared to differ.

What the real one does stands in recorded/; where Node and its packages are (`make peer`), it is asked again.
"""

import copy
import json
import logging
from contextlib import closing

import pytest

from tests.conformance import conform, odd_bytes
from tests.conformance.compare import compare, recorded, shortest
from tests.conformance.differences import DECLARED, OF_SCENARIOS, must_be_refused
from tests.conformance.players import Peer
from workbook.express import MISSING, is_installed

CURATED = len(conform.curated())


@pytest.fixture(scope="module", autouse=True)
def quiet():
    logger = logging.getLogger("sessions")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    yield
    logger.setLevel(level)


@pytest.fixture(scope="module")
def told():
    """What Express has told, by the name of the record."""
    return {name: recorded(name) for name in ("memory", "redis")}


@pytest.fixture(scope="module")
def on_memory(told):
    """All scenarios, played once on MemoryStore."""
    return compare(told["memory"], "MemoryStore")


def test_the_record_is_of_these_scenarios(told):
    """What was recorded belongs to what is played: a scenario that changes has to be recorded again."""
    scenarios = json.loads(json.dumps(conform.all_scenarios()))
    for name in told:
        assert [scenario for scenario, _ in told[name]] == scenarios
    assert [input for input, _ in recorded("bytes")] == json.loads(json.dumps(odd_bytes.inputs()))


@pytest.mark.long
def test_nothing_differs_that_is_not_declared(on_memory):
    """Status, cookies, headers, what the handler saw, the rows to the byte and when they end."""
    assert on_memory.undeclared == []


@pytest.mark.long
def test_nothing_differs_on_sqlite(told):
    """The same with rows in a file."""
    assert compare(told["memory"][:CURATED], "SQLiteStore").undeclared == []


@pytest.mark.long
def test_nothing_differs_on_redis(told, redis):
    """The same beside connect-redis, with what Redis itself says about the end of each row."""
    assert compare(told["redis"][:CURATED], "RedisStore", redis.url).undeclared == []


@pytest.mark.slow
@pytest.mark.long
def test_nothing_differs_on_postgres(told, postgres):
    """The same with rows in PostgreSQL."""
    assert compare(told["memory"][:CURATED], "PostgresStore", postgres.url).undeclared == []


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("kind", ["SQLiteStore", "RedisStore"])
def test_nothing_differs_in_thousands_of_random_scenarios(told, redis, kind):
    assert compare(told[conform.STORES[kind]][CURATED:], kind, redis.url).undeclared == []


def test_every_declared_difference_is_seen(on_memory):
    """A difference that nothing shows is none: it would only hide something."""
    assert {*DECLARED, *OF_SCENARIOS} == {name for name, count in on_memory.declared.items() if count}


def test_the_evidence_tells_the_counts(on_memory):
    """The figures that are shown are those of today."""
    counts = on_memory
    rest = counts.requests - counts.equal - counts.but_for_caching
    row = f"| MemoryStore | {counts.requests:,} | {counts.equal:,} | {counts.but_for_caching:,} | {rest:,} | **0** |"
    page = (conform.ROOT / "tests" / "README.md").read_text(encoding="utf-8")
    assert row in page
    assert f"{counts.scenarios:,} scenarios" in page and f"{CURATED:,} written by hand" in page


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told.update(status=500),
        lambda told: told.update(cookies=[*told["cookies"], "connect.sid=x"]),
        lambda told: told.update(vary="Accept"),
        lambda told: told["seen"].append(None),
        lambda told: told["rows"].update(other=['{"cookie":{}}', None]),
        lambda told: told["seen"][0]["data"].update(b=1),
        lambda told: told.update(cookies=[cookie.replace("HttpOnly", "httponly") for cookie in told["cookies"]]),
        lambda told: told.update(rows={id: [row + " ", end] for id, (row, end) in told["rows"].items()}),
    ],
)
def test_what_is_not_declared_is_noticed(told, change):
    """Each field is compared: let Express have told something else, and the scenario fails."""
    scenario, results = next(line for line in told["memory"] if "data changes (no option)" in line[0]["name"])
    first, result = {**scenario, "requests": scenario["requests"][:1]}, copy.deepcopy(results[:1])
    assert compare([(first, result)], "MemoryStore").undeclared == []
    change(result[0])
    [(noticed, _)] = compare([(first, result)], "MemoryStore").undeclared
    assert noticed == first


def test_what_should_be_refused_and_is_not_is_noticed(told, monkeypatch):
    """Settings that browsers ignore: ours says so at the start, or the scenario fails."""
    refused = next(line for line in told["memory"] if must_be_refused(line[0]))
    assert compare([refused], "MemoryStore").undeclared == []
    monkeypatch.setattr("steps.step7_harden.policy.refuse_ignored", lambda name, settings: None)
    assert (refused[0], "our middleware does not refuse its options") in compare([refused], "MemoryStore").undeclared


def test_a_failure_is_made_as_short_as_it_can_be():
    """What shows a fault is looked for by leaving out one thing after another."""
    long = next(scenario for scenario in conform.all_scenarios() if len(scenario["requests"]) == 5)
    long["requests"][3] = {"after": 1, "does": [["touch"], ["regenerate"], ["set", "a", 1]]}

    def fails(scenario):
        return any(["regenerate"] in request.get("does", []) for request in scenario["requests"])

    short = shortest(long, fails)
    assert short["requests"] == [{"does": [["regenerate"]]}]
    assert short["options"]["cookie"] == {}


def test_bytes_equal_npms(told):
    """Cookies written, headers read, values signed and checked: thousands of odd ones."""
    number, wrong = conform.differing_bytes()
    assert number > 5_000
    assert wrong == []


@pytest.mark.slow
@pytest.mark.long
def test_express_still_says_what_was_recorded(redis):
    """When Express changes, this fails, and `make record` shows where."""
    if not is_installed():
        pytest.skip(MISSING)
    assert conform.ask_express(keep=False) == {"memory": 0, "bytes": 0, "redis": 0}


def test_the_peer_plays_a_scenario_as_it_was_recorded(told):
    """A quick look at the real one, where it is installed."""
    if not is_installed():
        pytest.skip(MISSING)
    with closing(Peer()) as peer:
        for scenario, results in told["memory"][::400]:
            assert peer.play(scenario) == results
