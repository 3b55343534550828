"""Step 3, authenticate: a password is asked for once, the session remembers the answer."""

import json
import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode

import bottle
import pytest
from argon2 import PasswordHasher, Type, extract_parameters

from steps.step3_authenticate import Users, auth, hash_password, passwords, verify_password
from steps.step3_authenticate import server as step3
from tests.support import ROOT
from tests.support.calling import DEMO_USERS, SESSION_COOKIE, call
from tests.support.races import at_once

# Over HTTP


@pytest.mark.parametrize("name", DEMO_USERS)
def test_the_right_password_leads_to_the_dashboard(visitor, name):
    """The article's flow: POST /login, a redirect, and the dashboard greets by name."""
    answer = visitor.log_in(name)
    assert (answer.status_code, answer.headers.get("Location")) == (303, "/dashboard")
    dashboard = visitor.get("/dashboard")
    assert dashboard.status_code == 200
    assert f"Your table, {name}" in dashboard.text
    assert visitor.whoami()["user"] == name


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("alice", "wrong"),
        ("alice", ""),
        ("", ""),
        ("nobody", "follow-the-rabbit"),
        ("queen", "follow-the-rabbit"),
        ("alice", "follow-the-rabbit "),
        ("Alice", "follow-the-rabbit"),
        ("alice ", "follow-the-rabbit"),
        ("alice' --", "x"),
        ("' OR '1'='1", "' OR '1'='1"),
        ("alice", "follow-the-rabbit\0"),
        ("☕" * 1000, "☕" * 1000),
    ],
)
def test_a_wrong_name_or_password_is_401_and_the_form_again(visitor, username, password):
    """Nobody is logged in by mistake, and nobody is told which of the two was wrong."""
    answer = visitor.post("/login", {"username": username, "password": password})
    assert answer.status_code == 401
    assert "Wrong name or password" in answer.text
    assert "<form" in answer.text
    assert visitor.whoami()["user"] is None
    assert visitor.get("/dashboard").status_code == 303


def test_the_form_begins_without_a_complaint(visitor):
    """Nothing has gone wrong yet."""
    answer = visitor.get("/login")
    assert (answer.status_code, answer.headers.get("Location")) == (200, None)
    assert "<form" in answer.text
    assert "Wrong name or password" not in answer.text


@pytest.mark.asvs("6.3.8")
def test_an_unknown_name_gets_the_same_page_as_a_wrong_password(visitor):
    """If the answers differed, anybody could find out who has an account here."""
    pages = {name: visitor.post("/login", {"username": name, "password": "x"}).text for name in ("alice", "nobody")}
    own = r'value="{}"|name="csrf_token" value="[^"]*"'  # what was typed may stand there again
    known, unknown = (re.sub(own.format(name), "", page).splitlines() for name, page in pages.items())
    assert [line for line in unknown if line not in known] == [line for line in known if line not in unknown]
    assert unknown == known


def test_the_dashboard_sends_strangers_to_the_login(visitor):
    """The page is for those who are logged in; the others are shown where to do that."""
    answer = visitor.get("/dashboard")
    assert (answer.status_code, answer.headers.get("Location")) == (303, "/login")
    assert "Your table" not in answer.text


@pytest.mark.sentence("The login page sends on whoever is logged in")
def test_the_login_page_sends_on_who_is_logged_in(visitor):
    """Somebody who is in already need not see the form again."""
    assert visitor.get("/login").status_code == 200
    visitor.log_in()
    answer = visitor.get("/login")
    assert (answer.status_code, answer.headers.get("Location")) == (303, "/dashboard")


def test_a_login_is_for_one_browser(visitors):
    """Being logged in belongs to a session, not to an address or a name."""
    alice, stranger = visitors(), visitors()
    alice.log_in("alice")
    assert stranger.whoami()["user"] is None


@pytest.mark.asvs("7.6.2")
def test_the_form_alone_writes_no_session(visitor):
    """Who only looks at the form gets no cookie and costs no row."""
    assert "Set-Cookie" not in visitor.get("/login").headers
    assert "Set-Cookie" not in visitor.post("/login", {"username": "alice", "password": "x"}).headers


