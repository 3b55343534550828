"""Step 8: settings that are checked, users by a command, health, a log without keys, workers that come and go."""

import json
import logging
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
from contextlib import suppress

import pytest
import requests

from steps.step3_authenticate.users import DEMO_USERS, Users
from steps.step5_stores import SessionMiddleware
from steps.step5_stores.failures import Unavailable
from steps.step5_stores.store import MemoryStore, StoreError, name_in_log
from steps.step6_access import KeptPreferences, Preferences, Roles
from steps.step6_access.owners import handle_of
from steps.step6_access.telling import TOLD as TELLING
from steps.step7_harden import HashedIds
from steps.step8_production import settings as production
from steps.step8_production import users as command
from steps.step8_production.events import EventLog
from steps.step8_production.health import Health
from steps.step8_production.settings import Refused, read_settings, refuse_unsafe, table
from tests.support import ROOT, STEPS, faults
from tests.support.calling import Guest, Visitor, call
from tests.support.servers import Server, wait_until

GOOD = "0123456789abcdef0123456789ABCDEF"
PASSWORD = "correct horse battery"
HERS = "192.0.2.7"  # the address from which a guest comes


# Settings


def test_settings_have_defaults_and_are_read():
    """Everything has a default but the secret (ASVS 13.3.1), and what is given is read as what it is."""
    several = f"new-{GOOD},{GOOD}, old-{GOOD} "
    read = read_settings({"SECRET": several, "WORKERS": "3", "TRUST_PROXY": "1", "IDLE_TIMEOUT": "60"})
    assert list(read) == [setting.name for setting in production.SETTINGS]
    assert read["SECRET"] == [f"new-{GOOD}", GOOD, f"old-{GOOD}"]
    assert (read["WORKERS"], read["TRUST_PROXY"], read["IDLE_TIMEOUT"], read["PORT"]) == (3, True, 60, 8080)
    assert read["STORE"].startswith("sqlite:///")


@pytest.mark.parametrize("name", [setting.name for setting in production.SETTINGS if setting.default])
def test_an_empty_setting_is_one_that_is_not_set(name):
    """`PORT= make step-8`, and a line with nothing behind it in a file of systemd: the default is meant."""
    read = read_settings({"SECRET": GOOD, name: ""})
    assert read[name] == read_settings({"SECRET": GOOD})[name]


@pytest.mark.asvs("13.3.1")
@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({}, "SECRET is missing"),
        ({"SECRET": ""}, "SECRET is missing"),
        ({"WORKERS": "0"}, "WORKERS must be a whole number from 1 to 64"),
        ({"WORKERS": "two"}, "WORKERS"),
        ({"PORT": "65536"}, "PORT"),
        ({"PORT": "²"}, "PORT"),
        ({"TRUST_PROXY": "yes"}, "TRUST_PROXY must be 1 or 0"),
        ({"IDLE_TIMEOUT": "-1"}, "IDLE_TIMEOUT"),
        ({"ABSOLUTE_TIMEOUT": "9" * 30}, "ABSOLUTE_TIMEOUT"),
        ({"SECURE_COOKIES": "sometimes"}, "auto, always or never"),
        ({"STORE": "memory:", "WORKERS": "2"}, "would often be strangers"),
        ({"TRUST_PROXY": "1", "SECURE_COOKIES": "never"}, "open lines"),
    ],
)
def test_what_is_not_safe_does_not_start(variables, words, says):
    """An error on a desk is better than a theft in a year. The error names the setting (ours a remedy, too)."""
    own = {"SECRET": GOOD} if "SECRET" not in variables and variables else {}
    with pytest.raises(Refused, match=says(re.escape(words))) as refused:
        read_settings({**own, **variables})
    named = [name for name in variables or ["SECRET"] if name in str(refused.value)]
    assert named, f"Refused: {refused.value}   (no setting is named)"


@pytest.mark.asvs("13.3.1")
@pytest.mark.parametrize(
    ("secret", "words"),
    [
        ("keyboard cat", "known from books"),
        ("Your-Secret-Key", "known from books"),
        ("Zq7", "32 random characters"),
        (GOOD[:31], "32 random characters"),
        ("a" * 64, "32 random characters"),
        ("abcdefg" * 9, "32 random characters"),
        (f"{GOOD},keyboard cat", "known from books"),
        (f"{GOOD},", "32 random characters"),
        (f"{GOOD},{'a' * 64}", "32 random characters"),
    ],
)
def test_a_secret_is_long_and_random(secret, words, says):
    """32 characters or more, 8 different ones among them, each of several; the error says so, and not the secret.

    And it gives the ADVICE, without which one bad secret is followed by the next.
    """
    with pytest.raises(Refused, match=says(words)) as refused:
        read_settings({"SECRET": secret})
    assert "SECRET" in str(refused.value)
    assert secret not in str(refused.value)
    assert GOOD not in str(refused.value)
    assert production.ADVICE in str(refused.value)


def test_a_secret_made_as_advised_starts():
    """However it falls: among sixty-four random letters of sixteen kinds, a kind or two are missing now and then."""
    for _ in range(200):
        secret = secrets.token_hex(32)
        assert read_settings({"SECRET": secret})["SECRET"] == [secret]


