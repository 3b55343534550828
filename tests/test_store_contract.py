"""The store's contract: what a store must do so that sessions can keep their promises with it.

Every store of the workbook is put to it, and yours: `make contract STORE=path/file.py:Class`.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest

import steps as finished
from steps import step5_stores
from tests.exercises import STORES
from tests.support.stores import kind_named, own_kind

STANDARD = ["memory", "sqlite", "redis", "postgres"]
KNOWING_OWNERS = [f"{name}, knowing owners" for name in STANDARD]


def pytest_generate_tests(metafunc):
    own, exercise = metafunc.config.getoption("--store"), metafunc.config.getoption("--exercise")
    every = ["memory", "sqlite", "redis", "postgres", *KNOWING_OWNERS]
    kinds = [own] if own else STORES.get(exercise, every)
    metafunc.parametrize("kind", kinds, indirect=True)


@pytest.fixture
def kind(request, tmp_path):
    """A kind of store, empty."""
    name, _, is_owning = request.param.partition(",")
    library = finished if is_owning else step5_stores
    made = kind_named(name, library, request, tmp_path) if name in STANDARD else own_kind(request.param)
    made.open().clear()
    return made


@pytest.fixture
def store(kind):
    """One store, empty."""
    opened = kind.open()
    yield opened
    getattr(opened, "close", lambda: None)()


@pytest.mark.sentence("What was set can be got")
def test_what_was_set_is_got(store):
    """And what was not is None: an id nobody has written is nobody's."""
    assert store.set("a", "1", expected=None, expires=None) is True
    assert store.set("b", "2", expected=None, expires=None) is True
    assert (store.get("a"), store.get("b"), store.get("c")) == ("1", "2", None)


def equal_text(row):
    """An equal text that is another object, as whatever has been read from elsewhere is."""
    return row.encode().decode()


@pytest.mark.sentence("A new row takes nobody's place.")
def test_a_new_row_takes_nobodys_place(store):
    """`expected=None` means: only if there is none, and an empty row is one. Two visitors with one id would be one."""
    assert store.set("a", "hers", expected=None, expires=None) is True
    assert store.set("a", "his", expected=None, expires=None) is False
    assert store.get("a") == "hers"
    assert store.set("b", "", expected=None, expires=None) is True
    assert store.set("b", "his", expected=None, expires=None) is False


def test_a_write_compares_first(store):
    """Who writes names the row that he has read, by its text; if that is another by now, his news is old."""
    store.set("a", "row 1", expected=None, expires=None)
    assert store.set("a", "row 2", expected=equal_text("row 1"), expires=None) is True
    assert store.set("a", "row 3", expected="row 1", expires=None) is False
    assert store.set("a", "row 3", expected="", expires=None) is False
    assert store.get("a") == "row 2"


def test_what_is_gone_does_not_come_back(store):
    """After destroy, neither a write that has read the row before nor a touch brings it back."""
    store.set("a", "1", expected=None, expires=None)
    store.destroy("a")
    assert store.get("a") is None
    assert store.set("a", "2", expected="1", expires=None) is False
    assert store.set("a", "2", expected="", expires=None) is False
    assert store.touch("a", None) is False
    assert (store.get("a"), len(store)) == (None, 0)


def test_destroying_what_is_not_there_is_no_error(store):
    """Two logouts at once, or one after the end: both have what they want."""
    store.destroy("never there")
    store.set("a", "1", expected=None, expires=None)
    store.destroy("a")
    store.destroy("a")


def test_an_expired_row_is_no_row(kind, store):
    """For every method: not read, not counted, not touched, not replaced; and its id is free."""
    store.set("a", "1", expected=None, expires=kind.clock() + 2)
    store.set("b", "2", expected=None, expires=kind.clock() + 100)
    kind.pass_time(3)
    assert store.get("a") is None
    assert (len(store), list(store)) == (1, ["b"])
    assert store.touch("a", kind.clock() + 100) is False
    assert store.set("a", "2", expected="1", expires=None) is False
    assert store.set("a", "3", expected=None, expires=kind.clock() + 100) is True
    assert store.get("a") == "3"


def test_a_touch_moves_the_end(kind, store):
    """Who is here stays: the row is not written again, only its end moves, in both directions."""
    store.set("a", "1", expected=None, expires=kind.clock() + 2)
    assert store.touch("a", kind.clock() + 100) is True
    kind.pass_time(3)
    assert store.get("a") == "1"
    assert store.touch("a", kind.clock() + 2) is True
    kind.pass_time(3)
    assert store.get("a") is None


def test_a_row_can_come_with_its_end(kind, store):
    """For `touch_after`, which a store may do without: the row that `get` gives, and the moment at which it ends."""
    if not hasattr(store, "get_with_end"):
        pytest.skip("it has no get_with_end, which only the option touch_after asks for")
    assert store.get_with_end("a") is None
    store.set("a", "1", expected=None, expires=kind.clock() + 100)
    assert store.get_with_end("a") == store.get("a") == "1"
    assert store.get_with_end("a").expires == pytest.approx(kind.clock() + 100, abs=5)
    store.touch("a", kind.clock() + 1000)
    assert store.get_with_end("a").expires == pytest.approx(kind.clock() + 1000, abs=5)
    store.touch("a", None)
    kept = store.get_with_end("a")
    assert kept.expires is None or kept.expires == pytest.approx(kind.clock() + kept.without_end, abs=5)
    store.destroy("a")
    assert store.get_with_end("a") is None