def test_the_user_cannot_be_chosen_by_other_ways(visitor):
    """Who is logged in is what the session says; query, form and headers are the visitor's own words."""
    visitor.get("/?user=alice")
    assert visitor.post("/login", {"user": "alice"}).status_code == 401
    assert visitor.get("/whoami?user=alice", headers={"X-User": "alice"}).json()["user"] is None
    assert visitor.get("/dashboard?user=alice", headers={"X-User": "alice"}).status_code == 303


@pytest.mark.parametrize("told", [["username"], ["password"], ["username", "password"]], ids=" and ".join)
def test_name_and_password_come_in_the_form_alone(visitor, told):
    """An address stands in logs and in the browser's history: a password in it is no secret."""
    right = {"username": "alice", "password": DEMO_USERS["alice"]}
    address = "/login?" + urlencode({name: right[name] for name in told})
    assert visitor.post(address, {name: right[name] for name in right if name not in told}).status_code == 401
    assert visitor.whoami()["user"] is None


def test_a_second_login_takes_the_place_of_the_first(visitor):
    """Alice's browser is the queen's once the queen has logged in with it."""
    visitor.log_in("alice")
    visitor.log_in("queen")
    assert visitor.whoami()["user"] == "queen"


def test_login_keeps_the_session_id(visitor):
    """As in the article, and wrong: an id that an attacker has planted is then logged in. Step 4 mends it."""
    visitor.get("/")
    before = visitor.id
    visitor.log_in()
    assert visitor.id == before


def test_there_is_no_way_out_yet(visitor):
    """Step 3 can begin a login, and not end one."""
    assert visitor.post("/logout").status_code == 404


def test_the_count_goes_on_after_login(visitor):
    """What the visitor did before the login is not lost by it."""
    visitor.get("/")
    visitor.get("/")
    visitor.log_in()
    assert visitor.whoami()["views"] == 2


# In the library


@pytest.mark.sentence("Login and guard work without a server")
def test_login_and_guard_in_the_library():
    """To be logged in is one key in the session; who is not is sent to the login, and the handler is not called."""
    app = bottle.Bottle()
    app.get("/", callback=auth.login_required(lambda: "for " + auth.current_user(bottle.request.session)))
    session = {}
    refused = call(with_session(app, session))
    assert (refused.status, refused.location) == (303, "/login")
    assert auth.current_user(session) is None
    auth.log_in(session, "alice")
    assert session == {"user": "alice"}
    assert call(with_session(app, session)).body == b"for alice"


def with_session(app, session):
    """The app inside a middleware that gives each request this session."""

    def begin(environ, start_response):
        environ["session"] = environ["bottle.request.ext.session"] = session
        return app(environ, start_response)

    return begin


def guarded(handler, session, **environ):
    """The answer of a guarded page to a request with this session."""
    app = bottle.Bottle()
    app.get("/", callback=auth.login_required(handler))
    return call(with_session(app, session), **environ)


def test_the_last_login_counts():
    """Where the queen logs in at alice's table, the session is the queen's."""
    session = {}
    auth.log_in(session, "alice")
    auth.log_in(session, "queen")
    assert session == {"user": "queen"}


@pytest.mark.parametrize("user", [True, 5, ["alice"], {"name": "alice"}])
def test_what_is_no_text_names_nobody(user):
    """Another app that shares the store may have written it: it lets nobody in."""
    session = {"user": user}
    assert auth.current_user(session) is None
    assert guarded(lambda: "let in", session).location == "/login"


def test_the_guard_asks_nobody_but_the_session():
    """Query, cookies and headers are the visitor's own words: who is logged in is what the session says."""
    words = {"QUERY_STRING": "user=alice", "HTTP_COOKIE": "user=alice", "HTTP_X_USER": "alice", "REMOTE_USER": "alice"}
    answer = guarded(lambda: "let in", {}, **words)
    assert (answer.status, answer.location) == (303, "/login")