@pytest.mark.parametrize("secret", ["what stands in a book has been read by many", "old,new"])
@pytest.mark.parametrize("spelt", ["{}", " {} ", "{},0123456789abcdef0123456789abcdef"])
@pytest.mark.parametrize("letters", [str, str.upper, str.title])
def test_a_secret_from_a_book_is_refused_however_it_is_spelt(monkeypatch, secret, spelt, letters):
    """Long or not: programs try all that is published, and in more than one spelling."""
    monkeypatch.setattr(production, "KNOWN_SECRETS", {secret})
    with pytest.raises(Refused):
        read_settings({"SECRET": spelt.format(letters(secret))})


@pytest.mark.parametrize(
    "variables",
    [
        {"SECRET": "abcdefgh" * 4},
        {"STORE": "memory:"},
        {"STORE": "memory:", "WORKERS": "1"},
        {"WORKERS": "2"},
        {"SECURE_COOKIES": "never"},
        {"TRUST_PROXY": "1"},
        {"TRUST_PROXY": "1", "SECURE_COOKIES": "always"},
    ],
)
def test_what_is_harmless_alone_starts(variables):
    """Sessions in memory are fine for one worker, and cookies on open lines where there is no proxy with HTTPS."""
    read = read_settings({"SECRET": GOOD, **variables})
    assert [str(read[name]) for name in variables if name in ("STORE", "WORKERS", "SECURE_COOKIES")] == [
        value for name, value in variables.items() if name in ("STORE", "WORKERS", "SECURE_COOKIES")
    ]


@pytest.mark.parametrize(("name", "other"), [("queen", "alice"), ("alice", "queen")])
def test_demo_users_are_refused(tmp_path, says, name, other):
    """Everybody who has read this book knows their passwords; with one of its own, a name is as good as any."""
    users = Users(tmp_path / "users.sqlite3")
    settings = {"STORE": "memory:", "USERS": str(users.path)}
    refuse_unsafe(settings)
    users.add(other, PASSWORD)
    refuse_unsafe(settings)
    users.add(name, DEMO_USERS[name])
    with pytest.raises(Refused, match=says(f"users remove {name}")):
        refuse_unsafe(settings)


def test_a_store_that_does_not_answer_is_refused(tmp_path, says):
    """Found out at the start, and not by the first guest who logs in; the sentence names the setting, STORE."""
    settings = {"STORE": f"sqlite:///{tmp_path}/nowhere/x.sqlite3", "USERS": str(tmp_path / "users.sqlite3")}
    with pytest.raises(Refused, match=says("STORE cannot be used")) as refused:
        refuse_unsafe(settings)
    assert "STORE" in str(refused.value)


def test_a_store_that_can_only_be_read_is_refused(tmp_path, monkeypatch, says):
    """As one that is full, or that another program has locked: it opens, and gives its rows, but nobody can log in."""
    monkeypatch.setattr("steps.step5_stores.connections.PATIENCE", 0.01)
    path = tmp_path / "sessions.sqlite3"
    settings = {"STORE": f"sqlite:///{path}", "USERS": str(tmp_path / "users.sqlite3")}
    refuse_unsafe(settings)
    with faults.locked(path), pytest.raises(Refused, match=says("STORE cannot be used")) as refused:
        refuse_unsafe(settings)
    assert "STORE" in str(refused.value)
    refuse_unsafe(settings)


def test_the_table_explains_every_setting():
    """With what is set now, the secret aside."""
    text = table({"SECRET": GOOD, "PORT": "9000"})
    assert all(setting.name in text and setting.does in text for setting in production.SETTINGS)
    assert "now 9000" in text and GOOD not in text


@pytest.mark.parametrize(
    ("url", "hidden"),
    [
        ("redis://:open sesame@example.org:6379/0", ["open", "sesame"]),
        ("redis://ali:open-sesame@example.org/0", ["open", "ali"]),
        ("rediss://ali:op@en/se?sa#me@example.org/0", ["op", "en", "sa", "me@"]),
        ("unix://:sesame@/run/redis.sock?db=1", ["sesame"]),
        ("redis://example.org/0?password=sesame&db=1", ["sesame"]),
        ("postgresql://ali:sesame@example.org/tea", ["sesame"]),
        ("postgresql://example.org/tea?sslpassword=sesame", ["sesame"]),
        ("postgresql://ali@example.org/tea?passfile=/sesame&x=1", ["sesame", "ali"]),
        ("postgresql://ali:sesame@example.org:5432,eve:sesame@example.org/tea", ["sesame"]),
        ("redis://:open@[::1]:6379/0?client_name=example.org", ["open"]),
    ],
)
def test_the_table_shows_no_password(url, hidden):
    """It is printed to find a mistake, and shown to others: where the store is, but not how one gets in."""
    text = table({"SECRET": GOOD, "STORE": url})
    (shown,) = [line for line in text.splitlines() if line.startswith("STORE")]
    assert [word for word in hidden if word in shown.partition("(now")[2]] == []
    assert any(place in shown for place in ("example.org", "/run/redis.sock", "[::1]:6379/0"))
    assert url.partition("://")[0] in shown


