"""Step 7: the cookie as a policy, and a site that strangers may test."""

import base64
import hashlib
import io
import json
import re
import ssl
import subprocess
import sys
import time
from urllib.parse import unquote

import pytest
import requests

import steps
from steps.step1_install import sign
from steps.step7_harden import HashedIds, SessionCookie, policy
from steps.step7_harden.certificate import make_certificate
from steps.step7_harden.forms import local_path
from steps.step7_harden.hashed_ids import hashed
from steps.step7_harden.headers import ALWAYS, Proxy, SecurityHeaders
from steps.step7_harden.throttle import OF_ADDRESS, OF_NAME, WINDOW, network
from tests.support import ROOT, STEPS
from tests.support.calling import DEMO_USERS, Bench, call
from tests.support.races import at_once
from tests.support.servers import Server
from workbook.serving import Clock

HTTPS = {"wsgi.url_scheme": "https"}
BEHIND_PROXY = {"HTTP_X_FORWARDED_PROTO": "https"}
MONTH = 30 * 24 * 3600


def headers(answer):
    return dict(answer.headers)


# The cookie as a policy


def row_of(bench):
    (row,) = bench.rows().values()
    return row


@pytest.mark.parametrize(
    ("settings", "sent", "row"),
    [
        ({}, "Path=/; HttpOnly", '"httpOnly":true,"path":"/"'),
        ({"http_only": False}, "Path=/", '"httpOnly":false,"path":"/"'),
        ({"secure": True}, "Path=/; HttpOnly; Secure", '"secure":true,"httpOnly":true,"path":"/"'),
        ({"domain": "e.com"}, "Domain=e.com; Path=/; HttpOnly", '"httpOnly":true,"domain":"e.com","path":"/"'),
        ({"same_site": "lax"}, "Path=/; HttpOnly; SameSite=Lax", '"httpOnly":true,"path":"/","sameSite":"lax"'),
        ({"same_site": True}, "Path=/; HttpOnly; SameSite=Strict", '"httpOnly":true,"path":"/","sameSite":true'),
        ({"same_site": False}, "Path=/; HttpOnly", '"httpOnly":true,"path":"/","sameSite":false'),
    ],
)
def test_each_setting_reaches_cookie_and_row(library, settings, sent, row):
    """In Express's order, in both: so each can read what the other has written."""
    bench = Bench(library, cookie=settings)
    answer = bench.request(lambda session: session.update(user="bob"), **HTTPS)
    assert answer.cookies[0].partition("; ")[2] == sent
    assert row_of(bench) == f'{{"cookie":{{"originalMaxAge":null,"expires":null,{row}}},"user":"bob"}}'


def test_all_settings_at_once(library):
    """The longest cookie there is, and its row."""
    clock = Clock.still()
    settings = {"max_age": 60, "domain": "e.com", "path": "/", "secure": True, "http_only": True}
    settings |= {"same_site": "none", "partitioned": True, "priority": "high"}
    bench = Bench(library, cookie=settings, clock=clock, store=library.MemoryStore(clock=clock))
    answer = bench.request(lambda session: session.update(user="bob"), **HTTPS)
    assert answer.cookies[0].partition("; ")[2] == (
        "Domain=e.com; Path=/; Expires=Fri, 15 Jan 2027 08:01:00 GMT; HttpOnly; Secure; Partitioned; Priority=High; "
        "SameSite=None"
    )
    assert row_of(bench) == (
        '{"cookie":{"originalMaxAge":60000,"partitioned":true,"priority":"high","expires":"2027-01-15T08:01:00.000Z",'
        '"secure":true,"httpOnly":true,"domain":"e.com","path":"/","sameSite":"none"},"user":"bob"}'
    )


def test_settings_come_back_from_the_row(library):
    """A session keeps the settings it was begun with, whatever the policy says by now."""
    bench = Bench(library, cookie={"domain": "e.com", "priority": "low"})
    cookie = bench.begin()
    other = Bench(library, store=bench.store.store)
    seen = {}
    other.request(lambda session: seen.update(domain=session.cookie.domain, low=session.cookie.priority), cookie=cookie)
    assert seen == {"domain": "e.com", "low": "low"}


def test_a_row_that_leaves_settings_out_has_the_defaults(library):
    """Other programs may write short rows: a cookie without Path and HttpOnly must not come of it. As in Express."""
    bench = Bench(library, rolling=True)
    cookie = bench.begin()
    id, row = next(iter(bench.rows().items()))
    short = '{"cookie":{"originalMaxAge":null,"expires":null},"user":"alice"}'
    assert bench.store.store.set(id, short, expected=row, expires=None)
    answer = bench.request(lambda session: session.update(n=1), cookie=cookie)
    assert answer.cookies[0].endswith("; Path=/; HttpOnly")
    assert '"httpOnly":true,"path":"/"' in row_of(bench)


