"""Step 6: sessions of one owner: found, ended and limited, on every store; and a session without a request."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from functools import partial

import pytest
from redis import Redis

import steps as finished
from steps import step5_stores
from steps.step6_access import owned_sqlite
from steps.step6_access import server as step6
from steps.step6_access.owners import Claim, Limit, handle_of
from tests.support import ROOT, races
from tests.support.calling import DEMO_USERS, Bench, Guest, call, cookie_of
from tests.support.stores import ENDLESS, FourMethods, kind_named, memory_kind, put, sqlite_kind
from workbook.serving import Clock

ALICE = ENDLESS % ',"user":"alice"'
NEW = {"expected": None, "expires": None}


KINDS = ["memory", "sqlite", "redis", "postgres"]


@pytest.fixture(params=[*KINDS, *(f"hashed {kind}" for kind in KINDS)])
def kind(request, tmp_path):
    """A kind of store, empty; by itself, and behind hashed ids."""
    made = kind_named(request.param.split()[-1], finished, request, tmp_path)
    if request.param.startswith("hashed"):
        plain = made.open
        made.open = lambda: finished.HashedIds(plain())
    return made


@pytest.fixture
def store(kind):
    opened = kind.open()
    yield opened
    getattr(getattr(opened, "store", opened), "close", lambda: None)()


def own(store, owner, *ids, expires=None, limit=None, refuse=False):
    """Begin a row for each id, of this owner's."""
    for id in ids:
        claim = Claim(owner, Limit(limit, refuse))
        assert store.set_owned(id, ALICE, expected=None, expires=expires, claim=claim) is True


def ids_of(store, owner, *known):
    """The ids of an owner's rows, by the names that they have outside of the store."""
    names = {getattr(store, "known_as", str)(id): id for id in known}
    return [names.get(each.id, each.id) for each in store.of_owner(owner)]


# The store


@pytest.mark.sentence("A store finds what is one owner's")
def test_a_store_finds_what_is_one_owners(kind, store):
    """And nothing else; the last seen first, with the row and the two times beside it."""
    begun = kind.clock()
    own(store, "alice", "a", "b")
    own(store, "queen", "q")
    store.set("n", ALICE, **NEW)
    assert ids_of(store, "alice", "a", "b") == ["b", "a"]
    assert ids_of(store, "queen", "q") == ["q"]
    assert ids_of(store, "nobody") == []
    assert [store.owner_of(id) for id in ("a", "q", "n", "none")] == ["alice", "queen", None, None]
    for each in store.of_owner("alice"):
        assert each.row == ALICE
        assert each.created == pytest.approx(begun, abs=60)
        assert each.seen == each.created


def test_whose_it_is_lies_beside_the_row(store):
    """The row is what an Express app reads, to the byte; and what lies beside is no row."""
    own(store, "alice", "a")
    assert (store.get("a"), len(store), len(list(store))) == (ALICE, 1, 1)


@pytest.mark.parametrize("owner", ["alice", "Ä☕ ünder", "*", "a:b", "'; DROP TABLE owners;--", "{tag}", "x" * 10_000])
def test_any_text_is_an_owner(store, owner):
    """An owner is a name and nothing else: no pattern, no command, no part of another."""
    own(store, owner, "a")
    own(store, owner + "x", "b")
    assert store.owner_of("a") == owner
    assert ids_of(store, owner, "a") == ["a"]
    assert store.end_owned(owner) == 1
    assert (store.get("a"), store.get("b")) == (None, ALICE)


def test_a_write_leaves_the_owner_as_it_is(store):
    """Who puts a cup into the basket says nothing about whose it is."""
    own(store, "alice", "a")
    assert store.set("a", "2", expected=ALICE, expires=None) is True
    assert store.touch("a", None) is True
    assert store.owner_of("a") == "alice"
    assert [each.row for each in store.of_owner("alice")] == ["2"]


def test_an_owner_may_change_or_go(store):
    """Whoever it was leaves the old list in the same step."""
    own(store, "alice", "a", "b")
    assert store.set_owned("a", "2", expected=ALICE, expires=None, claim=Claim("queen")) is True
    assert (ids_of(store, "alice", "b"), ids_of(store, "queen", "a")) == (["b"], ["a"])
    assert store.set_owned("a", "3", expected="2", expires=None, claim=Claim(None)) is True
    assert (ids_of(store, "queen"), store.owner_of("a"), store.get("a")) == ([], None, "3")


@pytest.mark.sentence("A row that begins is nobody's")
@pytest.mark.parametrize("method", ["set", "set_owned"])
def test_a_row_that_begins_is_nobodys(kind, store, method):
    """Whatever had that id before: an owner is never inherited."""
    soon = kind.clock() + 2
    for id, ends in (("expires", soon), ("is destroyed", None)):
        own(store, "alice", id, expires=ends)
    store.destroy("is destroyed")
    kind.pass_time(3)
    for id in ("expires", "is destroyed"):
        owner = {"claim": Claim(None)} if method == "set_owned" else {}
        assert getattr(store, method)(id, "2", **NEW, **owner) is True
        assert store.owner_of(id) is None
    assert ids_of(store, "alice") == []


def test_a_write_that_comes_too_late_notes_nothing(store):
    """Compare-and-swap, with what lies beside: who has read old news changes neither row nor owner, and ends nobody."""
    own(store, "alice", "a", "b")
    for expected in ("old", None):
        assert store.set_owned("a", "2", expected=expected, expires=None, claim=Claim("queen", Limit(1))) is False
    store.destroy("b")
    assert store.set_owned("b", "2", expected=ALICE, expires=None, claim=Claim("alice", Limit(1))) is False
    assert (ids_of(store, "alice", "a"), ids_of(store, "queen"), store.get("b")) == (["a"], [], None)


def test_what_has_gone_leaves_the_list(kind, store):
    """Destroyed, expired, touched to its end or taken away by a write: none is found, and none is ended once more."""
    own(store, "alice", "destroyed", "touched", "taken", "stays")
    own(store, "alice", "expired", expires=kind.clock() + 2)
    kind.pass_time(3)
    store.destroy("destroyed")
    store.touch("touched", kind.clock() - 1)
    store.set("taken", ALICE, expected=ALICE, expires=0)
    for id in ("expired", "destroyed", "touched", "taken"):
        assert store.owner_of(id) is None
    assert ids_of(store, "alice", "stays") == ["stays"]
    assert store.end_owned("alice") == 1


@pytest.mark.sentence("A row with an end that has passed takes nobody's place")
def test_a_row_with_an_end_that_has_passed_takes_nobodys_place(store):
    """It is there for no moment, so it ends no other."""
    own(store, "alice", "a")
    assert store.set_owned("b", ALICE, expected=None, expires=0, claim=Claim("alice", Limit(1))) is True
    assert ids_of(store, "alice", "a") == ["a"]


