"""Step 5: sessions outlive the process, and what was promised holds with many requests, stores that fail, and bad rows.

P1 to P6 are the promises of the lesson. What concerns a single store stands in test_store_contract.py.
"""

import copy
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from wsgiref.util import FileWrapper, setup_testing_defaults

import bottle
import pytest
from redis import BlockingConnectionPool, ConnectionPool, Redis
from redis.asyncio import Redis as AsyncRedis

from steps import step4_destroy, step5_stores
from steps.step5_stores.failures import FailFast, Unavailable
from steps.step5_stores.promises import merge
from steps.step5_stores.store import name_in_log, try_out
from tests.support import ROOT, STEPS, faults, forgeries, races
from tests.support.calling import Bench, call, cookie_of, site
from tests.support.locks import keep_out, with_another_between
from tests.support.servers import Server
from tests.support.stores import ENDLESS, kind_named, put, redis_server
from workbook.serving import Clock

ALICE = ENDLESS % ',"user":"alice"'


def pytest_generate_tests(metafunc):
    if "kind" in metafunc.fixturenames:
        all_kinds = ["memory", "sqlite", "redis", "postgres"]
        a_learner_waits = metafunc.config.getoption("--exercise")
        metafunc.parametrize("kind", ["memory"] if a_learner_waits else all_kinds, indirect=True)


@pytest.fixture
def kind(request, tmp_path):
    """A kind of store, empty: the promises are kept with each."""
    return kind_named(request.param, step5_stores, request, tmp_path)


def store_error():
    """A StoreError for whichever library is tested: that of the steps, and that of the one file, if it is loaded."""
    one_file = sys.modules.get("sessions")
    return type("OutOfOrder", (step5_stores.StoreError, *([one_file.StoreError] if one_file else [])), {})


class Failing:
    """A store some of whose methods fail."""

    def __init__(self, store, *methods):
        self.store, self.methods = store, methods

    def __getattr__(self, name):
        if name in self.methods:
            return self.fail
        return getattr(self.store, name)

    def fail(self, *args, **kwargs):
        raise store_error()("out of order")

    def set(self, id, row, *, expected, expires):
        return self.fail() if "set" in self.methods else self.store.set(id, row, expected=expected, expires=expires)


def failing(library, *methods, **options):
    """A page on a store that fails, after a session was begun while it worked; and its cookie."""
    bench = Bench(library, **options)
    cookie = bench.begin()
    bench.app.store = FailFast(Failing(bench.store, *methods))
    return bench, cookie


# The server: a restart


def stores_of(tmp_path, request):
    return [f"sqlite:///{tmp_path}/sessions.sqlite3", request.getfixturevalue("redis").url]


def test_a_restart_logs_nobody_out(server, tmp_path, request):
    """Sessions live outside the process: who was logged in still is, and with the same cookie."""
    for store in stores_of(tmp_path, request):
        first = Server.start(server.step, STORE=store)
        alice = first.visitor()
        alice.log_in()
        first.stop()
        second = Server.start(server.step, STORE=store)
        alice.url = second.url
        assert alice.whoami()["user"] == "alice"
        assert alice.get("/dashboard").status_code == 200
        alice.close()
        second.stop()


def test_two_servers_share_their_guests(server, tmp_path, request):
    """Logged in at one is logged in at the other; and a logout at one counts at both at once."""
    for store in stores_of(tmp_path, request):
        one, other = (Server.start(server.step, STORE=store) for _ in range(2))
        alice, copy = one.visitor(), other.visitor()
        alice.log_in()
        copy.cookie = alice.cookie
        assert copy.whoami()["user"] == "alice"
        alice.post("/logout")
        assert copy.whoami()["user"] is None
        one.stop()
        other.stop()


def started(step, **variables):
    command = [sys.executable, "-m", STEPS[step].server]
    environ = {**os.environ, "PORT": "0", "PYTHONPATH": str(ROOT), **variables}
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=20)


@pytest.mark.parametrize(
    ("store", "sentence"),
    [
        ("mysql://localhost/tea", "STORE cannot be used: a store is one of"),
        ("", "STORE cannot be used: a store is one of"),
        (
            "sqlite:///no/such/folder/s.db",
            "STORE does not answer: no/such/folder/s.db cannot be used as a session store",
        ),
        ("redis://127.0.0.1:1/0", "STORE does not answer: Redis does not answer"),
        ("redis://127.0.0.1:tea/0", "STORE cannot be used: a Redis server is named redis://host:port/db"),
    ],
)
def test_a_store_that_cannot_be_used_is_a_sentence(store, sentence):
    """At the start, not at the first visitor; and it says what there is."""
    answer = started(5, STORE=store)
    assert answer.returncode == 1
    assert answer.stderr.startswith(sentence) and answer.stderr.count("\n") == 1
    assert "://" in answer.stderr


def test_the_menu_needs_no_session(server, visitor):
    """A page without a session is there for everybody, store or no store, and sets no cookie."""
    answer = visitor.get("/menu")
    assert (answer.status_code, answer.headers.get("Set-Cookie")) == (200, None)


# P1 and P2: what has ended stays ended


def test_upsert_revives_what_compare_and_swap_does_not():
    """The step's reason: the same requests on step 4's store bring sessions back, and cookies with them."""
    before = races.late_answers(step4_destroy.MemoryStore(), 70, step4_destroy)
    assert before["revived"] > 0 and before["late cookies"] > 0
    assert races.late_answers(step5_stores.MemoryStore(), 70) == {"revived": 0, "late cookies": 0, "odd answers": 0}


def test_no_late_answer_brings_a_session_back(kind):
    """What has ended stays ended: the logout is answered, then the slow page reads, writes, saves or regenerates."""
    assert races.late_answers(kind.open(), 64) == {"revived": 0, "late cookies": 0, "odd answers": 0}


@pytest.mark.asvs("15.4.2")
def test_a_logout_wins_every_race(kind):
    """Page and logout begin together, in two threads; whatever comes first, the session has ended."""
    assert races.logout_races(kind.open(), 100) == {"revived": 0, "odd answers": 0}


@pytest.mark.sentence("A logout wins every race over HTTP, too")
def test_a_logout_wins_every_race_over_http(redis, tmp_path):
    """The same with real servers and connections."""
    for store in ("memory:", f"sqlite:///{tmp_path}/s.db", redis.url):
        server = Server.start(5, STORE=store)
        assert races.logout_races_over_http(server.url, 5) == {"revived": 0, "errors": 0}
        server.stop()
    assert races.late_answers_over_http(6) == {"revived": 0, "late cookies": 0}


@pytest.mark.slow
def test_promises_hold_between_processes(redis, tmp_path):
    """Two programs on one store: neither knows of the other's threads and locks."""
    for store in (f"sqlite:///{tmp_path}/s.db", redis.url):
        assert races.logout_races_of_processes(store, 100) == {"revived": 0}
        assert races.different_keys_of_processes(store, 100) == {"lost": 0}
        assert races.counted_by_processes(store, 4, 50) == 200


def test_who_changed_an_ended_session_is_told(library):
    """409 and a sentence: nothing was saved, and neither a cookie set nor one cleared."""
    bench = Bench(library)
    cookie = bench.begin()

    def late(session):
        bench.store.destroy(session.id)
        session["cups"] = 1

    answer = bench.request(late, cookie=cookie)
    assert answer.status == 409
    assert answer.cookies == []
    assert answer.body == b"Your session has ended meanwhile, so nothing was saved. Please log in again."
    assert bench.rows() == {}


@pytest.mark.parametrize("resave", [False, True])
def test_who_changed_nothing_is_answered_as_usual(library, resave):
    """A page that only reads is no reason for an error; it just does not bring the cookie back."""
    bench = Bench(library, rolling=True, resave=resave, cookie={"max_age": 60})
    cookie = bench.begin()
    answer = bench.request(lambda session: bench.store.destroy(session.id), cookie=cookie)
    assert (answer.status, answer.cookies, answer.body) == (200, [], b"ok")


FOREIGN = [
    ENDLESS % ',"user": "alice", "n": 1',
    ENDLESS % ',"n":1.50,"user":"alic\\u0065"',
    '{"cookie":{"path":"/","httpOnly":true,"expires":null,"originalMaxAge":null},"user":"alice","createdAt":1e12}',
    '{"cookie":{"originalMaxAge":60000,"expires":"2026-01-01T00:00:00.000Z"},"b":{"y":1,"x":2} ,"a":[1 , 2]}',
]


@pytest.mark.sentence("Whoever changes nothing is answered as usual, whoever wrote the row")
@pytest.mark.parametrize("row", FOREIGN, ids=lambda row: row[-30:])
@pytest.mark.parametrize("options", [{}, {"absolute_timeout": 1e10}, {"rolling": True}, {"resave": True}])
@pytest.mark.parametrize(("changes", "status"), [(False, 200), (True, 409)], ids=["reads", "changes"])
def test_who_changes_nothing_is_answered_as_usual_whoever_wrote_the_row(library, row, options, changes, status):
    """Express, and others, write the same in other ways: with spaces, escapes, other numbers, in another order."""
    bench = Bench(library, **options)
    put(bench.store, "foreign", row)

    def late(session):
        bench.store.destroy(session.id)
        session.update({"late": True} if changes else {})

    answer = bench.request(late, cookie=cookie_of("foreign"))
    assert (answer.status, answer.cookies, bench.rows()) == (status, [], {})


@pytest.mark.sentence("There is no late cookie for an old secret, either")
def test_no_late_cookie_for_an_old_secret_either(library):
    """A cookie of an old secret is signed anew, but not that of a session which has ended."""
    bench = Bench(library, secret="old")
    cookie = bench.begin()
    renewed = Bench(library, secret=["new", "old"], store=bench.store)
    assert renewed.request(cookie=cookie).cookies
    assert renewed.request(lambda session: bench.store.destroy(session.id), cookie=cookie).cookies == []


def test_saving_what_has_ended_meanwhile_is_an_error_for_the_handler(library, says):
    """Who asks for `save()` must learn that it has not been done, while he can still act: SessionEnded."""
    bench = Bench(library)
    cookie = bench.begin()
    seen = []

    def late(session):
        bench.store.destroy(session.id)
        session["cups"] = 1
        try:
            session.save()
        except library.SessionEnded as error:
            seen.append(str(error))
            session.regenerate()

    answer = bench.request(late, cookie=cookie)
    assert answer.status == 200
    assert len(seen) == 1, "session.save() raised no SessionEnded"
    assert re.search(says("nothing was saved"), seen[0])
    assert answer.cookies != []
    assert answer.cookie != cookie


@pytest.mark.sentence("Of an ended session, regenerate() keeps nothing")
def test_of_an_ended_session_regenerate_keeps_nothing(library):
    """A logout elsewhere has ended it: what it knew must not come back under a new id."""
    bench = Bench(library)
    cookie = bench.begin(user="alice", cups=2)

    def late(session):
        bench.store.destroy(session.id)
        session.regenerate(keep=["user", "cups"])

    bench.request(late, cookie=cookie)
    assert "alice" not in str(bench.rows())


