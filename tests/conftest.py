"""Which tests run against which steps, and against whose code.

A test that asks for `server` runs against the server of its own step (the number in its file's name) and of every
later one; one that asks for `library` likewise against every library with a session middleware. A step keeps what
earlier steps promised; what it withdraws on purpose stands in this table.

`--target mine` puts the modules of the workspace in place of ours; `--target http://127.0.0.1:3000` tests a server that
runs there, in whatever language it is written, by its answers. `--exercise NAME` runs the checks of one exercise,
in their order and against its own step only.
"""

import gc
import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from tests.exercises import checks
from tests.support import LIBRARIES, ROOT, STEPS, quick, workers
from tests.support.calling import SEEN, Guest, Visitor
from tests.support.servers import Server, Servers, demo_users_in
from workbook import take_home, workspace
from workbook.environment import number_in
from workbook.serving import Clock

if TYPE_CHECKING:
    from workbook.postgres_server import PostgresServer
    from workbook.redis_server import RedisServer

WITHDRAWN = {
    # test: (the step from which it no longer holds, the reason)
    "test_the_count_is_kept_in_a_plain_cookie": (2, "the count moves into the session: the browser no longer holds it"),
    "test_a_forged_count_is_believed": (2, "that is the weakness which the session cures"),
    "test_half_a_surrogate_pair_is_stored_as_its_escape": (5, "no page could show it: a row with it is dropped"),
    "test_login_keeps_the_session_id": (4, "that is the weakness, session fixation, which regenerate cures"),
    "test_the_form_alone_writes_no_session": (
        7,
        "the login's form holds a token, which belongs to a cookie; no row is written all the same",
    ),
    "test_there_is_no_way_out_yet": (4, "step 4 adds the logout"),
}
HOUSES = [step for step in STEPS if step >= 6]  # whose site can be called with users, a store and a clock of one's own


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--target", default="reference", help="whose code is tested: reference, mine, or a server's http://…"
    )
    parser.addoption("--exercise", default="", help="run the checks of one exercise, such as step2_middleware.store")
    parser.addoption("--store", default="", help="a store of your own for the contract: file.py:Class or module:Class")
    parser.addoption("--report", default="", help="write what came out into this file, a line of JSON each")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(workers)
    if report := config.getoption("--report"):
        from tests.support import telling

        telling.add_to(config, report)
    exercise, target = config.getoption("--exercise"), config.getoption("--target")
    if target == "mine":
        workspace.overlay(only=exercise)
    elif target != "reference" and not target.startswith(("http://", "https://")):
        raise pytest.UsageError(f"--target must be reference, mine, or the address of a server, not {target}")
    if own := config.getoption("--store"):
        from tests.support import stores

        stores.own_kind(own)  # one that cannot be made is one sentence, not an error for each test
    os.environ["HYPOTHESIS_NO_PLUGINS"] = "1"  # trio, which selenium brings, has one that loads all of it
    import hypothesis

    settings, phase = hypothesis.settings, hypothesis.Phase  # before a test is read: it takes what holds then
    calm = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}  # on busy machines, too
    few = [phase.explicit, phase.generate]  # a learner waits for the answer: no search for the shortest example
    settings.register_profile("check", max_examples=25, database=None, phases=few, **calm)
    settings.register_profile("full", **calm)
    settings.load_profile("check" if exercise else "full")


@pytest.hookimpl(tryfirst=True)  # before slow ones are left out
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if needs_postgres(item):  # a server to be started, which few learners have
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.long)  # one worker has them all
    exercise = config.getoption("--exercise")
    if "://" in config.getoption("--target"):  # of a server elsewhere, only what it answers can be tested
        items[:] = [item for item in items if "server" in getattr(item, "fixturenames", ())]
    if exercise:
        wanted = checks(exercise)
        known = {item: (item.module.__name__.rpartition(".")[2], item.originalname) for item in items}
        items[:] = sorted((item for item in items if known[item] in wanted), key=lambda item: wanted.index(known[item]))


def pytest_collection_finish() -> None:
    """Spare the garbage collector the thousands of tests, which stay: it would look at all of them again and again."""
    gc.freeze()