@pytest.mark.parametrize("same_site", ["none", "None", "NONE", "nOnE"])
def test_same_site_none_is_refused_however_it_is_written(library, same_site):
    """Writing it in capitals does not make browsers keep it."""
    with pytest.raises(ValueError, match="same_site"):
        library.SessionMiddleware(lambda environ, start: [], secret="k", cookie={"same_site": same_site})


@pytest.mark.parametrize("change", [{"same_site": "strict"}, {"priority": "high"}, {"domain": "e.com"}, {"path": "/a"}])
def test_a_changed_setting_is_sent_again(library, change):
    """The browser must hear of it, and the row remember it."""
    bench = Bench(library)
    cookie = bench.begin()
    ((name, value),) = change.items()
    answer = bench.request(lambda session: setattr(session.cookie, name, value), cookie=cookie)
    assert len(answer.cookies) == 1 and str(value).lower() in answer.cookies[0].lower()
    assert str(value) in row_of(bench)
    assert bench.request(lambda session: setattr(session.cookie, name, value), cookie=cookie).cookies == []


@pytest.mark.asvs("3.3.1", "3.3.3")
@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"name": "__Host-sid"}, ValueError, '"secure": True'),
        ({"name": "__host-sid"}, ValueError, '"secure": True'),
        ({"name": "__Host-sid", "cookie": {"secure": "auto"}}, ValueError, '"secure": True'),
        ({"name": "__Host-sid", "cookie": {"secure": True, "domain": "e.com"}}, ValueError, "no domain"),
        ({"name": "__Host-sid", "cookie": {"secure": True, "path": "/a"}}, ValueError, 'path is "/"'),
        ({"name": "__Secure-sid"}, ValueError, '"secure": True'),
        ({"cookie": {"same_site": "none"}}, ValueError, '"secure": True'),
        ({"cookie": {"partitioned": True}}, ValueError, "partitioned"),
        ({"cookie": {"samesite": "lax"}}, ValueError, "no setting samesite; it knows max_age"),
        ({"cookie": {"same_site": "loose"}}, ValueError, "same_site"),
        ({"cookie": {"same_site": 1}}, TypeError, "same_site"),
        ({"cookie": {"secure": "yes"}}, TypeError, "secure"),
        ({"cookie": {"secure": 1}}, TypeError, "secure"),
        ({"cookie": {"http_only": None, "path": "/;x"}}, ValueError, "path"),
        ({"cookie": {"path": 7}}, TypeError, "path"),
        ({"cookie": {"domain": "e.com; Secure"}}, ValueError, "domain"),
        ({"cookie": {"priority": "urgent"}}, ValueError, "priority"),
        ({"cookie": {"max_age": "1h"}}, TypeError, "max_age"),
        ({"cookie": {"expires": 1e15}}, ValueError, "expires"),
        ({"cookie": "secure"}, TypeError, "mapping"),
        ({"proxy": "yes"}, TypeError, "proxy"),
        ({"name": "a b"}, ValueError, "name"),
        ({"secret": ()}, ValueError, "secret"),
        ({"genid": "x"}, TypeError, "genid"),
        ({"unset": "drop"}, ValueError, "unset"),
        ({"absolute_timeout": 0}, ValueError, "absolute_timeout"),
        ({"store": {}}, TypeError, "store"),
    ],
)
def test_what_browsers_would_ignore_is_refused_at_the_start(library, options, error, words):
    """An error that names the option and the remedy, not a cookie that silently never arrives."""
    with pytest.raises(error, match=re.escape(words)):
        library.SessionMiddleware(lambda environ, start: [], **{"secret": "k", **options})


def test_a_host_cookie_stays_one(library):
    """A handler that would make the browser drop the cookie hears of it."""
    bench = Bench(library, name="__Host-sid", cookie={"secure": True})
    with pytest.raises(ValueError, match="no domain"):
        bench.request(lambda session: (session.update(a=1), setattr(session.cookie, "domain", "e.com")), **HTTPS)


@pytest.mark.parametrize(("name", "value"), [("secure", "yes"), ("same_site", "loose"), ("path", ";"), ("priority", 3)])
def test_impossible_settings_raise_when_they_are_set(name, value):
    cookie = SessionCookie()
    before = cookie.state
    with pytest.raises((ValueError, TypeError), match=name):
        setattr(cookie, name, value)
    assert cookie.state == before


