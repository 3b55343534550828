"""Touching: the end of a row is moved only where that is worth a trip to the store, and no session is lost by it."""

import json
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import steps
from tests.support import races
from tests.support.calling import Bench
from tests.support.stores import FourMethods, kind_named, put
from workbook.serving import Clock

READ, TOUCHED = ["get_with_end"], ["get_with_end", "touch"]
LIFE = {"max_age": 1800}


def read(session):
    session.get("user")


def timed(library, **options):
    """A bench whose clock stands, with a touch a minute."""
    clock = Clock.still()
    options = {"cookie": LIFE, "touch_after": 60, "store": library.MemoryStore(clock=clock), **options}
    return clock, Bench(library, clock=clock, **options)


@pytest.fixture(params=["memory", "sqlite", "redis"])
def kind(request, tmp_path):
    """A kind of store, empty."""
    return kind_named(request.param, steps, request, tmp_path)


# What it spares


def test_an_end_is_moved_when_that_is_worth_it(library):
    """A visitor who reads on for minutes needs one touch a minute; the other reads are one trip to the store each."""
    clock, bench = timed(library)
    cookie, asked = bench.begin(), []
    for _ in range(6):
        clock.move(20)
        assert bench.request(read, cookie=cookie).status == 200
        asked.append(list(bench.store.asked))
    assert asked == [READ, READ, TOUCHED] * 2


def test_without_the_option_each_read_is_a_touch(library):
    """As with Express."""
    _, bench = timed(library, touch_after=0.0)
    cookie = bench.begin()
    for _ in range(3):
        bench.request(read, cookie=cookie)
        assert bench.store.asked == ["get", "touch"]


@pytest.mark.parametrize("wrapped", [lambda store: store, steps.HashedIds], ids=["bare", "hashed"])
@pytest.mark.parametrize("max_age", [1800, 1800.5, None], ids=str)
def test_every_store_tells_the_end(kind, wrapped, max_age):
    """Redis keeps a row without an end for a day; that day, too, begins anew only when that is worth it."""
    bench = Bench(steps, store=wrapped(kind.open()), clock=kind.clock, cookie={"max_age": max_age}, touch_after=60)
    cookie = bench.begin()
    bench.request(read, cookie=cookie)
    assert bench.store.asked == READ
    kind.pass_time(70)
    bench.request(read, cookie=cookie)
    ends = max_age is not None or kind.name == "redis"
    assert bench.store.asked == (TOUCHED if ends else READ)
    bench.request(read, cookie=cookie)
    assert bench.store.asked == READ


def trips(redis, **options):
    """How often each request of a visitor who reads, then writes, waits for Redis."""
    from redis import Connection, ConnectionPool, Redis

    sent = []

    class Counted(Connection):
        def send_packed_command(self, command, check_health=True):
            sent.append(command)
            super().send_packed_command(command, check_health)

    client = Redis(connection_pool=ConnectionPool(connection_class=Counted, port=redis.port))
    bench = Bench(steps, store=steps.RedisStore(client), cookie=LIFE, **options)
    cookie = bench.begin()
    bench.request(lambda session: session.update(n=0), cookie=cookie)  # which loads the script
    for handler in (read, lambda session: session.update(n=1)):
        sent.clear()
        bench.request(handler, cookie=cookie)
        yield len(sent)


def test_a_read_is_one_trip_to_redis(redis):
    """It was two; a write is two as before."""
    assert list(trips(redis)) == [2, 2]
    assert list(trips(redis, touch_after=60)) == [1, 2]


def test_a_key_of_redis_that_is_no_row_is_a_new_visitor(redis):
    """Of another type, or no UTF-8, also for a client that decodes; and the connection stays in order."""
    from redis import Redis

    for client in (Redis(port=redis.port), Redis(port=redis.port, decode_responses=True)):
        client.flushdb()
        store = steps.RedisStore(client)
        client.set("sess:a", b"\xff")
        client.lpush("sess:b", "x")
        put(store, "c", "row")
        assert [store.get_with_end(id) for id in "abcd"] == ["", "", "row", None]
        client.persist("sess:c")
        assert store.get_with_end("c").expires is None
        store.client.close()
        client.close()


