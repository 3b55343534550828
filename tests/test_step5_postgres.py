"""Step 5, where the store is PostgreSQL. What every store does stands in the contract, and the promises beside it."""

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from types import SimpleNamespace

import psycopg
import pytest

import steps
from steps import step5_stores
from steps.step5_stores import postgres_pool, postgres_store
from steps.step5_stores.store import try_out
from tests.support import ROOT, STEPS, faults, races
from tests.support.servers import Server, wait_until
from tests.support.stores import ENDLESS, connected
from workbook.serving import Clock

ALICE = ENDLESS % ',"user":"alice"'


@pytest.fixture(scope="module")
def tea(postgres):
    """The URL of a database for these tests."""
    return postgres.database("tea")


@pytest.fixture
def database(postgres, tea):
    """The same, empty."""
    postgres.do("DROP TABLE IF EXISTS sessions", "tea")
    return tea


@pytest.fixture
def clock():
    return Clock.still()


@pytest.fixture
def store(database, clock):
    with closing(step5_stores.PostgresStore(database, clock=clock)) as opened:
        yield connected(opened)


def anew(store):
    """The store with a new connection, for which what has been set meanwhile holds."""
    store.close()
    return connected(store)


def told(url, command):
    """What the database itself says."""
    with psycopg.connect(url, autocommit=True) as master:
        return master.execute(command).fetchall()


@pytest.mark.parametrize("made", [step5_stores.PostgresStore, steps.PostgresStore], ids=["step 5", "knowing owners"])
def test_no_question_to_postgres_reads_all_rows(made, database):
    """It says how it would find what is asked: by an index, wherever there is one, and never by a walk through all."""
    values = dict.fromkeys(("id", "row", "expected", "owner", "but", "only", "first"), b"a")
    numbers = {"now": 1.0, "expires": 1.0, "others": 1, "key": 1}
    with closing(connected(made(database))) as opened:
        names = [name for name in dir(opened) if name.isupper() and "sessions" in getattr(opened, name)]
        with psycopg.connect(database, autocommit=True) as master:
            master.execute("SET enable_seqscan = off")
            for name in sorted({*names} - {"TABLE", "INDEXES", "CLEAR"}):
                plan = master.execute("EXPLAIN " + getattr(opened, name), values | numbers, binary=True).fetchall()
                assert "Seq Scan" not in str(plan), (name, plan)


# The URL


@pytest.mark.parametrize(
    "url", ["postgresql://h", "postgres://u:p@h:1/d", "postgresql://a:1,b/d", "postgresql:///d?host=/run"]
)
def test_a_url_names_a_postgres_that_is_not_asked_yet(url):
    """As libpq reads it; a server that is down is no reason not to begin."""
    assert isinstance(step5_stores.open_store(url), step5_stores.PostgresStore)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql:", "postgresql:/d", "postgresql:d", "postgres:", "postgresql://h:tea/d", "postgresql://h:0/d",
        "postgresql://h:65536/d", "postgresql://h:-1/d", "postgresql://h:\u00b2/d", "postgresql://a:1,b:x/d", "postgresql://h/d?tea=pot",
        "postgresql://[::1/d", "postgresql://h/d?port=x", "postgresql://h/d\0e", "postgresql://h/d%00e",
        "postgresql://h/%zz",
    ],
)  # fmt: skip
def test_a_url_that_names_no_postgres_is_a_value_error(url):
    """Before anybody is asked, and with how it is written."""
    with pytest.raises(ValueError, match="postgresql://"):
        step5_stores.open_store(url)


@pytest.mark.parametrize(
    "url", ["postgresql://u:se%zzsame@h/d", "postgresql://u:sesame@h:tea/d", "postgresql://u:sesame@h/d?a=b"]
)
def test_a_postgres_password_is_in_no_error(url):
    """Errors end in logs."""
    with pytest.raises(ValueError) as raised:
        step5_stores.PostgresStore(url)
    assert "zzsame" not in str(raised.value) and "sesame" not in str(raised.value)
    assert raised.value.__context__ is None  # nor in what a traceback shows beside it


def test_others_need_no_psycopg():
    """Who keeps his sessions elsewhere has not to install it, nor to wait for it."""
    program = "import sys, steps; steps.open_store('memory:'); print('psycopg' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"


# The server's own