@pytest.mark.parametrize("settings", [{"secure": 7}, {"path": {}}, {"sameSite": "loose"}, {"domain": "a;b"}])
def test_a_row_with_impossible_settings_is_a_new_visitors(library, settings):
    """A row that cannot be what we wrote logs nobody in, and is no 500 for ever."""
    bench = Bench(library)
    cookie = bench.begin()
    id = next(iter(bench.rows()))
    row = json.dumps({"cookie": {"originalMaxAge": None, "expires": None, **settings}, "user": "alice"})
    bench.store.store.set(id, row.replace(": ", ":").replace(", ", ","), expected=bench.rows()[id], expires=None)
    seen = []
    assert bench.request(lambda session: seen.append(dict(session)), cookie=cookie).status == 200
    assert (seen, bench.rows()) == ([{}], {})


@pytest.mark.parametrize(
    ("proxy", "environ", "secure"),
    [
        (None, {}, False),
        (None, HTTPS, True),
        (None, BEHIND_PROXY, False),
        (False, BEHIND_PROXY, False),
        (True, BEHIND_PROXY, True),
        (True, {"HTTP_X_FORWARDED_PROTO": " HTTPS , http"}, True),
        (True, {"HTTP_X_FORWARDED_PROTO": "http, https"}, False),
        (True, {"HTTP_X_FORWARDED_PROTO": "http", **HTTPS}, True),
        (True, {}, False),
    ],
)
def test_auto_follows_the_request(library, proxy, environ, secure):
    """X-Forwarded-Proto is believed only where a proxy of ours sets it; real TLS always counts."""
    bench = Bench(library, cookie={"secure": "auto", "same_site": "auto"}, proxy=proxy)
    cookie = bench.request(lambda session: session.update(a=1), **environ).cookies[0]
    assert ("; Secure" in cookie) is secure
    assert cookie.endswith("SameSite=None" if secure else "SameSite=Lax")
    assert f'"secure":{str(secure).lower()}' in row_of(bench)


def test_a_secure_cookie_does_not_travel_on_an_open_line(library):
    """ASVS 3.3.1, P4's exception. No cookie, so no row: nobody could come back to it."""
    bench = Bench(library, cookie={"secure": True})

    def use(session):
        session["a"] = 1
        session.save()
        session.regenerate()
        session["b"] = 1

    assert bench.request(use).cookies == []
    assert bench.rows() == {}
    answer = bench.request(use, **HTTPS)
    assert (len(answer.cookies), len(bench.rows())) == (1, 1)
    assert bench.request(lambda session: session.destroy(), cookie=answer.cookie).cookies == []
    assert bench.rows() == {}


def test_a_function_chooses_by_request(library):
    """Each request its own settings; "auto" works there, too."""
    asked = []

    def cookie(environ):
        asked.append(environ["PATH_INFO"])
        return {"secure": "auto", "max_age": 60 if environ.get("HTTP_X_SHORT") else None}

    bench = Bench(library, cookie=cookie)
    assert "Expires" in bench.request(lambda session: session.update(a=1), HTTP_X_SHORT="1").cookies[0]
    assert "Secure" in bench.request(lambda session: session.update(a=1), **HTTPS).cookies[0]
    assert set(asked) == {"/"}


@pytest.mark.parametrize(
    ("path", "asked", "covered"),
    [
        ("/", "/any", True),
        ("/tea", "/tea", True),
        ("/tea", "/tea/pot", True),
        ("/tea/", "/tea/pot", True),
        ("/tea", "/teapot", False),
        ("/tea", "/", False),
        ("/tea", "/x/tea", False),
        ("/tea", "//tea", False),
        ("/tea", "/TEA", False),
    ],
)
@pytest.mark.parametrize("as_function", [False, True])
def test_the_path_is_a_gate(library, path, asked, covered, as_function):
    """By whole segments, where Express lets /teapot in; outside there is no session, and no cookie."""
    seen = []

    def app(environ, start):
        seen.append(environ["session"])
        if environ["session"] is not None:
            environ["session"]["a"] = 1
        start("200 OK", [("Content-Type", "text/plain")])
        return [b""]

    settings = {"path": path}
    middleware = library.SessionMiddleware(
        app, secret="k", cookie=(lambda environ: settings) if as_function else settings
    )
    answer = call(middleware, asked)
    assert (seen[0] is not None, len(answer.cookies)) == (covered, int(covered))


def test_the_path_counts_from_the_root_of_the_host(library):
    """An app that is mounted at /shop sees the rest as its path; the browser does not."""
    middleware = library.SessionMiddleware(lambda e, start: [], secret="k", cookie={"path": "/shop"})
    assert middleware.policy.covers({"SCRIPT_NAME": "/shop", "PATH_INFO": "/cart"})
    assert not middleware.policy.covers({"SCRIPT_NAME": "", "PATH_INFO": "/cart"})