def test_a_life_that_is_prolonged_stays_its_owners(kind, store):
    """A session that is touched again and again lives long after its first end, and can be ended all that time."""
    own(store, "alice", "a", expires=kind.clock() + 2)
    assert store.touch("a", kind.clock() + 5_000_000)
    kind.pass_time(4_000_000)
    assert ids_of(store, "alice", "a") == ["a"]
    assert store.set("a", ALICE, expected=ALICE, expires=kind.clock() + 9_000_000)
    kind.pass_time(8_000_000)
    assert store.owner_of("a") == "alice"
    assert (store.end_owned("alice"), store.get("a")) == (1, None)


def test_who_is_here_is_seen(library):
    """A touch and a write move `seen`, and not `created`; the last seen comes first."""
    for kind in (memory_kind(library),):
        store, begun = kind.open(), kind.clock()
        own(store, "alice", "a", "b", "c")
        kind.pass_time(10)
        store.touch("a", None)
        kind.pass_time(10)
        store.set("b", "2", expected=ALICE, expires=None)
        times = [(each.id, each.created - begun, each.seen - begun) for each in store.of_owner("alice")]
        assert times == [("b", 0, 20), ("a", 0, 10), ("c", 0, 0)]


@pytest.mark.sentence("Whoever is here is seen, in files and on servers, too")
@pytest.mark.parametrize("name", ["sqlite", "redis"])
def test_who_is_here_is_seen_in_files_and_on_servers_too(name, tmp_path, request):
    """The same by a clock that is moved: on Redis, ours says when, and its own only when a row ends."""
    clock = Clock.still()
    if name == "sqlite":
        store = finished.SQLiteStore(tmp_path / "s.db", clock=clock)
    else:
        store = finished.RedisStore(Redis(port=request.getfixturevalue("redis").port), prefix="seen:", clock=clock)
        store.clear()
    own(store, "alice", "a", "b", "c")
    for work in (lambda: store.touch("a", None), lambda: store.set("b", "2", expected=ALICE, expires=None)):
        clock.move(10)
        work()
    begun = clock() - 20
    times = [(each.id, each.created - begun, each.seen - begun) for each in store.of_owner("alice")]
    assert times == [("b", 0, 20), ("a", 0, 10), ("c", 0, 0)]
    getattr(store, "close", lambda: None)()


@pytest.mark.parametrize(
    ("which", "ended"),
    [
        ({}, ["a", "b", "c"]),
        ({"but": "b"}, ["a", "c"]),
        ({"but": "q"}, ["a", "b", "c"]),
        ({"only": "b"}, ["b"]),
        ({"only": "q"}, []),
        ({"only": "none"}, []),
        ({"but": "b", "only": "b"}, []),
    ],
)
def test_one_or_all_of_an_owner_end(store, which, ended):
    """All, all but one, or one; never another's, whatever id is given."""
    own(store, "alice", "a", "b", "c")
    own(store, "queen", "q")
    assert store.end_owned("alice", **which) == len(ended)
    assert [id for id in "abc" if store.get(id) is None] == ended
    assert sorted(ids_of(store, "alice", *"abc")) == [id for id in "abc" if id not in ended]
    assert ids_of(store, "queen", "q") == ["q"]
    assert store.set("a", "2", expected="1", expires=None) is False


def test_an_app_may_answer_a_refused_login_itself(library):
    """Behind save(), which says so; if the session stays nobody's, there is nothing left to be refused."""
    bench = Bench(library, limit_per_owner=1, at_limit="refuse")
    log_in(bench)

    def handler(session):
        session.regenerate(keep=["cart"])
        session.owner = "alice"
        with pytest.raises(library.TooManySessions):
            session.save()
        session.owner = None

    cookie = bench.begin(cart=["tea"])
    answer = bench.request(handler, cookie=cookie)
    assert (answer.status, told(bench, answer.cookie, dict)) == (200, {"cart": ["tea"]})
    assert len(bench.app.sessions_of("alice")) == 1


def test_a_name_that_no_index_takes_is_refused(library):
    """PostgreSQL would say so at the login, and the other stores not at all."""
    bench = Bench(library)
    assert bench.app.sessions_of("a" * 1024) == []
    for name in ("a" * 1025, "é" * 513):
        with pytest.raises(ValueError, match="1024 bytes"):
            bench.app.sessions_of(name)


def test_to_end_one_session_takes_its_handle(library, kind):
    """A form without that field must not end them all; and no session has an empty one."""
    bench = Bench(library, store=kind.open())
    log_in(bench)
    with pytest.raises(TypeError, match="handle"):
        bench.app.end_sessions("alice", only=None)
    assert bench.app.end_sessions("alice", only="") == 0
    assert kind.open().end_owned("alice", only="") == 0
    assert len(bench.app.sessions_of("alice")) == 1


def test_what_has_expired_does_not_pile_up_in_redis(redis):
    """Each login forgets some: who logs in a thousand times has a list of those that are alive, or little more."""
    client = Redis(port=redis.port)
    client.flushdb()
    store, clock = finished.RedisStore(client), Clock()
    for n in range(100):
        own(store, "alice", f"{n}", expires=clock() + 100)
        client.delete(f"sess:{n}")  # as if its time had passed
    assert client.zcard("@sessions-of:5:sess:alice") < 10
    assert len(client.keys("@owner-of:*")) < 10


def test_what_is_over_by_one_clock_ends_by_all(kind, store):
    """Of two machines that share a store, one may be ahead; or a clock is put back. What has ended stays so."""
    own(store, "alice", "a", expires=kind.clock() + 3)
    kind.pass_time(5)
    assert store.end_owned("alice") == 0
    kind.pass_time(-5)
    assert (store.get("a"), ids_of(store, "alice")) == (None, [])


def test_what_is_alive_again_is_on_the_list_again(kind, store):
    """Where a clock was put back; else nobody could end it."""
    own(store, "alice", "a", "b", expires=kind.clock() + 3)
    kind.pass_time(5)
    assert ids_of(store, "alice") == []
    store.set("other", ALICE, **NEW)
    kind.pass_time(-5)
    alive = [id for id in "ab" if store.get(id) is not None]
    assert sorted(ids_of(store, "alice", "a", "b")) == alive


def test_the_oldest_is_who_came_first_whatever_the_clock_says(kind, store):
    """It may have been put back since."""
    own(store, "alice", "a")
    kind.pass_time(-100)
    own(store, "alice", "b")
    own(store, "alice", "c", limit=2)
    assert sorted(ids_of(store, "alice", *"bc")) == ["b", "c"]
    own(store, "queen", "q")
    assert store.set_owned("b", "2", expected=ALICE, expires=None, claim=Claim("queen", Limit(1))) is True
    assert (ids_of(store, "queen", "b"), store.get("q")) == (["b"], None)