@pytest.mark.parametrize(
    ("raised", "status", "location"),
    [
        (bottle.HTTPResponse(status=303, headers={"Location": "/menu"}), 303, "/menu"),
        (bottle.HTTPError(404), 404, None),
        (LookupError("no such order"), 500, None),
    ],
    ids=["redirect", "abort", "error"],
)
def test_what_a_guarded_handler_raises_is_its_answer(raised, status, location):
    """A handler may abort or redirect; only who is not logged in is sent to the login."""

    def handler():
        raise raised

    answer = guarded(handler, {"user": "alice"})
    assert (answer.status, answer.location) == (status, location)


def test_a_guarded_handler_gets_what_it_was_given():
    """A page with a part of its address in it, /orders/7, gets that as an argument: the guard must hand it on."""
    page = auth.login_required(lambda *args, **named: f"{args} {named}")
    app = bottle.Bottle()
    app.get("/", callback=lambda: page("tea", 7, size="pot"))
    answer = call(with_session(app, {"user": "alice"}))
    assert answer.text == "('tea', 7) {'size': 'pot'}"


@pytest.fixture(scope="module")
def users(tmp_path_factory):
    """A database with the demo users, made for these tests."""
    made = Users(tmp_path_factory.mktemp("users") / "new" / "users.sqlite3")
    made.add_demo_users()
    return made


def test_the_database_is_made_on_first_use(users):
    """A newcomer starts the server and can log in; nothing has to be set up first."""
    assert users.path.exists()
    assert [name for name in DEMO_USERS if users.password_hash(name) is None] == []
    assert users.verify("alice", DEMO_USERS["alice"])


def test_adding_the_demo_users_again_changes_nothing(users):
    """Each start of a server does it; it must not undo a changed password. Whoever is missing is added."""
    users.add("alice", "new password")
    with users.connect() as database:
        database.execute("DELETE FROM users WHERE name = 'queen'")
    users.add_demo_users()
    assert users.verify("alice", "new password")
    assert users.verify("queen", DEMO_USERS["queen"])
    users.add("alice", DEMO_USERS["alice"])


@pytest.mark.sentence("Whoever does not have the password is not let in")
@pytest.mark.parametrize(
    ("name", "password"),
    [("alice", "wrong"), ("alice", ""), ("queen", "follow-the-rabbit"), ("nobody", "nobody's password"), ("", "")],
)
def test_who_has_not_the_password_is_not_let_in(users, name, password):
    """A wrong password and an unknown name are the same thing to the table: no."""
    assert bool(users.verify(name, password)) is False


def test_a_name_is_taken_to_the_letter(users):
    """Two people may have names that are nearly the same: neither gets the other's password or place."""
    users.add("Duchess", "pepper")
    others = ["Alice", "ALICE", "duchess", " alice", "alice ", "%", "alic_", "alice%", "al*"]
    assert [other for other in others if users.password_hash(other) is not None] == []
    assert users.verify("Duchess", "pepper")


def test_an_empty_password_is_a_password(users):
    """Whether a password is good enough is asked where it is chosen; the table only compares."""
    users.add("caterpillar", "")
    assert users.verify("caterpillar", "")
    assert not users.verify("caterpillar", "x")


def test_a_wrong_password_renews_no_hash(users):
    """Or a wrong guess at an old hash would become the password."""
    weak = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1).hash("old password")
    with users.connect() as database:
        database.execute("INSERT OR REPLACE INTO users VALUES ('dormouse', ?)", (weak,))
    users.verify("dormouse", "wrong")
    assert users.password_hash("dormouse") == weak


@pytest.mark.strength
@pytest.mark.asvs("11.4.2")
def test_no_password_is_in_the_database(users):
    """Who steals the file must still guess, and each guess costs 19 MiB and two passes."""
    users.add("queen", DEMO_USERS["queen"])
    content = users.path.read_bytes()
    assert [password for password in DEMO_USERS.values() if password.encode() in content] == []
    assert str(users.password_hash("queen"))[:31] == "$argon2id$v=19$m=19456,t=2,p=1$"


def test_equal_passwords_have_different_hashes():
    """Without a salt, one guess would be tried against all users at once. And yet each is a hash of this password."""
    assert hash_password("same") != hash_password("same")
    assert verify_password("same", hash_password("same"))