@pytest.mark.asvs("14.3.2")
def test_no_cache_keeps_the_cookie_for_others(library):
    """A cached Set-Cookie would hand one visitor's session to the next."""
    bench = Bench(library)
    answer = bench.request(lambda session: session.update(a=1))
    assert ("Vary", "Cookie") in answer.headers and ("Cache-Control", "no-store") in answer.headers
    again = bench.request(cookie=answer.cookie)
    assert "Cache-Control" not in headers(again)


@pytest.mark.asvs("3.3.1", "3.3.2", "3.3.3", "3.3.4")
def test_the_clearing_cookie_repeats_the_settings(library):
    """Browsers ignore the clearing of a __Host- cookie that is not Secure and for "/"."""
    bench = Bench(library, name="__Host-connect.sid", cookie={"secure": True, "same_site": "strict"})
    cookie = bench.request(lambda session: session.update(a=1), **HTTPS).cookie
    cleared = bench.request(lambda session: session.destroy(), cookie=cookie, **HTTPS).cookies
    assert cleared == [
        "__Host-connect.sid=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Strict"
    ]


def test_the_package_is_the_finished_library():
    """`from steps import …` gives what the last step has built."""
    assert steps.SessionMiddleware.__module__.startswith("steps.step7_harden")
    assert {"HashedIds", "open_store"} <= set(steps.__all__)


# Hashed ids


def test_the_store_never_sees_an_id(library):
    """Who steals the store, a backup or a dump can be nobody."""
    inner = library.MemoryStore()
    bench = Bench(library, store=HashedIds(inner))
    cookie = bench.begin(user="alice")
    id = unquote(cookie).partition("s:")[2].rpartition(".")[0]
    (kept,) = inner
    assert kept == hashed(id) and id not in kept
    seen = []
    bench.request(lambda session: seen.append(session["user"]), cookie=cookie)
    stolen = f"connect.sid=s%3A{sign(kept, 'keyboard cat')}"
    bench.request(lambda session: seen.append(session.get("user")), cookie=stolen)
    assert seen == ["alice", None]


def test_hashed_ids_go_around_a_store_only():
    with pytest.raises(TypeError, match="MemoryStore"):
        HashedIds({})


def test_hashes_are_sha_256():
    """Anybody can check it: the 256 bits as base64url."""
    known = hashlib.sha256(b"id").digest()
    assert base64.urlsafe_b64decode(hashed("id") + "=") == known


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
    store.set("a\ud800", "row", expected=None, expires=None)
    store.clear()
    assert len(inner) == 0


# CSRF


def test_tokens_cannot_be_guessed(house):
    """As long and as random as an id, and another one for each session."""
    tokens = {house.guest().token() for _ in range(20)}
    assert len(tokens) == 20 and all(len(token) >= 22 for token in tokens)


FORMS = ["/login", "/logout", "/preferences", "/order", "/devices/end", "/devices/end-others", "/password", "/confirm"]


