"""Throttle: guessing has a limit, and locks no owner out."""

import sqlite3
from contextlib import closing, contextmanager, suppress

import pytest

from steps.step7_harden.throttle import OF_ADDRESS, OF_NAME, WINDOW, ThrottledUsers, network
from tests.support.calling import Guest
from tests.support.races import at_once
from workbook.serving import Clock


def guess(guest, name="alice", **options):
    return guest.post("/login", username=name, password="wrong", **options)


@pytest.mark.asvs("6.3.1")
def test_guessing_has_a_limit(house):
    """429 and when to come back; then even the right password waits, and in time it counts again."""
    mallory = house.guest()
    assert [guess(mallory).status for _ in range(OF_NAME)] == [401] * OF_NAME
    answer = guess(mallory)
    assert (answer.status, answer.by_name.get("Retry-After")) == (429, f"{WINDOW}")
    assert mallory.try_to_log_in().status == 429
    house.clock.move(WINDOW + 1)
    assert mallory.log_in().status == 303


def test_an_attempt_within_the_limit_need_not_wait(users):
    """`wait` returns 0 then; Alice's logins are as quick as before."""
    known = ThrottledUsers(users.path)
    assert [known.wait("alice", "192.0.2.1") for _ in range(OF_NAME)] == [0] * OF_NAME


@pytest.mark.parametrize(
    ("before", "tried"),
    [
        (["queen"], ["alice"] * OF_NAME),
        ([], [f"user{n}" for n in range(OF_ADDRESS - OF_NAME + 1)] + ["alice"] * (OF_NAME - 1)),
    ],
    ids=["of this name", "of all names"],
)
def test_the_wait_ends_when_the_first_guess_no_longer_counts(users, before, tried):
    """The first of those that were too many: for one name, not another's, and for one address, anybody's."""
    clock = Clock.still()
    known = ThrottledUsers(users.path, clock=clock)
    for name in [*before, *tried]:
        assert known.wait(name, "192.0.2.1") == 0
        clock.move(1)
    wait = WINDOW - len(tried)
    assert known.wait("alice", "192.0.2.1") == wait
    clock.move(wait - 0.5)
    assert known.wait("alice", "192.0.2.1") == 0.5
    clock.move(0.5)
    assert known.wait("alice", "192.0.2.1") == 0


def test_the_wait_is_told_in_whole_seconds(house):
    """Rounded up: who comes back then is not a moment too early."""
    mallory = house.guest()
    for _ in range(OF_NAME):
        guess(mallory)
    house.clock.move(60.99)
    assert guess(mallory).by_name.get("Retry-After") == f"{WINDOW - 60}"
    house.clock.move(0.01)
    assert guess(mallory).by_name.get("Retry-After") == f"{WINDOW - 61}"


def test_who_must_wait_has_no_password_looked_at(house, monkeypatch):
    """Not even the right one: else guesses cost the server work that nobody limits, and their time tells them apart."""
    looked_at = []
    monkeypatch.setattr(
        "steps.step3_authenticate.users.verify_password", lambda text, known: looked_at.append(text) or False
    )
    mallory = house.guest()
    for _ in range(OF_NAME):
        guess(mallory)
    looked_at.clear()
    assert mallory.try_to_log_in().status == 429
    assert looked_at == [], "(the passwords that were looked at)"


def test_the_owner_is_not_locked_out(house):
    """From another address alice still gets in; and from the same one, another name does."""
    mallory, alice = house.guest(), house.guest(REMOTE_ADDR="192.0.2.7")
    for _ in range(OF_NAME + 1):
        guess(mallory)
    assert alice.log_in().status == 303
    assert mallory.log_in("queen").status == 303


def test_only_the_demo_house_forgets_guesses_when_it_starts(house, monkeypatch):
    """Who tries the lesson's attack must not be locked out of the next one; a real house keeps counting."""
    mallory = house.guest()
    for _ in range(OF_NAME + 1):
        guess(mallory)
    mallory.app = house.open_app()
    assert mallory.try_to_log_in().status == 429
    if house.step == 7:
        monkeypatch.setattr("steps.step6_access.server.USERS_FILE", house.users.path)
        mallory.app = house.open_app(users=None)
        assert mallory.log_in().status == 303


def test_the_right_password_forgets_the_wrong_ones(house):
    """Who mistypes now and then for years is never made to wait."""
    alice = house.guest()
    for _ in range(3):
        for _ in range(OF_NAME - 1):
            guess(alice)
        assert alice.log_in().status == 303


@pytest.mark.parametrize(
    ("name", "address"), [("alice", "192.0.2.7"), ("queen", "192.0.2.66")], ids=["elsewhere", "another name"]
)
def test_the_right_password_forgets_no_other_guesses(house, name, address):
    """Forgotten are those of this name from this address: else Mallory logs in now and then, and guesses on."""
    mallory, other = house.guest(REMOTE_ADDR="192.0.2.66"), house.guest(REMOTE_ADDR=address)
    for _ in range(OF_NAME):
        guess(mallory)
    assert other.log_in(name).status == 303
    assert guess(mallory).status == 429