@pytest.mark.parametrize(
    "url",
    [
        *("redis:sesame@h", "redis://ali:sesame", "redis://:sesame", "redis://[sesame]", "redis://h/0?x=a@sesame"),
        *("redis://h/0?socket_timeout=sesame", "redis://h/0?sesame=1", "redis://ali:sesame/0", " redis://:sesame@h"),
        *("host=h password=sesame", "postgresql:sesame", "postgresql://ali:sesame", "postgresql://h:sesame/tea"),
        *(
            "postgresql://h/tea?pasword=sesame",
            "postgresql://h/tea?port=sesame",
            "postgresql://ali:%sesame@h/tea",
            "postgresql://ali:open@sesame@h/tea",
        ),
        *("sqlite://sesame", "sqlite:///x.db?key=sesame", "sesame", "REDIS://:sesame@h", "mysql://ali:sesame@h/tea"),
    ],
)
def test_no_message_shows_a_password_in_a_url_that_is_wrong(url, tmp_path):
    """Mistyped, it stands where no password should: neither the table nor the error repeats it."""
    assert "sesame" not in table({"SECRET": GOOD, "STORE": url, "USERS": "redis://:sesame@h"})
    with pytest.raises(Refused) as refused:
        refuse_unsafe({"STORE": url, "USERS": str(tmp_path / "users.sqlite3")})
    assert "sesame" not in str(refused.value)


@pytest.mark.parametrize("store", ["sqlite:////tmp/tea@home/x.db", "sqlite:///x.db", "memory:"])
def test_a_file_is_no_secret(store):
    """Its name is shown whole, and so is that of the users' database."""
    text = table({"SECRET": GOOD, "STORE": store, "USERS": "a folder/users@home.db"})
    assert f"(now {store})" in text and "(now a folder/users@home.db)" in text


@pytest.mark.asvs("13.3.1")
@pytest.mark.parametrize("variables", [{}, {"SECRET": "keyboard cat"}])
def test_the_server_exits_with_a_sentence(variables, tmp_path):
    """Exit status 1, and nothing is served."""
    environment = {name: value for name, value in os.environ.items() if name != "SECRET"}
    done = run("server", env={**environment, "PORT": "0", "USERS": str(tmp_path / "u"), **variables})
    assert done.returncode == 1
    assert done.stderr.startswith("This does not start: SECRET") and done.stderr.count("\n") == 1


def run(module, *arguments, **options):
    shown = [sys.executable, "-m", f"steps.step8_production.{module}", *arguments]
    return subprocess.run(shown, cwd=ROOT, capture_output=True, text=True, timeout=30, **options)


# Users


@pytest.mark.sentence("Users are made, listed and removed by a command")
def test_users_are_made_listed_and_removed_by_a_command(tmp_path):
    """The password comes on standard input, never as an argument, which others on the machine can see."""
    env = {**os.environ, "USERS": str(tmp_path / "users.sqlite3")}
    assert run("users", "add", "bob", "admin", input=PASSWORD + "\n", env=env).returncode == 0
    assert run("users", "list", env=env).stdout == "bob  admin\n"
    assert Users(env["USERS"]).verify("bob", PASSWORD)
    assert run("users", "remove", "bob", env=env).returncode == 0
    assert run("users", "list", env=env).stdout == ""


@pytest.mark.parametrize(
    ("arguments", "typed", "words"),
    [
        (["add", "bob", "king"], PASSWORD, "A role is one of user, admin"),
        (["add", "bob", "user"], "short", "8 letters"),
        (["add", "bob", "user"], "", "8 letters"),
        (["add", "bob", "user"], "x" * 1025, "at most 1024"),
        (["add", "bob", "user"], DEMO_USERS["alice"], "stands in this book"),
        (["add", "", "user"], PASSWORD, "A name"),
        (["add", "a\nb", "user"], PASSWORD, "A name"),
        (["remove", "nobody"], "", "There is no user nobody"),
        (["add", "bob"], "", "One of these:"),
        ([], "", "One of these:"),
    ],
)
def test_what_cannot_be_a_user_is_a_sentence(tmp_path, arguments, typed, words):
    done = run("users", *arguments, input=typed + "\n", env={**os.environ, "USERS": str(tmp_path / "users.sqlite3")})
    assert done.returncode == 1
    assert words in done.stderr and "Traceback" not in done.stderr


def test_users_that_cannot_be_used_are_a_sentence(tmp_path):
    """From the command and from the server."""
    env = {**os.environ, "SECRET": GOOD, "STORE": "memory:", "USERS": str(tmp_path)}
    for done in (run("users", "list", env=env), run("server", env=env)):
        assert (done.returncode, done.stdout) == (1, "")
        assert "USERS cannot be used" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.asvs("7.4.2")
def test_all_logins_end_with_the_account(house):
    """A user who is removed is out at the next request, on every device; a new password ends the old logins, too."""
    devices = [house.guest() for _ in range(3)]
    for device in devices:
        device.log_in()
    command.remove(house.users, "alice")
    assert [device.user() for device in devices] == [None] * 3
    assert devices[0].try_to_log_in().status == 401
    assert house.store.of_owner("alice") == []


@pytest.mark.sentence("Roles are given by the command alone")
def test_roles_are_the_commands_alone(tmp_path):
    """In the lessons, queen is made an admin at each start. Here it is a name like any other."""
    from steps.step8_production.server import create_app

    users = Users(tmp_path / "users.sqlite3")
    command.add(users, "queen", "user", PASSWORD)
    create_app(users=users, secret=GOOD)
    assert Roles(users).of("queen") == "user"