@pytest.mark.sentence("Beyond the limit, the oldest ends")
def test_beyond_the_limit_the_oldest_ends(store):
    """The oldest is the one that became this owner's first, whenever it was seen; others' are not counted."""
    own(store, "queen", "q")
    own(store, "alice", *"abc", limit=3)
    store.touch("a", None)
    own(store, "alice", "d", limit=3)
    assert (store.get("a"), sorted(ids_of(store, "alice", *"bcd"))) == (None, ["b", "c", "d"])
    assert store.set_owned("b", "2", expected=ALICE, expires=None, claim=Claim("alice", Limit(3))) is True
    assert len(store.of_owner("alice")) == 3, "a row that is this owner's already is no more than before"
    own(store, "alice", "e", limit=1)
    assert (ids_of(store, "alice", "e"), store.get("q")) == (["e"], ALICE)


def test_beyond_the_limit_one_more_can_be_refused(store):
    """Then nothing is written, nobody's session ends, and what is this owner's already may go on."""
    own(store, "alice", "a", "b", limit=2, refuse=True)
    store.set("n", ALICE, **NEW)
    with pytest.raises(finished.TooManySessions):
        store.set_owned("c", ALICE, **NEW, claim=Claim("alice", Limit(2, True)))
    with pytest.raises(finished.TooManySessions):
        store.set_owned("n", "2", expected=ALICE, expires=None, claim=Claim("alice", Limit(2, True)))
    assert (store.get("c"), store.get("n"), store.owner_of("n")) == (None, ALICE, None)
    assert store.set_owned("a", "2", expected=ALICE, expires=None, claim=Claim("alice", Limit(2, True))) is True
    assert sorted(ids_of(store, "alice", "a", "b")) == ["a", "b"]
    store.destroy("b")
    own(store, "alice", "c", limit=2, refuse=True)


@pytest.mark.sentence("clear() forgets the owners, too")
def test_clear_forgets_the_owners_too(store):
    """An empty store has no owners."""
    own(store, "alice", "a")
    store.clear()
    store.set("a", ALICE, **NEW)
    assert (store.owner_of("a"), store.of_owner("alice")) == (None, [])


@pytest.mark.sentence("Of many logins at once, as many as may are left")
def test_of_many_logins_at_once_as_many_as_may_are_left(kind, store):
    """Counting, writing and ending are one step: no two logins both find the last place free."""
    ids = [f"{n}" for n in range(8)]
    races.at_once(*(partial(own, store, "alice", id, limit=3) for id in ids))
    assert len(store.of_owner("alice")) == sum(store.get(id) is not None for id in ids) == 3

    def refused(id):
        with suppress(finished.TooManySessions):
            own(store, "queen", id, limit=3, refuse=True)

    races.at_once(*(partial(refused, f"q{id}") for id in ids))
    assert len(store.of_owner("queen")) == 3


# What else has to do with the rows: other stores, other programs


def test_memory_is_given_back_as_it_goes(library):
    """Rows that expire are swept by step 4's store, which tells nobody: what lay beside leaves a few at each call."""
    kind = memory_kind(library)
    store = kind.open()
    own(store, "alice", *[f"{n}" for n in range(300)], expires=kind.clock() + 2)
    kind.pass_time(3)
    for n in range(300):
        own(store, f"guest {n % 10}", "one", expires=kind.clock() + 1)
        kind.pass_time(2)
    assert len(store._beside) < 20
    assert len(store._ids) < 20
    assert "alice" not in store._ids


def test_a_file_of_step_5_goes_on(tmp_path):
    """A database that is there gets the table; and whatever step 5's store deletes leaves it, too."""
    before = step5_stores.SQLiteStore(tmp_path / "s.db")
    before.set("old", ALICE, **NEW)
    store = finished.SQLiteStore(tmp_path / "s.db")
    assert (store.get("old"), store.owner_of("old")) == (ALICE, None)
    own(store, "alice", "a", "b")
    before.destroy("a")
    assert [each.id for each in store.of_owner("alice")] == ["b"]
    with closing(sqlite3.connect(tmp_path / "s.db")) as file:
        assert file.execute("SELECT id, owner FROM owners").fetchall() == [("b", "alice")]
    before.close()
    store.close()


def test_no_question_about_an_owner_reads_all_rows(tmp_path):
    """SQLite says how it would find what is asked: by an index, and never by a walk through a table."""
    store = finished.SQLiteStore(tmp_path / "s.db")
    store.get("a")
    asked = [getattr(store, name) for name in ("OWNER", "OF", "LATEST", "OLDEST", "END", "OWN", "DISOWN")]
    values = dict.fromkeys(("id", "now", "owner", "others", "but", "only"), 1)
    with closing(sqlite3.connect(tmp_path / "s.db")) as file:
        for text in (*asked, owned_sqlite.SEE, owned_sqlite.MAKE_ROOM):
            plan = file.execute("EXPLAIN QUERY PLAN " + text, values).fetchall()
            assert not [step for *_, step in plan if step.startswith(("SCAN owners", "SCAN sessions"))], (text, plan)
    store.close()


def test_expired_rows_take_their_owners_along(tmp_path):
    """The sweep before each new row deletes, so the trigger does, too: nothing stays for ever."""
    kind = sqlite_kind(finished, tmp_path)
    store = kind.open()
    own(store, "alice", *"abc", expires=kind.clock() + 2)
    kind.pass_time(3)
    store.set("new", ALICE, **NEW)
    with closing(sqlite3.connect(store.path)) as file:
        assert file.execute("SELECT count(*) FROM owners").fetchone() == (0,)
    store.close()


def test_an_error_in_a_transaction_leaves_nothing_behind(tmp_path, monkeypatch):
    """Neither half of a change, nor a lock on the file: the next one writes at once."""
    store, other = finished.SQLiteStore(tmp_path / "s.db"), finished.SQLiteStore(tmp_path / "s.db")
    with monkeypatch.context() as broken:
        broken.setattr(finished.SQLiteStore, "OWN", "INSERT INTO owners VALUES (no, such, thing)")
        with pytest.raises(finished.StoreError) as kept:
            store.set_owned("a", ALICE, **NEW, claim=Claim("alice"))
    own(other, "alice", "b")
    assert (store.get("a"), [each.id for each in store.of_owner("alice")]) == (None, ["b"]), kept
    store.close()
    other.close()