def needs_postgres(item: pytest.Item) -> bool:
    """Whether the test asks for PostgreSQL's fixture, or for a kind of store that does: "hashed postgres"."""
    params = item.callspec.params.values() if hasattr(item, "callspec") else ()
    asked = [*getattr(item, "fixturenames", ()), *params]
    return any("postgres" in name.replace(",", " ").split() for name in asked if isinstance(name, str))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Of an exercise, only the files in which its checks stand: a learner waits for the answer.

    Nor is a browser's driver imported where no browser is wanted.
    """
    if collection_path == ROOT / "tests" / "browser" and "not browser" in config.getoption("markexpr"):
        return True
    exercise = config.getoption("--exercise")
    if not exercise:
        return None
    return collection_path.stem not in ("tests", *(file for file, _ in checks(exercise)))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    first = number_in(metafunc.module.__name__) or 1
    last, _ = WITHDRAWN.get(metafunc.function.__name__, (max(STEPS) + 1, ""))
    if exercise := metafunc.config.getoption("--exercise"):  # its own step also keeps what earlier ones promised
        first = max(first, number_in(exercise))
    if exercise or "://" in metafunc.config.getoption("--target"):
        last = min(last, first + 1)
    for name, there in (("server", STEPS), ("library", LIBRARIES), ("house", HOUSES)):
        if name in metafunc.fixturenames:
            steps: list = [step for step in there if first <= step < last]
            if name == "library" and 7 in steps:
                steps.append("-at-home")  # all of them in one file
            metafunc.parametrize(name, steps, indirect=True, ids=[f"{name}{step}" for step in steps])


@pytest.fixture(scope="session")
def says(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """What an error's text must match: in our code the words that name the remedy, in a learner's any, or none."""
    words_are_free = request.config.getoption("--target") == "mine"
    return lambda pattern: "(?s).*" if words_are_free else pattern


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest) -> Iterator[Servers]:
    """The servers that have been started, by step; each serves all tests that want it."""
    target = request.config.getoption("--target")
    started = Servers(target, [request.config.getoption("--exercise")] if target == "mine" else [])
    yield started
    for server in started.values():
        server.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator["PostgresServer"]:
    """A PostgreSQL server. It takes a second to start: so one worker has all that need it."""
    from tests.support.stores import postgres_server

    with postgres_server() as running:
        yield running


@pytest.fixture(scope="module")
def redis() -> Iterator["RedisServer"]:
    """A Redis server, for the tests of one file."""
    from tests.support.stores import redis_server

    with redis_server() as running:
        yield running


@pytest.fixture
def server(request: pytest.FixtureRequest, servers: Servers) -> Server:
    """A step's server, running."""
    return servers[request.param]


@pytest.fixture
def library(request: pytest.FixtureRequest):
    """A step's library: SessionMiddleware, MemoryStore, Session; or the whole one as a single file."""
    if request.param == "-at-home":
        return at_home()
    return STEPS[request.param].load()


@cache
def at_home():
    """The library as `make take-home` writes it, imported from that file alone."""
    file = Path(os.environ["BUILD_FOLDER"]) / "sessions.py"
    file.parent.mkdir(exist_ok=True)
    file.write_text(take_home.sessions_py(), encoding="utf-8")
    spec = importlib.util.spec_from_file_location("sessions", file)
    module = importlib.util.module_from_spec(spec)
    sys.modules["sessions"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def visitors(server: Server):
    """Make visitors, each a browser of its own."""
    known: list[Visitor] = []

    def arrive() -> Visitor:
        known.append(server.visitor())
        return known[-1]

    yield arrive
    for visitor in known:
        visitor.close()


@pytest.fixture
def visitor(visitors) -> Visitor:
    """One visitor, without a cookie yet."""
    return visitors()


@pytest.fixture(autouse=True)
def quick_passwords(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords cost next to nothing, but where their strength is what is tested."""
    if not request.node.get_closest_marker("strength"):
        quick.passwords(monkeypatch.setattr)


@pytest.fixture
def users(tmp_path: Path):
    """A database with the demo users, for one test."""
    return demo_users_in(tmp_path)


@pytest.fixture
def house(request: pytest.FixtureRequest, users):
    """A step's site with users, a store and a clock of its own; `guest()` is a new browser."""
    clock = Clock.still()
    store = STEPS[6].load().MemoryStore(clock=clock)  # which knows whose each session is
    step = request.param
    server = STEPS[step].load("server")

    own = {"secret": "your-secret-key", "roles": {"queen": "admin"}} if step >= 8 else {}  # which has no defaults

    def open_app(**options):
        SEEN.sent = options
        opened = server.create_app(**{"users": users, **own, "store": store, "clock": clock, **options})
        SEEN.settings[opened] = options
        return opened

    app = open_app()

    def guest(*args, **environ):
        return Guest(app, *args, tokens=step >= 7, **environ)

    return SimpleNamespace(step=step, app=app, store=store, users=users, clock=clock, guest=guest, open_app=open_app)


@pytest.fixture
def alice(house) -> Guest:
    """Alice, who has logged in."""
    guest = house.guest()
    guest.log_in()
    return guest


def pytest_sessionfinish(session: pytest.Session) -> None:
    """What a learner's machine lacks is skipped and says so; CI has everything, so there a skip is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