# What it does not


moves = st.lists(st.tuples(st.floats(0, 2000), st.sampled_from(["read", "write", "longer", "shorter"])), max_size=20)


@settings(max_examples=40)  # of up to twenty requests each
@given(moves, st.floats(0.001, 1799), st.sampled_from([None, 4000]))
def test_no_session_ends_sooner_than_promised_by_more_than_that(visits, touch_after, absolute_timeout):
    """Nor much later. Who comes again within half of its time is always known."""
    clock = Clock.still()
    store = steps.MemoryStore(clock=clock)
    bench = Bench(
        steps, store=store, clock=clock, cookie=LIFE, touch_after=touch_after, absolute_timeout=absolute_timeout
    )
    cookie, promised, last, life = bench.begin(), clock() + 1800, clock() + (absolute_timeout or 1e9), 1800
    for wait, what in visits:
        clock.move(wait)
        told = []

        def handler(session, what=what, told=told):
            told.append(session.get("user"))
            if what == "write":
                session["n"] = session.get("n", 0) + 1
            elif what != "read":
                session.cookie.max_age = 3600 if what == "longer" else 600

        bench.request(handler, cookie=cookie)
        if told == [None]:
            assert clock() >= promised - min(touch_after, life / 2) - 1e-3
            return
        assert clock() < promised + touch_after + 1e-3
        life = {"longer": 3600, "shorter": 600}.get(what, life)
        promised = min(clock() + life, last)
        (row,) = [store.get_with_end(id) for id in store] or [None]
        rest = promised - clock()
        assert row is None or abs(row.expires - promised) <= min(touch_after, max(0, rest) / 2) + 1e-3
        assert row is not None or rest <= 0


@pytest.mark.parametrize("cookie", [lambda environ: LIFE, {**LIFE, "max_age": None}], ids=["function", "later"])
def test_who_keeps_coming_is_never_lost(library, cookie):
    """However long touch_after is: half of its life is the most by which a session may end sooner."""
    clock, bench = timed(library, cookie=cookie, touch_after=1e9)
    known = bench.request(lambda session: (session.update(user="alice"), setattr(session.cookie, "max_age", 1800)))
    for _ in range(10):
        clock.move(890)
        told = []
        bench.request(lambda session, told=told: told.append(session.get("user")), cookie=known.cookie)
        assert told == ["alice"]


def test_what_is_kept_longer_than_it_should_be_is_put_right(library):
    """A row that another app has written without an end, or with a later one, ends when this app's sessions do."""
    for end in (None, 1e6):
        clock, bench = timed(library)
        cookie = bench.begin()
        (id,) = bench.rows()
        bench.store.touch(id, end and clock() + end)
        bench.request(read, cookie=cookie)
        assert bench.store.asked == TOUCHED
        clock.move(1801)
        assert bench.rows() == {}


@pytest.mark.parametrize(
    "options", [{"rolling": True}, {"secret": ["new", "keyboard cat"]}], ids=["rolling", "signed anew"]
)
def test_where_a_cookie_is_set_the_store_is_asked(library, options):
    """Who was logged out while the answer was made gets no cookie with it; who was not, does."""
    _, first = timed(library)
    cookie = first.begin()
    bench = Bench(library, store=first.store.store, cookie=LIFE, clock=first.app.rules.clock, touch_after=60, **options)
    answer = bench.request(read, cookie=cookie)
    assert (bench.store.asked, len(answer.cookies)) == (TOUCHED, 1)
    logout = lambda session: session.get("user") and [first.store.destroy(id) for id in first.rows()]  # noqa: E731
    answer = bench.request(logout, cookie=cookie)
    assert (answer.status, answer.cookies, bench.rows()) == (200, [], {})