def test_a_refused_change_of_role_changes_nothing(tmp_path):
    """The last admin stays one; and the password, too, is then the old one."""
    users = Users(tmp_path / "users.sqlite3")
    command.add(users, "bob", "admin", PASSWORD)
    with pytest.raises(ValueError, match="last admin"):
        command.add(users, "bob", "user", "another password")
    assert users.verify("bob", PASSWORD)
    command.add(users, "eve", "admin", PASSWORD)
    command.add(users, "bob", "user", "another password")
    assert users.verify("bob", "another password") and Roles(users).of("bob") == "user"


def test_a_user_is_removed_with_all_that_is_his(users):
    """Who gets the name afterwards begins with nothing of it."""
    command.add(users, "bob", "admin", PASSWORD)
    KeptPreferences(users).keep("bob", Preferences("dark", "de"))
    command.remove(users, "bob")
    command.add(users, "bob", "user", PASSWORD)
    assert (Roles(users).of("bob"), KeptPreferences(users).of("bob")) == ("user", None)


@pytest.mark.parametrize(("secure_cookies", "named"), [("always", "__Host-connect.sid"), ("never", "connect.sid")])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_secure_cookies_can_be_decided_for_all_requests(tmp_path, users, secure_cookies, named, scheme):
    """SECURE_COOKIES=always, where a proxy with TLS does not say so; never, for an open line on purpose."""
    from steps.step8_production.server import create_app

    app = create_app(users=users, secret=GOOD, secure_cookies=secure_cookies)
    answer = call(app, "/", **{"wsgi.url_scheme": scheme})
    (cookie,) = answer.cookies
    assert cookie.startswith(named + "=") and ("; Secure" in cookie) is (secure_cookies == "always")
    for path in ("/", "/healthz", "/nowhere", "/logout"):  # whatever is HTTPS says so for the next year, too
        answer = call(app, path, **{"wsgi.url_scheme": scheme})
        assert ("Strict-Transport-Security" in answer.by_name) is (secure_cookies == "always")


# Health


def the_app(environ, start):
    """What stands behind: it answers everything, in one way."""
    start("200 OK", [("Content-Type", "text/plain")])
    return [b"the app"]


WELL = 200, {"status": "ok", "store": "answers"}
UNWELL = 503, {"status": "unwell", "store": "does not answer"}


@pytest.mark.parametrize(
    ("fails", "status", "says"),
    [((), *WELL), (("get", "set", "touch", "destroy"), *UNWELL), (("set",), *UNWELL), (("destroy",), *UNWELL)],
)
def test_health_says_whether_the_store_answers(fails, status, says):
    """As JSON, for machines, which read two keys of it; HEAD gets the same status and headers, and no body."""
    store = Failing(MemoryStore())
    store.fails = fails
    seen = []
    health = Health(lambda *args: seen.append("/healthz") or the_app(*args), store)
    answer, head = call(health, "/healthz"), call(health, "/healthz", method="HEAD")
    assert answer.status == status
    assert answer.by_name.get("Content-Type", "").partition(";")[0] == "application/json"
    assert answer.by_name.get("Content-Length") == str(len(answer.body))
    assert json.loads(answer.body) == says
    assert (head.status, head.headers, head.body) == (answer.status, answer.headers, b"")
    assert seen == []


def test_health_asks_the_store_each_time():
    """That it was well a minute ago says nothing of now."""
    store = Failing(MemoryStore())
    health = Health(the_app, store)
    statuses = []
    for store.fails in ((), ("set",), ()):
        statuses.append(call(health, "/healthz").status)
    assert statuses == [200, 503, 200]


@pytest.mark.parametrize("query", ["at=1", "verbose"])
def test_health_is_the_same_page_with_a_query(query):
    """A machine may add one, against caches on the way: the path is what counts."""
    health = Health(the_app, MemoryStore())
    answer = call(health, "/healthz", QUERY_STRING=query)
    assert answer.text.startswith("{")


def test_health_begins_no_session(house):
    """A machine asks every few seconds: each of its questions would leave a row that nobody comes back to."""
    answer = call(house.app, "/healthz")
    assert (answer.status, answer.cookies) == (200, [])
    assert list(house.store) == []


@pytest.mark.parametrize("table", ["users", "roles", "preferences", "attempts"])
def test_health_says_whether_a_table_of_the_users_is_gone(house, table):
    """As where the file was exchanged for an empty one: it can be written, but no page can be shown."""
    with house.users.connect() as database:
        database.execute(f"DROP TABLE {table}")
    assert call(house.app, "/healthz").status == 503
    house.open_app()  # which makes the table
    assert call(house.app, "/healthz").status == 200


def test_health_asks_for_every_table_that_the_house_has(house):
    """Whatever a later page needs: nobody must remember to name it there."""
    from steps.step8_production.server import TABLES

    with house.users.connect() as database:
        found = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    assert {*TABLES} == {name for (name,) in found if not name.startswith("sqlite_")}