@pytest.mark.asvs("3.5.1")
@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("token", ["", "wrong", "é☃", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")])
def test_without_the_token_nothing_happens(house, alice, path, token):
    """403 and nothing changed, login and logout included."""
    form = {"username": "queen", "password": DEMO_USERS["queen"], "tea": "green", "handle": alice.handles()[0]}
    before = {id: house.store.get(id) for id in house.store}
    assert alice.post(path, csrf_token=token, new="something else", **form).status == 403
    assert alice.user() == "alice"
    assert {id: house.store.get(id) for id in house.store} == before


def test_every_form_has_the_token(house, alice):
    """Stamped into each page, so that none can be forgotten."""
    queen = house.guest()
    queen.log_in("queen")
    for guest, paths in (
        (alice, ["/", "/order", "/preferences", "/devices", "/password", "/confirm"]),
        (queen, ["/admin"]),
    ):
        for path in paths:
            forms = re.findall(r"<form.*?</form>", guest.get(path).text, re.DOTALL)
            assert forms and all(form.count(f'name="csrf_token" value="{guest.token()}"') == 1 for form in forms), path


def test_a_form_in_another_tab_still_counts(alice):
    """Two pages open at once: the second must not make the first one's form worthless."""
    first = alice.token()
    assert alice.token() == first
    assert alice.post("/order", tea="green", csrf_token=first).status == 303


def test_another_sessions_token_is_worth_nothing(house, alice):
    """The attacker has a token, too: his own."""
    mallory = house.guest()
    mallory.log_in("queen")
    assert alice.post("/order", tea="green", csrf_token=mallory.token()).status == 403


@pytest.mark.asvs("7.2.4")
@pytest.mark.parametrize("again", ["/login", "/confirm"])
def test_a_token_from_before_the_login_is_dead_after_it(house, again):
    """A new session is a new session, its token included."""
    guest = house.guest()
    before = guest.token()
    guest.log_in()
    assert guest.post("/order", tea="green", csrf_token=before).status == 403
    assert guest.post("/order", tea="green").status == 303


def test_a_login_cannot_be_forged(house):
    """Login CSRF: the victim would use the attacker's account, and tell it what it does."""
    victim = house.guest()
    form = {"username": "queen", "password": DEMO_USERS["queen"]}
    assert victim.post("/login", csrf_token="", **form).status == 403
    assert victim.user() is None


@pytest.mark.asvs("3.5.1")
@pytest.mark.parametrize(
    ("says", "status"),
    [
        ({}, 303),
        ({"HTTP_SEC_FETCH_SITE": "same-origin"}, 303),
        ({"HTTP_SEC_FETCH_SITE": "none"}, 303),
        ({"HTTP_SEC_FETCH_SITE": "same-site"}, 403),
        ({"HTTP_SEC_FETCH_SITE": "cross-site"}, 403),
        ({"HTTP_SEC_FETCH_SITE": "nonsense"}, 403),
        ({"HTTP_SEC_FETCH_SITE": "cross-site", "HTTP_ORIGIN": "http://tea.example"}, 403),
        ({"HTTP_ORIGIN": "http://tea.example"}, 303),
        ({"HTTP_ORIGIN": "https://tea.example"}, 403),
        ({"HTTP_ORIGIN": "http://tea.example:81"}, 403),
        ({"HTTP_ORIGIN": "http://tea.example.evil"}, 403),
        ({"HTTP_ORIGIN": "null"}, 403),
        ({"HTTP_ORIGIN": ""}, 403),
    ],
)
def test_the_browser_is_asked_where_a_form_comes_from(alice, says, status):
    """Sec-Fetch-Site where there is one, Origin else; with the right token all the same."""
    assert alice.post("/order", tea="green", environ={"HTTP_HOST": "tea.example", **says}).status == status


@pytest.mark.asvs("3.5.3")
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_looking_changes_nothing(house, alice, method):
    """Whatever is in the address."""
    for path in FORMS:
        alice.request(method, path + "?tea=green&theme=dark&username=queen&role=admin")
    assert alice.user() == "alice"
    assert "Nothing yet" in alice.get("/order").text


# What is read at all


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"CONTENT_TYPE": "text/plain"}, 415),
        ({"CONTENT_TYPE": "application/json"}, 415),
        ({"CONTENT_TYPE": ""}, 415),
        ({"CONTENT_TYPE": "application/x-www-form-urlencoded; charset=UTF-8"}, 303),
        ({"CONTENT_TYPE": "APPLICATION/X-WWW-FORM-URLENCODED"}, 303),
        ({"CONTENT_LENGTH": "abc"}, 400),
        ({"CONTENT_LENGTH": "-1"}, 400),
        ({"CONTENT_LENGTH": "²"}, 400),
        ({"CONTENT_LENGTH": "٣٣"}, 400),
        ({"CONTENT_LENGTH": "65537"}, 413),
        ({"CONTENT_LENGTH": "9" * 5000}, 413),
        ({"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}, 411),
        ({"CONTENT_TYPE": "multipart/form-data"}, 400),
    ],
)
def test_only_forms_are_read(house, alice, changes, status):
    """The rest is refused before a byte of it is read."""
    body = f"tea=green&csrf_token={alice.token()}".encode()
    answer = call_loosely(house.app, "/order", body, alice.cookie, changes)
    assert answer == status


def call_loosely(app, path, body, cookie, changes):
    """As a careless server would call, with a length that is none: `call` goes through a validator that forbids it."""
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "HTTP_COOKIE": cookie,
        **changes,
    }
    seen = []
    list(app(environ, lambda status, headers, exc_info=None: seen.append(int(status[:3]))))
    return seen[-1]


@pytest.mark.parametrize("form", [{"tea": "x" * 5000}, {"x" * 5000: ""}, {f"f{n}": "" for n in range(60)}])
def test_no_form_is_larger_than_ours(alice, form):
    assert alice.post("/order", **form).status == 413