@pytest.mark.parametrize("method", ["set", "touch", "destroy", "set_owned", "end_owned"])
def test_who_waits_for_other_writers_does_not_wait_for_ever(tmp_path, method):
    """Another program that holds the file, or a thread of ours that does, is a StoreError, and nothing is done."""
    store = finished.SQLiteStore(tmp_path / "s.db")
    own(store, "alice", "a")
    works = {
        "set": lambda: store.set("a", "2", expected=ALICE, expires=None),
        "touch": lambda: store.touch("a", None),
        "destroy": lambda: store.destroy("a"),
        "set_owned": lambda: store.set_owned("a", "2", expected=ALICE, expires=None, claim=Claim("queen")),
        "end_owned": lambda: store.end_owned("alice"),
    }
    with closing(sqlite3.connect(tmp_path / "s.db", isolation_level=None)) as file:
        file.execute("BEGIN IMMEDIATE")
        with pytest.raises(finished.StoreError):
            works[method]()
    with store._writing, pytest.raises(finished.StoreError):
        works[method]()
    assert [(each.id, each.row) for each in store.of_owner("alice")] == [("a", ALICE)]
    store.close()


def test_express_sees_the_rows_alone(redis):
    """connect-redis looks for `sess:*`: rows in its own format, and nothing of ours; whatever the prefix is."""
    client = Redis(port=redis.port, decode_responses=True)
    client.flushdb()
    for prefix in ("sess:", "", "own", "{tea}:"):
        store = finished.RedisStore(client, prefix=prefix)
        own(store, "alice", "a")
        assert list(store) == ["a"]
        if prefix:
            assert client.keys(prefix.replace("[", "\\[") + "*") == [prefix + "a"]
        assert client.get(prefix + "a") == ALICE
        store.clear()
        assert client.keys() == []


@pytest.mark.parametrize("decode", [False, True])
def test_what_express_has_destroyed_has_left(redis, decode):
    """It deletes the one key that it knows of. And a row in which no session can be read hides no other."""
    client = Redis(port=redis.port, decode_responses=decode)
    client.flushdb()
    store = finished.RedisStore(client)
    own(store, "alice", *"abcd")
    client.delete("sess:a")
    client.set("sess:b", b"\xff")
    client.delete("sess:c")
    client.lpush("sess:c", "a list")
    assert [(each.id, each.row) for each in store.of_owner("alice")] == [("d", ALICE), ("c", ""), ("b", "")]
    assert (store.owner_of("a"), store.end_owned("alice"), client.keys()) == (None, 3, [])


def test_what_lies_beside_ends_by_itself(redis):
    """Later than its row, whose end Express moves by itself, but not never."""
    client = Redis(port=redis.port)
    client.flushdb()
    store = finished.RedisStore(client)
    own(store, "alice", "short", expires=store.clock() + 100)
    own(store, "alice", "long", expires=store.clock() + 9000)
    week = 7 * 86_400
    assert client.ttl("@owner-of:{sess:short}") == pytest.approx(week + 100, abs=5)
    assert client.ttl("@sessions-of:5:sess:alice") == pytest.approx(week + 9000, abs=5)
    client.expire("sess:short", 5000)  # by Express
    assert store.owner_of("short") == "alice"


def test_stores_with_other_prefixes_have_other_owners(redis):
    """Two apps on one server; even where the end of one's prefix is the beginning of an owner's name."""
    client = Redis(port=redis.port)
    client.flushdb()
    one, other = finished.RedisStore(client, prefix="s:"), finished.RedisStore(client, prefix="s:a:")
    own(one, "a:lice", "x")
    own(other, "lice", "y")
    assert ([each.id for each in one.of_owner("a:lice")], [each.id for each in other.of_owner("lice")]) == (
        ["x"],
        ["y"],
    )
    assert (one.end_owned("a:lice"), other.get("y")) == (1, ALICE)


@pytest.mark.sentence("A session that is nobody's asks one node of a cluster")
def test_a_session_that_is_nobodys_asks_one_node_of_a_cluster(redis):
    """What lies beside a row has the row's tag: a cluster keeps both on one node, where one script may ask for both."""
    client = Redis(port=redis.port, decode_responses=True)
    client.flushdb()
    own(finished.RedisStore(client), "alice", "a")
    assert client.exists("@owner-of:{sess:a}")
    own(finished.RedisStore(client, prefix="{tea}:"), "alice", "a")
    assert client.exists("@owner-of:{tea}:a", "@sessions-of:6:{tea}:alice") == 2


@pytest.mark.parametrize("forbidden", ["-hset", "-zadd", "-zrange"])
def test_what_redis_forbids_is_named(redis, forbidden):
    """Who gives the site a user of its own on Redis hears which commands it needs."""
    client = Redis(port=redis.port)
    client.flushdb()
    client.execute_command("ACL", "SETUSER", "tea", "on", ">x", "~*", "+@all", forbidden)
    store = finished.RedisStore(Redis(port=redis.port, username="tea", password="x"))
    with pytest.raises(finished.StoreError, match=forbidden[1:].upper()):
        own(store, "alice", "a", limit=2)
    assert client.get("sess:a") is None, "a row without the owner that it should have"
    client.execute_command("ACL", "DELUSER", "tea")


FORKS_AT_WORK = """
import os, threading
from steps import MemoryStore, SQLiteStore
from steps.step6_access.owners import Claim

folder = os.environ["FOLDER"]
stores, stop = [MemoryStore(), SQLiteStore(folder + "/s.db")], threading.Event()
for store in stores:
    store.set_owned("a", "1", expected=None, expires=None, claim=Claim("alice"))

def work():
    while not stop.is_set():
        for store in stores:
            store.touch("a", None)
            store.set_owned("a", "1", expected="1", expires=None, claim=Claim("alice"))

for _ in range(4):
    threading.Thread(target=work).start()
for _ in range(8):
    child = os.fork()
    if child == 0:
        os._exit(0 if all(store.owner_of("a") == "alice" and store.touch("a", None) for store in stores) else 1)
    assert os.waitpid(child, 0)[1] == 0
stop.set()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_fork_waits_for_who_holds_the_store(tmp_path):
    """A lock that is held, or a transaction that is open, would stay so in the child, where nobody ends it."""
    command = [sys.executable, "-W", "ignore", "-c", FORKS_AT_WORK]
    environ = {**os.environ, "FOLDER": str(tmp_path)}
    told = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60)
    assert (told.returncode, told.stderr) == (0, "")


# The session


def log_in(bench, name="alice", **data):
    """Begin a session of this owner's; return its cookie."""

    def handler(session):
        session.regenerate()
        session.update(data or {"user": name})
        session.owner = name

    answer = bench.request(handler)
    assert (answer.status, bool(answer.cookie)) == (200, True)
    return answer.cookie


def told(bench, cookie, question, **options):
    """What a request finds out."""
    found = []
    bench.request(lambda session: found.append(question(session)), cookie=cookie, **options)
    return found[0]