def test_one_address_cannot_try_all_names(house, monkeypatch):
    """Password spraying: one common password, many names."""
    monkeypatch.setattr("steps.step3_authenticate.users.verify_password", lambda text, known: False)
    mallory = house.guest()
    token = mallory.token()
    seen = [guess(mallory, f"user{n}", csrf_token=token).status for n in range(OF_ADDRESS + 1)]
    assert (seen.count(401), seen[-1]) == (OF_ADDRESS, 429)


@pytest.mark.asvs("15.4.2")
def test_guesses_at_once_count_one_by_one(house, monkeypatch):
    """Counted before the password is checked: a burst gets no more tries than a queue."""
    guests = [house.guest() for _ in range(16)]
    tokens = [guest.token() for guest in guests]
    answers = at_once(*[lambda g=g, t=t: guess(g, csrf_token=t).status for g, t in zip(guests, tokens, strict=True)])
    assert sorted(answers) == [401] * OF_NAME + [429] * (16 - OF_NAME)


def test_nobody_guesses_between_the_counting_and_the_noting(users, monkeypatch):
    """What deletes, takes SQLite's lock; who counts before that lets another count the same guesses."""
    known = ThrottledUsers(users.path)
    connect, begun, came_between = known.connect, [], []

    def come_between(statement):
        begun.append(statement.lstrip().upper().startswith("SELECT"))
        if any(begun):
            with (
                closing(sqlite3.connect(users.path, timeout=0, isolation_level=None)) as other,
                suppress(sqlite3.Error),
            ):
                other.execute("BEGIN IMMEDIATE")
                came_between.append(" ".join(statement.split()[:2]))

    @contextmanager
    def watched():
        with connect() as database:
            database.set_trace_callback(come_between)
            yield database

    monkeypatch.setattr(known, "connect", watched)
    assert known.wait("alice", "192.0.2.1") == 0
    assert came_between == [], "(where another guess came between)"


@pytest.mark.sentence("A stolen session cannot guess the password, either")
@pytest.mark.parametrize("path", ["/confirm", "/password"])
def test_a_stolen_session_cannot_guess_the_password_either(alice, path):
    """Wherever a password is asked for, it can be tried only so often."""
    seen = [alice.post(path, password="wrong", new="long enough").status for _ in range(OF_NAME + 1)]
    assert seen == [401] * OF_NAME + [429]


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:2", "2001:db8::/64"),
        ("2001:DB8:0:0:1::", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("", ""),
        *((hidden, "unknown") for hidden in ("unknown", "unknown:4711", '"unknown:4712"')),
        *(
            (clothes, "192.0.2.7")
            for clothes in ("::ffff:192.0.2.7", "::FFFF:c000:207", "::ffff:0:192.0.2.7", "64:ff9b::c000:207")
        ),
        *((with_port, "192.0.2.7") for with_port in ("192.0.2.7:4711", "[::ffff:192.0.2.7]:4711", "[::ffff:c000:207]")),
        *((with_port, "2001:db8::/64") for with_port in ("[2001:db8::7]", "[2001:db8::7]:80", '"[2001:db8::7]:443"')),
    ],
)
def test_a_home_with_many_addresses_is_one(address, counted):
    """Of IPv6 a single home has as many addresses as there are grains of sand, and could guess from each."""
    assert network(address) == counted


@pytest.mark.parametrize("written", ["192.0.2.66:{}", "[2001:db8::1]:{}", "[2001:db8::{}]:443", "::ffff:192.0.2.66"])
def test_another_port_is_no_other_guest(house, written):
    """Some proxies add the port, which is another one for each connection: guesses would never be too many."""
    app = house.open_app(trust_proxy=True)
    token = (guest := Guest(app, tokens=True)).token()
    form = {"username": "alice", "password": "wrong", "csrf_token": token}
    forwarded = [{"HTTP_X_FORWARDED_FOR": written.format(4000 + n)} for n in range(OF_NAME + 1)]
    seen = [guest.post("/login", form, environ=environ).status for environ in forwarded]
    assert seen == [401] * OF_NAME + [429]


def test_an_attacker_locks_out_no_other_ipv4_address(house):
    """A server that listens on IPv6 sees all of them in one block."""
    mallory, other = (house.guest(REMOTE_ADDR=f"::ffff:192.0.2.{n}") for n in (66, 7))
    for _ in range(OF_NAME + 1):
        guess(mallory)
    assert mallory.try_to_log_in().status == 429
    assert other.log_in().status == 303


def test_names_that_were_tried_are_kept_as_hashes(house):
    """People type passwords into the name field."""
    guess(house.guest(), "follow-the-rabbit")
    assert b"follow-the-rabbit" not in house.users.path.read_bytes()