def test_a_huge_password_is_wrong_and_costs_nothing(house, monkeypatch):
    """Hashing it would be work that all others wait for."""
    hashed_lengths = []
    monkeypatch.setattr(
        "steps.step3_authenticate.users.verify_password", lambda text, known: hashed_lengths.append(len(text))
    )
    assert house.guest().post("/login", username="alice", password="x" * 4000).status == 401
    assert hashed_lengths == []


# next=


@pytest.mark.asvs("3.7.2")
@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ("/devices", "/devices"),
        ("/order?tea=green#cup", "/order?tea=green#cup"),
        ("/", "/"),
        ("//evil.example", ""),
        ("/\\evil.example", ""),
        ("\\\\evil.example", ""),
        ("https://evil.example", ""),
        ("javascript:alert(1)", ""),
        ("/\tevil", ""),
        ("/\t/evil.example", ""),
        ("/a\0b", ""),
        ("/a\r\nSet-Cookie: x=1", ""),
        ("evil.example", ""),
        (" /devices", ""),
        ("///evil.example", ""),
        ("/é", ""),
        ("/a\\b", ""),
        ("", ""),
    ],
)
def test_only_own_pages_are_gone_to(wanted, path):
    """What browsers take for another site is subtle, so only what is plainly a path passes."""
    assert local_path(wanted, otherwise="") == path


@pytest.mark.parametrize("how", ["query", "form", "both"])
def test_the_login_leads_on(house, how):
    """To the page that was wanted; anything else leads to the dashboard."""
    for wanted, leads in (("/devices", "/devices"), ("//evil.example", "/dashboard"), ("/a b", "/dashboard")):
        guest = house.guest()
        place = "/login" if how == "form" else f"/login?next={wanted}"
        form = {} if how == "query" else {"next": wanted}
        answer = guest.post(place, username="alice", password=DEMO_USERS["alice"], **form)
        assert (answer.status, answer.location) == (303, leads)


def test_the_form_carries_next(house):
    """From the address into the form, and into the form again after a wrong password; as text, never as HTML."""
    page = house.guest().get('/login?next=/order?x="><script>').text
    assert 'name="next" value="/order?x=&quot;&gt;&lt;script&gt;"' in page
    again = house.guest().post("/login", username="alice", password="wrong", next="/order")
    assert 'name="next" value="/order"' in again.text
    assert 'name="next"' not in house.guest().get("/login?next=https://evil.example").text


# Throttle


def guess(guest, name="alice", **options):
    return guest.post("/login", username=name, password="wrong", **options)


@pytest.mark.asvs("6.3.1")
def test_guessing_has_a_limit(house):
    """429 and when to come back; then even the right password waits, and in time it counts again."""
    mallory = house.guest()
    for _ in range(OF_NAME):
        assert guess(mallory).status == 401
    answer = guess(mallory)
    assert answer.status == 429
    assert 0 < int(headers(answer)["Retry-After"]) <= WINDOW
    assert mallory.log_in().status == 429
    house.clock.move(WINDOW + 1)
    assert mallory.log_in().status == 303


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
    assert mallory.log_in().status == 429
    if house.step == 7:
        monkeypatch.setattr("steps.step6_access.server.USERS_FILE", house.users.path)
        mallory.app = house.open_app(users=None)
        assert mallory.log_in().status == 303


def test_the_right_password_forgets_the_wrong_ones(house):
    alice = house.guest()
    for _ in range(3):
        for _ in range(OF_NAME - 1):
            guess(alice)
        assert alice.log_in().status == 303


def test_one_address_cannot_try_all_names(house, monkeypatch):
    """Password spraying: one common password, many names."""
    monkeypatch.setattr("steps.step3_authenticate.users.verify_password", lambda text, known: False)
    mallory = house.guest()
    seen = [guess(mallory, f"user{n}").status for n in range(OF_ADDRESS + 1)]
    assert (seen.count(401), seen[-1]) == (OF_ADDRESS, 429)


@pytest.mark.asvs("15.4.2")
def test_guesses_at_once_count_one_by_one(house, monkeypatch):
    """Counted before the password is checked: a burst gets no more tries than a queue."""
    guests = [house.guest() for _ in range(16)]
    tokens = [guest.token() for guest in guests]
    answers = at_once(*[lambda g=g, t=t: guess(g, csrf_token=t).status for g, t in zip(guests, tokens, strict=True)])
    assert sorted(answers) == [401] * OF_NAME + [429] * (16 - OF_NAME)


@pytest.mark.parametrize("path", ["/confirm", "/password"])
def test_a_stolen_session_cannot_guess_the_password_either(alice, path):
    """Wherever a password is asked for, it can be tried only so often."""
    seen = [alice.post(path, password="wrong", new="long enough").status for _ in range(OF_NAME + 1)]
    assert seen == [401] * OF_NAME + [429]