def data_of(bench, owner="alice"):
    return [each.data for each in bench.app.sessions_of(owner)]


def test_a_session_says_whose_it_is(library):
    """Whoever logs in says so; each later request may ask, and one that does not costs nothing."""
    bench = Bench(library)
    stranger = bench.begin(tea="green")
    assert told(bench, stranger, lambda session: session.owner) is None
    assert told(bench, None, lambda session: session.owner) is None
    cookie = log_in(bench)
    asked = []
    bench.store.owner_of = lambda id: asked.append(id) or bench.store.store.owner_of(id)
    assert told(bench, cookie, lambda session: session["user"]) == "alice"
    assert asked == []
    assert told(bench, cookie, lambda session: (session.owner, session.owner)) == ("alice", "alice")
    assert len(asked) == 1
    bench.request(lambda session: setattr(session, "owner", None), cookie=cookie)
    assert told(bench, cookie, lambda session: session.owner) is None
    assert bench.app.sessions_of("alice") == []


def test_an_owner_alone_is_worth_a_row(library):
    """A session in which nothing lies but whose it is, is kept; and a live one is written for nothing else."""
    bench = Bench(library)
    cookie = log_in(bench, tea="green")
    empty = bench.request(lambda session: setattr(session, "owner", "alice"))
    assert (empty.status, bool(empty.cookie)) == (200, True)
    assert data_of(bench) == [{}, {"tea": "green"}]
    assert told(bench, cookie, lambda session: setattr(session, "owner", "queen")) is None
    assert bench.store.asked.count("set") == 0, "the row and its owner are written in one step"
    assert (data_of(bench), data_of(bench, "queen")) == ([{}], [{"tea": "green"}])
    told(bench, cookie, lambda session: setattr(session, "owner", "queen"))
    assert data_of(bench, "queen") == [{"tea": "green"}]


def test_nobody_is_made_an_owner_that_is_no_text(library, says):
    """A number would be found by no text: the error says what to write. Nothing is saved then."""
    bench = Bench(library)
    for wrong, kind in ((7, TypeError), (b"alice", TypeError), ("", ValueError), ("\ud800", ValueError)):
        errors = []

        def handler(session, wrong=wrong, errors=errors):
            session["tea"] = "green"
            with pytest.raises((TypeError, ValueError)) as error:
                session.owner = wrong
            errors.append(error.type)

        bench.request(handler)
        assert issubclass(errors[0], kind)
        for ask in (bench.app.sessions_of, bench.app.end_sessions):
            with pytest.raises(kind):
                ask(wrong)


def test_a_list_of_ones_sessions(library):
    """What a page of devices needs, the last seen first; and nothing by which anybody could come in."""
    clock = Clock.still()
    bench = Bench(library, store=library.MemoryStore(clock=clock), clock=clock, absolute_timeout=1e6)
    begun = clock()
    first = log_in(bench, browser="Firefox")
    clock.move(10)
    second = log_in(bench, browser="curl")
    log_in(bench, "queen")
    clock.move(10)
    bench.request(cookie=first)
    found = bench.app.sessions_of("alice")
    assert [each.data for each in found] == [{"browser": "Firefox"}, {"browser": "curl"}]
    assert [(each.created - begun, each.seen - begun) for each in found] == [(0, 20), (10, 10)]
    ids = [told(bench, cookie, lambda session: session.id) for cookie in (first, second)]
    assert [told(bench, cookie, lambda session: session.handle) for cookie in (first, second)] == [
        each.handle for each in found
    ]
    for each in found:
        assert each.handle not in ids
        assert bench.request(cookie=cookie_of(each.handle)).status == 200
        assert told(bench, cookie_of(each.handle), lambda session: session.is_new)
        with pytest.raises(library.SessionEnded), bench.app.session(each.handle):
            pass


@pytest.mark.parametrize("hashes", [False, True])
def test_one_others_or_all_are_ended(library, hashes):
    """By handle, but this one, or everywhere; at the next request nobody is logged in by them."""
    store = library.MemoryStore()
    bench = Bench(library, store=library.HashedIds(store) if hashes else store)
    cookies = [log_in(bench, n=n) for n in range(4)]
    queen = log_in(bench, "queen")

    def alive():
        return [bool(told(bench, cookie, dict)) for cookie in (*cookies, queen)]

    handle = told(bench, cookies[1], lambda session: session.handle)
    assert bench.app.end_sessions("queen", only=handle) == 0
    assert bench.app.end_sessions("alice", only="no such handle") == 0
    assert alive() == [True] * 5
    assert bench.app.end_sessions("alice", only=handle) == 1
    assert alive() == [True, False, True, True, True]
    assert told(bench, cookies[0], lambda session: bench.app.end_sessions("alice", but=session)) == 2
    assert alive() == [True, False, False, False, True]
    assert bench.app.end_sessions("alice") == 1
    assert alive() == [False] * 4 + [True]


def test_what_cannot_be_read_or_is_over_is_no_session_of_anybodys(library, caplog):
    """A corrupt row is a line in the log and hides no other; a session past the absolute timeout has ended."""
    clock = Clock.still()
    store = library.MemoryStore(clock=clock)
    long = Bench(library, store=store, clock=clock, absolute_timeout=1e6)
    log_in(long, n=1)
    clock.move(100)
    log_in(long, n=2)
    own(store, "alice", "spoilt")
    store.set("spoilt", "{", expected=ALICE, expires=None)
    short = Bench(library, store=store, clock=clock, absolute_timeout=50)
    assert data_of(short) == [{"n": 2}]
    assert "cannot be read" in caplog.text
    assert store.get("spoilt") is None


@pytest.mark.parametrize("at_limit", ["end_oldest", "refuse"])
def test_the_next_login_beyond_the_limit(library, at_limit):
    """The oldest ends, or the login is refused: a 409 with a sentence, nothing saved, no cookie."""
    bench = Bench(library, limit_per_owner=2, at_limit=at_limit)
    first, second = log_in(bench, n=1), log_in(bench, n=2)

    def third(session):
        session["n"] = 3
        session.owner = "alice"

    answer = bench.request(third)
    if at_limit == "refuse":
        assert (answer.status, answer.cookies) == (409, [])
        assert answer.text.endswith(".")
        assert data_of(bench) == [{"n": 2}, {"n": 1}]
        assert len(bench.rows()) == 2
    else:
        assert (answer.status, bool(answer.cookie)) == (200, True)
        assert data_of(bench) == [{"n": 3}, {"n": 2}]
        assert told(bench, first, dict) == {}
    assert told(bench, second, dict) == {"n": 2}
    log_in(bench, "queen")