@pytest.mark.strength
@pytest.mark.asvs("11.4.2")
def test_passwords_are_hashed_with_argon2id():
    """A guess must cost a thief memory and time: argon2id, 19 MiB and two passes at the least."""
    cost = extract_parameters(hash_password("x"))
    assert cost.type is Type.ID
    assert (cost.memory_cost >= 19 * 1024, cost.time_cost >= 2) == (True, True)


@pytest.mark.parametrize("password", ["", "\0", "pass\0word", "☕" * 5000, "\ud800", "a" * 100_000])
def test_any_text_can_be_a_password(password):
    """No password crashes the check, is cut off at a NUL, or is taken for another."""
    hashed = hash_password(password)
    assert verify_password(password, hashed)
    assert not verify_password(password + "\0", hashed)
    assert not verify_password(password[:-1] + "b", hashed)


def test_a_password_is_taken_to_the_letter():
    """If it were tidied up before it is hashed, one guess would do for many passwords."""
    hashed = hash_password(" Follow-the-\ud800Rabbit ")
    others = [" follow-the-\ud800rabbit ", "Follow-the-\ud800Rabbit", " Follow-the-Rabbit ", " Follow-the-?Rabbit "]
    assert [other for other in others if verify_password(other, hashed)] == []


def test_a_spoilt_hash_lets_nobody_in():
    """A damaged row in the database is a login that fails, not a crash and not an open door."""
    hashed = hash_password("x")
    for spoilt in ("not a hash", hashed[:-1], hashed[:40], "", None):
        assert bool(verify_password("x", spoilt)) is False


def test_a_hash_may_be_spoilt_by_any_letter():
    """A hash is ASCII. What is not, is no hash either: a no, and no error."""
    assert [bool(verify_password("x", spoilt)) for spoilt in ("ü", "☕", "\ud800")] == [False, False, False]


def test_nobody_has_a_password():
    """The hash that an unknown name is compared with belongs to nobody; even its own password must not log in."""
    assert bool(verify_password("nobody's password", None)) is False
    assert bool(verify_password("nobody's password", "")) is False


@pytest.mark.sentence("A user who does not exist costs as much as one who does")
@pytest.mark.strength
def test_who_does_not_exist_costs_as_much_as_who_does():
    """Or the time of an answer tells which names there are."""
    assert extract_parameters(passwords.NOBODY) == extract_parameters(hash_password("x"))
    assert PasswordHasher().verify(passwords.NOBODY, "nobody's password")


@pytest.mark.strength
@pytest.mark.parametrize(
    ("cost", "renewed"),
    [
        ({"time_cost": 1}, True),
        ({"time_cost": 3}, True),
        ({"memory_cost": 8}, True),
        ({"parallelism": 2}, True),
        ({}, False),
    ],
)
def test_a_hash_made_at_another_cost_is_to_be_renewed(cost, renewed):
    """Costs rise over the years, and the old hashes must be told from those of today."""
    made = PasswordHasher(**{"time_cost": 2, "memory_cost": 19 * 1024, "parallelism": 1, **cost}).hash("x")
    assert bool(passwords.needs_rehash(made)) is renewed


@pytest.mark.strength
def test_a_hash_of_lesser_cost_is_renewed_at_login(users):
    """Costs rise over the years. Only at login do we see the password, so that is when the hash can follow."""
    with users.connect() as database:
        weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("old password")
        database.execute("INSERT OR REPLACE INTO users (name, password_hash) VALUES ('dormouse', ?)", (weak,))
    assert users.verify("dormouse", "old password")
    assert "m=19456,t=2" in str(users.password_hash("dormouse"))
    assert users.verify("dormouse", "old password")


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ("UPDATE users SET password_hash = 'of another password' WHERE name = 'dormouse'", "of another password"),
        ("DELETE FROM users WHERE name = 'dormouse'", None),
    ],
    ids=["changed", "removed"],
)
def test_a_renewed_hash_does_not_bring_an_old_password_back(users, monkeypatch, change, left):
    """It is renewed in its own place only: not over another password, nor for a user who has been removed meanwhile."""
    weak = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1).hash("old password")

    def meanwhile(password, hashed):
        with users.connect() as database:
            database.execute(change)
        return verify_password(password, hashed)

    with users.connect() as database:
        database.execute("INSERT OR REPLACE INTO users VALUES ('dormouse', ?)", (weak,))
    monkeypatch.setattr("steps.step3_authenticate.users.verify_password", meanwhile)
    users.verify("dormouse", "old password")
    assert users.password_hash("dormouse") == left