@pytest.mark.parametrize("fault", ["locked", "gone"])
def test_health_says_whether_users_can_be_asked_and_written(house, monkeypatch, fault):
    """A house in which nobody can log in is not well, though its sessions are there."""
    monkeypatch.setattr("steps.step3_authenticate.database.PATIENCE", 0)
    monkeypatch.setattr("steps.step6_access.database.PAUSE", 0)
    assert call(house.app, "/healthz").status == 200
    with faults.locked(house.users.path):
        if fault == "gone":
            house.users.path.unlink()
        assert call(house.app, "/healthz").status == 503
    assert call(house.app, "/healthz").status == (503 if fault == "gone" else 200)


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/", "GET"),
        ("/healthz/", "GET"),
        ("/healthz/more", "GET"),
        ("/health", "GET"),
        ("/healthz", "POST"),
        ("/healthz", "DELETE"),
    ],
)
def test_health_is_one_page_only(path, method):
    """Anything else is the app's, whether the store answers or not."""
    store = Failing(MemoryStore())
    store.fails = ("get", "set")
    assert call(Health(the_app, store), path, method=method).body == b"the app"


# The log


@pytest.fixture
def lines(caplog):
    """What is noted, each line read."""
    caplog.set_level(logging.INFO, logger="tea_house.events")
    return lambda: [json.loads(record.message) for record in caplog.records if record.name == "tea_house.events"]


@pytest.fixture
def noted(lines):
    """The lines' values for some keys; None where a line has no such key."""
    return lambda *keys: [tuple(line.get(key) for key in keys) for line in lines()]


def test_logins_and_logouts_are_noted(house, noted, caplog):
    """Who, from where, in which session; the session by a hash of its id. ASVS 16.3.1."""
    alice = house.guest(REMOTE_ADDR=HERS)
    alice.log_in()
    id = alice.id
    alice.post("/logout")
    assert noted("event", "user") == [("login", "alice"), ("logout", "alice")]
    assert noted("session") == [(name_in_log(id),)] * 2
    assert noted("from", "asked") == [(HERS, "POST /login"), (HERS, "POST /logout")]
    assert [{"at": at} for (at,) in noted("at")] == [{"at": pytest.approx(house.clock(), rel=0, abs=1)}] * 2
    levels = [record.levelname for record in caplog.records if record.name == "tea_house.events"]
    assert levels == ["INFO", "INFO"]


def test_failures_and_refusals_are_noted(house, noted):
    """A wrong password, a form without its token, a page for others."""
    guest = house.guest(REMOTE_ADDR=HERS)
    guest.post("/login", username="alice", password="wrong")
    guest.post("/order", tea="green", csrf_token="wrong")
    guest.log_in()
    guest.get("/admin")
    assert noted("event", "asked", "user") == [
        ("login failed", "POST /login", "alice"),
        ("refused", "POST /order", None),
        ("login", "POST /login", "alice"),
        ("refused", "GET /admin", "alice"),
    ]


@pytest.mark.sentence("A password given once more is noted, right or wrong")
@pytest.mark.parametrize("path", ["/confirm", "/password"])
def test_a_password_given_once_more_is_noted_right_or_wrong(house, noted, path):
    """A stolen session that guesses the password, and a password that was changed. ASVS 16.3.1."""
    alice = house.guest(REMOTE_ADDR=HERS)
    alice.log_in()
    alice.post(path, password="wrong", new=PASSWORD)
    alice.post(path, password=DEMO_USERS["alice"], new=PASSWORD)
    wrong, right = {
        "/confirm": ("confirmation failed", "confirmed"),
        "/password": ("password not changed", "password changed"),
    }[path]
    asked = f"POST {path}"
    assert noted("event", "user", "asked")[1:] == [(wrong, "alice", asked), (right, "alice", asked)]


def test_logins_that_are_ended_are_noted(house, noted):
    """One's own, another one, all others; by an admin, also whose."""
    alice, other, queen = (house.guest(REMOTE_ADDR=HERS) for _ in range(3))
    for guest, name in ((alice, "alice"), (other, "alice"), (queen, "queen")):
        guest.log_in(name)
    own, others = (handle_of(house.store, guest.id) for guest in (alice, other))
    alice.post("/devices/end", handle=others)
    alice.post("/devices/end-others")
    alice.post("/devices/end", handle=own)
    alice.log_in()
    queen.post("/admin/end", username="alice")
    queen.post("/admin/end", username="my secret password")
    assert noted("event", "user", "of")[3:] == [
        ("login ended", "alice", None),
        ("logins ended", "alice", None),
        ("logout", "alice", None),
        ("login", "alice", None),
        ("logins ended", "queen", "alice"),
    ]


def test_a_change_of_role_is_noted(house, noted):
    """By whom, whose, and to what; one that was refused has changed nothing."""
    queen = house.guest(REMOTE_ADDR=HERS)
    queen.log_in("queen")
    queen.post("/admin/role", username="alice", role="admin")
    queen.post("/admin/role", username="nobody", role="admin")
    assert noted("event", "user", "of", "role")[1:] == [("role changed", "queen", "alice", "admin")]


@pytest.mark.sentence("Whoever is sent away has done nothing")
def test_who_is_sent_away_has_done_nothing(house, noted):
    """A stranger who asks for one of those pages is sent to the login: that is no event."""
    guest = house.guest(REMOTE_ADDR=HERS)
    for path in ("/confirm", "/password", "/devices/end", "/devices/end-others", "/admin/role", "/admin/end"):
        assert guest.post(path, username="alice", role="admin", handle="x").location == "/login"
    assert noted("event") == []