def test_a_handler_may_answer_a_refused_login_itself(library):
    """The error has a name, and is raised by `save()`; the page may offer to end another session."""
    bench = Bench(library, limit_per_owner=1, at_limit="refuse")
    log_in(bench)
    seen = []

    def handler(session):
        session.owner = "alice"
        with pytest.raises(library.TooManySessions) as error:
            session.save()
        seen.append(str(error.value))
        session.destroy()

    assert bench.request(handler).status == 200
    assert (len(seen), len(bench.rows())) == (1, 1)


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"limit_per_owner": 0}, ValueError),
        ({"limit_per_owner": -1}, ValueError),
        ({"limit_per_owner": True}, TypeError),
        ({"limit_per_owner": 3.0}, TypeError),
        ({"limit_per_owner": "3"}, TypeError),
        ({"limit_per_owner": 3, "at_limit": "newest"}, ValueError),
        ({"at_limit": None}, ValueError),
        ({"at_limit": ["refuse"]}, ValueError),
    ],
)
def test_a_limit_that_cannot_work_is_refused(library, options, kind):
    """When the app is made, and not at the fourth login."""
    with pytest.raises(kind, match=next(reversed(options))):
        Bench(library, **options)


@pytest.mark.parametrize("around", ["", "HashedIds", "FailFast"])
def test_a_store_of_four_methods_keeps_sessions_but_no_owners(library, around):
    """Who does not use owners needs no other. Who does is told what is missing, and nothing is lost in silence."""
    kept = FourMethods(library.MemoryStore())
    store = {"HashedIds": library.HashedIds, "": lambda store: store, "FailFast": library.FailFast}[around](kept)
    with pytest.raises(TypeError, match="of_owner"):
        library.SessionMiddleware(lambda *_: [], secret="x" * 32, store=store, limit_per_owner=3)
    app = races.app_with(store, lambda session: session.update(owner_is=session.owner), library)
    answer = call(app)
    assert (answer.status, bool(answer.cookie)) == (200, True)
    for work in (app.sessions_of, app.end_sessions):
        with pytest.raises(TypeError, match="of_owner"):
            work("alice")
    errors = []

    def handler(session):
        with pytest.raises(TypeError, match="of_owner") as error:
            session.owner = "alice"
        errors.append(error)

    call(races.app_with(store, handler, library))
    assert errors


@pytest.mark.parametrize("keep", [(), ["user"]])
def test_what_has_ended_begins_anew_in_a_store_of_four_methods(library, keep):
    """Ended from elsewhere while a request was busy: there is no owner to be noted, and nobody to note it."""
    kept = FourMethods(library.MemoryStore())
    bench = Bench(library, store=kept)
    cookie = bench.begin()

    def handler(session):
        kept.destroy(session.id)
        session.regenerate(keep)
        session["tea"] = "green"

    answer = bench.request(handler, cookie=cookie)
    assert (answer.status, told(bench, answer.cookie, dict)) == (200, {"tea": "green"})


@pytest.mark.parametrize(
    ("keep", "owner"), [((), None), (["user"], "alice"), (["nothing that is there"], None), ("user", TypeError)]
)
def test_whose_a_session_is_that_begins_anew(library, keep, owner):
    """Keys to keep: the same visitor goes on under a new id, and is found. Without: somebody new, who is nobody."""
    bench = Bench(library)
    cookie = log_in(bench)

    def handler(session):
        if owner is TypeError:
            with pytest.raises(TypeError):
                session.regenerate(keep)
            session["tea"] = "green"
            assert session.owner == "alice"
            return
        session.regenerate(keep)
        assert session.owner == owner
        session["tea"] = "green"

    assert bench.request(handler, cookie=cookie).status == 200
    assert len(bench.rows()) == 1
    assert len(bench.app.sessions_of("alice")) == (owner is not None)


def test_who_ends_all_sessions_ends_one_that_is_being_renewed(kind, library):
    """Whoever has stolen a session could renew it without a pause, and each time outlive "log out everywhere"."""
    store = kind.open()
    bench = Bench(library, store=store)
    cookie = log_in(bench)

    def handler(session):
        session.regenerate(keep=["user"])
        assert bench.app.end_sessions("alice") == 1

    answer = bench.request(handler, cookie=cookie)
    assert (answer.cookies, bench.app.sessions_of("alice"), len(store)) == ([], [], 0)

    def renews_and_changes(session):
        handler(session)
        session["tea"] = "green"

    assert bench.request(renews_and_changes, cookie=log_in(bench)).status == 409
    assert (bench.app.sessions_of("alice"), len(store)) == ([], 0)


@pytest.mark.parametrize("at_limit", ["end_oldest", "refuse"])
def test_a_session_that_is_renewed_is_not_one_more(library, at_limit):
    """Also where the limit is lower than it was: it is no login."""
    bench = Bench(library)
    cookies = [log_in(bench, n=n) for n in range(3)]
    few = Bench(library, store=bench.app.store, limit_per_owner=1, at_limit=at_limit)
    answer = few.request(lambda session: session.regenerate(keep=["n"]), cookie=cookies[0])
    assert (answer.status, sorted(each["n"] for each in data_of(few))) == (200, [0, 1, 2])
    assert told(few, answer.cookie, dict) == {"n": 0}


def test_who_is_renewed_is_whose_the_session_is_by_then(library):
    """Another request has made it somebody else's since this one has asked."""
    bench = Bench(library)
    cookie = log_in(bench)

    def handler(session):
        assert session.owner == "alice"
        bench.request(lambda other: setattr(other, "owner", "queen") or other.update(user="queen"), cookie=cookie)
        session.regenerate(keep=["user"])

    assert bench.request(handler, cookie=cookie).status == 200
    assert (data_of(bench), data_of(bench, "queen")) == ([], [{"user": "queen"}])


def test_of_an_ended_session_the_owner_is_not_kept(library):
    """Ended from elsewhere while a request was busy: what begins then begins as nobody's, with nothing in it."""
    bench = Bench(library)
    cookie = log_in(bench)

    def handler(session):
        assert bench.app.end_sessions("alice") == 1
        session.regenerate(keep=["user"])
        assert (dict(session), session.owner) == ({}, None)
        session["tea"] = "green"

    assert bench.request(handler, cookie=cookie).status == 200
    assert bench.app.sessions_of("alice") == []


@pytest.mark.sentence("After destroy() a session is nobody's")
def test_after_destroy_a_session_is_nobodys(library):
    """What is put into it is dropped, its owner, too; until it begins anew."""
    bench = Bench(library)
    cookie = log_in(bench)

    def handler(session):
        session.destroy()
        session.owner = "queen"
        assert session.owner is None
        session.regenerate()
        session.owner = "alice"
        session["n"] = 2

    assert bench.request(handler, cookie=cookie).status == 200
    assert (data_of(bench), data_of(bench, "queen")) == ([{"n": 2}], [])