@pytest.mark.sentence("A hash of today's cost stays as it is")
@pytest.mark.parametrize("password", [DEMO_USERS["alice"], "wrong"], ids=["right password", "wrong password"])
def test_a_hash_of_todays_cost_stays_as_it_is(users, password):
    """A login reads the table. If each wrote into it, logins would wait for one another, and a guess changed a row."""
    users.add("alice", DEMO_USERS["alice"])
    before = users.password_hash("alice")
    users.verify("alice", password)
    assert users.password_hash("alice") == before


@pytest.mark.asvs("6.3.8")
def test_an_unknown_name_costs_the_same_work(users, monkeypatch):
    """Without a hash to check, the answer would come 30 ms sooner, and tell who has an account."""
    users.add("alice", DEMO_USERS["alice"])
    work = []

    class Spy(PasswordHasher):
        def hash(self, password, *, salt=None):
            work.append("hash")
            return super().hash(password, salt=salt)

        def verify(self, hash, password):
            cost = hash.decode() if isinstance(hash, bytes) else hash
            work.append(f"verify at {cost.split('$')[3]}")
            return super().verify(hash, password)

    today = passwords.HASHER
    spy = Spy(time_cost=today.time_cost, memory_cost=today.memory_cost, parallelism=today.parallelism)
    monkeypatch.setattr(passwords, "HASHER", spy)
    users.verify("alice", "wrong")
    known = work.copy()
    users.verify("nobody", "wrong")
    unknown = work[len(known) :]
    assert (len(known), len(unknown)) == (1, 1), f"HASHER's work: {known} for a known name, {unknown} for an unknown"
    assert unknown == known


@pytest.mark.sentence("A name with quotes is a name, and no SQL")
def test_a_name_with_quotes_is_a_name_and_no_sql(users):
    """The database gets the name beside the command, not inside it."""
    users.add("Robert'); DROP TABLE users;--", "bobby")
    assert users.verify("Robert'); DROP TABLE users;--", "bobby")
    assert users.verify("alice", DEMO_USERS["alice"])


def test_any_thread_can_ask_the_table(users):
    """A server may have a thread for each request, and SQLite's connections are each for the thread that made it."""
    users.add("alice", DEMO_USERS["alice"])
    assert at_once(lambda: users.verify("alice", DEMO_USERS["alice"])) == [True]


def test_a_piece_of_work_within_another_is_part_of_it(users):
    """Kept together, or undone together; another thread's is its own."""
    with pytest.raises(LookupError), users.database.alone():
        users.add("march hare", "a whole new password")
        assert users.password_hash("march hare")
        assert at_once(lambda: users.password_hash("march hare")) == [None]
        raise LookupError
    assert users.password_hash("march hare") is None