def test_too_many_tries_are_noted(house, noted):
    """Also for whom: somebody is guessing the password of the queen."""
    guest = house.guest(REMOTE_ADDR=HERS)
    for _ in range(11):
        guest.post("/login", username="queen", password="wrong")
    assert noted("event", "user")[-1:] == [("too many tries", "queen")]


def test_a_refused_stranger_is_noted_without_a_name(house, noted):
    """A form without its token is refused before the password is looked at: the name in it says nothing."""
    guest = house.guest(REMOTE_ADDR=HERS)
    guest.post("/login", username="alice", password="wrong", csrf_token="wrong")
    site = SessionMiddleware(EventLog(refusing, house.users), secret=GOOD)
    assert call(site, REMOTE_ADDR=HERS).status == 403
    assert noted("event", "user") == [("refused", None), ("refused", None)]


def test_a_name_of_other_letters_is_noted(house, noted):
    """A form is sent as UTF-8, and é is two bytes of it."""
    house.users.add("andré", PASSWORD)
    house.guest(REMOTE_ADDR=HERS).post("/login", username="andré", password="wrong")
    assert noted("event", "user") == [("login failed", "andré")]


@pytest.mark.parametrize(
    ("path", "answer", "error"),
    [
        ("/admin/role", "200 OK", False),
        ("/admin/role", "403 Forbidden", False),
        ("/login", "303 See Other", False),
        ("/admin/role", "500 Internal Server Error", True),
    ],
)
def test_what_a_page_has_told_comes_first(users, noted, path, answer, error):
    """It knows more than its path and its status say, and what is done is done, even if the answer is an error."""

    def telling(environ, start):
        environ[TELLING] = {"event": "role changed", "of": "alice"}
        start(answer, [("Content-Type", "text/plain")], sys.exc_info() if error else None)
        return [b""]

    def failing(environ, start):
        try:
            raise LookupError("the kettle")
        except LookupError:
            return telling(environ, start)

    site = SessionMiddleware(EventLog(failing if error else telling, users), secret=GOOD)
    call(site, path, method="POST", REMOTE_ADDR=HERS)
    assert noted("event", "of") == [("role changed", "alice")]


def test_two_requests_at_once_are_told_apart(users, noted):
    """A server has many threads: while one request is answered, another comes, and each line is of its own session."""
    ids = []

    def app(environ, start):
        if environ["PATH_INFO"] == "/slow":
            call(site, "/quick", REMOTE_ADDR=HERS)
        ids.append(environ["session"].id)
        return refusing(environ, start)

    site = SessionMiddleware(EventLog(app, users), secret=GOOD)
    call(site, "/slow", REMOTE_ADDR=HERS)
    quick, slow = map(name_in_log, ids)
    assert noted("asked", "session") == [("GET /quick", quick), ("GET /slow", slow)]


def refusing(environ, start):
    """An app that lets nobody in, and knows nothing of Bottle."""
    start("403 Forbidden", [("Content-Type", "text/plain")])
    return [b"no"]


@pytest.mark.parametrize("session", ["missing", "none", "unavailable"])
def test_the_app_answers_where_there_is_no_session(users, session):
    """Outside the cookie's path there is none, and while the store fails it cannot be read: the log is no hindrance."""
    found = {
        "missing": {},
        "none": {"session": None},
        "unavailable": {"session": Unavailable(StoreError("broken"), {})},
    }
    app = EventLog(refusing, users)
    assert call(lambda environ, start: app({**environ, **found[session]}, start), REMOTE_ADDR=HERS).text == "no"


def test_the_answer_is_passed_on_as_it_is(users):
    """An app that fails half-way begins its answer anew, with what has happened: the server must hear of it."""
    heard, got = [], []

    def failing(environ, start):
        got.append(start("200 OK", [("Content-Type", "text/plain")]))
        try:
            raise LookupError("the kettle")
        except LookupError:
            got.append(start("500 Internal Server Error", [], sys.exc_info()))
        return [b"sorry"]

    def start_response(status, headers, exc_info=None):
        heard.append((status, exc_info and exc_info[0]))
        return print

    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "session": None}
    assert list(EventLog(failing, users)(environ, start_response)) == [b"sorry"]
    assert heard == [("200 OK", None), ("500 Internal Server Error", LookupError)]
    assert got == [print, print]


class Failing(HashedIds):
    """A store of which some methods fail, from when it is told to."""

    fails: tuple[str, ...] = ()

    def get(self, id):
        self.fail("get")
        return super().get(id)

    def set(self, id, row, *, expected, expires):
        self.fail("set")
        return super().set(id, row, expected=expected, expires=expires)

    def set_owned(self, id, row, **options):
        self.fail("set")
        return super().set_owned(id, row, **options)

    def touch(self, id, expires):
        self.fail("touch")
        return super().touch(id, expires)

    def destroy(self, id):
        self.fail("destroy")
        super().destroy(id)

    def fail(self, method):
        if method in self.fails:
            raise StoreError("down on purpose")