def test_postgres_servers_say_in_a_sentence_why_they_do_not_start():
    """At the start, and not at the first visitor."""
    environ = {**os.environ, "PORT": "0", "PYTHONPATH": str(ROOT), "STORE": "postgresql://tea@127.0.0.1:1/tea"}
    command = [sys.executable, "-m", STEPS[5].server]
    run = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=20)
    assert run.returncode == 1 and run.stderr.count("\n") == 1
    assert run.stderr.startswith("STORE does not answer: PostgreSQL does not answer: connection failed: connection to")


@pytest.mark.slow
def test_guests_in_postgres_survive_a_restart_and_share_two_servers(server, database):
    """Logged in at one is logged in at the other, before and after; and a logout counts at both."""
    one, other = (Server.start(server.step, STORE=database) for _ in range(2))
    alice, copy = one.visitor(), other.visitor()
    alice.log_in()
    copy.cookie = alice.cookie
    one.stop()
    assert copy.whoami()["user"] == "alice"
    copy.post("/logout")
    copy.cookie = alice.cookie
    assert copy.whoami()["user"] is None
    alice.close()
    other.stop()


@pytest.mark.slow
def test_logouts_win_every_race_in_postgres_over_http_and_between_processes(postgres):
    """Over HTTP, and between two processes."""
    server = Server.start(5, STORE=postgres.url)
    assert races.logout_races_over_http(server.url, 10) == {"revived": 0, "errors": 0}
    server.stop()
    assert races.logout_races_of_processes(postgres.url, 100) == {"revived": 0}
    assert races.different_keys_of_processes(postgres.url, 100) == {"lost": 0}
    assert races.counted_by_processes(postgres.url, 4, 50) == 200


@pytest.mark.slow
@pytest.mark.parametrize("fault", [faults.frozen, faults.down])
def test_a_postgres_that_does_not_answer(postgres, fault):
    """P6, with sixteen guests at once: 503 within a second, other pages go on, then all is well."""
    server = Server.start(5, STORE=postgres.url)
    seen = faults.without_answer(server, fault(postgres), 1.5)
    server.stop()
    assert seen["503 within a second"] > 10 and seen["menu"] > 10
    assert (seen["other failures"], seen["wrong"], seen["served to whom it should not"]) == (0, 0, 0)


@pytest.mark.slow
def test_what_postgres_has_acknowledged_survives_kill_9(postgres):
    """P4. What was answered is there again, and what was ended is not."""
    seen = faults.killed_store(postgres, 5)
    assert seen.pop("acknowledged") > 20
    assert set(seen.values()) == {0}


# Within a second


def seconds(work):
    begun = time.monotonic()
    with pytest.raises(step5_stores.StoreError) as raised:
        work()
    return time.monotonic() - begun, str(raised.value)


def test_a_frozen_postgres_is_a_store_error_within_its_patience(postgres, store):
    """For sixteen at once, too: eight wait for an answer, and eight for a connection. It goes on as if nothing were."""
    store.set("a", ALICE, expected=None, expires=None)
    with faults.frozen(postgres), ThreadPoolExecutor(16) as pool:
        assert max(took for took, _ in pool.map(lambda _: seconds(lambda: store.get("a")), range(16))) < 1
    assert connected(store).get("a") == ALICE


def test_a_row_that_others_hold_is_a_store_error_and_no_wait(database, store):
    """Somebody has begun a transaction, and gone to lunch: the server says what it has waited for."""
    store.set("a", ALICE, expected=None, expires=None)
    with psycopg.connect(database) as other:
        other.execute("SELECT * FROM sessions FOR UPDATE")
        took, said = seconds(lambda: store.touch("a", None))
        other.rollback()
    assert took < 1 and "statement timeout" in said
    assert store.touch("a", None)


def test_more_threads_than_connections_to_postgres_wait_for_each_other(store):
    """A limit is there so that a server is not asked by too many at once: it is no reason for a 503."""
    store.set("busy", ALICE, expected=None, expires=None)
    with ThreadPoolExecutor(32) as pool:
        assert {*pool.map(store.get, ["busy"] * 200)} == {ALICE}


