"""Step 6, where the store is PostgreSQL: the owner lies in the row's own columns. What all stores do stands beside."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress

import psycopg
import pytest

import steps as finished
from steps import step5_stores
from steps.step6_access.owners import Claim, Limit
from tests.support.servers import wait_until
from tests.support.stores import ENDLESS, connected
from workbook.serving import Clock

ALICE = ENDLESS % ',"user":"alice"'
NEW = {"expected": None, "expires": None}


@pytest.fixture
def clock():
    return Clock.still()


@pytest.fixture
def plain(postgres, clock):
    """Step 5's store, on a table of its own."""
    postgres.do("DROP TABLE IF EXISTS sessions")
    with closing(connected(step5_stores.PostgresStore(postgres.url, clock=clock))) as opened:
        yield opened


@pytest.fixture
def store(postgres, plain, clock):
    """The owning one, on the same."""
    with closing(connected(finished.PostgresStore(postgres.url, clock=clock))) as opened:
        yield opened


def test_a_table_of_step_5_in_postgres_gets_owners(plain, store):
    """Who was logged in stays so, and is nobody's until the next login."""
    assert plain.set("a", ALICE, **NEW)
    assert (store.get("a"), store.owner_of("a"), store.of_owner("alice")) == (ALICE, None, [])
    assert store.set_owned("a", ALICE, expected=ALICE, expires=None, claim=Claim("alice"))
    assert [each.id for each in store.of_owner("alice")] == ["a"]
    assert plain.touch("a", None) and plain.get("a") == ALICE


def test_a_large_table_of_step_5_gets_its_index_in_its_own_time(postgres, plain, clock):
    """Which may be longer than a question may take: the server goes on with it when nobody waits any more."""
    plain.set("a", ALICE, **NEW)
    with psycopg.connect(postgres.url, autocommit=True) as master:
        master.execute(
            "INSERT INTO sessions SELECT convert_to('of many ' || n, 'UTF8'), 'x', NULL FROM generate_series(1, 9) n"
        )
        master.execute(
            "CREATE FUNCTION tarry() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(1.5); END'"
        )
        master.execute(
            "CREATE EVENT TRIGGER tarry ON ddl_command_end WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION tarry()"
        )
        try:
            with closing(finished.PostgresStore(postgres.url, clock=clock)) as store:
                with pytest.raises(finished.StoreError):
                    store.set_owned("a", ALICE, expected=ALICE, expires=None, claim=Claim("alice"))
                wait_until(lambda: has_owners(master))
                assert connected(store).set_owned("a", ALICE, expected=ALICE, expires=None, claim=Claim("alice"))
        finally:
            master.execute("DROP EVENT TRIGGER tarry")
            master.execute("DROP FUNCTION tarry")


def has_owners(master):
    """Whether the index is there."""
    return master.execute("SELECT 1 FROM pg_indexes WHERE indexname = 'sessions_by_owner'").fetchone()


def test_who_makes_a_table_again_blocks_no_other_process(postgres, store):
    """Of many who miss the columns at once, one makes them; the others find them there, among questions on the way."""
    store.get("a")
    store.set_owned("a", ALICE, **NEW, claim=Claim("alice"))
    made = (store.TABLE + store.INDEXES).replace("lock_timeout = 300", "lock_timeout = 60000")
    with (
        ThreadPoolExecutor(1) as pool,
        psycopg.connect(postgres.url) as guest,
        psycopg.connect(postgres.url, autocommit=True) as another,
    ):
        guest.execute("SELECT owner FROM sessions")
        making = pool.submit(another.execute, made)
        wait_until(lambda: waits(postgres, another.info.backend_pid))
        guest.execute("DELETE FROM sessions WHERE id = 'nobody'")
        guest.commit()
        making.result()
    assert store.owner_of("a") == "alice"


def waits(postgres, process):
    """Whether one of the server's processes waits for a lock."""
    with psycopg.connect(postgres.url) as master:
        return master.execute("SELECT 1 FROM pg_locks WHERE pid = %s AND NOT granted", [process]).fetchone()


def test_what_step_5_ends_in_postgres_has_left_its_owner(plain, store, clock):
    """Destroyed, expired, or begun anew under the same id: by a store that knows of no owners."""
    for id in "abc":
        assert store.set_owned(id, ALICE, expected=None, expires=clock() + 1, claim=Claim("alice"))
    plain.destroy("a")
    assert plain.touch("b", clock() - 1)
    clock.move(2)
    assert plain.set("c", ALICE, **NEW)
    assert store.of_owner("alice") == []
    assert [store.owner_of(id) for id in "abc"] == [None] * 3
    assert store.end_owned("alice") == 0
    assert list(store) == ["c"]


@pytest.mark.parametrize("refuse", [False, True])
def test_a_limit_in_postgres_holds_for_many_who_log_in_at_once(store, refuse):
    """Each counts the owner's sessions and begins one more, in one step; another owner's are not in its way."""
    store.get("a")

    def log_in(n):
        with suppress(finished.TooManySessions):
            return store.set_owned(f"{n}", ALICE, **NEW, claim=Claim("alice", Limit(3, refuse)))

    with ThreadPoolExecutor(8) as pool:
        begun = list(pool.map(log_in, range(16)))
    assert len(store.of_owner("alice")) == 3 == len(store)
    assert begun.count(True) == (3 if refuse else 16)


def test_what_is_one_owners_in_postgres_is_found_by_an_index(postgres, store):
    """However many there are of others."""
    store.set_owned("a", ALICE, **NEW, claim=Claim("alice"))
    with psycopg.connect(postgres.url, autocommit=True) as master:
        master.execute("SET enable_seqscan = off")
        plan = str(master.execute("EXPLAIN SELECT id FROM sessions WHERE owner = 'alice'").fetchall())
    assert "sessions_by_owner" in plan