@pytest.mark.sentence("A write moves the end, too")
def test_a_write_moves_the_end_too(kind, store):
    """The end belongs to the last write, not to the first; and None is a wish, too: for no end."""
    store.set("a", "1", expected=None, expires=kind.clock() + 2)
    store.set("b", "1", expected=None, expires=kind.clock() + 2)
    store.set("a", "2", expected="1", expires=kind.clock() + 100)
    store.set("b", "2", expected="1", expires=None)
    kind.pass_time(3)
    assert store.get("a") == "2"
    assert store.get("b") == "2"


def test_an_end_that_has_passed_takes_the_row_away(kind, store):
    """Compare-and-destroy: only who knows the newest row may end it, so that of two who regenerate one wins."""
    store.set("a", "1", expected=None, expires=kind.clock() + 100)
    assert store.set("a", "1", expected="old", expires=kind.clock() - 1) is False
    assert store.get("a") == "1"
    assert store.set("a", "1", expected="1", expires=kind.clock() - 1) is True
    assert (store.get("a"), len(store)) == (None, 0)
    assert store.set("new", "1", expected=None, expires=0) is True
    assert store.get("new") is None


@pytest.mark.parametrize(
    "row", ["", "☕ “tea” 'n\\n", "\x00", "x" * 1_000_000, "'; DROP TABLE sessions;--", "%s {} \r\n"]
)
def test_any_text_is_kept_to_the_letter(store, row):
    """A row is compared as a whole: one letter changed on the way, and no write would ever succeed again."""
    assert store.set("a", row, expected=None, expires=None) is True
    assert store.get("a") == row
    assert store.set("a", "next", expected=row, expires=None) is True
    assert store.get("a") == "next"


@pytest.mark.parametrize("id", ["../../etc/passwd", "*", "[a]?", "x'--", "é☕", "a b\tc", "A", "sess:a", "-_" * 100])
def test_any_id_is_a_name_and_nothing_else(store, id):
    """Ids come from outside. None is a path, a pattern or a command, and none is another's."""
    store.set("a", "another's", expected=None, expires=None)
    assert store.get(id) is None
    assert store.set(id, "1", expected=None, expires=None)
    assert (store.get(id), sorted(store)) == ("1", sorted(["a", id]))
    store.destroy(id)
    assert (store.get(id), store.get("a")) == (None, "another's")


@pytest.mark.sentence("The store counts, loops and forgets")
def test_the_store_counts_loops_and_forgets(store):
    """What operators ask: how many, which, and away with them."""
    for n in range(5):
        store.set(f"{n}", "x", expected=None, expires=None)
    assert (len(store), sorted(store)) == (5, ["0", "1", "2", "3", "4"])
    for id in store:
        store.destroy(id)
    assert len(store) == 0
    store.set("a", "1", expected=None, expires=None)
    store.clear()
    assert (len(store), store.get("a")) == (0, None)


def test_another_process_sees_the_same_rows(kind, store):
    """A store that is opened twice is one store; MemoryStore is this process's, and says so."""
    other = kind.open()
    store.set("a", "1", expected=None, expires=None)
    assert other.get("a") == "1"
    other.destroy("a")
    assert store.get("a") is None


def at_once(work, times=8):
    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(lambda _: work(), range(times)))


@pytest.mark.sentence("Of many who begin a row, one does")
def test_of_many_who_begin_a_row_one_does(kind, store):
    """Threads ask the same store. Between looking and writing there must be no room for another."""
    for n in range(20):
        assert sum(at_once(partial(store.set, f"{n}", "x", expected=None, expires=None))) == 1


@pytest.mark.sentence("Of many who count, all are counted")
def test_of_many_who_count_all_are_counted(store):
    """Read, add one, compare-and-swap, and again if somebody was faster: no count is lost."""
    store.set("n", "0", expected=None, expires=None)
    all_have_read = Barrier(8, timeout=20)

    def count():
        for _ in range(25):
            known = store.get("n")
            all_have_read.wait()  # so that only the first to write can be right
            while not store.set("n", str(int(known) + 1), expected=known, expires=None):
                known = store.get("n")

    at_once(count)
    assert store.get("n") == "200"


@pytest.mark.sentence("Of many who end a row, one does")
def test_of_many_who_end_a_row_one_does(kind, store):
    """Compare-and-destroy under threads: exactly one is told that it was he."""
    for n in range(20):
        store.set(f"{n}", "x", expected=None, expires=kind.clock() + 100)
        assert sum(at_once(partial(store.set, f"{n}", "x", expected="x", expires=0))) == 1