@pytest.mark.parametrize(
    ("address", "counted"),
    [("192.0.2.7", "192.0.2.7"), ("2001:db8::1", "2001:db8::/64"), ("2001:db8::ffff:2", "2001:db8::/64"), ("", "")],
)
def test_a_home_with_many_addresses_is_one(address, counted):
    assert network(address) == counted


def test_names_that_were_tried_are_kept_as_hashes(house):
    """People type passwords into the name field."""
    guess(house.guest(), "follow-the-rabbit")
    assert b"follow-the-rabbit" not in house.users.path.read_bytes()


# Headers


EVERYWHERE = ["/", "/login", "/dashboard", "/nowhere", "/logout", "/whoami", "/menu", "/admin"]


@pytest.mark.asvs("3.4.1", "3.4.3", "3.4.4", "3.4.5", "3.4.6", "3.4.8")
@pytest.mark.parametrize("path", EVERYWHERE)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_every_answer_has_its_headers(house, path, scheme):
    """Redirects and errors included; HSTS over HTTPS only."""
    answer = call(house.app, path, **{"wsgi.url_scheme": scheme})
    told = headers(answer)
    assert {name: told[name] for name in ALWAYS} == ALWAYS
    assert "no-store" in told["Cache-Control"]
    for part in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'", "form-action"):
        assert part in told["Content-Security-Policy"]
    assert "unsafe" not in told["Content-Security-Policy"]
    assert ("Strict-Transport-Security" in told) is (scheme == "https")


def test_a_header_that_the_app_has_set_stays():
    """A page that may be kept for a while says so itself."""

    def app(environ, start):
        start("200 OK", [("Cache-control", "max-age=60"), ("X-FRAME-OPTIONS", "SAMEORIGIN")])
        return [b""]

    told = call_headers(SecurityHeaders(app))
    assert told.count("cache-control") == told.count("x-frame-options") == 1


def call_headers(app):
    seen = []
    environ = {"wsgi.url_scheme": "http", "REQUEST_METHOD": "GET", "PATH_INFO": "/"}
    app(environ, lambda status, headers, exc_info=None: seen.extend(name.lower() for name, _ in headers))
    return seen


def test_refusals_have_the_headers_too(house, alice):
    """403, 413, 415, 429 and 503 are answers like any other."""

    def fail(*args, **kwargs):
        raise steps.StoreError("out of order")

    assert "Content-Security-Policy" in headers(alice.post("/order", csrf_token="x"))
    house.store.get = fail
    answer = alice.get("/dashboard")
    assert answer.status == 503 and "Content-Security-Policy" in headers(answer)


def test_the_policy_allows_the_pages_own_style_only(house, alice):
    """By its hash, which is that of the sheet in the page."""
    answer = alice.get("/dashboard")
    sheet = re.search(r"<style>(.*?)</style>", answer.text, re.DOTALL)[1]
    known = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    assert f"style-src 'sha256-{known}'" in headers(answer)["Content-Security-Policy"]
    assert "style=" not in answer.text and "<script" not in answer.text


# HTTPS, proxies, settings


@pytest.mark.asvs("3.3.1", "3.3.2", "3.3.3", "3.3.4", "3.3.5")
def test_https_has_a_cookie_of_its_own(house):
    """Over HTTPS a __Host- name, which no other host and no plain HTTP can set."""
    guest = house.guest(**HTTPS)
    guest.log_in()
    cookie = guest.post("/preferences", theme="dark").cookies[0]
    assert re.fullmatch(
        r"__Host-connect\.sid=s%3A[^;]{70,}; Path=/; Expires=[^;]+; HttpOnly; Secure; SameSite=Lax", cookie
    )
    assert len(cookie) < 4096
    open_line = house.guest()
    open_line.cookie = guest.cookie.removeprefix("__Host-")
    assert open_line.user() == "alice"
    tossed = house.guest(**HTTPS)
    tossed.cookie = guest.cookie.removeprefix("__Host-")
    assert tossed.user() is None


def test_x_forwarded_is_believed_only_where_we_say_so(house):
    """A spoofed header makes no secure cookie and no other address; behind a proxy of ours, it does."""
    spoofed = {
        "HTTP_X_FORWARDED_PROTO": "https",
        "HTTP_X_FORWARDED_FOR": "192.0.2.1",
        "HTTP_X_FORWARDED_HOST": "evil.example",
    }
    guest = house.guest(**spoofed)
    answer = guest.get("/login")
    assert "Secure" not in answer.cookies[0] and "Strict-Transport-Security" not in headers(answer)
    behind = house.open_app(trust_proxy=True)
    answer = call(behind, "/login", **spoofed)
    assert answer.cookies[0].startswith("__Host-") and "Strict-Transport-Security" in headers(answer)
    assert "evil.example" not in str(guest.log_in().headers)


