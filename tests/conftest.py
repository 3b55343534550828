"""Which tests run against which steps.

A test that asks for `server` runs against the server of its own step (the number in its file's name) and of every
later one; one that asks for `library` likewise against every library with a session middleware. A step keeps what
earlier steps promised; what it withdraws on purpose stands in this table.
"""

import importlib
import os
from collections.abc import Iterator

import pytest

from tests.support import ROOT, STEPS, Server, Visitor

WITHDRAWN = {
    # test: (the step from which it no longer holds, the reason)
    "test_the_count_is_kept_in_a_plain_cookie": (2, "the count moves into the session: the browser no longer holds it"),
    "test_a_forged_count_is_believed": (2, "that is the weakness which the session cures"),
    "test_login_keeps_the_session_id": (4, "that is the weakness, session fixation, which regenerate cures"),
    "test_there_is_no_way_out_yet": (4, "step 4 adds the logout"),
}
LIBRARIES = [step for step, name in STEPS.items() if (ROOT / "steps" / name / "middleware.py").exists()]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    own = metafunc.module.__name__.rpartition("test_step")[2][:1]
    first = int(own) if own.isdigit() else 1
    last, _ = WITHDRAWN.get(metafunc.function.__name__, (max(STEPS) + 1, ""))
    if "server" in metafunc.fixturenames:
        steps = [step for step in STEPS if first <= step < last]
        metafunc.parametrize("server", steps, indirect=True, ids=[f"server{step}" for step in steps])
    if "library" in metafunc.fixturenames:
        steps = [step for step in LIBRARIES if first <= step < last]
        metafunc.parametrize("library", steps, indirect=True, ids=[f"library{step}" for step in steps])


@pytest.fixture(scope="session")
def servers() -> Iterator[dict[int, Server]]:
    """The servers that have been started, by step; each serves all tests that want it."""
    started: dict[int, Server] = {}
    yield started
    for server in started.values():
        server.stop()


@pytest.fixture
def server(request: pytest.FixtureRequest, servers: dict[int, Server]) -> Server:
    """A step's server, running."""
    step = request.param
    if step not in servers:
        servers[step] = Server.start(step)
    return servers[step]


@pytest.fixture
def library(request: pytest.FixtureRequest):
    """A step's library: SessionMiddleware, MemoryStore, Session."""
    return importlib.import_module(f"steps.{STEPS[request.param]}")


@pytest.fixture
def visitors(server: Server):
    """Make visitors, each a browser of its own."""
    known: list[Visitor] = []

    def arrive() -> Visitor:
        known.append(Visitor(server.url))
        return known[-1]

    yield arrive
    for visitor in known:
        visitor.close()


@pytest.fixture
def visitor(visitors) -> Visitor:
    """One visitor, without a cookie yet."""
    return visitors()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """What a learner's machine lacks is skipped and says so; CI has everything, so there a skip is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