def test_a_postgres_that_was_restarted_costs_no_request(postgres, store):
    """The pool's connections are dead, and say so: nobody is given one of them."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(store.get, "abcdefgh"))
    postgres.kill()
    postgres.start()
    connected(step5_stores.PostgresStore(postgres.url)).close()
    assert store.set("a", ALICE, expected=None, expires=None)
    assert store.get("a") == ALICE


def test_a_closed_postgres_store_opens_again(database, store):
    """close() gives the connections back; who asks again is answered over another."""
    store.set("a", ALICE, expected=None, expires=None)
    store.close()
    store.close()
    assert told(
        database, "SELECT count(*) FROM pg_stat_activity WHERE datname = 'tea' AND pid <> pg_backend_pid()"
    ) == [(0,)]
    assert connected(store).get("a") == ALICE


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_no_postgres_connection_is_carried_over_a_fork(database):
    """Two processes on one connection would read each other's answers. Nor does the pool's work go on in a child."""
    assert faults.forked(database, 1) == {"acknowledged": 21, "lost": 0}


# What it may not, or cannot


@contextmanager
def read_only(postgres, url):
    """As a master that is a replica of another by now."""
    postgres.do("ALTER DATABASE tea SET default_transaction_read_only = on")
    yield
    postgres.do("ALTER DATABASE tea RESET default_transaction_read_only")


@contextmanager
def full(postgres, url):
    """Each write is answered as on a full disk."""
    postgres.do(
        """
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
        CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON sessions EXECUTE FUNCTION refuse();
        """,
        "tea",
    )
    yield
    postgres.do("DROP FUNCTION refuse CASCADE", "tea")


@pytest.mark.parametrize("fault", [read_only, full])
def test_a_postgres_that_takes_no_writes_is_not_well(postgres, database, store, fault):
    """It can be read, so that it seems to be there; but nobody can log in, or out."""
    try_out(store)
    with fault(postgres, database):
        anew(store)
        with pytest.raises(step5_stores.StoreError, match=r"read-only|No space left"):
            try_out(store)
    try_out(anew(store))


def test_connections_to_a_demoted_postgres_are_given_up(postgres, database, store):
    """Its address leads to the new master by now; but who has a connection would ask the old one for ever."""

    def number():
        return store._ask("SELECT pg_backend_pid()").fetchone()

    before = number()
    assert number() == before
    with pytest.raises(step5_stores.StoreError, match="read-only"):
        store._ask("DO $$ BEGIN SET TRANSACTION READ ONLY; DELETE FROM sessions; END $$")
    assert number() != before


@pytest.mark.parametrize("may", ["", "SELECT", "SELECT, INSERT, UPDATE"])
def test_what_a_role_of_postgres_may_not_is_found_at_the_start(postgres, database, store, may):
    """A role that may only read, or not even delete, is none that sessions can be kept with."""
    store.set("a", ALICE, expected=None, expires=None)
    postgres.do("DROP ROLE IF EXISTS guest")
    postgres.do("CREATE ROLE guest LOGIN")
    if may:
        postgres.do(f"GRANT {may} ON sessions TO guest", "tea")
    with closing(step5_stores.open_store(database.replace("postgres@", "guest@"))) as guest:
        with pytest.raises(step5_stores.StoreError, match="permission denied"):
            try_out(guest)
        postgres.do("GRANT SELECT, INSERT, UPDATE, DELETE ON sessions TO guest", "tea")
        try_out(connected(guest))
    postgres.do("REVOKE ALL ON sessions FROM guest", "tea")


# The table


def test_a_table_that_was_dropped_from_postgres_is_made_again(postgres, store):
    """With its index, and no question fails for it."""
    for ask in (store.get, store.destroy, lambda id: store.touch(id, None), lambda id: len(store)):
        store.set("a", ALICE, expected=None, expires=None)
        postgres.do("DROP TABLE sessions", "tea")
        assert not ask("a")
    assert store.set("a", ALICE, expected=None, expires=None)
    assert store.get("a") == ALICE


def test_nothing_is_written_into_a_table_of_postgres_that_is_gone(postgres):
    """Dropped while eight threads write: what is acknowledged from then on is in the new one."""
    seen = faults.dropped(postgres, 1)
    assert (seen.pop("acknowledged"), seen) == (8 * 20, {"lost": 0, "never answered again": 0})


def test_of_many_who_make_the_table_in_postgres_one_does(postgres, database):
    """IF NOT EXISTS alone is no promise: of two at once, PostgreSQL tells one that the table's name is taken."""
    stores = [connected(step5_stores.PostgresStore(database)) for _ in range(8)]
    postgres.do("DROP TABLE sessions", "tea")
    assert races.at_once(*[lambda store=store: store.get("a") for store in stores]) == [None] * 8
    for store in stores:
        store.close()


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_rows_in_postgres_are_kept_to_the_letter_whatever_its_encoding(postgres, encoding):
    """They are bytes there: \u2615 is no letter of LATIN1, and NUL none of any."""
    url = postgres.database(f"old_{encoding.lower()}", f"ENCODING '{encoding}' TEMPLATE template0")
    with closing(connected(step5_stores.PostgresStore(url))) as store:
        assert store.set("☕\0", "☕\0", expected=None, expires=None)
        assert store.set("☕\0", "é", expected="☕\0", expires=None)
        assert (store.get("☕\0"), list(store)) == ("é", ["☕\0"])