@pytest.mark.parametrize("believed", [False, True])
def test_no_app_inside_is_told_tales(believed):
    """Bottle builds addresses from X-Forwarded-Host: whoever reads such a header inside finds none."""
    seen = {}
    told = {"HTTP_X_FORWARDED_HOST": "evil.example", "HTTP_FORWARDED": "host=evil.example", **BEHIND_PROXY}
    told |= {"HTTP_X_FORWARDED_FOR": "10.9.8.7, 192.0.2.66"}
    app = Proxy(lambda environ, start: seen.update(environ) or [], believed=believed)
    app({"wsgi.url_scheme": "http", "REMOTE_ADDR": "192.0.2.1", **told}, lambda *args: None)
    scheme, address = ("https", "192.0.2.66") if believed else ("http", "192.0.2.1")
    assert seen == {"wsgi.url_scheme": scheme, "REMOTE_ADDR": address}


def test_behind_a_proxy_guesses_count_by_the_guests_address(house):
    """The last address is the one that the proxy has added; those before it anybody can write."""
    app = house.open_app(trust_proxy=True)
    house.app = app
    for n in range(OF_NAME + 1):
        mallory = type(house.guest())(app, tokens=True, HTTP_X_FORWARDED_FOR=f"10.0.0.{n}, 192.0.2.66")
        answer = guess(mallory)
    assert answer.status == 429
    alice = type(house.guest())(app, tokens=True, HTTP_X_FORWARDED_FOR="192.0.2.1")
    assert alice.log_in().status == 303


def test_an_old_secret_is_retired_without_logging_anybody_out(house):
    """The newest signs, all are believed, and whoever comes by gets a cookie signed with the newest."""
    old, both, new = (house.open_app(secret=secret) for secret in (["old"], ["new", "old"], ["new"]))
    guest = house.guest()
    guest.app = old
    guest.log_in()
    before, guest.app = guest.cookie, both
    assert guest.get("/dashboard").status == 200
    assert guest.cookie != before
    guest.app = new
    assert guest.user() == "alice"
    guest.cookie = before
    assert guest.user() is None


def test_the_server_speaks_https(tmp_path):
    """A certificate made on the spot: trusted by whoever is given its authority, and by nobody else."""
    server = Server.start_https(7, SECRET="a secret from outside")
    try:
        ca = server.authority()
        visitor = server.visitor()
        visitor.http.verify = ca
        assert visitor.log_in().status_code == 303
        (cookie,) = visitor.http.cookies
        assert (cookie.name, cookie.secure) == ("__Host-connect.sid", True)
        assert visitor.whoami()["user"] == "alice"
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(server.url, timeout=10)
    finally:
        server.stop()


def test_the_certificate_is_for_this_machine(tmp_path):
    certificate, key, ca = make_certificate(tmp_path)
    assert key.stat().st_mode & 0o077 == 0
    context = ssl.create_default_context(cafile=str(ca))
    context.load_verify_locations(cafile=str(certificate))
    assert b"PRIVATE" not in certificate.read_bytes() + ca.read_bytes()


@pytest.mark.parametrize("variables", [{"IDLE_TIMEOUT": "soon"}, {"ABSOLUTE_TIMEOUT": "-1"}, {"IDLE_TIMEOUT": "nan"}])
def test_a_wrong_setting_is_one_sentence(variables, monkeypatch):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    command = [sys.executable, "-m", STEPS[7].server]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20)
    assert done.returncode == 1
    assert next(iter(variables)) in done.stderr and "Traceback" not in done.stderr


@pytest.mark.asvs("7.3.1", "7.3.2")
def test_timeouts_come_from_the_environment():
    """In seconds."""
    server = Server.start(7, IDLE_TIMEOUT="100", ABSOLUTE_TIMEOUT="200", TRUST_PROXY="1")
    try:
        answer = requests.get(server.url + "/login", headers={"X-Forwarded-Proto": "https"}, timeout=10)
        (cookie,) = answer.cookies
        assert cookie.name == "__Host-connect.sid"
        assert 90 < cookie.expires - time.time() <= 101
    finally:
        server.stop()


def test_auto_settings_are_known_values(library):
    """What a policy has resolved is never "auto" in the row."""
    bench = Bench(library, cookie={"secure": "auto", "same_site": "auto", "max_age": MONTH})
    bench.begin()
    assert "auto" not in row_of(bench)
    assert policy.DEFAULTS == {"path": "/", "http_only": True}