@pytest.mark.sentence("Of two who regenerate one session, one keeps its data")
def test_of_two_who_regenerate_one_session_one_keeps_its_data(library):
    """Two logins at once on one id: the id ends once, and only one of the two carries on what it held."""
    bench = Bench(library)
    cookie = bench.begin(user="alice", cups=2)
    other = library.SessionMiddleware(
        site(lambda session: session.regenerate(keep=["cups"])), secret="keyboard cat", store=bench.store
    )

    def late(session):
        assert call(other, cookie=cookie).status == 200
        session.regenerate(keep=["cups"])

    bench.request(late, cookie=cookie)
    rows = [json.loads(row) for row in bench.rows().values()]
    assert sorted(row.get("cups", 0) for row in rows) == [0, 2]


# P5: two at once


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "both"),
    [
        ({}, {"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": 1}, {"a": 2}, {"a": 1, "b": 2}, {"a": 2, "b": 2}),
        ({"a": 1}, {"a": 1}, {"a": 3}, {"a": 3}),
        ({"a": 1}, {"a": 2}, {"a": 3}, {"a": 2}),
        ({"a": 1, "b": 1}, {"b": 1}, {"a": 1, "b": 2}, {"b": 2}),
        ({"a": 1, "b": 1}, {"a": 1, "b": 1, "c": 1}, {"b": 1}, {"b": 1, "c": 1}),
        ({"a": {"x": 1}}, {"a": {"x": 2}}, {"a": {"x": 1, "y": 1}}, {"a": {"x": 2}}),
        ({"a": 1}, {"a": True}, {"a": 1}, {"a": True}),
        ({"a": 1}, {"a": "1"}, {"a": 1}, {"a": "1"}),
        ({}, {"a": None}, {}, {"a": None}),
        ({"a": 1}, {}, {"a": 2}, {}),
    ],
)
def test_what_both_have_changed_is_put_together(base, ours, theirs, both):
    """By top-level key: ours where we have changed it, theirs elsewhere; what we removed is gone."""
    assert json.dumps(merge(base, ours, theirs), sort_keys=True) == json.dumps(both, sort_keys=True)


def test_different_keys_both_survive(kind):
    """Two requests at once on one session, each with something of its own: neither undoes the other."""
    assert races.different_keys(kind.open(), 100) == {"lost": 0}


class Crowded:
    """A store in which somebody else is faster: each of the first writes is preceded by one that counts `theirs` up.

    That one also takes the sugar out.
    """

    def __init__(self, store, times):
        self.store, self.times, self.theirs = store, times, 0

    def __getattr__(self, name):
        return getattr(self.store, name)

    def set(self, id, row, *, expected, expires):
        if expected is not None and self.theirs < self.times:
            self.theirs += 1
            before = self.store.get(id)
            settings, _, data = before.partition("},")
            others = {**json.loads("{" + data), "theirs": self.theirs}
            others.pop("sugar", None)
            assert self.store.set(id, f"{settings}}},{json.dumps(others)[1:]}", expected=before, expires=expires)
        return self.store.set(id, row, expected=expected, expires=expires)


def crowded(library, times, **options):
    """A page on a crowded store, and the cookie of a session in it: Alice's, with one cup, milk and sugar."""
    clock = Clock.still()
    store = Crowded(library.MemoryStore(clock=clock), 0)
    bench = Bench(library, store=store, clock=clock, **options)
    cookie = bench.begin(user="alice", cups=1, milk="a drop", sugar="a lump")
    clock.move(100)
    store.times = times
    return bench, cookie


TRIES = {
    "at the end": lambda library, session: None,
    "save": lambda library, session: session.save(),
    "write": lambda library, session: session.write(session.now()),
    "atomically": lambda library, session: library.atomically(session, lambda session: session.update(more=1)),
}


@pytest.mark.parametrize("again", TRIES)
@pytest.mark.parametrize("first", [name for name in TRIES if name != "at the end"])
@pytest.mark.parametrize("others", [0, 1])
def test_what_could_not_be_saved_is_saved_when_the_store_is_back(library, first, again, others):
    """P4: a handler that has seen the error may try again, or leave it to us. Nothing is lost, nor has it ended."""

    class Interrupted(Crowded):
        def set(self, id, row, *, expected, expires):
            if self.times and self.theirs == others and not fails:
                fails.append(True)
                raise library.StoreError("on purpose")
            return super().set(id, row, expected=expected, expires=expires)

    fails, store = [True], Interrupted(library.MemoryStore(), 0)
    bench = Bench(library, store=store)
    cookie = bench.begin(user="alice")

    def handler(session):
        store.times = 1
        fails.clear()
        session["cups"] = 1
        with pytest.raises(library.StoreError):
            TRIES[first](library, session)
        TRIES[again](library, session)

    assert bench.request(handler, cookie=cookie).status == 200
    [row] = map(json.loads, bench.rows().values())
    assert (row["cups"], row.get("theirs", 0)) == (1, 1 if others else row.get("theirs", 0))


@pytest.mark.parametrize("options", [{}, {"resave": True}, {"absolute_timeout": 1000}, {"cookie": {"max_age": 500}}])
@pytest.mark.parametrize("times", [1, 3, 30])
def test_what_others_write_meanwhile_stays(library, times, options):
    """Before each of our writes somebody else writes, so often: both are in the row then, and its birth stays."""
    bench, cookie = crowded(library, times, **options)

    def handler(session):
        session["cups"] = 2
        del session["milk"]

    assert bench.request(handler, cookie=cookie).status == 200
    [row] = map(json.loads, bench.rows().values())
    assert (row.get("user"), row.get("cups"), row.get("theirs")) == ("alice", 2, times)
    assert "milk" not in row, "(which we have removed)"
    assert "sugar" not in row, "(which the others have removed)"
    assert row.get("createdAt") == (1_800_000_000_000 if "absolute_timeout" in options else None)


@pytest.mark.parametrize("times", [1, 3, 30])
def test_a_count_begins_anew_where_others_were_faster(library, times):
    """Read, change, write, as one: while others come between, the change is made again on what is there by then."""
    bench, cookie = crowded(library, times)
    seen = []

    def change(session):
        seen.append(session.get("theirs", 0))
        session["cups"] = session["cups"] + 1

    assert bench.request(lambda session: library.atomically(session, change), cookie=cookie).status == 200
    assert seen[-1] == times
    [row] = map(json.loads, bench.rows().values())
    assert (row.get("cups"), row.get("theirs")) == (2, times)


@pytest.mark.parametrize(
    "change", [lambda session: 1 / 0, lambda session: session.update({7: 1})], ids=["raises", "key"]
)
def test_a_change_that_fails_begins_no_row(library, change):
    """A new visitor of whom nothing is to be kept stays one."""
    bench = Bench(library)
    with suppress(ZeroDivisionError, TypeError):
        bench.request(lambda session: library.atomically(session, change))
    assert bench.rows() == {}


@pytest.mark.sentence("atomically() loses nothing")
def test_atomically_loses_nothing(kind):
    """Sixteen threads count on one session; read, add one and write is one thing then."""
    assert races.counted_atomically(kind.open(), 16, 10) == 160


def test_a_change_is_made_again_if_somebody_came_between(library):
    """Read, change, write, as one: on old news the change is not saved, but made once more on the new."""
    bench = Bench(library)
    cookie = bench.begin(cups=1)
    seen = []

    def one_more(session):
        if not seen:
            put(bench.store, session.id, bench.store.get(session.id).replace('"cups":1', '"cups":5'))
        seen.append(session["cups"])
        session["cups"] += 1

    assert bench.request(lambda session: library.atomically(session, one_more), cookie=cookie).status == 200
    assert seen == [1, 5]
    [row] = bench.rows().values()
    assert json.loads(row).get("cups") == 6


@pytest.mark.sentence("atomically() writes no more than it must")
@pytest.mark.parametrize(("pending", "writes"), [({}, 1), ({"cups": 1}, 1), ({"tea": "green"}, 2)])
def test_atomically_writes_no_more_than_it_must(library, monkeypatch, pending, writes):
    """The change; and before it what was pending, where something was."""
    bench, written = Bench(library), []
    cookie, write = bench.begin(cups=1), bench.store.set
    monkeypatch.setattr(bench.store, "set", lambda *given, **options: written.append(given) or write(*given, **options))

    def handler(session):
        session.update(pending)
        library.atomically(session, lambda newest: newest.update(cups=2))

    assert bench.request(handler, cookie=cookie).status == 200
    assert len(written) == writes


@pytest.mark.sentence("atomically() gives back what the change returns")
def test_atomically_gives_back_what_the_change_returns(library):
    """And saves what was pending first, so that the change sees it."""
    bench = Bench(library)
    cookie = bench.begin(cups=1)
    seen = []

    def handler(session):
        session["tea"] = "green"
        seen.append(library.atomically(session, lambda newest: newest.update(cups=newest["cups"] + 1) or dict(newest)))

    assert bench.request(handler, cookie=cookie).status == 200
    assert seen == [{"cups": 2, "tea": "green"}]
    [row] = bench.rows().values()
    assert (json.loads(row).get("cups"), json.loads(row).get("tea")) == (2, "green")


@pytest.mark.parametrize("error", [KeyError, SystemExit])
def test_a_change_that_fails_changes_nothing(library, error):
    """What it had begun is dropped, whatever the error: a SystemExit is no Exception. What was pending is kept."""
    bench = Bench(library)
    cookie = bench.begin(cups=1)

    def change(session):
        session["cups"] = 99
        raise error("sugar")

    def handler(session):
        session["tea"] = "green"
        with pytest.raises(error, match="sugar"):
            library.atomically(session, change)

    assert bench.request(handler, cookie=cookie).status == 200
    [row] = bench.rows().values()
    assert (json.loads(row).get("cups"), json.loads(row).get("tea")) == (1, "green")


@pytest.mark.sentence("The error of a change is the app's own")
@pytest.mark.parametrize("meanwhile", ["nothing", "it ends", "the store fails"])
def test_the_error_of_a_change_is_the_apps_own(library, meanwhile):
    """Whatever else is wrong by then, the app hears its own error, and no half of a change is left."""

    class Moody(library.MemoryStore):
        def get(self, id):
            if "get" in fails:
                raise library.StoreError("on purpose")
            return super().get(id)

    bench, fails, seen = Bench(library, store=Moody(), cookie={"max_age": 60}), set(), []
    cookie = bench.begin(cups=[1])

    def change(session):
        session["cups"].append(2)
        session["tea"] = session.cookie.max_age = 5
        if meanwhile == "it ends":
            bench.store.destroy(session.id)
        if meanwhile == "the store fails":
            fails.add("get")
        raise KeyError("sugar")

    def handler(session):
        with pytest.raises(KeyError, match="sugar"):
            library.atomically(session, change)
        seen.append((dict(session), session.cookie.original_max_age))

    assert bench.request(handler, cookie=cookie).status == 200
    assert seen == [({"cups": [1]}, 60)]
    fails.clear()
    assert all('"cups":[1]}' in row for row in bench.rows().values())


@pytest.mark.sentence("atomically() is an error on an ended session")
def test_atomically_on_an_ended_session_is_an_error(library):
    """There is nothing left to change."""
    bench = Bench(library)
    cookie = bench.begin()

    def handler(session):
        bench.store.destroy(session.id)
        library.atomically(session, lambda newest: newest.update(cups=1))

    assert bench.request(handler, cookie=cookie).status == 409
    assert bench.rows() == {}


