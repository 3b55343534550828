"""Hashed ids: who reads the store can be nobody."""

import base64
import hashlib
from urllib.parse import unquote

import pytest

from steps.step5_stores import MemoryStore
from steps.step7_harden import HashedIds
from steps.step7_harden.hashed_ids import hashed
from tests.support.calling import Bench, cookie_of
from workbook.serving import Clock


def test_the_store_never_sees_an_id(library):
    """Who steals the store, a backup or a dump can be nobody."""
    inner = library.MemoryStore()
    bench = Bench(library, store=HashedIds(inner))
    cookie = bench.begin(user="alice")
    id = unquote(cookie).partition("s:")[2].rpartition(".")[0]
    (kept,) = inner
    assert kept == hashed(id)
    assert id not in kept
    seen = []
    bench.request(lambda session: seen.append(session.get("user")), cookie=cookie)
    bench.request(lambda session: seen.append(session.get("user")), cookie=cookie_of(kept))
    assert seen == ["alice", None]


@pytest.mark.sentence("HashedIds goes around a store only")
@pytest.mark.parametrize("no_store", [{}, None, "sqlite:///x.db", MemoryStore])
def test_hashed_ids_go_around_a_store_only(no_store):
    """What is no store, such as the class of one, is an error at the start, not at the first visitor."""
    with pytest.raises(TypeError, match="store must have get, set, touch and destroy"):
        HashedIds(no_store)


@pytest.mark.parametrize("id", ["id", "", "é☃", "x" * 1000])
def test_hashes_are_sha_256(id):
    """Anybody can check it: the 256 bits as base64url, without the = at its end."""
    known = hashlib.sha256(id.encode()).digest()
    assert hashed(id) == base64.urlsafe_b64encode(known).decode().rstrip("=")


def test_a_store_of_hashes_is_a_store(library):
    """Each question reaches the row that it is about; what went in comes out, and what is ended is gone."""
    clock = Clock.still()
    inner = library.MemoryStore(clock=clock)
    store = HashedIds(inner)
    assert store.set("a", "row", expected=None, expires=clock() + 10) is True
    assert store.set("a", "other", expected=None, expires=None) is False
    assert (store.get("a"), store.get("b"), len(store)) == ("row", None, 1)
    assert (store.touch("a", clock() + 100), store.touch("b", None)) == (True, False)
    clock.move(50)
    assert store.get("a") == "row"
    store.destroy("a")
    assert (store.get("a"), [*store], len(inner)) == (None, [], 0)
    store.set("b", "row", expected=None, expires=clock() + 10)
    store.set("c", "row", expected=None, expires=None)
    store.touch("c", clock() + 20)
    clock.move(11)
    assert (store.get("b"), store.get("c")) == (None, "row"), "(rows of which the first has expired)"
    clock.move(10)
    assert store.get("c") is None, "(a row that touch has given an end, which has passed)"
    store.set("a\ud800", "row", expected=None, expires=None)
    store.clear()
    assert len(inner) == 0


@pytest.mark.parametrize("other", ["a", "a?", "a\ufffd", "a\ud801", "a\udc00", "a\\ud800"])
def test_no_two_ids_have_one_hash(other):
    """Half a surrogate pair is a letter like any other: one that is left out makes two visitors one."""
    assert hashed("a\ud800") != hashed(other)


def test_what_iterating_gives_the_store_takes(library):
    """An administrator ends all sessions in a loop: hashed once more, their names would be nobody's, without a word."""
    store = HashedIds(library.MemoryStore())
    for id in ("a", "b", "c"):
        store.set(id, id, expected=None, expires=None)
    first = next(iter(store))
    assert hashed(first) == first, (
        "a Hash out of the store was hashed once more, so that store.get finds no row, but None"
    )
    assert sorted(str(store.get(id)) for id in store) == ["a", "b", "c"]
    [first, *others] = store
    assert store.touch(first, None) and store.set(first, "d", expected=store.get(first), expires=None)
    for id in others:
        store.destroy(id)
    assert [*store] == [first]
    assert store.get(str.__str__(first)[:]) is None, "the hash as a text, as a cookie could bring it, opens the session"