TOLD = {  # each form, the line of it, and whether that has happened in the users' database, whatever the store does
    "/login": ({"username": "queen", "password": DEMO_USERS["queen"]}, "login", False),
    "/logout": ({}, "logout", True),
    "/confirm": ({"password": DEMO_USERS["queen"]}, "confirmed", False),
    "/password": ({"password": DEMO_USERS["queen"], "new": PASSWORD}, "password changed", True),
    "/devices/end": ({}, "login ended", True),
    "/devices/end-others": ({}, "logins ended", True),
    "/admin/role": ({"username": "alice", "role": "admin"}, "role changed", True),
    "/admin/end": ({"username": "alice"}, "logins ended", True),
}


def known_of(users, store, ids):
    """Which of these sessions the store has, and what the users' database says of passwords and roles."""
    with users.connect() as database:
        passwords = dict(database.execute("SELECT name, password_hash FROM users").fetchall())
        roles = dict(database.execute("SELECT name, role FROM roles").fetchall())
    return {id for id in ids if store.get(id) is not None}, passwords, roles


@pytest.mark.parametrize("fails", [("set", "touch"), ("destroy",), ("set", "touch", "destroy"), ()])
@pytest.mark.parametrize("path", TOLD)
def test_a_line_tells_what_has_happened(house, noted, caplog, path, fails):
    """Even where the store fails: none of a login that nobody has, and one of a password that is another now."""
    form, event, is_in_database = TOLD[path]
    store = Failing(type(house.store)(clock=house.clock))
    app = house.open_app(store=store)
    queen, other, alice = (Guest(app, tokens=True, REMOTE_ADDR=HERS) for _ in range(3))
    for guest, name in ((other, "queen"), (alice, "alice")):
        guest.log_in(name)
    if path != "/login":
        queen.log_in("queen")
    if path == "/devices/end":
        form = {"handle": handle_of(store, other.id)}
    form = queen.filled(**form)
    caplog.clear()
    ids = [other.id, alice.id, *([queen.id] if path == "/logout" else [])]
    before = known_of(house.users, store, ids)
    store.fails = fails
    status = queen.post(path, form).status
    store.fails = ()
    has_changed = known_of(house.users, store, ids) != before
    assert status in (303, 503)
    assert noted("event") == ([(event,)] if status == 303 or has_changed else [])
    assert is_in_database or status == 503 or not fails


def test_what_was_undone_is_not_told(house, noted, monkeypatch):
    """A role is given in one piece of work with the answer to it; a login that the store has ended stays ended."""
    from steps.step6_access import orders

    queen, other, alice = (house.guest(REMOTE_ADDR=HERS) for _ in range(3))
    for guest, name in ((queen, "queen"), (other, "queen"), (alice, "alice")):
        guest.log_in(name)
    forms = {
        "/admin/role": {"username": "alice", "role": "admin"},
        "/devices/end": {"handle": handle_of(house.store, other.id)},
    }
    filled = {path: queen.filled(**form) for path, form in forms.items()}
    monkeypatch.setattr(orders, "notice", lambda *args: 1 / 0)
    assert [queen.post(path, form).status for path, form in filled.items()] == [500, 500]
    assert Roles(house.users).of("alice") == "user"
    assert (other.user(), noted("event")[3:]) == (None, [("login ended",)])


@pytest.mark.asvs("16.2.5")
def test_no_key_is_in_the_log(house, caplog, lines):
    """Neither ids nor cookies, nor what was typed into the wrong field."""
    caplog.set_level(logging.DEBUG)
    alice = house.guest(REMOTE_ADDR=HERS)
    ids = []
    for _ in range(3):
        alice.log_in()
        ids.append(alice.id)
        alice.post("/logout")
        alice.post("/login", username="my secret password", password="x")
    written = "\n".join(record.getMessage() for record in caplog.records)
    assert [line["event"] for line in lines()] == ["login", "logout", "login failed"] * 3
    assert [id for id in ids if id in written] == []
    assert "my secret password" not in written
    assert DEMO_USERS["alice"] not in written
    assert [line["user"] for line in lines()] == ["alice", "alice", None] * 3


def test_a_name_cannot_begin_a_line(house, caplog, lines):
    """Log injection: what somebody types stays within its quotes."""
    name = 'eve"}\n{"event": "login", "user": "queen'
    house.users.add(name, PASSWORD)
    house.guest(REMOTE_ADDR=HERS).post("/login", username=name, password="wrong")
    assert [line["user"] for line in lines()] == [name]
    assert [record.getMessage() for record in caplog.records if "\n" in record.getMessage()] == []


@pytest.mark.parametrize("path", ["/", "/menu", "/login", "/nowhere", "/whoami", "/dashboard"])
def test_pages_are_no_events(house, lines, path):
    """Ordinary visits are not noted: the log is for what somebody may have to be asked about."""
    house.guest(REMOTE_ADDR=HERS).get(path)
    assert lines() == []


def test_a_second_tab_is_no_event(house, noted):
    """Its form leads on as the first one's did, but nobody has logged in or out by it."""
    alice = house.guest(REMOTE_ADDR=HERS)
    login = {"username": "alice", "password": DEMO_USERS["alice"], "csrf_token": alice.token()}
    logout = [alice.post("/login", login).status for _ in range(2)] and {"csrf_token": alice.token()}
    assert [alice.post("/logout", logout).status for _ in range(2)] == [303, 303]
    assert noted("event", "user") == [("login", "alice"), ("logout", "alice")]


# Where gunicorn does not run