FORK = """
import os, sys
from steps.step3_authenticate import Users
users = Users(sys.argv[1])
with users.database.alone():
    users.add("white rabbit", "a whole new password")
    if not os.fork():
        print(users.password_hash("white rabbit"), flush=True)
        os._exit(0)
    os.wait()
print(users.verify("white rabbit", "a whole new password"))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_piece_of_work_is_not_carried_over_a_fork(users):
    """A child has no part in what its parent is busy with: SQLite forbids to carry a connection over a fork."""
    done = subprocess.run(
        [sys.executable, "-c", FORK, str(users.path)], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.split() == ["None", "True"]


@pytest.mark.sentence("The users' database is for its owner alone")
def test_the_users_database_is_for_its_owner_alone(tmp_path):
    """Whoever else has an account on the machine must not take the hashes home to guess at."""
    users = Users(tmp_path / "new" / "users.sqlite3")
    with users.database.alone():
        users.add("march hare", "a whole new password")
        beside = [path.name for path in users.path.parent.iterdir() if path.stat().st_mode & 0o077]
    assert beside == []
    assert users.path.stat().st_mode & 0o777 == 0o600


@pytest.mark.sentence("The users' database stays where it is")
def test_the_users_database_stays_where_it_is(tmp_path, monkeypatch):
    """A relative path names a file below the folder in which the program began."""
    monkeypatch.chdir(tmp_path)
    users = Users("users of ours? #1 100%.sqlite3")
    users.add("dormouse", "a whole new password")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert users.verify("dormouse", "a whole new password")
    assert list(Path().iterdir()) == []


def test_a_database_that_cannot_be_opened_is_an_error_at_the_start(tmp_path):
    """Better no server than one at which nobody can log in."""
    (tmp_path / "users.sqlite3").mkdir()
    with pytest.raises(sqlite3.OperationalError):
        Users(tmp_path / "users.sqlite3")


def test_a_login_that_could_not_be_saved_says_so(users):
    """A redirect to the dashboard promises that the login is stored; if it is not, the answer must be an error."""

    class FullStore:
        def get(self, id):
            return None

        def set(self, id, row):
            raise OSError("disk full")

    form = b"username=alice&password=follow-the-rabbit"
    app = step3.create_app(store=FullStore(), users=users)
    with pytest.raises(OSError, match="disk full"):
        call(app, "/login", method="POST", body=form)


@pytest.mark.sentence("create_app takes a store and users of the caller's")
def test_create_app_takes_a_store_and_users_of_the_callers(users):
    """So that tests, lessons and later steps can look inside."""
    from steps.step2_middleware import MemoryStore

    store = MemoryStore()
    answer = log_in_at(step3.create_app(store=store, users=users))
    assert (answer.status, answer.cookie.startswith(SESSION_COOKIE)) == (303, True)
    rows = [json.loads(store.get(id)) for id in store]
    assert [{name: value for name, value in row.items() if name != "cookie"} for row in rows] == [{"user": "alice"}]


def log_in_at(app, username="alice", password=DEMO_USERS["alice"], **environ):
    """The answer to a login, without a network."""
    form = urlencode({"username": username, "password": password}).encode()
    return call(app, "/login", method="POST", body=form, **environ)


def test_a_login_leads_to_the_dashboard_whatever_the_address_says(users):
    """Who could choose the next page by a link would choose one of his own."""
    answer = log_in_at(step3.create_app(users=users), QUERY_STRING="next=https://evil.example/")
    assert (answer.status, answer.location) == (303, "/dashboard")


def test_a_name_and_a_password_may_have_any_letters(users):
    """A browser sends a form as UTF-8, and so it is read."""
    users.add("café", "crème brûlée")
    assert log_in_at(step3.create_app(users=users), "café", "crème brûlée").status == 303


def test_the_login_is_done_as_it_was_given(users):
    """Step 4 gives another log_in, which begins a new session: the page must call that one."""
    from steps.step2_middleware import SessionMiddleware

    called = []
    site = step3.create_site(users, log_in=lambda session, name: called.append(name))
    app = SessionMiddleware(site, secret="keyboard cat")
    log_in_at(app, password="wrong")
    assert called == []
    answer = log_in_at(app)
    assert called == ["alice"], f"the log_in that create_site was given has been called for {called}, not for alice"
    assert (answer.status, answer.cookie) == (303, None)


def test_an_unknown_name_is_asked_about_like_any_other(users, monkeypatch):
    """verify takes as long for a name that nobody has; a login that does not ask it answers sooner, and tells."""
    asked = []

    def verify(name, password):
        asked.append(name)
        return False

    monkeypatch.setattr(users, "verify", verify)
    app = step3.create_app(users=users)
    assert [log_in_at(app, name).status for name in ("alice", "nobody")] == [401, 401]
    assert asked == ["alice", "nobody"]


def test_a_file_of_users_that_is_gone_is_an_error(tmp_path):
    """A new one without anybody in it would say of each guest that there is no such user."""
    users = Users(tmp_path / "users.sqlite3")
    users.path.unlink()
    with pytest.raises(sqlite3.OperationalError):
        users.password_hash("alice")
    with pytest.raises(sqlite3.OperationalError):
        users.add("alice", "a whole new password")
    assert not users.path.exists(), "a new file has been made, which a connection of connect() does not do"