@pytest.mark.parametrize("change", ["nothing", "data", "the owner", "the owner to nobody"])
def test_who_has_changed_the_owner_of_an_ended_session_is_told(library, change):
    """A new owner is a change like any other: 409, nothing saved, no cookie."""
    bench = Bench(library)
    cookie = log_in(bench)

    def handler(session):
        session.get("user")
        bench.app.end_sessions("alice")
        if change == "data":
            session["tea"] = "green"
        elif change != "nothing":
            session.owner = "queen" if change == "the owner" else None

    def before(session):
        assert session.owner == "alice"
        handler(session)

    answer = bench.request(before, cookie=cookie)
    assert (answer.status, answer.cookies) == (200 if change == "nothing" else 409, [])
    assert bench.rows() == {}
    assert bench.app.sessions_of("queen") == []


@pytest.mark.parametrize(("ours", "left"), [(None, "queen"), ("hatter", "hatter")])
def test_of_two_who_write_the_owner_is_ours_if_we_have_set_it(library, ours, left):
    """Else theirs: whoever says nothing about it changes nothing. The data of both is put together as ever."""
    bench = Bench(library)
    cookie = log_in(bench)

    def other(session):
        session["theirs"] = 1
        session.owner = "queen"

    def handler(session):
        session["ours"] = 1
        if ours:
            session.owner = ours
        assert call(races.app_with(bench.store, other, library), cookie=cookie).status == 200

    assert bench.request(handler, cookie=cookie).status == 200
    assert data_of(bench, left) == [{"user": "alice", "theirs": 1, "ours": 1}]
    assert told(bench, cookie, lambda session: session.owner) == left


def test_a_change_that_fails_leaves_the_owner_as_it_was(library):
    """In `atomically`, whose session it is belongs to what is made again, or not at all."""
    bench = Bench(library)
    cookie = log_in(bench)

    def change(session):
        session.owner = "queen"
        raise KeyError("no")

    def handler(session):
        with pytest.raises(KeyError):
            library.atomically(session, change)
        assert session.owner == "alice"

    assert bench.request(handler, cookie=cookie).status == 200
    assert (len(data_of(bench)), data_of(bench, "queen")) == (1, [])

    def to_queen(session):
        session.owner = "queen"
        return session.owner

    assert told(bench, cookie, lambda session: library.atomically(session, to_queen)) == "queen"
    assert (data_of(bench), len(data_of(bench, "queen"))) == ([], 1)


def test_reload_drops_an_owner_that_is_not_saved(library):
    """As it drops whatever else has changed since."""
    bench = Bench(library)
    cookie = log_in(bench)

    def handler(session):
        session.owner = "queen"
        session.reload()
        assert session.owner == "alice"

    assert bench.request(handler, cookie=cookie).status == 200
    assert len(data_of(bench)) == 1


def test_who_asks_whose_a_session_is_has_read_it(library):
    """The answer is its visitor's alone, so caches are told that it depends on the cookie."""
    bench = Bench(library)
    cookie = log_in(bench)
    assert ("Vary", "Cookie") in bench.request(lambda session: session.owner, cookie=cookie).headers
    assert ("Vary", "Cookie") not in bench.request(lambda session: None, cookie=cookie).headers


OWNER_METHODS = ("set_owned", "owner_of", "of_owner", "end_owned")


class Down(FourMethods):
    """A store that does not answer what concerns owners."""

    def __init__(self, store, error):
        super().__init__(store)
        self.error = error
        for name in OWNER_METHODS:
            setattr(self, name, self.fail)

    def fail(self, *args, **options):
        raise self.error("out of order")


@pytest.mark.parametrize(
    "work",
    ["session.owner", "setattr(session, 'owner', 'queen')", "app.sessions_of('alice')", "app.end_sessions('alice')"],
)
def test_a_store_that_does_not_answer_is_a_503(library, work):
    """P6 for owners, too: within a second, nothing saved, no cookie, and nobody is logged out."""
    kept = library.MemoryStore()
    bench = Bench(library, store=kept)
    cookie = log_in(bench)
    broken = Bench(library, store=Down(kept, library.StoreError))
    app = broken.app
    answer = broken.request(lambda session: eval(work, {"session": session, "app": app}), cookie=cookie)
    assert (answer.status, answer.cookies, answer.by_name["Retry-After"]) == (503, [], "1")
    assert told(bench, cookie, dict) == {"user": "alice"}


def test_a_stand_in_knows_no_owner(library):
    """Where the session could not be read, whose it is cannot be said, or changed."""
    bench = Bench(library)
    cookie = log_in(bench)

    class NoRead(FourMethods):
        def __getattr__(self, name):
            return getattr(bench.store, name)

    store = NoRead(bench.store)
    store.get = Down(bench.store, library.StoreError).fail
    for work in (lambda session: session.owner, lambda session: setattr(session, "owner", "queen")):
        assert call(races.app_with(store, work, library), cookie=cookie).status == 503
    assert len(data_of(bench)) == 1


# A session without a request


def id_of(bench, cookie):
    return told(bench, cookie, lambda session: session.id)


@pytest.mark.parametrize("secure", [None, True, "auto"])
def test_a_session_without_a_request(library, secure):
    """A job reads and writes it like a handler; a cookie that is a function, or "auto", asks no request."""
    options = {"secure": secure} if secure else {}
    settings = (lambda environ: {**options, "path": "/" if environ["PATH_INFO"] else "/x"}) if secure else options
    bench = Bench(library, cookie=settings)
    https = {"wsgi.url_scheme": "https"}
    answer = bench.request(lambda session: session.update(n=1), **https)
    cookie, id = answer.cookie, told(bench, answer.cookie, lambda session: session.id, **https)
    with bench.app.session(id) as session:
        assert (dict(session), session.id, session.is_new) == ({"n": 1}, id, False)
        session["n"] = 2
        session.owner = "alice"
    assert told(bench, cookie, dict, **https) == {"n": 2}
    assert data_of(bench) == [{"n": 2}]
    with bench.app.session(id) as session:
        session.regenerate(keep=["n"])
        new = session.id
    assert told(bench, cookie, dict, **https) == {}
    with bench.app.session(new) as session:
        assert (dict(session), session.owner) == ({"n": 2}, "alice")
        session.destroy()
    assert bench.rows() == {}