@pytest.mark.parametrize("rolling", [True, False], ids=["rolling", "quiet"])
def test_whatever_a_late_answer_does_it_is_too_late(kind, rolling):
    """P2 and P3: nothing brings back what was ended meanwhile, and no cookie is set for it."""

    def middleware(app, **options):
        return steps.SessionMiddleware(app, touch_after=60, **{**options, "rolling": rolling})

    library = SimpleNamespace(SessionMiddleware=middleware)
    assert races.late_answers(kind.open(), 16, library) == {"revived": 0, "late cookies": 0, "odd answers": 0}


def test_a_late_answer_brings_nothing_back(library):
    """Read while it was ended elsewhere: no row, no cookie; and if it was changed, 409."""
    for change, status in (({}, 200), ({"n": 1}, 409)):
        _, bench = timed(library)
        cookie = bench.begin()

        def ended(session, bench=bench, change=change):
            bench.store.destroy(session.id)
            session.update(change)

        answer = bench.request(ended, cookie=cookie)
        assert (answer.status, answer.cookies, bench.rows()) == (status, [], {})


def test_a_store_that_fails_is_a_503_as_before(library):
    """And after a failure that took long, it is not asked again for a moment."""
    _, bench = timed(library)
    cookie, asked = bench.begin(), []
    clock = bench.app.store.clock = Clock.still()

    def failing(id):
        asked.append(id)
        clock.move(0.3)
        raise library.StoreError("on purpose")

    bench.store.store.get_with_end = failing
    assert [bench.request(read, cookie=cookie).status for _ in range(2)] == [503, 503]
    assert len(asked) == 1


def test_what_is_changed_or_saved_is_as_before(library):
    """A write moves the end itself."""
    clock, bench = timed(library)
    cookie = bench.begin()
    clock.move(10)
    bench.request(lambda session: session.update(n=1), cookie=cookie)
    assert bench.store.asked == ["get_with_end", "set"]
    (row,) = bench.rows().values()
    assert json.loads(row)["n"] == 1
    (id,) = bench.rows()
    assert bench.store.get_with_end(id).expires == clock() + 1800
    bench.request(lambda session: session.save(), cookie=cookie)
    assert bench.store.asked == ["get_with_end", "set", "touch"]


# Options that cannot work


@pytest.mark.parametrize("wrong", [-1, -0.001, float("nan"), float("inf"), True, False, "60", None, [60]], ids=str)
def test_touch_after_is_a_number_of_seconds(library, wrong):
    """Said at the start, and by its name."""
    with pytest.raises(ValueError, match="touch_after must be a number of seconds, 0 or more"):
        library.SessionMiddleware(print, secret="s", touch_after=wrong)


def test_touch_after_is_less_than_the_life_that_it_prolongs(library):
    """As long, and no session would ever be prolonged. Both are named."""
    for max_age, touch_after in ((1800, 1800), (1800, 3600.5), (0.5, 1)):
        with pytest.raises(ValueError, match=f"touch_after {touch_after} must be less than .* max_age {max_age}"):
            library.SessionMiddleware(print, secret="s", cookie={"max_age": max_age}, touch_after=touch_after)
    library.SessionMiddleware(print, secret="s", cookie=LIFE, touch_after=1799)
    library.SessionMiddleware(print, secret="s", touch_after=10**400)


@pytest.mark.parametrize("wrapped", ["bare", "FailFast", "HashedIds"])
def test_a_store_that_cannot_tell_the_end_is_refused(library, wrapped):
    """The error names the method that is missing. Without the option, such a store goes on as before."""
    store = FourMethods(library.MemoryStore())
    if wrapped != "bare":
        store = getattr(library, wrapped, None)(store)
    with pytest.raises(
        TypeError, match=r"touch_after needs a store that tells .* get_with_end, .* leave touch_after out"
    ):
        library.SessionMiddleware(print, secret="s", store=store, touch_after=60)
    bench = Bench(library, store=store)
    answer = bench.request(read, cookie=bench.begin())
    assert (answer.status, bench.store.asked) == (200, ["get", "touch"])