@pytest.mark.parametrize("id", ["\0", "\ud800", "", "x" * 10_000, "\udfff☕"])
def test_any_id_can_be_asked_of_postgres(store, id):
    """It is nobody's, and no error: an id comes from outside."""
    assert store.get(id) is None
    assert not store.touch(id, None)
    store.destroy(id)


def test_a_row_in_postgres_that_is_no_text_comes_as_an_empty_one(database, store):
    """Somebody else has written it: it will be dropped, and no page fails."""
    store.set("a", ALICE, expected=None, expires=None)
    with psycopg.connect(database) as other:
        other.execute(rb"UPDATE sessions SET row = '\xff'")
    assert store.get("a") == ""
    store.destroy("a")
    assert store.get("a") is None


def test_new_rows_in_postgres_sweep_away_old_ones(database, store, clock):
    """A few each time, so that nobody waits for all; those that never end stay."""
    for n in range(postgres_store.BITE + 5):
        store.set(f"{n}", ALICE, expected=None, expires=clock() + 1)
    store.set("for ever", ALICE, expected=None, expires=None)
    clock.move(2)
    store.set("new", ALICE, expected=None, expires=clock() + 1)
    assert told(database, "SELECT count(*) FROM sessions") == [(5 + 2,)]
    store.set("newer", ALICE, expected=None, expires=clock() + 1)
    assert told(database, "SELECT count(*) FROM sessions") == [(3,)]


def test_many_rows_in_postgres_are_counted_and_forgotten_in_bites(store, monkeypatch):
    """However many there are, no question takes longer than the server has patience."""
    for name in ("CLEAR", "IDS"):
        statement = getattr(step5_stores.PostgresStore, name)
        monkeypatch.setattr(step5_stores.PostgresStore, name, statement.replace("10000", "3"))
    ids = ["", "a", "a\0", "b", "\ud800", "☕", "z" * 50]
    for id in ids:
        store.set(id, ALICE, expected=None, expires=None)
    assert (len(store), sorted(store)) == (7, sorted(ids))
    store.clear()
    assert (len(store), list(store)) == (0, [])


def test_postgres_is_asked_the_same_whatever_its_users_have_set(postgres, store):
    """Under a stricter isolation, the second of two writers would be an error, and not one who is told False."""
    postgres.do("ALTER DATABASE tea SET default_transaction_isolation = serializable")
    anew(store).set("n", "0", expected=None, expires=None)
    postgres.do("ALTER DATABASE tea RESET default_transaction_isolation")

    def count(_):
        while True:
            known = store.get("n")
            if store.set("n", str(int(known) + 1), expected=known, expires=None):
                return

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count, range(50)))
    assert store.get("n") == "50"


def test_the_log_of_postgres_connections_is_for_who_listens(capfd):
    """In an outage the StoreErrors say it; the pool's own lines would come on top, unasked."""
    before = threading.active_count()
    with closing(step5_stores.PostgresStore("postgresql://127.0.0.1:1/tea")) as store:
        seconds(lambda: store.get("a"))
    assert capfd.readouterr() == ("", "")
    wait_until(lambda: threading.active_count() <= before)  # the pool's own have ended with it


def test_a_thread_of_its_own_may_be_the_last_to_let_go_of_a_pool():
    """Or the garbage collector may run in one: Python calls `__del__` there, and no thread can wait for itself."""
    pool = postgres_pool.open_pool(postgres_pool.place_of("postgresql://127.0.0.1:1/tea"))
    ended = Future()
    pool.run_task(SimpleNamespace(run=lambda: ended.set_result(pool.__del__())))
    assert ended.result(timeout=10) is None
    pool.close()