def test_there_must_be_such_a_session(library, caplog):
    """Unknown, expired, over, corrupt, or no id at all: SessionEnded, and nothing is begun."""
    clock = Clock.still()
    store = library.MemoryStore(clock=clock)
    bench = Bench(library, store=store, clock=clock, cookie={"max_age": 100}, absolute_timeout=150)
    cookie = log_in(bench)
    id = id_of(bench, cookie)
    put(store, "corrupt", "{")
    own(store, "alice", "over")
    store.set("over", ENDLESS % ',"n":1', expected=ALICE, expires=None)
    for wrong in ("never", "corrupt", "", "\ud800", "x" * 1000, cookie.partition("=")[2]):
        with pytest.raises(library.SessionEnded), bench.app.session(wrong):
            raise AssertionError("the block was begun")
    clock.move(101)
    with pytest.raises(library.SessionEnded), bench.app.session(id):
        raise AssertionError("the block was begun")
    over = id_of(bench, log_in(bench))
    bench.app.session(over).__enter__()
    store.touch(over, None)
    clock.move(151)
    with pytest.raises(library.SessionEnded), bench.app.session(over):
        raise AssertionError("the block was begun")
    for wrong in (None, 7, b"x"):
        with pytest.raises(TypeError), bench.app.session(wrong):
            raise AssertionError("the block was begun")


def test_an_error_in_the_block_saves_nothing(library):
    """And goes on to whoever has to deal with it."""
    bench = Bench(library)
    cookie = bench.begin(n=1)
    with pytest.raises(KeyError), bench.app.session(id_of(bench, cookie)) as session:
        session["n"] = 2
        raise KeyError("no")
    assert told(bench, cookie, dict) == {"n": 1}


def test_who_only_looks_keeps_nobody_alive(library):
    """A job that looks at each session every night must not keep them all: its visitor was not here."""
    clock = Clock.still()
    bench = Bench(library, store=library.MemoryStore(clock=clock), clock=clock, cookie={"max_age": 100}, rolling=True)
    cookie = log_in(bench)
    id = id_of(bench, cookie)
    seen = bench.app.sessions_of("alice")[0].seen
    clock.move(60)
    bench.store.asked.clear()
    with bench.app.session(id) as session:
        assert session["user"] == "alice"
    assert bench.store.asked == ["get"]
    assert bench.app.sessions_of("alice")[0].seen == seen
    clock.move(60)
    assert told(bench, cookie, dict) == {}


def test_a_job_and_a_request_lose_nothing_of_each_other(library):
    """The same merge as between two requests; and what has ended meanwhile is told."""
    bench = Bench(library)
    cookie = bench.begin(n=1)
    id = id_of(bench, cookie)
    with bench.app.session(id) as session:
        session["job"] = 1
        bench.request(lambda session: session.update(page=1), cookie=cookie)
    assert told(bench, cookie, dict) == {"n": 1, "page": 1, "job": 1}
    with pytest.raises(library.SessionEnded), bench.app.session(id) as session:
        session["job"] = 2
        bench.request(lambda session: session.destroy(), cookie=cookie)
    with pytest.raises(library.SessionEnded), bench.app.session(id):
        pass
    assert bench.rows() == {}


def test_who_looks_at_what_ends_meanwhile_is_not_told(library):
    """As in a request: it has changed nothing, so nothing is lost."""
    bench = Bench(library)
    cookie = bench.begin(n=1)
    with bench.app.session(id_of(bench, cookie)) as session:
        bench.request(lambda session: session.destroy(), cookie=cookie)
        assert session["n"] == 1
    assert bench.rows() == {}


def test_hashes_are_ids_of_a_hashed_store(library):
    """An admin's command walks through the store, which gives hashes, and looks into each session."""
    store = library.HashedIds(library.MemoryStore())
    bench = Bench(library, store=store)
    for n in range(3):
        bench.begin(n=n)
    for id in store:
        with bench.app.session(id) as session:
            session["n"] += 10
    found = []
    for id in list(store):
        with bench.app.session(id) as session:
            found.append(session["n"])
    assert sorted(found) == [10, 11, 12]


def test_a_store_that_fails_fails_the_block(library):
    """Before it, or after it: StoreError, and never a session that only seems to be one."""
    bench = Bench(library)
    id = id_of(bench, bench.begin(n=1))
    kept = FourMethods(bench.store)
    app = races.app_with(kept, dict, library)
    kept.set = Down(bench.store, library.StoreError).fail
    with pytest.raises(library.StoreError), app.session(id) as session:
        session["n"] = 2
    kept.get = kept.set
    with pytest.raises(library.StoreError), app.session(id):
        raise AssertionError("the block was begun")


# The site


@pytest.mark.sentence("The list of devices is on every store, and a new password empties it")
def test_the_list_of_devices_is_on_every_store(kind, store, users):
    """The store has the sessions, the users' database the passwords; neither has to know of the other."""
    site = step6.create_app(store=store, users=users, clock=kind.clock)
    one, other, third = (Guest(site) for _ in range(3))
    for guest in (one, other, third):
        guest.log_in()
    assert len({*one.handles()}) == 3
    assert one.post("/devices/end", handle=handle_of(store, other.id)).location == "/devices"
    assert [guest.user() for guest in (one, other, third)] == ["alice", None, "alice"]
    assert one.post("/password", password=DEMO_USERS["alice"], new="a whole new password").location == "/devices"
    assert [guest.user() for guest in (one, third)] == ["alice", None]
    assert len(one.handles()) == 1
    users.add("alice", "and another one")
    assert one.user() is None


# Races


@pytest.mark.asvs("7.4.2", "7.4.3", "7.4.5")
@pytest.mark.sentence("Who ends all sessions of an owner wins every race")
def test_who_ends_all_sessions_of_an_owner_wins_every_race(kind):
    """P1 for each that is ended: whatever its pages are busy with, none is there afterwards, and none comes back."""
    assert races.ends_of_all(kind.open(), 20) == {"alive": 0, "odd answers": 0}


@pytest.mark.slow
@pytest.mark.sentence("Whoever ends all sessions of an owner wins races between processes, too")
def test_who_ends_all_sessions_of_an_owner_wins_races_between_processes(redis, postgres, tmp_path):
    """And the other process may be one that has step 5's store, as an app that was not yet restarted has."""
    for url in (f"sqlite:///{tmp_path}/s.db", redis.url, postgres.url):
        assert races.ends_of_all_of_processes(url, 50) == {"alive": 0}


def test_no_late_answer_brings_an_ended_session_back(kind):
    """P2 and P3: requests that are still busy when all sessions have been ended bring back neither row nor cookie."""
    assert races.late_answers(kind.open(), 16, finished, end_by_owner=True) == {
        "revived": 0,
        "late cookies": 0,
        "odd answers": 0,
    }


def test_a_logout_wins_every_race_on_stores_that_know_owners(kind):
    """What step 5 promises is kept by the stores that stand in its stores' place."""
    assert races.logout_races(kind.open(), 10) == {"revived": 0, "odd answers": 0}
    assert races.different_keys(kind.open(), 10) == {"lost": 0}
    assert races.counted_atomically(kind.open(), 4, 10) == 40