def test_the_row_says_when_it_ends_as_the_store_is_told(library):
    """A page that took half a minute has not been silence: who goes by the row alone must see that, too."""
    clock = Clock.still()
    bench = Bench(library, store=library.MemoryStore(clock=clock), clock=clock, cookie={"max_age": 60})
    cookie = bench.begin()
    bench.request(lambda session: (clock.move(30), session.update(cups=1)), cookie=cookie)
    [row] = map(json.loads, bench.rows().values())
    assert row["cookie"].get("expires") == "2027-01-15T08:01:30.000Z"


@pytest.mark.parametrize("who_is_remembered", ["by us", "by the other"])
def test_a_changed_setting_survives_a_merge(library, who_is_remembered):
    """Who asks to be remembered is, though two requests have written at once: whichever of them was asked."""
    bench = Bench(library, cookie={"max_age": 60})
    cookie = bench.begin()

    def handler(session):
        row = bench.store.get(session.id).replace("alice", "queen")
        if who_is_remembered == "by us":
            session.cookie.max_age = 3600
        else:
            row = row.replace('"originalMaxAge":60000', '"originalMaxAge":3600000')
        put(bench.store, session.id, row, session.expires)
        session["cups"] = 1

    assert bench.request(handler, cookie=cookie).status == 200
    [row] = map(json.loads, bench.rows().values())
    assert (row.get("user"), row.get("cups")) == ("queen", 1)
    assert row["cookie"].get("originalMaxAge") == 3_600_000


def test_an_id_in_use_is_never_shared(library):
    """A genid that repeats itself would make one visitor of two: 503, and the first one's row stays as it was."""
    bench = Bench(library, genid=lambda environ: "always the same")
    bench.begin(user="alice")
    answer = bench.request(lambda session: session.update(user="mallory"))
    assert answer.status == 503
    assert answer.cookies == []
    assert "alice" in str(bench.rows()) and "mallory" not in str(bench.rows())


# P4 and P6: stores that fail


def plain(handler):
    """The page as a plain WSGI app that lets errors through."""

    def app(environ, start_response):
        handler(environ["session"])
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"ok"]

    return app


def lazy(handler):
    """The page as a generator, which begins when its body is asked for."""

    def app(environ, start_response):
        handler(environ["session"])
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield b"ok"

    return app


def paged(handler):
    """The page in a framework that makes a page of every error, and says so to nobody: as Flask and Django do."""

    def app(environ, start_response):
        status, body = "200 OK", b"ok"
        try:
            handler(environ["session"])
        except Exception:
            status, body = "500 Internal Server Error", b"<h1>Internal Server Error</h1>"
        start_response(status, [("Content-Type", "text/plain")])
        return [body]

    return app


APPS = {"in Bottle": site, "in plain WSGI": plain, "as a generator": lazy, "with pages of errors": paged}


def written(library, way, store):
    """A page that adds a cup to the session, written in one of these ways."""
    page = APPS[way](lambda session: session.update(cups=1))
    if way == "in Bottle":
        page.route("/", "HEAD", lambda: bottle.request.session.update(cups=1))
    return library.SessionMiddleware(page, secret="keyboard cat", store=store)