class Elsewhere(Server):
    """A server where what only Unix has is missing."""

    program = "tests.support.elsewhere"


def test_step_8_starts_without_gunicorn(tmp_path):
    """Gunicorn needs Unix. Elsewhere waitress serves, in one process, with every promise of step 8."""
    server = Elsewhere.start(8, STORE=f"sqlite:///{tmp_path}/s.sqlite3", TRUST_PROXY="1")
    try:
        https = {"X-Forwarded-Proto": "https"}
        alice = server.visitor()
        assert alice.get("/healthz").json() == {"status": "ok", "store": "answers"}
        assert "Strict-Transport-Security" in alice.get("/", headers=https).headers
        assert alice.log_in().status_code == 303
        assert alice.whoami()["user"] == "alice"
        assert alice.post("/logout").status_code == 303
        assert alice.whoami()["user"] is None
    finally:
        server.stop()


@pytest.mark.parametrize("step", [5, 6, 7, 8])
def test_a_folder_that_is_not_needed_need_not_be_made(tmp_path, step):
    """Where sessions and users are kept elsewhere, nobody needs build/; where it is needed, the sentence names it."""
    (tmp_path / "build").write_text("a file, where the folder would be")
    own = {"USERS": str(tmp_path / "u.sqlite3"), "BUILD_FOLDER": str(tmp_path / "own"), "SECRET": GOOD}
    environ = {name: value for name, value in os.environ.items() if name != "STORE"} | own | {"PYTHONPATH": str(ROOT)}
    with socket.socket() as taken:  # what is found out last: all else was good
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        environ["PORT"] = str(taken.getsockname()[1])
        for store, words in (("memory:", f"Port {environ['PORT']} is taken"), (None, "build/")):
            command = [sys.executable, "-m", STEPS[step].server]
            chosen = environ | ({"STORE": store} if store else {})
            done = subprocess.run(command, cwd=tmp_path, env=chosen, capture_output=True, text=True, timeout=30)
            assert done.returncode == 1
            assert words in done.stderr and done.stderr.count("\n") == 1


def test_workers_without_gunicorn_are_a_sentence(tmp_path, monkeypatch):
    """Whoever has asked for four processes must not believe in them."""
    from steps.step8_production import server

    for name, value in {"SECRET": GOOD, "WORKERS": "4", "USERS": str(tmp_path / "users.sqlite3")}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("STORE", f"sqlite:///{tmp_path}/s.sqlite3")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(server, "can_have_workers", lambda: False)
    with pytest.raises(SystemExit, match=r"WORKERS=4 needs gunicorn, which runs on Unix only\. Take 1\."):
        server.main()


@pytest.mark.parametrize(
    ("platform", "found", "can"), [("win32", 1, False), ("linux", None, False), ("darwin", 1, True)]
)
def test_workers_are_there_where_gunicorn_runs(monkeypatch, platform, found, can):
    """On Unix, if it is installed."""
    from steps.step8_production import server

    monkeypatch.setattr(server.sys, "platform", platform)
    monkeypatch.setattr(server, "find_spec", lambda name: found)
    assert server.can_have_workers() is can


# Behind nginx


@pytest.mark.sentence("The step keeps its promises behind nginx")
@pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed (apt install nginx)")
def test_behind_nginx(tmp_path):
    """The configuration that stands in the step, with the real nginx: Secure, __Host-, the guest's own address."""
    from steps.step7_harden.certificate import make_certificate

    certificate, key, ca = make_certificate(tmp_path)
    server = Server.start(8, TRUST_PROXY="1", STORE=f"sqlite:///{tmp_path}/s.sqlite3")
    port = free_port()
    text = (ROOT / "steps" / "step8_production" / "nginx.conf").read_text(encoding="utf-8")
    text = text.replace("127.0.0.1:8080", server.url.removeprefix("http://")).replace(
        "listen 443", f"listen 127.0.0.1:{port}"
    )
    text = text.replace("/etc/ssl/tea.pem", str(certificate)).replace("/etc/ssl/tea.key", str(key))
    text = text.replace("listen 80;", f"listen 127.0.0.1:{free_port()};")
    head = f"pid {tmp_path}/nginx.pid;\nerror_log {tmp_path}/error.log;\nevents {{}}\nhttp {{\naccess_log off;\n"
    (tmp_path / "nginx.conf").write_text(head + text + "\n}\n")
    nginx = subprocess.Popen(["nginx", "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path), "-g", "daemon off;"])
    visitor = Visitor(f"https://127.0.0.1:{port}", tokens=True)
    visitor.http.verify = str(ca)
    try:
        wait_until(lambda: is_up(visitor))
        assert visitor.post("/login", {"username": "alice", "password": DEMO_USERS["alice"]}).status_code == 303
        (cookie,) = visitor.http.cookies
        assert (cookie.name, cookie.secure) == ("__Host-connect.sid", True)
        assert visitor.whoami()["user"] == "alice"
        answer = visitor.get("/", headers={"X-Forwarded-Proto": "http", "X-Forwarded-For": "10.9.8.7"})
        assert "Strict-Transport-Security" in answer.headers
    finally:
        visitor.close()
        nginx.terminate()
        nginx.wait(timeout=10)
        server.stop()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_up(visitor):
    with suppress(requests.ConnectionError):
        return visitor.get("/healthz").status_code == 200