@pytest.mark.sentence("A store that fails is a 503 that says when to come again")
@pytest.mark.asvs("16.5.2", "16.5.3")
@pytest.mark.parametrize("app", APPS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("fails", ["get", "set"])
def test_a_store_that_fails_is_503_and_says_when_to_come_again(library, app, method, fails):
    """Never a 200 for what was not saved, and no cookie set or cleared; in every way to write an app."""
    store = library.MemoryStore()
    put(store, "alices", ALICE)
    answer = call(written(library, app, Failing(store, fails)), cookie=cookie_of("alices"), method=method)
    assert answer.status == 503
    assert answer.cookies == []
    assert answer.by_name.get("Retry-After") == "1"
    assert answer.by_name.get("Cache-Control") == "no-store"  # a cache must not go on saying so
    assert answer.body == (
        b"" if method == "HEAD" else b"Sessions cannot be reached at the moment. Please try again soon."
    )
    assert store.get("alices") == ALICE


@pytest.mark.parametrize("app", APPS)
def test_an_answer_in_order_leaves_as_it_is(library, app):
    """Where nothing fails, the middleware is not noticed: status, body, and what was put into the session."""
    store = library.MemoryStore()
    put(store, "alices", ALICE)
    answer = call(written(library, app, store), cookie=cookie_of("alices"))
    assert answer.status == 200
    assert answer.body == b"ok"
    assert json.loads(store.get("alices")).get("cups") == 1


def test_an_app_gets_what_start_response_returns(library):
    """PEP 3333: start_response returns a function to write with; who wraps one hands it on."""

    def write(data):
        pass

    got = []

    def app(environ, start_response):
        got.append(start_response("200 OK", [("Content-Type", "text/plain")]))
        return [b"ok"]

    environ = {}
    setup_testing_defaults(environ)
    list(library.SessionMiddleware(app, secret="keyboard cat")(environ, lambda status, headers, exc_info=None: write))
    assert got == [write]


@pytest.mark.sentence("The server is handed the error, too")
@pytest.mark.parametrize("error", ["KeyError", "StoreError"])
def test_the_server_is_handed_the_error_too(library, error):
    """PEP 3333: an app that begins its answer anew gives exc_info, without which the server must refuse to."""
    given = {"KeyError": KeyError("no such key"), "StoreError": library.StoreError("out of order")}[error]
    start = Called()

    def app(environ, start_response):
        try:
            raise given
        except Exception:
            start_response("500 Internal Server Error", [("Content-Type", "text/plain")], sys.exc_info())
        return [b"ok"]

    environ = {}
    setup_testing_defaults(environ)
    list(library.SessionMiddleware(app, secret="keyboard cat")(environ, start))
    assert [exc_info for _, _, exc_info in start.calls] == [type(given).__name__], "(what came as exc_info)"


@pytest.mark.parametrize(("meanwhile", "status"), [("the store fails", 503), ("the session has ended", 409)])
def test_an_app_does_not_hear_that_saving_failed(library, meanwhile, status):
    """It has made its answer, and can do nothing about it: start_response raises nothing, and the refusal leaves."""
    bench, cookie = failing(library, *(["set"] if meanwhile == "the store fails" else []))
    heard = []

    def app(environ, start_response):
        environ["session"]["cups"] = 1
        if meanwhile == "the session has ended":
            bench.store.destroy(environ["session"].id)
        try:
            start_response("200 OK", [("Content-Type", "text/plain")])
        except Exception as error:
            heard.append(f"start_response raised {type(error).__name__}")
            raise
        return [b"ok"]

    bench.app.app = app
    answer = bench.request(cookie=cookie)
    assert heard == []
    assert answer.status == status


class Called:
    """A start_response that notes how it is called; if the headers have left, it raises the error that it is given."""

    def __init__(self, headers_have_left=False):
        self.headers_have_left, self.calls = headers_have_left, []

    def __call__(self, status, headers, exc_info=None):
        self.calls.append((status, sorted(name for name, _ in headers), exc_info and type(exc_info[1]).__name__))
        if exc_info and self.headers_have_left:
            raise exc_info[1]
        return lambda data: None


class Closed:
    """A body that notes that it was closed; `error` is raised after its first chunk."""

    def __init__(self, *chunks, error=None):
        self.chunks, self.error, self.closed = chunks, error, False

    def __iter__(self):
        yield from self.chunks
        if self.error:
            raise self.error

    def close(self):
        self.closed = True


REFUSALS = {
    "SessionEnded": ("409 Conflict", ["Cache-Control", "Content-Length", "Content-Type"], b"Your session has ended"),
    "StoreError": (
        "503 Service Unavailable",
        ["Cache-Control", "Content-Length", "Content-Type", "Retry-After"],
        b"Sessions cannot be reached",
    ),
}


def streamed(library, body, start, *, method="GET", begun=False):
    """What leaves of a body, behind an app that has `begun` its answer, or leaves that to nobody."""

    def app(environ, start_response):
        if begun:
            start_response("200 OK", [("Content-Type", "text/plain")])
        return body

    environ = {"REQUEST_METHOD": method}
    setup_testing_defaults(environ)
    answer = library.SessionMiddleware(app, secret="keyboard cat")(environ, start)
    try:
        yield from answer
    finally:
        getattr(answer, "close", lambda: None)()


@pytest.mark.parametrize("error", REFUSALS)
def test_a_refusal_says_which_error_it_was(library, error):
    """Status, type, length, no cache; and when to come again only where that helps: what has ended stays ended."""

    def app(environ, start_response):
        raise getattr(library, error)("out of order")

    bench = Bench(library)
    bench.app.app = app
    answer = bench.request()
    status, names, sentence = REFUSALS[error]
    assert str(answer.status) in status
    known = {name: value for name, value in answer.headers if name in names}
    assert sorted(known) == names
    assert known["Content-Type"] == "text/plain; charset=utf-8"
    assert known["Content-Length"] == str(len(answer.body))
    assert known["Cache-Control"] == "no-store"
    assert known.get("Retry-After") == ("1" if error == "StoreError" else None)
    assert answer.body.startswith(sentence)


@pytest.mark.sentence("A kind of StoreError is one")
def test_a_kind_of_store_error_is_one(library):
    """A store of somebody else's may have errors of its own kinds; what is derived from StoreError counts as one."""
    kind = type("OutOfOrder", (library.StoreError,), {})
    start = Called()
    assert b"cannot be reached" in b"".join(streamed(library, Closed(error=kind()), start))
    assert start.calls[0][0] == "503 Service Unavailable"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_body_in_order_passes_as_it_is(library, method):
    """Nothing is spoilt, so every chunk leaves, nothing is begun anew, and the body is closed."""
    start, body = Called(), Closed(b"one", b"two")
    assert list(streamed(library, body, start, method=method, begun=True)) == [b"one", b"two"]
    assert [status for status, _, _ in start.calls] == ["200 OK"]
    assert body.closed is True


@pytest.mark.parametrize("begun", [True, False], ids=["begun", "not begun"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("error", REFUSALS)
def test_a_body_that_fails_is_a_refusal(library, error, method, begun):
    """A generator reads its session when its first chunk is asked for: no header has left by then."""
    status, names, sentence = REFUSALS[error]
    start, body = Called(), Closed(error=getattr(library, error)("out of order"))
    sent = b"".join(streamed(library, body, start, method=method, begun=begun))
    assert start.calls[-1] == (status, names, error)
    assert len(start.calls) == 1 + begun
    assert sent.startswith(sentence) if method == "GET" else not sent
    assert body.closed is True


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_body_that_is_spoilt_gives_way_to_the_sentence(library, method):
    """What cannot be saved is noticed when headers are to leave; of a page made by then, nothing may follow them."""
    bench, cookie = failing(library, "set")
    body = Closed(b"saved: ", b"1 cup")

    def app(environ, start_response):
        environ["session"]["cups"] = 1
        start_response("200 OK", [("Content-Type", "text/plain")])
        return body

    bench.app.app = app
    answer = bench.request(method=method, cookie=cookie)
    assert answer.status == 503
    assert (b"cannot be reached" in answer.body) is (method == "GET")
    assert b"saved" not in answer.body
    assert body.closed is True


def test_half_an_answer_is_not_completed_by_a_sentence(library):
    """PEP 3333: where headers have left, start_response raises the error again; the server must see it and hang up."""
    start, body = Called(headers_have_left=True), Closed(b"half", error=library.StoreError("out of order"))
    sent = []
    with pytest.raises(library.StoreError):
        sent.extend(streamed(library, body, start, begun=True))
    assert sent in ([], [b"half"])
    assert body.closed is True


@pytest.mark.sentence("An error of the app's own stays its own in a body, too")
@pytest.mark.parametrize("begun", [True, False], ids=["begun", "not begun"])
def test_an_error_in_a_body_that_is_the_apps_own_stays_its_own(library, begun):
    """A mistake in a generator is the app's affair, and its server's."""
    start, body = Called(), Closed(b"half", error=KeyError("no such key"))
    with pytest.raises(KeyError):
        list(streamed(library, body, start, begun=begun))
    assert len(start.calls) == begun
    assert body.closed is True


@pytest.mark.sentence("A body that is never read is closed, too")
@pytest.mark.parametrize("begun", [True, False], ids=["begun", "not begun"])
def test_a_body_that_is_never_read_is_closed_too(library, begun):
    """PEP 3333: a server whose client has gone closes the body without asking for a chunk."""
    body = Closed(b"one")

    def app(environ, start_response):
        if begun:
            start_response("200 OK", [("Content-Type", "text/plain")])
        return body

    environ = {}
    setup_testing_defaults(environ)
    library.SessionMiddleware(app, secret="keyboard cat")(environ, Called()).close()
    assert body.closed is True


@pytest.mark.sentence("A server's own wrapper of a file reaches it")
def test_a_servers_own_wrapper_of_a_file_reaches_it(library):
    """A server looks for it, to hand the whole file to the system; in another body it would be read piece by piece."""

    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return environ["wsgi.file_wrapper"](io.BytesIO(b"tea"))

    environ = {"wsgi.file_wrapper": FileWrapper}
    setup_testing_defaults(environ)
    answer = library.SessionMiddleware(app, secret="keyboard cat")(environ, Called())
    assert isinstance(answer, FileWrapper)
    answer.close()


def test_the_body_is_closed_whatever_happens(library):
    """PEP 3333: whoever opens a file for its body must be able to close it, in an answer that is refused, too."""
    bench, cookie = failing(library, "get")
    closed = []

    class Body(list):
        def close(self):
            closed.append(True)

    def app(environ, start_response):
        body = Body([b"ok"])
        try:
            environ["session"]["cups"] = 1
        except library.StoreError:
            start_response("500 Internal Server Error", [("Content-Type", "text/plain")], sys.exc_info())
        return body

    bench.app.app = app
    assert bench.request(cookie=cookie).status == 503
    assert closed == [True]


@pytest.mark.parametrize(("status", "answered"), [("200 OK", 200), ("500 Internal Server Error", 503)])
def test_who_knows_what_to_do_without_a_session_answers_himself(library, status, answered):
    """An app that meets the error may have a page for it, and that is kept; a 500 is what it has no page for."""
    bench, cookie = failing(library, "get")

    def app(environ, start_response):
        with pytest.raises(library.StoreError):
            environ["session"].get("cups")
        start_response(status, [("Content-Type", "text/plain")])
        return [b"No cups today."]

    bench.app.app = app
    answer = bench.request(cookie=cookie)
    assert (answer.status, answer.body == b"No cups today.") == (answered, answered == 200)


def test_a_500_that_has_nothing_to_do_with_the_session_stays(library):
    """The store is down, and the page that fails has not looked at its session."""
    bench, cookie = failing(library, "get")
    bench.app.app = paged(lambda session: 1 / 0)
    assert bench.request(cookie=cookie).status == 500


USES = {
    "nothing": lambda session: None,
    "environ['session'] = None": lambda session: bottle.request.environ.update(session=None),
    "session.get('user')": lambda session: session.get("user"),
    "session.id": lambda session: session.id,
    "session.destroy()": lambda session: session.destroy(),
    "atomically(session, …)": lambda session: step5_stores.atomically(session, dict.clear),
}


@pytest.mark.sentence("Pages that do not use their session go on without the store.")
@pytest.mark.parametrize(("page_does", "status"), [(does, 200 if n < 2 else 503) for n, does in enumerate(USES)])
def test_pages_without_a_session_go_on(library, page_does, status):
    """The session is read in any case; but only who uses it hears that it could not be."""
    bench, cookie = failing(library, "get", "set", "touch", "destroy")
    assert bench.request(USES[page_does], cookie=cookie).status == status


@pytest.mark.parametrize(("page_does", "status"), [("session.get('user')", 200), ("session.update(cups=1)", 503)])
def test_a_stranger_needs_no_store_to_be_a_stranger(library, page_does, status):
    """Without a cookie there is nothing to be asked for; with something to be saved there is."""
    bench, _ = failing(library, "get", "set")
    does = {**USES, "session.update(cups=1)": lambda session: session.update(cups=1)}
    assert bench.request(does[page_does]).status == status


OPERATORS = {
    "|= {...}": lambda session: session.__ior__({"user": "alice"}),
    "| {...}": lambda session: session | {"user": "alice"},
    "{...} |": lambda session: {"user": "alice"} | session,
    "== {}": lambda session: session == {},
    "{} ==": lambda session: session == {},
    "!= {}": lambda session: session != {},
    "< {}": lambda session: session < {},
    "in": lambda session: "user" in session,
    "bool": bool,
    "repr": repr,
    "str": str,
    "f-string": lambda session: f"{session}",
    "list": list,
    "reversed": reversed,
    "dict": dict,
    "{**session}": lambda session: {**session},
    "json.dumps": json.dumps,
    "copy.copy": copy.copy,
    "copy.deepcopy": copy.deepcopy,
    "setattr": lambda session: setattr(session, "user", "alice"),
    "delattr": lambda session: delattr(session, "user"),
}


def test_the_error_of_a_stand_in_stays_short():
    """Django's page of an error looks at every variable of every line of it: one that grew by this would never end."""
    stand_in = Unavailable(step5_stores.StoreError("out of order"), {})
    lengths = set()
    for _ in range(9):
        with pytest.raises(step5_stores.StoreError) as told:
            stand_in.get("user")
        lengths.add(len(told.traceback))
    assert len(lengths) == 1


STAYS = {
    "__new__",
    "__init__",
    "__getattribute__",
    "__class_getitem__",
    "__hash__",
    "settle",
    "cookie_wanted",
    "held",
    "brought",
    "ended",
}


@pytest.mark.parametrize("use", OPERATORS)
def test_each_use_of_a_stand_in_is_a_store_error(use):
    """What answers as an empty session would, or takes what is never saved, is a lie: the visitor is a known one."""
    with pytest.raises(step5_stores.StoreError):
        OPERATORS[use](Unavailable(step5_stores.StoreError("out of order"), {}))


@pytest.mark.parametrize("of", [dict, *step5_stores.Session.__mro__[:-2]], ids=lambda of: of.__module__)
def test_each_name_of_a_session_is_a_store_error_in_its_stand_in(of):
    """Whichever method or attribute it is, of a dict or of a session of any step; what the middleware asks aside."""
    stand_in = Unavailable(step5_stores.StoreError("out of order"), {})
    for name in {*vars(of), "is_new", "store", "born"} - STAYS:
        if not name.startswith("__") or callable(getattr(of, name)):
            with pytest.raises(step5_stores.StoreError):
                getattr(stand_in, name)()


@pytest.mark.sentence("A failure is one line in the server's log")
@pytest.mark.parametrize("fails", ["get", "destroy"])
def test_a_failure_is_one_line_in_the_servers_log(library, fails):
    """In an outage each request would fill a page with the same traceback; an error of the app's own keeps its one."""
    bench, cookie = failing(library, fails)
    answer = bench.request(lambda session: session.destroy(), cookie=cookie)
    assert (answer.status, answer.errors) == (503, "OutOfOrder: out of order\n")
    assert "Traceback" in bench.request(lambda session: [][0]).errors


def test_a_failure_stays_one_line_however_it_is_written(library):
    """Python's own `print_exc` writes piece by piece; what the app says itself about the failure stays."""
    bench, cookie = failing(library, "get")

    def handler(session):
        errors = bottle.request.environ["wsgi.errors"]
        try:
            session.clear()
        except step5_stores.StoreError:
            errors.write("no cart today\n")
            traceback.print_exc(file=errors)
            errors.writelines(traceback.format_exc().splitlines(keepends=True))

    answer = bench.request(handler, cookie=cookie)
    assert (answer.status, answer.errors) == (200, "no cart today\nOutOfOrder: out of order\n")


@pytest.mark.sentence("Through the middleware, too, a store counts, loops and forgets")
def test_a_store_counts_loops_and_forgets_through_the_middleware(library):
    """`len(app.store)` and so on are what operators ask; a store that fails is a StoreError there, too."""
    kept = library.MemoryStore()
    store = library.SessionMiddleware(site(lambda session: None), secret="keyboard cat", store=kept).store
    put(kept, "a", ALICE)
    assert (len(store), [*store]) == (1, ["a"])
    store.clear()
    assert len(store) == len(kept) == 0
    broken = FailFast(Failing(kept, "clear"))
    with pytest.raises(step5_stores.StoreError):
        broken.clear()


def test_a_failed_touch_is_a_line_in_the_log(library, caplog):
    """The page was answered rightly, only the time of silence goes on from before: no reason to fail."""
    bench, cookie = failing(library, "touch", cookie={"max_age": 60}, rolling=True)
    answer = bench.request(lambda session: session["user"], cookie=cookie)
    assert (answer.status, answer.cookies) == (200, [])
    assert "could not be moved" in caplog.text


@pytest.mark.parametrize(
    "saves",
    [lambda session: session.save(), lambda session: step5_stores.atomically(session, lambda newest: None)],
    ids=["save", "atomically"],
)
def test_a_failed_touch_after_a_save_loses_no_login(library, saves):
    """What was acknowledged is there, and the browser has its cookie: a 200 without one would be a logout."""
    bench, cookie = failing(library, "touch")
    answer = bench.request(
        lambda session: (session.regenerate(), session.update(user="bob"), saves(session)), cookie=cookie
    )
    assert answer.status == 200
    seen = []
    bench.app.store.store.methods = ()
    bench.request(lambda session: seen.append(session.get("user")), cookie=answer.cookie)
    assert seen == ["bob"]


def test_a_failed_destroy_is_no_logout(library):
    """Who is told that he is out must be out."""
    bench, cookie = failing(library, "destroy")
    answer = bench.request(lambda session: session.destroy(), cookie=cookie)
    assert answer.status == 503
    assert answer.cookies == []


@pytest.mark.sentence("An error of the app's own stays its own.")
def test_an_error_of_the_apps_own_stays_its_own(library):
    """503 is for stores that fail; a mistake in a handler is a 500 as before, and saves what it saved before."""
    bench = Bench(library)
    answer = bench.request(lambda session: session["no such key"], cookie=bench.begin())
    assert answer.status == 500


def test_a_store_that_failed_slowly_is_left_alone_for_a_moment():
    """One request waits for a frozen store, and not all of them in turn."""
    clock = Clock.still()
    asked = []

    class Frozen:
        def get(self, id):
            asked.append(id)
            clock.move(0.4)
            raise step5_stores.StoreError("no answer")

    store = FailFast(Frozen(), pause=2, clock=clock)
    with pytest.raises(step5_stores.StoreError, match="no answer"):
        store.get("a")
    with pytest.raises(step5_stores.StoreError):
        store.get("b")
    assert asked == ["a"]
    clock.move(1.9)
    with pytest.raises(step5_stores.StoreError):
        store.get("b")
    assert asked == ["a"], "the store was asked again within the pause, which begins when the failure has come"
    clock.move(0.2)
    with pytest.raises(step5_stores.StoreError):
        store.get("c")
    assert asked == ["a", "c"]


@pytest.mark.parametrize("seconds", [0, 0.09])
def test_a_store_that_failed_at_once_is_asked_again(seconds):
    """It keeps nobody waiting, and may be back the next time."""
    clock = Clock.still()

    asked = []

    class Refusing:
        answers = False

        def get(self, id):
            asked.append(id)
            clock.move(seconds)
            if not self.answers:
                raise step5_stores.StoreError("refused")

    store = FailFast(Refusing(), clock=clock)
    with pytest.raises(step5_stores.StoreError, match="refused"):
        store.get("a")
    store.store.answers = True
    assert store.get("b") is None
    assert asked == ["a", "b"]


def test_a_store_that_answers_slowly_is_asked_again():
    """A good answer is no failure, however long it took: nobody is sent away by it."""
    clock = Clock.still()

    class Slow:
        def get(self, id):
            clock.move(0.4)
            return f"the row of {id}"

    store = FailFast(Slow(), clock=clock)
    assert [store.get("a"), store.get("b")] == ["the row of a", "the row of b"]


def test_each_question_has_its_own_time():
    """One that another thread asks, and that is answered, does not make a quick failure of a slow one."""
    clock = Clock.still()

    class Moody:
        def get(self, id):
            if id == "fine":
                return "a row"
            clock.move(0.4)
            another = threading.Thread(target=store.get, args=["fine"], daemon=True)
            another.start()
            another.join(timeout=0.4)
            raise step5_stores.StoreError("no answer")

    store = FailFast(Moody(), clock=clock)
    with pytest.raises(step5_stores.StoreError, match="no answer"):
        store.get("frozen")
    with pytest.raises(step5_stores.StoreError):
        store.get("fine")


class AsyncStore(step5_stores.MemoryStore):
    """A store that promises to answer later."""

    async def set(self, id, row, *, expected, expires):
        """Never awaited, it would be taken for a yes."""
        return super().set(id, row, expected=expected, expires=expires)


class AsyncReading(step5_stores.MemoryStore):
    async def get(self, id):
        """Never awaited, it would be taken for a row."""
        return super().get(id)


@pytest.mark.parametrize("client", [AsyncRedis(), Redis, None, "redis://:secret@127.0.0.1"])
def test_what_is_no_client_of_redis_is_refused(client):
    """An async one would lose every session without a word."""
    with pytest.raises(TypeError, match=r"client must .*redis\.Redis\(\).*open_store") as raised:
        step5_stores.RedisStore(client)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("url", [None, Path("x.db"), 5])
def test_a_store_is_named_by_a_text(url):
    """A path is not: whether it is SQLite's is not said in it."""
    with pytest.raises(TypeError, match="sqlite:///file"):
        step5_stores.open_store(url)


@pytest.mark.parametrize("url", ["sqlite:///~nobody-of-this-name/x.db", "sqlite:///%00.db"])
def test_a_file_that_cannot_be_named_is_a_value_error(url):
    """As every URL that names no store: STORE= at a server's start is then one sentence."""
    with pytest.raises(ValueError, match="there is no file"):
        step5_stores.open_store(url)


@pytest.mark.parametrize(
    ("store", "remedy"),
    [
        ("sqlite:///x.db", 'open_store("…")'),
        ("redis://:sesame@127.0.0.1", 'open_store("…")'),
        (Path("x.db"), 'open_store("…")'),
        (step5_stores.SQLiteStore, "MemoryStore()"),
        (AsyncStore(), "MemoryStore()"),
        (AsyncReading(), "MemoryStore()"),
        (step4_destroy.MemoryStore(), "MemoryStore()"),
        ({}, "MemoryStore()"),
    ],
    ids=["a URL", "another", "a file", "a class", "async", "async where it reads", "of step 4", "a dict"],
)
def test_what_is_no_store_is_refused_with_the_remedy(library, says, store, remedy):
    """At the start, not by the first visitor; and in words that say what was meant."""
    with pytest.raises(TypeError, match=says(f"store must have .*{re.escape(remedy)}")) as refused:
        library.SessionMiddleware(site(lambda session: None), secret="x", store=store)
    assert "sesame" not in str(refused.value)


def test_a_store_without_compare_and_swap_is_refused(says):
    """The stores of the earlier steps cannot keep these promises: better no start than a false one."""
    for store in (step4_destroy.MemoryStore(), object()):
        with pytest.raises(TypeError, match=says("store must have")):
            step5_stores.SessionMiddleware(site(lambda session: None), secret="x", store=store)


@pytest.mark.sentence("A Redis that does not answer is a 503 within a second")
@pytest.mark.slow
@pytest.mark.parametrize("fault", [faults.frozen, faults.down])
def test_a_redis_that_does_not_answer(redis, fault):
    """P6, with a real server and sixteen guests at once: 503 within a second, other pages go on, then all is well."""
    server = Server.start(5, STORE=redis.url)
    seen = faults.without_answer(server, fault(redis), 1.5)
    server.stop()
    assert seen["503 within a second"] > 10 and seen["menu"] > 10
    assert (seen["other failures"], seen["wrong"], seen["served to whom it should not"]) == (0, 0, 0)


@pytest.mark.sentence("A database that is locked or full is a 503, and loses nothing")
@pytest.mark.slow
def test_a_database_that_is_locked_or_full(tmp_path):
    """P6. Another program holds the lock, or the disk is full: a clear 503, nothing lost, and then all is well."""
    path = tmp_path / "s.db"
    server = Server.start(5, STORE=f"sqlite:///{path}")
    server.visitor().get("/")
    for fault in (faults.locked(path), faults.full(server)):
        seen = faults.without_answer(server, fault, 1.5)
        assert seen["503 within a second"] > 5 and seen["menu"] > 5
        assert (seen["other failures"], seen["wrong"], seen["served to whom it should not"]) == (0, 0, 0)
    server.stop()


@pytest.mark.slow
def test_what_was_acknowledged_survives_kill_9(redis, tmp_path):
    """P4. A killed server or Redis loses nothing that was answered, and brings back nobody who has logged out."""
    for seen in (faults.killed_servers(tmp_path, 3), faults.killed_store(redis, 5)):
        assert seen.pop("acknowledged") > 20
        assert set(seen.values()) == {0}


# Bad rows and made-up cookies


@pytest.mark.asvs("16.2.5", "16.5.3")
@pytest.mark.parametrize(
    "row",
    [
        *[
            "",
            "{",
            "[]",
            "null",
            '{"cookie":{}}{',
            '{"cookie":7}',
            *[f'{{"cookie":{{}}{rest}}}' for rest in (",", ", ", ",,", 'x"a":1', '"a":1', ":1", ',a":1')],
            ENDLESS % ',"a":NaN',
            ENDLESS % ',"cookie":1',
            "\x00",
        ],
        *[ENDLESS % f',"x":{odd}' for odd in (r'"\ud800"', r'[{"a":"\uDFFF."}]', r'{"\udc00":1}', '"\ud800"')],
        *[ENDLESS % (',"x":' + "[" * n + "]" * n) for n in (250, 900, 990, 100_000)],
        ENDLESS % (',"x":' + '{"a":' * 970 + "1" + "}" * 970),
        *[f'{{"cookie":{{"originalMaxAge":{age}}}}}' for age in ("-1", "-1e14", "1e300", '"60"', "[1]", "9" * 400)],
    ],
    ids=lambda row: ascii(row[:90]),
)
def test_a_corrupt_row_is_a_new_visitor_and_one_line(library, caplog, row):
    """Not a 500 for ever: the row is dropped, the log says so once, and names no id."""
    bench = Bench(library)
    put(bench.store, "spoilt", row)
    answer = bench.request(lambda session: session.update(user=session.get("user")), cookie=cookie_of("spoilt"))
    assert answer.status == 200
    assert "spoilt" not in bench.rows()
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    line = caplog.records[0].getMessage()
    assert name_in_log("spoilt") in line
    assert "spoilt" not in line


@pytest.mark.parametrize("birth", ["1e300", "1e18", "9" * 30, '"now"', "null"])
def test_a_birth_that_no_session_can_have_is_a_corrupt_row(library, caplog, redis, birth):
    """Redis, for one, takes no such end: it would be a 503 for ever."""
    store = step5_stores.open_store(redis.url)
    bench = Bench(library, store=store, absolute_timeout=100)
    put(bench.store, "spoilt", ENDLESS % f',"createdAt":{birth}')
    answer = bench.request(lambda session: session.update(user="alice"), cookie=cookie_of("spoilt"))
    assert (answer.status, store.get("spoilt"), len(caplog.records)) == (200, None, 1)


@pytest.mark.parametrize("data", [{"nick": "caf\ud83c"}, {"trip": {"to": ["\udfff"]}}, {"a\ud800": 1}])
def test_what_would_not_be_read_again_is_not_written(library, data):
    """Half of a letter comes in JSON, as an escape. Acknowledged, it would cost the login: its row is dropped."""
    bench = Bench(library)
    cookie = bench.begin(user="alice")

    def handler(session):
        session.update(data)
        with pytest.raises(ValueError, match=r"^(nick|trip\.to\.0|a\\ud800): half of a letter"):
            session.save()
        for key in data:
            del session[key]

    assert bench.request(handler, cookie=cookie).status == 200
    seen = []
    bench.request(lambda session: seen.append(dict(session)), cookie=cookie)
    assert seen == [{"user": "alice"}]


UNREADABLE = ["NaN", r'"\ud800"', "[" * 900 + "]" * 900]
WORKS = {
    "changes it": lambda library, session: session.update(cups=1),
    "saves it": lambda library, session: (session.update(cups=1), session.save()),
    "loads it again": lambda library, session: session.reload(),
    "changes it by turns": lambda library, session: library.atomically(session, lambda session: session.update(cups=1)),
    "changes it by turns, in vain": lambda library, session: in_vain(library, session),
    "begins another": lambda library, session: (session.update(cups=1), session.regenerate(keep=["cups"])),
    "reads": lambda library, session: session.get("user"),
}


def in_vain(library, session):
    """A change for which somebody else is faster."""
    spoilt = bottle.request.environ.pop("spoil")
    library.atomically(session, lambda session: (spoilt(session.id), session.update(cups=1)))


@pytest.mark.parametrize("row", ["{", '{"cookie":{"originalMaxAge":-1}}', *[ENDLESS % f',"x":{x}' for x in UNREADABLE]])
@pytest.mark.parametrize("resave", [False, True])
@pytest.mark.parametrize("work", WORKS)
def test_a_row_that_is_spoilt_meanwhile_has_ended(library, caplog, work, resave, row):
    """As one that is found so: one line, nobody's error. Who changed something is told; who read gets no cookie."""
    bench = Bench(library, resave=resave)
    cookie = bench.begin()

    def handler(session):
        spoil = bottle.request.environ["spoil"] = lambda id: put(bench.store, id, row)
        if work != "changes it by turns, in vain":
            spoil(session.id)
        WORKS[work](library, session)

    answer = bench.request(handler, cookie=cookie)
    assert answer.status == (200 if work in ("begins another", "reads") else 409)
    assert (answer.cookies != []) is (work == "begins another")
    assert not any("cups" in kept for kept in bench.rows().values())
    bench.request(cookie=cookie)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "its row cannot be read" in caplog.text


POISON = {
    "half a surrogate pair": ENDLESS % r',"x":"\ud800"',
    "half a surrogate pair as a key": ENDLESS % r',"x":{"\udfff":1}',
    "an end before the beginning": '{"cookie":{"originalMaxAge":-5000},"views":1}',
    "an end before all time": '{"cookie":{"originalMaxAge":-1e14},"views":1}',
    "deep": ENDLESS % (',"x":' + "[" * 977 + "]" * 977),
}


@pytest.mark.parametrize("poison", POISON)
def test_no_row_poisons_the_site(house, poison, caplog):
    """Whatever a row holds, each page of the site is there: for a new visitor, with one line in the log."""
    for path, status in (("/", 200), ("/whoami", 200), ("/login", 200), ("/none", 404)):
        put(house.store, "spoilt", POISON[poison])
        caplog.clear()
        assert call(house.app, path, cookie=cookie_of("spoilt", "your-secret-key")).status == status
        assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_what_is_odd_and_can_be_read_is_no_corrupt_row(library):
    """Pairs in full, whichever way they are written, and what is nested as deep as may be."""
    bench = Bench(library)
    row = ENDLESS % (r',"x":"\ud83c\udf75 \u00e9\\ud800","y":"🍵",' + '"z":' + "[" * 190 + "]" * 190)
    put(bench.store, "odd", row)
    seen = []
    bench.request(lambda session: seen.append((session["x"], session["y"])), cookie=cookie_of("odd"))
    assert seen == [("🍵 é\\ud800", "🍵")]


def test_no_session_is_written_that_could_not_be_read(library):
    """What lies too deep for the stack of the next request is refused now: its row would be a corrupt one."""
    bench = Bench(library)
    deep = []
    for _ in range(500):
        deep = [deep]

    def handler(session):
        session["x"] = deep
        with pytest.raises(ValueError, match="deeper"):
            session.save()
        session.clear()

    assert bench.request(handler, cookie=bench.begin()).status == 200


@pytest.mark.sentence("Of many corrupt rows, none is an error")
def test_many_corrupt_rows(kind):
    """Cut off, overwritten, of other types: never an error."""
    seen = forgeries.corrupt_rows(kind.open(), 200)
    assert seen.pop("dropped") > 100
    assert set(seen.values()) == {0}


@pytest.mark.sentence("Whoever has no cookie of ours leaves no row")
@pytest.mark.asvs("7.6.2")
def test_who_has_no_cookie_of_ours_leaves_no_row(kind):
    """Robots and guessers do not fill the store."""
    assert forgeries.strangers(kind.open(), 30) == {"rows": 0, "odd answers": 0}


def test_no_cookie_header_makes_somebody_alice(kind):
    """Nearly right cookies, with anything put in or cut out, from a fixed seed."""
    seen = forgeries.fuzzed_cookies(kind.open(), 1000)
    assert seen.pop("Alice herself") > 0
    assert set(seen.values()) == {0}


# Each store's own

WRITES = {
    "begins a row": {"expected": None, "expires": None},
    "writes over one": {"expected": "1", "expires": None},
    "ends one": {"expected": "1", "expires": 0},
}


def writers_that_win(write):
    """How many of two are told that they have written, if the other comes wherever the first lets a lock go."""
    store = step5_stores.MemoryStore()
    if write["expected"] is not None:
        store.set("a", write["expected"], expected=None, expires=None)
    others = []
    ours = with_another_between(
        store, lambda: store.set("a", "ours", **write), lambda: others.append(store.set("a", "theirs", **write))
    )
    return [ours, *others].count(True)


def let_others_try(store, who):
    """Let other threads try to get in while one compares and writes."""
    store.set("a", "1", expected=None, expires=None)
    others = {
        "get": lambda: store.get("a"),
        "set": lambda: store.set("a", "2", expected="1", expires=None),
        "touch": lambda: store.touch("a", None),
        "destroy": lambda: store.destroy("a"),
    }
    keep_out(store, f"the set() that {who}", lambda: store.set("a", "ours", **WRITES[who]), **others)


@pytest.mark.parametrize("who", WRITES)
@pytest.mark.sentence("Of two who write over the same row, one wins.")
def test_of_two_writes_on_one_piece_of_news_one_wins(who):
    """Comparing and writing is one thing: where the lock is let go between the two, another writer comes in here."""
    assert writers_that_win(WRITES[who]) == 1, "(how many of the two were told that they have written)"


@pytest.mark.parametrize("who", WRITES)
@pytest.mark.sentence("While one compares and writes, no other thread gets to the rows.")
def test_nobody_comes_between_comparing_and_writing(who):
    """Under one lock, from the first look to the last: there must be no room for a logout between the two."""
    let_others_try(step5_stores.MemoryStore(), who)


NO_REDIS = [
    "redis://host/abc",
    "redis://host/0/1",
    "redis://host/-1",
    "rediss://host/db",
    "redis://host/²",
    "redis:host",
]


@pytest.mark.parametrize(
    "url", ["", "memory", "memory:x", "sqlite:", "sqlite:///", "sqlite://file.db", "file.db", "http://h", *NO_REDIS]
)
def test_a_url_that_names_no_store_is_a_value_error(url):
    """It names what there is."""
    with pytest.raises(ValueError, match="sqlite:///file"):
        step5_stores.open_store(url)


@pytest.mark.parametrize("url", ["redis://:sesame", "redis://h:sesame/0", "redis://[sesame]", "redis://h?sesame=1"])
def test_an_error_about_a_url_does_not_repeat_it(url):
    """Mistyped, the password stands where the port should, and errors are read by many."""
    with pytest.raises(ValueError, match="Redis") as refused:
        step5_stores.open_store(url)
    assert "sesame" not in str(refused.value)
    with pytest.raises(TypeError) as refused:
        step5_stores.open_store(url.encode())
    assert "sesame" not in str(refused.value)


def test_urls_name_stores(tmp_path, monkeypatch):
    """Three slashes: below the current folder; four: from the root."""
    monkeypatch.chdir(tmp_path)
    assert isinstance(step5_stores.open_store("memory:"), step5_stores.MemoryStore)
    assert step5_stores.open_store("sqlite:///s.db").path.resolve() == (tmp_path / "s.db").resolve()
    assert step5_stores.open_store(f"sqlite:///{tmp_path}/t.db").path == (tmp_path / "t.db").resolve()
    assert isinstance(step5_stores.open_store("redis://127.0.0.1:6379/1"), step5_stores.RedisStore)


@pytest.mark.parametrize("url", ["sqlite:///s.db?mode=ro", "sqlite:///s.db#x"])
def test_a_file_is_named_whole(url, tmp_path, monkeypatch):
    """A ? or a # would begin something else in a URL: refused, instead of a stray file with an odd name."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="sqlite:///file"):
        step5_stores.open_store(url)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("sqlite:///tea%20house.db", "tea house.db"),
        ("sqlite:///caf%C3%A9.db", "café.db"),
        ("sqlite:///a%3Fb%23c.db", "a?b#c.db"),
        ("sqlite:///100%.db", "100%.db"),
        ("sqlite:///~/s.db", "home/s.db"),
        ("sqlite:///a/../s.db", "s.db"),
    ],
)
def test_a_file_is_written_as_in_every_url(url, file, tmp_path, monkeypatch):
    """%20 is a space, and ~ one's home."""
    (tmp_path / "home").mkdir()
    (tmp_path / "a").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    assert step5_stores.open_store(url).path == (tmp_path / file).resolve()
    assert (tmp_path / file).exists()


def test_a_database_in_memory_is_one_for_all_threads():
    """SQLite would give each thread a database of its own, without a table: so it is a MemoryStore, or an error."""
    store = step5_stores.open_store("sqlite:///:memory:")
    store.set("a", ALICE, expected=None, expires=None)
    assert races.at_once(*[partial(store.get, "a")] * 4) == [ALICE] * 4
    with pytest.raises(ValueError, match="MemoryStore"):
        step5_stores.SQLiteStore(":memory:")


@pytest.mark.parametrize("place", ["s.db", "./s.db", "sub/../s.db"])
def test_a_relative_path_stays_what_it_was(place, tmp_path, monkeypatch):
    """The program may go to another folder: the store stays where it is, in new threads, too, and leaves no stray."""
    for folder in ("here", "here/sub", "there"):
        (tmp_path / folder).mkdir()
    monkeypatch.chdir(tmp_path / "here")
    store = step5_stores.open_store(f"sqlite:///{place}")
    store.set("a", ALICE, expected=None, expires=None)
    monkeypatch.chdir(tmp_path / "there")
    assert [store.get("a"), *races.at_once(*[partial(store.get, "a")] * 2)] == [ALICE] * 3
    store.close()
    assert store.get("a") == ALICE
    assert list((tmp_path / "there").iterdir()) == []


def test_a_database_is_for_its_owner_alone(tmp_path):
    """Who reads a row is nobody yet, but he knows what is in it: no other user of the machine may open the files."""
    before = os.umask(0)
    store = step5_stores.SQLiteStore(tmp_path / "s.db")
    store.set("a", ALICE, expected=None, expires=None)
    os.umask(before)
    assert {file.name: oct(file.stat().st_mode)[-3:] for file in tmp_path.iterdir()} == dict.fromkeys(
        ["s.db", "s.db-wal", "s.db-shm"], "600"
    )
    store.close()


def remove(path, ends=("", "-wal", "-shm")):
    for end in ends:
        path.with_name(path.name + end).unlink(missing_ok=True)


def restore(path):
    shutil.copy(path.parent / "backup.db", path)


def move_in(path):
    shutil.copy(path.parent / "backup.db", path.parent / "copy.db")
    (path.parent / "copy.db").replace(path)


def move_folder(path):
    path.parent.rename(path.parent.with_name("old"))
    path.parent.mkdir()


EXCHANGES = {
    "removed": (remove, ""),
    "removed in another order": (lambda path: remove(path, ("-shm", "", "-wal")), ""),
    "removed without what is beside it": (lambda path: remove(path, [""]), ""),
    "removed with its folder": (move_folder, ""),
    "removed and restored": (lambda path: (remove(path), restore(path)), "early"),
    "restored by a move": (lambda path: (remove(path), move_in(path)), "early"),
    "restored over what is beside it": (move_in, "early"),
    "what is beside it removed": (lambda path: remove(path, ["-wal", "-shm"]), "early late"),
}


def of_threads(pool, works):
    """Let each of eight threads do its work; a StoreError counts as what it says."""
    start = threading.Barrier(8)

    def begin(work):
        start.wait()
        try:
            return work()
        except step5_stores.StoreError as error:
            return str(error)

    return list(pool.map(begin, works))


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_a_database_that_is_exchanged_is_opened_anew(exchange, tmp_path):
    """Removed, or restored from a backup, while the server runs: all threads notice, none writes into what is gone."""
    (tmp_path / "data").mkdir()
    path = tmp_path / "data" / "s.db"
    store = step5_stores.SQLiteStore(path)
    store.set("early", ALICE, expected=None, expires=None)
    with closing(sqlite3.connect(path)) as open_, closing(sqlite3.connect(path.parent / "backup.db")) as backup:
        open_.backup(backup)
    write, kept = EXCHANGES[exchange]
    with ThreadPoolExecutor(8) as pool:
        of_threads(pool, [partial(store.get, "early")] * 8)
        store.set("late", ALICE, expected=None, expires=None)
        write(path)
        sets = [partial(store.set, f"{n}", ALICE, expected=None, expires=None) for n in range(8)]
        assert of_threads(pool, sets) == [True] * 8
        assert of_threads(pool, [partial(store.get, f"{7 - n}") for n in range(8)]) == [ALICE] * 8
    assert sorted(store) == sorted(step5_stores.SQLiteStore(path)) == sorted([*"01234567", *kept.split()])
    store.close()


@pytest.mark.parametrize("early", [True, False])
def test_who_comes_after_the_exchange_takes_nothing_of_the_old(early, tmp_path):
    """A thread that has opened nothing yet may be the first that meets the new file, beside what the old one had."""
    path = tmp_path / "s.db"
    store, other = step5_stores.SQLiteStore(path), step5_stores.SQLiteStore(path)
    store.set("early", ALICE, expected=None, expires=None)
    with closing(sqlite3.connect(path)) as open_, closing(sqlite3.connect(tmp_path / "backup.db")) as backup:
        open_.backup(backup)
    store.set("late", ALICE, expected=None, expires=None)
    assert not early or other.get("late")
    move_in(path)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(store.get, "late").result() is None
        for each in (store, other):
            assert each.set(f"{id(each)}", ALICE, expected=None, expires=None)
        assert pool.submit(store.__len__).result() == len(store) == len(other) == 3
    store.close()
    other.close()


@pytest.mark.skipif(os.name == "nt", reason="links need a right of their own here")
@pytest.mark.parametrize("through", ["the file", "its folder"])
def test_a_link_that_leads_elsewhere_is_followed(through, tmp_path):
    """As where each release is a folder, and a link says which is current. What it led to before stays as it is."""
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        with closing(step5_stores.SQLiteStore(tmp_path / name / "s.db")) as filled:
            filled.set(name, ALICE, expected=None, expires=None)
    link, ends = (tmp_path / "now.db", "s.db") if through == "the file" else (tmp_path / "now", "")

    def lead_to(name):
        link.with_name("next").symlink_to(tmp_path / name / ends)
        link.with_name("next").replace(link)

    lead_to("old")
    store = step5_stores.SQLiteStore(link if ends else link / "s.db")
    with ThreadPoolExecutor(8) as pool:
        for name in ("old", "new", "old"):
            lead_to(name)
            assert of_threads(pool, [partial(store.get, name)] * 8) == [ALICE] * 8
            store.set(f"late in {name}", ALICE, expected=None, expires=None)
    store.close()
    held = {name: sorted(step5_stores.SQLiteStore(tmp_path / name / "s.db")) for name in ("old", "new")}
    assert held == {"old": ["late in old", "old"], "new": ["late in new", "new"]}


def test_what_is_left_of_a_database_and_cannot_be_removed_is_a_store_error(tmp_path, monkeypatch):
    """As in a folder where we may not write any more. Left there, it would be taken for the new database's."""
    path = tmp_path / "s.db"
    store = step5_stores.SQLiteStore(path)
    store.set("early", ALICE, expected=None, expires=None)
    (tmp_path / "backup.db").touch()
    move_in(path)

    def denied(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch, pytest.raises(step5_stores.StoreError, match=r"s\.db-\w+ of one"):
        patch.setattr(Path, "unlink", denied)
        store.get("early")
    assert store.get("early") is None
    store.close()


@pytest.mark.skipif(os.name == "nt", reason="links need a right of their own here")
def test_a_link_that_leads_nowhere_is_a_store_error(tmp_path):
    """Back to itself, even: for those who have the store open, and for those who open it."""
    path = tmp_path / "s.db"
    store = step5_stores.SQLiteStore(path)
    path.unlink()
    path.symlink_to(path.name)
    for ask in (partial(store.get, "a"), partial(step5_stores.SQLiteStore, path)):
        with pytest.raises(step5_stores.StoreError, match="unable to open"):
            ask()


def test_a_table_that_was_dropped_is_made_again(tmp_path):
    """Dropped by another program, or not in the backup that was restored: one question fails, the next does not."""
    store = step5_stores.SQLiteStore(tmp_path / "s.db")
    store.set("a", ALICE, expected=None, expires=None)
    with closing(sqlite3.connect(tmp_path / "s.db")) as other:
        other.execute("DROP TABLE sessions")
    with pytest.raises(step5_stores.StoreError, match="no such table"):
        store.get("a")
    assert store.get("a") is None
    store.close()


FORKS_AT_WORK = """
import os, signal, sys, threading
from steps.step5_stores import open_store

store, stop = open_store(sys.argv[1]), threading.Event()
for n in range(500):
    store.set(f"{n}", "1", expected=None, expires=None)
works = {
    "read": lambda: store.get("7"),
    "loop": lambda: list(store),
    "write": lambda: store.set("7", "1", expected="1", expires=None),
}

def work():
    while not stop.is_set():
        works[sys.argv[2]]()

for _ in range(4):
    threading.Thread(target=work).start()
for _ in range(40):
    child = os.fork()
    if child == 0:
        signal.alarm(5)
        os._exit(0 if store.get("7") == "1" and store.touch("7", None) else 1)
    if os.waitpid(child, 0)[1]:
        stop.set()
        sys.exit("a child got no answer")
stop.set()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.parametrize("work", ["read", "loop", "write"])
@pytest.mark.parametrize("where", ["memory", "sqlite"])
def test_a_fork_waits_for_who_holds_the_store(where, work, tmp_path):
    """A lock, ours or SQLite's own, would stay locked in the child, where nobody is left to release it."""
    url = f"sqlite:///{tmp_path}/forked.db" if where == "sqlite" else "memory:"
    command = [sys.executable, "-W", "ignore", "-c", FORKS_AT_WORK, url, work]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (told.returncode, told.stderr) == (0, "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_no_connection_is_carried_over_a_fork(tmp_path):
    """SQLite forbids it: where parent and child share one, what either has written is gone when the other closes it."""
    assert faults.forked(f"sqlite:///{tmp_path}/forked.db", 1) == {"acknowledged": 21, "lost": 0}


def test_nothing_is_written_into_a_database_that_is_gone(tmp_path):
    """Removed file by file while eight threads write: what is acknowledged from then on is in the new one."""
    seen = faults.removed(tmp_path, 2)
    assert (seen.pop("acknowledged"), seen) == (2 * 8 * 20, {"lost": 0, "never answered again": 0})


@pytest.mark.sentence("Of two who make the database, the second waits")
def test_of_two_who_make_the_database_the_second_waits(tmp_path):
    """While one makes the table, SQLite refuses the other at once, whatever its patience. So the store tries again."""
    with closing(sqlite3.connect(tmp_path / "s.db", isolation_level=None, check_same_thread=False)) as first:
        first.executescript("BEGIN IMMEDIATE; CREATE TABLE half_done (a);")
        tried = threading.Event()
        with ThreadPoolExecutor(1) as pool:
            opened = pool.submit(lambda: (tried.set(), step5_stores.SQLiteStore(tmp_path / "s.db"))[1])
            tried.wait()
            with suppress(TimeoutError):
                opened.exception(timeout=0.05)
            first.execute("COMMIT")
            store = opened.result()
    assert store.set("a", ALICE, expected=None, expires=None)
    store.close()


@pytest.mark.parametrize("ask", [len, list, iter, lambda store: store.clear(), lambda store: store.get("12345")])
def test_a_page_that_cannot_be_read_is_a_store_error(tmp_path, ask):
    """However late it comes: the first pages may be whole."""
    file = tmp_path / "s.db"
    store = step5_stores.SQLiteStore(file)
    for n in range(2000):
        store._database.execute("INSERT INTO sessions VALUES (?, ?, NULL)", (f"1{n:04}", ALICE * 5))
    store._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2] + b"\xff" * (len(whole) - len(whole) // 2))
    damaged = step5_stores.SQLiteStore(file)
    with pytest.raises(step5_stores.StoreError):
        ask(damaged)


@pytest.mark.sentence("A locked database is a StoreError, and not an ended session")
def test_a_locked_database_is_a_store_error_and_not_an_ended_session(tmp_path, says):
    """Wait, but not for ever, and then say what it is: nobody is logged out because somebody else was busy."""
    store = step5_stores.SQLiteStore(tmp_path / "s.db")
    store.set("a", ALICE, expected=None, expires=None)
    with faults.locked(tmp_path / "s.db"):
        assert store.get("a") == ALICE
        with pytest.raises(step5_stores.StoreError, match=says("locked")):
            store.set("a", "next", expected=ALICE, expires=None)
    assert store.set("a", "next", expected=ALICE, expires=None)
    store.close()


class HeldByAnother:
    """A lock that another thread does not let go: to wait for it without a limit would be to wait for ever."""

    def acquire(self, blocking=True, timeout=-1):
        assert not blocking or timeout >= 0, "waits for the other writers without a limit"
        assert timeout <= 1, "waits for the other writers longer than PATIENCE"
        return False

    def release(self):
        raise RuntimeError("releases a lock that it has not got")

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *error):
        self.release()


@pytest.mark.sentence("Whoever waits for other writers does not wait for ever")
@pytest.mark.parametrize("method", ["set", "touch", "destroy"])
def test_who_waits_for_other_writers_does_not_wait_for_ever(tmp_path, method):
    """Eight threads on a locked file would wait for each other in turn; so each gives up in time: a StoreError."""
    store = step5_stores.SQLiteStore(tmp_path / "s.db")
    store.set("a", ALICE, expected=None, expires=None)
    writing, store._writing = store._writing, HeldByAnother()
    writes = {
        "set": lambda: store.set("a", "next", expected=ALICE, expires=None),
        "touch": lambda: store.touch("a", None),
        "destroy": lambda: store.destroy("a"),
    }
    with pytest.raises(step5_stores.StoreError):
        writes[method]()
    assert store.get("a") == ALICE
    store._writing = writing
    store.close()


def test_another_program_that_writes_first_is_noticed(tmp_path, monkeypatch):
    """Comparing is the database's affair: between a look of ours and our write, a logout elsewhere may come."""
    store = step5_stores.SQLiteStore(tmp_path / "s.db")
    store.set("a", "row 1", expected=None, expires=None)
    database = store._database
    execute = database.execute
    with closing(sqlite3.connect(tmp_path / "s.db", isolation_level=None, timeout=0)) as other:

        def late(command, values=()):
            if not command.lstrip().upper().startswith("SELECT"):
                with suppress(sqlite3.OperationalError):  # it is locked: we have begun
                    other.execute("UPDATE sessions SET row = 'theirs'")
            return execute(command, values)

        monkeypatch.setattr(database, "execute", late)
        assert store.set("a", "row 2", expected="row 1", expires=None) is False
        assert store.get("a") == "theirs"
    store.close()


@pytest.mark.parametrize("loss", ["spoilt", "with its folder"])
def test_a_database_that_cannot_be_opened_any_more_is_a_store_error(tmp_path, loss):
    """Each of SQLite's errors is one, whenever it comes: a thread may find that out while it opens its connection."""
    path = tmp_path / "data" / "s.db"
    path.parent.mkdir()
    store = step5_stores.SQLiteStore(path)
    store.set("a", ALICE, expected=None, expires=None)
    store.close()
    if loss == "spoilt":
        path.write_bytes(b"no database " * 1000)
    else:
        shutil.rmtree(path.parent)
    with pytest.raises(step5_stores.StoreError):
        store.get("a")


def test_an_end_between_two_seconds_counts(tmp_path):
    """The clock's time is not rounded: a row ends at its moment, and neither before it nor after it."""
    clock = Clock.still()
    store = step5_stores.SQLiteStore(tmp_path / "s.db", clock=clock)
    store.set("a", "1", expected=None, expires=clock() + 0.3)
    store.set("b", "1", expected=None, expires=clock() + 0.7)
    seen = []
    for _ in range(4):
        seen.append(sorted(id for id in "ab" if store.get(id)))
        clock.move(0.2)
    assert seen == [["a", "b"], ["a", "b"], ["b"], ["b"]]
    store.close()


@pytest.mark.sentence("A full disk is a StoreError.")
def test_a_full_disk_is_a_store_error(tmp_path, says):
    """And the rows that were there still are."""
    store = step5_stores.SQLiteStore(tmp_path / "s.db")
    store.set("a", ALICE, expected=None, expires=None)
    store._database.execute("PRAGMA max_page_count = 8")
    with pytest.raises(step5_stores.StoreError, match=says("full")):
        store.set("b", "x" * 100_000, expected=None, expires=None)
    assert (store.get("a"), len(store)) == (ALICE, 1)
    store.close()


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        ("CAST(x'fffe' AS TEXT)", ""),
        ("CAST(x'7b7d' AS TEXT)", "{}"),
        ("x'fffe'", ""),
        ("x'7b7d'", ""),
        ("7", "7"),
        ("1.5", "1.5"),
    ],
)
def test_what_is_no_text_in_the_table_is_a_row_that_can_be_replaced(tmp_path, stored, read):
    """Somebody's program has written bytes or a number there: a new visitor's row, not a fault of the store."""
    store = step5_stores.SQLiteStore(tmp_path / "s.db")
    with closing(sqlite3.connect(tmp_path / "s.db", isolation_level=None)) as other:
        other.execute(f"INSERT INTO sessions VALUES ('a', {stored}, NULL)")
    app = step5_stores.SessionMiddleware(
        site(lambda session: session.update(cups=1)), secret="keyboard cat", store=store
    )
    assert store.get("a") == read
    assert call(app, cookie=cookie_of("a")).status == 200
    assert store.get("a") is None
    store.close()


def test_expired_rows_leave_the_table_in_small_bites(tmp_path):
    """Each row that comes clears away some that have gone: no request pays for all of them."""
    clock = Clock.still()
    store = step5_stores.SQLiteStore(tmp_path / "s.db", clock=clock)
    for n in range(100):
        store.set(f"{n}", "x", expected=None, expires=clock() + 1)
    clock.move(2)

    def rows():
        return store._database.execute("SELECT count(*) FROM sessions").fetchone()[0]

    store.set("new", "x", expected=None, expires=None)
    once = rows()
    assert 1 < once < 101
    for n in range(100):
        store.set(f"new{n}", "x", expected=None, expires=None)
    assert rows() == len(store) == 101
    store.close()


def test_threads_come_and_go_without_leaving_connections(tmp_path):
    """A connection a thread, closed with it: a server that changes its threads does not run out of files."""
    store = step5_stores.SQLiteStore(tmp_path / "s.db")
    folder = Path("/proc/self/fd")
    if not folder.is_dir():
        pytest.skip("how many files are open is counted on Linux only")
    races.at_once(*[partial(store.get, "a")] * 8)
    before = len(list(folder.iterdir()))
    for _ in range(5):
        races.at_once(*[partial(store.get, "a")] * 8)
    assert len(list(folder.iterdir())) <= before + 8
    store.close()


def test_rows_in_redis_are_as_connect_redis_writes_them(redis):
    """Key, row and time to live: an Express app reads ours, and we read its."""
    client = Redis(port=redis.port, decode_responses=True)
    client.flushdb()
    clock = Clock.still()
    store = step5_stores.RedisStore(client, clock=clock)
    store.set("a", ALICE, expected=None, expires=clock() + 1800)
    store.set("b", ALICE, expected=None, expires=None)
    store.set("c", ALICE, expected=None, expires=clock() + 0.2)
    assert client.get("sess:a") == ALICE
    assert [client.ttl(f"sess:{id}") for id in "abc"] == [1800, 86_400, 1]
    client.set("sess:express", ENDLESS % ',"user":"queen"', ex=60)
    assert store.get("express") == ENDLESS % ',"user":"queen"'
    assert client.ttl("sess:express") == 60


def test_stores_with_other_prefixes_do_not_meet(redis):
    """One Redis for many sites; the prefix is taken to the letter."""
    client = Redis(port=redis.port)
    client.flushdb()
    tea, all = step5_stores.RedisStore(client, prefix="tea:"), step5_stores.RedisStore(client, prefix="*")
    tea.set("a", "x", expected=None, expires=None)
    assert (all.get("a"), len(all), list(tea)) == (None, 0, ["a"])
    all.clear()
    assert len(tea) == 1


def test_a_key_of_another_type_is_a_row_that_can_be_dropped(redis):
    """A list where a row should be: a new visitor, not a fault of the store."""
    client = Redis(port=redis.port)
    client.flushdb()
    client.lpush("sess:odd", "x")
    client.set("sess:bytes", b"\xff\xfe")
    store = step5_stores.RedisStore(client)
    app = step5_stores.SessionMiddleware(
        site(lambda session: session.update(cups=1)), secret="keyboard cat", store=store
    )
    for id in ("odd", "bytes"):
        assert call(app, cookie=cookie_of(id)).status == 200
        assert store.get(id) is None


def test_redis_clients_of_all_kinds_are_made_impatient(redis):
    """The application's own client stays as it is; the store's connections wait less than a second, and ask once."""
    client = Redis(port=redis.port, decode_responses=True, client_name="tea")
    store = step5_stores.RedisStore(client)
    settings = store.client.connection_pool.connection_kwargs
    assert (settings["socket_timeout"], settings["socket_connect_timeout"]) == (0.4, 0.4)
    assert settings["client_name"] == "tea"
    store.destroy("a")
    assert store.set("a", "é", expected=None, expires=None) and store.get("a") == "é"
    with pytest.raises(step5_stores.StoreError, match="Redis does not answer"):
        step5_stores.RedisStore(Redis(port=1)).get("a")


@pytest.mark.sentence("A pool's limits stay, and its patience does not")
def test_limits_of_a_pool_stay_and_its_patience_does_not(redis):
    """How many connections there may be is the application's affair; how long a visitor waits for one is not."""
    pool = BlockingConnectionPool(port=redis.port, max_connections=3, timeout=20, client_name="tea")
    ours = step5_stores.RedisStore(Redis(connection_pool=pool)).client.connection_pool
    assert (type(ours), ours.max_connections, ours.timeout) == (BlockingConnectionPool, 3, 0.4)
    assert ours.connection_kwargs["socket_timeout"] == 0.4
    opened = step5_stores.open_store(f"{redis.url}?max_connections=4").client.connection_pool
    assert (opened.max_connections, opened.timeout, opened.connection_kwargs["socket_timeout"]) == (4, 0.4, 0.4)


class OwnPool(ConnectionPool):
    """Somebody's own."""


@pytest.mark.sentence("A pool of one's own kind is no more patient")
def test_a_pool_of_ones_own_kind_is_no_more_patient(redis):
    """It keeps its kind; a client without a pool, such as a cluster's, is taken as it is."""
    pool = OwnPool(port=redis.port, socket_timeout=5)
    ours = step5_stores.RedisStore(Redis(connection_pool=pool)).client.connection_pool
    assert (type(ours), ours.connection_kwargs["socket_timeout"]) == (OwnPool, 0.4)


@pytest.mark.sentence("More threads than connections wait for each other")
def test_more_threads_than_connections_wait_for_each_other(redis):
    """A limit is there so that a server is not asked by too many at once: it is no reason for a 503."""
    store = step5_stores.open_store(f"{redis.url}?max_connections=2")
    store.set("busy", ALICE, expected=None, expires=None)
    with ThreadPoolExecutor(8) as pool:
        assert {*pool.map(store.get, ["busy"] * 200)} == {ALICE}


@pytest.mark.parametrize("query", ["timeout=no", "foo=bar", "ssl_cert_reqs=none", "db=x", "protocol=9", "encoding=no"])
def test_what_a_redis_client_does_not_know_is_refused(query):
    """Now, and not as a TypeError at each request."""
    with pytest.raises(ValueError, match="redis://host:port"):
        step5_stores.open_store(f"redis://127.0.0.1:1/0?{query}")


@pytest.mark.parametrize("forbidden", ["-@scripting", "-evalsha", "-set", "-@read"])
def test_what_redis_forbids_is_named(redis, forbidden):
    """Found before the first visitor; and the error says which commands sessions need, EVALSHA among them."""
    admin = Redis(port=redis.port)
    admin.execute_command("ACL", "SETUSER", "tea", "on", ">pot", "~*", "+@all", forbidden)
    with pytest.raises(step5_stores.StoreError, match="EVALSHA"):
        try_out(step5_stores.open_store(f"redis://tea:pot@127.0.0.1:{redis.port}/0"))
    admin.acl_deluser("tea")


@contextmanager
def read_only(redis):
    """A master that has become a replica of another."""
    admin = Redis(port=redis.port)
    admin.replicaof("127.0.0.1", "1")
    try:
        yield
    finally:
        admin.replicaof("NO", "ONE")


@contextmanager
def full(redis):
    """A Redis that may keep nothing more, and must not throw away anything."""
    admin = Redis(port=redis.port)
    admin.config_set("maxmemory", 1)
    try:
        yield
    finally:
        admin.config_set("maxmemory", 0)


@pytest.mark.parametrize("fault", [read_only, full])
def test_a_redis_that_takes_no_writes_is_not_well(redis, fault):
    """It can be read, so that it seems to be there; but nobody can log in, or out."""
    store = step5_stores.open_store(redis.url)
    try_out(store)
    with fault(redis), pytest.raises(step5_stores.StoreError):
        try_out(store)
    try_out(store)


def test_connections_to_a_demoted_master_are_given_up(redis):
    """Its address leads to the new master by now; but who has a connection would ask the old one for ever."""
    store = step5_stores.open_store(redis.url)
    before = store.client.client_id()
    store.destroy("a")
    assert store.client.client_id() == before
    with read_only(redis), pytest.raises(step5_stores.StoreError):
        store.set("a", "1", expected=None, expires=None)
    assert store.client.client_id() != before


# What Redis itself must be told


@pytest.mark.sentence("With snapshots alone, a restart undoes a logout")
@pytest.mark.slow
def test_with_snapshots_a_restart_undoes_a_logout():
    """Why the README asks for an append-only file: a snapshot is of before, what came after is lost by kill -9."""
    for keeping, user in (("snapshots", "alice"), ("append-only", None)):
        with redis_server(keeping) as redis:
            server = Server.start(5, STORE=redis.url)
            alice = server.visitor()
            alice.log_in()
            redis.snapshot()
            cookie = alice.cookie
            alice.post("/logout")
            redis.kill()
            redis.start()
            alice.cookie = cookie
            assert alice.whoami()["user"] == user
            server.stop()
