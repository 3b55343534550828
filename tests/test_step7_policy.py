"""The cookie as a policy: each setting, what is refused, where it travels, and what a path covers."""

import json
import re
from urllib.parse import unquote

import pytest

import steps
from steps.step7_harden import SessionCookie, session_cookie
from tests.support.calling import HTTPS, Bench, call
from tests.support.stores import put
from workbook.serving import Clock

BEHIND_PROXY = {"HTTP_X_FORWARDED_PROTO": "https"}
MONTH = 30 * 24 * 3600


def in_wsgi(path):
    """A path as WSGI tells it."""
    return path.encode().decode("latin-1")


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
        ({"path": None}, "HttpOnly", '"httpOnly":true,"path":null'),
        ({"http_only": None}, "Path=/", '"httpOnly":null,"path":"/"'),
        ({"secure": None}, "Path=/; HttpOnly", '"secure":null,"httpOnly":true,"path":"/"'),
        ({"domain": None}, "Path=/; HttpOnly", '"httpOnly":true,"domain":null,"path":"/"'),
        ({"same_site": None}, "Path=/; HttpOnly", '"httpOnly":true,"path":"/","sameSite":null'),
    ],
)
def test_each_setting_reaches_cookie_and_row(library, settings, sent, row):
    """In Express's order, in both: so each can read what the other has written."""
    bench = Bench(library, cookie=settings)
    answer = bench.request(lambda session: session.update(user="bob"), **HTTPS)
    assert answer.cookies[0].partition("; ")[2] == sent
    assert row_of(bench) == f'{{"cookie":{{"originalMaxAge":null,"expires":null,{row}}},"user":"bob"}}'


@pytest.mark.sentence("What was set to None stays so")
@pytest.mark.parametrize("when", ["at the start", "later"])
@pytest.mark.parametrize("setting", ["path", "http_only", "domain", "secure", "same_site", "partitioned", "priority"])
def test_what_was_set_to_none_stays_so(library, setting, when):
    """As in Express, whose row says null: what is asked for does not come back as the default."""
    bench = Bench(library, cookie={setting: None} if when == "at the start" else {})
    cookie, seen = bench.begin(user="bob"), []
    told = bench.request(lambda session: setattr(session.cookie, setting, None), cookie=cookie).cookies
    left = {"path": "HttpOnly", "http_only": "Path=/"}.get(setting, "Path=/; HttpOnly")
    assert [sent.partition("; ")[2] for sent in told] == ([] if when == "at the start" else [left])
    bench.request(lambda session: seen.append((session["user"], session.cookie.settings[setting])), cookie=cookie)
    assert seen == [("bob", None)]


@pytest.mark.sentence("All settings can be had at once")
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


@pytest.mark.sentence("SameSite=None without Secure is refused, however it is written")
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
    assert [str(value) in cookie.lower() for cookie in answer.cookies] == [True]
    assert str(value) in row_of(bench)
    assert bench.request(lambda session: setattr(session.cookie, name, value), cookie=cookie).cookies == []


async def decided_elsewhere(environ):
    return {"secure": True}


@pytest.mark.asvs("3.3.1", "3.3.3")
@pytest.mark.parametrize(
    ("options", "error", "named", "remedy"),
    [
        ({"name": "__Host-sid"}, ValueError, "secure", '"secure": True'),
        ({"name": "__host-sid"}, ValueError, "secure", '"secure": True'),
        ({"name": "__Host-sid", "cookie": {"secure": "auto"}}, ValueError, "secure", '"secure": True'),
        ({"name": "__Host-sid", "cookie": {"secure": True, "domain": "e.com"}}, ValueError, "domain", "no domain"),
        ({"name": "__Host-sid", "cookie": {"secure": True, "path": "/a"}}, ValueError, "path", 'path is "/"'),
        ({"name": "__Host-sid", "cookie": {"secure": True, "path": None}}, ValueError, "path", 'path is "/"'),
        ({"name": "__Secure-sid"}, ValueError, "secure", '"secure": True'),
        ({"cookie": {"same_site": "none"}}, ValueError, "secure", '"secure": True'),
        ({"cookie": {"partitioned": True}}, ValueError, "partitioned", '"secure": True'),
        ({"cookie": {"samesite": "lax"}}, ValueError, "samesite", "no setting samesite; it knows max_age"),
        ({"cookie": {"same_site": "loose"}}, ValueError, "same_site", ""),
        ({"cookie": {"same_site": 1}}, TypeError, "same_site", ""),
        ({"cookie": {"secure": "yes"}}, TypeError, "secure", ""),
        ({"cookie": {"secure": 1}}, TypeError, "secure", ""),
        ({"cookie": {"http_only": None, "path": "/;x"}}, ValueError, "path", ""),
        ({"cookie": {"path": 7}}, TypeError, "path", ""),
        ({"cookie": {"domain": "e.com; Secure"}}, ValueError, "domain", ""),
        ({"cookie": {"priority": "urgent"}}, ValueError, "priority", ""),
        ({"cookie": {"max_age": "1h"}}, TypeError, "max_age", ""),
        ({"cookie": {"expires": 1e15}}, ValueError, "expires", ""),
        ({"cookie": "secure"}, TypeError, "cookie", "mapping"),
        ({"cookie": decided_elsewhere}, TypeError, "cookie", "mapping"),
        ({"proxy": "yes"}, TypeError, "proxy", ""),
        ({"name": "a b"}, ValueError, "name", ""),
        ({"secret": ()}, ValueError, "secret", ""),
        ({"genid": "x"}, TypeError, "genid", ""),
        ({"unset": "drop"}, ValueError, "unset", ""),
        ({"absolute_timeout": 0}, ValueError, "absolute_timeout", ""),
        ({"store": {}}, TypeError, "store", ""),
    ],
)
def test_what_browsers_would_ignore_is_refused_at_the_start(library, says, options, error, named, remedy):
    """An error that names the setting and the remedy, not a cookie that silently never arrives."""
    with pytest.raises(error) as caught:
        library.SessionMiddleware(lambda environ, start: [], **{"secret": "k", **options})
    assert named in str(caught.value)
    assert re.search(says(re.escape(remedy)), str(caught.value))


@pytest.mark.parametrize(
    "options",
    [
        {"name": "__Host-sid", "cookie": {"secure": True}},
        {"name": "__Host-sid", "cookie": {"secure": True, "path": "/", "domain": None, "same_site": "strict"}},
        {"name": "__Secure-sid", "cookie": {"secure": True, "path": "/tea", "domain": "e.com"}},
        {"name": "__other", "cookie": {"path": "/tea", "domain": "e.com"}},
        {"name": "my__Host-sid", "cookie": {"path": "/tea", "domain": "e.com"}},
        {"cookie": {"same_site": "none", "secure": True}},
        {"cookie": {"partitioned": True, "secure": True}},
        {"cookie": {"same_site": "none", "secure": "auto"}},
        {"cookie": {"partitioned": True, "secure": "auto"}},
        {"cookie": {"partitioned": False, "same_site": False, "secure": False}},
        {"cookie": {"same_site": "Lax", "priority": "High"}},
        {"cookie": {"same_site": True, "path": None}},
        {"cookie": {"same_site": "auto", "secure": "auto", "max_age": None, "expires": None}},
    ],
)
def test_what_browsers_keep_is_not_refused(library, options):
    """A cookie that works everywhere is nobody's mistake."""
    assert library.SessionMiddleware(lambda environ, start: [], **{"secret": "k", **options})


@pytest.mark.sentence("A __Host- cookie stays one")
@pytest.mark.parametrize(
    ("name", "setting", "value"),
    [
        ("__Host-sid", "domain", "e.com"),
        ("__Host-sid", "path", "/tea"),
        ("__Host-sid", "secure", False),
        ("__Secure-sid", "secure", False),
    ],
)
def test_a_host_cookie_stays_one(library, says, name, setting, value):
    """A handler that changes a setting so that the browser would drop the cookie hears of it."""
    bench = Bench(library, name=name, cookie={"secure": True})
    with pytest.raises(ValueError, match=says(setting)):
        bench.request(lambda session: (session.update(a=1), setattr(session.cookie, setting, value)), **HTTPS)


@pytest.mark.parametrize(("name", "value"), [("secure", "yes"), ("same_site", "loose"), ("path", ";"), ("priority", 3)])
def test_impossible_settings_raise_when_they_are_set(name, value):
    """In the handler's line that sets them, and nothing has changed then."""
    cookie = SessionCookie()
    before = cookie.state
    with pytest.raises((ValueError, TypeError), match=name):
        setattr(cookie, name, value)
    assert cookie.state == before


@pytest.mark.sentence("A row with impossible settings is a new visitor's")
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


@pytest.mark.sentence('"auto" follows the request')
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
        (True, {"HTTP_X_FORWARDED_PROTO": "httpsx"}, False),
        (True, {"HTTP_X_FORWARDED_PROTO": "http", **HTTPS}, True),
        (True, {}, False),
    ],
)
def test_auto_follows_the_request(library, proxy, environ, secure):
    """X-Forwarded-Proto is believed only where a proxy of ours sets it; real TLS always counts."""
    bench = Bench(library, cookie={"secure": "auto", "same_site": "auto"}, proxy=proxy)
    (cookie,) = bench.request(lambda session: session.update(a=1), **environ).cookies
    sent = cookie.partition("; ")[2]
    assert sent == ("Path=/; HttpOnly; Secure; SameSite=None" if secure else "Path=/; HttpOnly; SameSite=Lax")
    assert f'"secure":{str(secure).lower()}' in row_of(bench)


@pytest.mark.sentence('What "auto" gives is a known value')
def test_auto_settings_are_known_values(library):
    """What a policy has resolved is never "auto" in the row."""
    bench = Bench(library, cookie={"secure": "auto", "same_site": "auto", "max_age": MONTH})
    bench.begin()
    assert "auto" not in row_of(bench)
    assert session_cookie.DEFAULTS == {"path": "/", "http_only": True}


def test_a_secure_cookie_does_not_travel_on_an_open_line(library):
    """ASVS 3.3.1. No cookie, so no row: nobody could come back to it. That is no error; the page is answered."""
    bench = Bench(library, cookie={"secure": True})
    answer = bench.request(use_in_all_ways)
    assert (answer.status, answer.cookies, bench.rows()) == (200, [], {})
    answer = bench.request(use_in_all_ways, **HTTPS)
    assert (answer.status, len(answer.cookies), len(bench.rows())) == (200, 1, 1)


@pytest.mark.parametrize(
    ("proxy", "environ", "travels"),
    [
        (True, BEHIND_PROXY, True),
        (True, {"HTTP_X_FORWARDED_PROTO": "http"}, False),
        (True, {}, False),
        (False, BEHIND_PROXY, False),
        (None, BEHIND_PROXY, False),
        (None, HTTPS, True),
    ],
)
def test_a_secure_cookie_travels_where_the_proxy_is_believed(library, proxy, environ, travels):
    """Behind a proxy of ours nobody could log in else; and without one, whoever sends the header is no proxy."""
    bench = Bench(library, cookie={"secure": True}, proxy=proxy)
    answer = bench.request(use_in_all_ways, **environ)
    assert len(answer.cookies) == int(travels)
    assert len(bench.rows()) == int(travels)


def use_in_all_ways(session):
    """Write now, under another id, and at the end."""
    session["a"] = 1
    session.save()
    session.regenerate()
    session["b"] = 1


def test_a_row_that_is_there_is_kept_up_on_an_open_line(library):
    """Whoever has the cookie is known by it, and can end the session; but no cookie is set or cleared there."""
    bench = Bench(library, cookie={"secure": True})
    cookie = bench.request(lambda session: session.update(a=1), **HTTPS).cookie
    answer = bench.request(lambda session: session.update(a=2), cookie=cookie)
    assert (answer.status, answer.cookies) == (200, [])
    assert row_of(bench).endswith('"a":2}')
    answer = bench.request(lambda session: session.destroy(), cookie=cookie)
    assert (answer.status, answer.cookies, bench.rows()) == (200, [], {})


def test_a_function_chooses_by_request(library):
    """Each request its own settings; "auto" works there, too."""
    asked = []

    def cookie(environ):
        asked.append(environ["PATH_INFO"])
        return {"secure": "auto", "max_age": 60 if environ.get("HTTP_X_SHORT") else None}

    bench = Bench(library, cookie=cookie)
    assert "Expires" in "".join(bench.request(lambda session: session.update(a=1), HTTP_X_SHORT="1").cookies)
    assert "Secure" in "".join(bench.request(lambda session: session.update(a=1), **HTTPS).cookies)
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
        ("/box", "/box/lid", True),
        ("/my%20app", "/my app/x", True),
        ("/my app", "/my app", True),
        ("/my%20app", "/my%20app", False),  # which the browser had as /my%2520app
        ("/café", in_wsgi("/café/thé"), True),
        ("/caf%C3%A9", in_wsgi("/café"), True),
        ("/caf%c3%a9", in_wsgi("/café"), True),
        ("/café", in_wsgi("/cafés"), False),
        ("/café", "/cafe", False),
        ("/☕", in_wsgi("/☕/x"), True),
        ("/100%", "/100%/x", True),
        (None, "/any", True),
        ("", "/any", True),
    ],
)
@pytest.mark.parametrize("as_function", [False, True])
def test_the_path_is_a_gate(library, path, asked, covered, as_function):
    """By whole segments, where Express lets /teapot in; outside there is no session, and no cookie."""
    seen = []

    def app(environ, start):
        seen.append(environ["session"] is not None)
        if seen[-1]:
            environ["session"]["a"] = 1
        start("200 OK", [("Content-Type", "text/plain")])
        return [b""]

    settings = {"path": path}
    middleware = library.SessionMiddleware(
        app, secret="k", cookie=(lambda environ: settings) if as_function else settings
    )
    answer = call(middleware, asked)
    assert seen == [covered], "(whether the page had a session)"
    assert len(answer.cookies) == int(covered)


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/my%20app", "/my%20app"),
        ("/my app", "/my%20app"),
        ("/café", "/caf%C3%A9"),
        ("/caf%c3%a9", "/caf%c3%a9"),
        ("/☕", "/%E2%98%95"),
        ('/a"b', "/a%22b"),
        ("/a:b@c!d$e&f'g(h)i*j+k,l=m~n-o_p.q", "/a:b@c!d$e&f'g(h)i*j+k,l=m~n-o_p.q"),
    ],
)
def test_a_path_is_sent_as_browsers_write_it(library, path, sent):
    """Browsers compare it with the address in its encoded form, so any other would never be sent back."""
    bench = Bench(library, cookie={"path": path})
    answer = bench.request(lambda session: session.update(a=1), SCRIPT_NAME=in_wsgi(unquote(path)))
    assert f"; Path={sent};" in answer.cookies[0]
    assert f'"path":{json.dumps(sent)}' in row_of(bench)


@pytest.mark.parametrize("path", ["shop", "shop/", "*", ".", "http://shop", "é"])
def test_a_path_begins_at_the_root(library, path):
    """Any other covers no page, and browsers take it for none: nobody would have a session, without a word."""
    with pytest.raises(ValueError, match="path must begin with"):
        library.SessionMiddleware(lambda environ, start: [], secret="k", cookie={"path": path})
    with pytest.raises(ValueError, match="path must begin with"):
        SessionCookie().path = path


@pytest.mark.parametrize("path", ["/a;b", "/a\nb", "/a\tb", "/a<b", "/\x7f"])
def test_a_path_that_no_cookie_can_have_is_refused(library, path):
    """What would end the attribute, or begin a header, does not become a path by being encoded."""
    with pytest.raises(ValueError, match="path"):
        library.SessionMiddleware(lambda environ, start: [], secret="k", cookie={"path": path})


@pytest.mark.parametrize(
    ("path", "environ", "covered"),
    [
        ("/shop", {"SCRIPT_NAME": "/shop", "PATH_INFO": "/cart"}, True),
        ("/shop", {"SCRIPT_NAME": "/shop", "PATH_INFO": ""}, True),
        ("/shop", {"SCRIPT_NAME": "/shop"}, True),
        ("/shop", {"SCRIPT_NAME": "", "PATH_INFO": "/cart"}, False),
        ("/shop", {"SCRIPT_NAME": "", "PATH_INFO": ""}, False),
        ("/cart", {"PATH_INFO": "/cart"}, True),
        ("/x", {}, False),
        ("/", {"SCRIPT_NAME": "", "PATH_INFO": ""}, True),
        ("/", {}, True),
    ],
)
@pytest.mark.parametrize("as_function", [False, True])
def test_the_path_counts_from_the_root_of_the_host(library, path, environ, covered, as_function):
    """An app that is mounted at /shop sees the rest as its path; the browser does not. Servers may leave out either."""
    cookie = (lambda environ: {"path": path}) if as_function else {"path": path}
    middleware = library.SessionMiddleware(lambda e, start: [], secret="k", cookie=cookie)
    assert middleware.policy.covers(environ) is covered


def test_a_function_chooses_the_path_by_request(library):
    """One that serves several customers gives each a path of his own: the first one's is not the next one's."""

    def cookie(environ):
        return {"path": environ["HTTP_X_CUSTOMER"]}

    policy = library.SessionMiddleware(lambda environ, start: [], secret="k", cookie=cookie).policy
    asked = [("/tea", "/tea/pot"), ("/cake", "/tea/pot"), ("/cake", "/cake/tin"), ("/", "/any")]
    covered = [policy.covers({"HTTP_X_CUSTOMER": path, "PATH_INFO": page}) for path, page in asked]
    assert covered == [True, False, True, True], "(whether each of these pages had a session)"


@pytest.mark.asvs("14.3.2")
def test_no_cache_keeps_the_cookie_for_others(library):
    """A cached Set-Cookie would hand one visitor's session to the next."""
    bench = Bench(library)
    answer = bench.request(lambda session: session.update(a=1))
    assert ("Vary", "Cookie") in answer.headers
    assert ("Cache-Control", "no-store") in answer.headers
    cleared = bench.request(lambda session: session.destroy(), cookie=answer.cookie)
    assert ("Vary", "Cookie") in cleared.headers
    assert ("Cache-Control", "no-store") in cleared.headers


@pytest.mark.sentence("Whoever gets no cookie gets no word of it")
@pytest.mark.parametrize("work", [lambda session: None, lambda session: session.destroy()], ids=["looks", "ends it"])
def test_who_gets_no_cookie_gets_no_word_of_it(library, work):
    """A page that neither sets a cookie nor clears one that was sent may be kept by caches."""
    answer = Bench(library).request(work)
    assert [name for name, _ in answer.headers if name in ("Set-Cookie", "Vary", "Cache-Control")] == []


def offer(session):
    """What a page with a form does: its form belongs to the cookie, and needs no row."""
    session.is_offered = session.cookie_id is None


@pytest.mark.parametrize(
    ("settings", "over", "sent"), [({}, {}, 1), ({"secure": True}, HTTPS, 1), ({"secure": True}, {}, 0)]
)
def test_a_cookie_can_be_offered_before_there_is_a_row(library, settings, over, sent):
    """Whoever brings it is still a stranger; but what it names is known, and stays the same."""
    bench, known = Bench(library, cookie=settings), []
    answer = bench.request(offer, **over)
    assert len(answer.cookies) == sent and [name for name, _ in answer.headers].count("Vary") == sent
    if sent:
        again = bench.request(lambda session: (offer(session), known.append(session)), cookie=answer.cookie, **over)
        assert again.cookies == []
        assert known[0].is_new and known[0].cookie_id != known[0].id and known[0].cookie_id in unquote(answer.cookie)
        forged = bench.request(offer, cookie=answer.cookie + "x", **over)
        assert len(forged.cookies) == 1
    assert bench.rows() == {}


@pytest.mark.asvs("3.3.1", "3.3.2", "3.3.3", "3.3.4")
def test_the_clearing_cookie_repeats_the_settings(library):
    """Browsers ignore the clearing of a __Host- cookie that is not Secure and for "/"."""
    bench = Bench(library, name="__Host-connect.sid", cookie={"secure": True, "same_site": "strict"})
    cookie = bench.request(lambda session: session.update(a=1), **HTTPS).cookie
    cleared = bench.request(lambda session: session.destroy(), cookie=cookie, **HTTPS).cookies
    assert cleared == [
        "__Host-connect.sid=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Strict"
    ]


@pytest.mark.parametrize(("setting", "value"), [("path", "/shop"), ("secure", False), ("domain", "x.y")])
def test_what_browsers_would_drop_is_refused_before_it_is_written(library, setting, value):
    """Else every page from then on would be refused, and logging out, too."""
    bench = Bench(library, name="__Host-connect.sid", cookie={"secure": True, "max_age": 60}, rolling=True)
    cookie, seen = bench.request(lambda session: session.update(user="a"), **HTTPS).cookie, []
    before = bench.rows()
    with pytest.raises(ValueError, match=setting):
        bench.request(lambda session: setattr(session.cookie, setting, value), cookie=cookie, **HTTPS)
    assert bench.rows() == before
    assert bench.request(lambda session: seen.append(session.get("user")), cookie=cookie, **HTTPS).status == 200
    assert seen == ["a"]


@pytest.mark.sentence("A row whose cookie browsers would drop is a new visitor's")
@pytest.mark.parametrize(
    "settings", ['{"path":"/"}', '{"path":"/shop","secure":true}', '{"domain":"x.y","secure":true}']
)
def test_a_row_whose_cookie_browsers_would_drop_is_a_new_visitors(library, caplog, settings):
    """As every row that cannot be one of ours: no 500 for ever, and one line."""
    bench = Bench(library, name="__Host-connect.sid", cookie={"secure": True})
    cookie = bench.request(lambda session: session.update(user="a"), **HTTPS).cookie
    [id] = bench.rows()
    put(bench.store, id, f'{{"cookie":{settings},"user":"a"}}')
    seen = []
    assert bench.request(lambda session: seen.append(session.get("user")), cookie=cookie, **HTTPS).status == 200
    assert seen == [None]
    assert len(caplog.records) == 1


@pytest.mark.parametrize("returned", [5, "secure", [("path", "/")]])
def test_a_cookie_function_returns_a_mapping(library, says, returned):
    """Whoever returns something else is told what it was."""
    with pytest.raises(TypeError, match=says("must return a mapping")):
        Bench(library, cookie=lambda environ: returned).request(lambda session: session.update(a=1))


@pytest.mark.sentence("A __Host- cookie that is current is left alone")
def test_a_host_cookie_that_is_current_is_left_alone(library):
    """Nothing is wanted, so nothing is refused."""
    bench = Bench(library, name="__Host-connect.sid", cookie={"secure": True})
    cookie = bench.request(lambda session: session.update(a=1), **HTTPS).cookie
    assert bench.request(lambda session: session.get("a"), cookie=cookie, **HTTPS).cookies == []


def test_what_was_offered_and_has_ended_is_not_sent(library):
    """A form's cookie belongs to a session that goes on."""
    bench = Bench(library)
    answer = bench.request(lambda session: (setattr(session, "is_offered", True), session.destroy()))
    assert answer.cookies == []


def test_the_package_is_the_finished_library():
    """`from steps import …` gives what the last step has built."""
    assert steps.SessionMiddleware.__module__.startswith("steps.step7_harden")
    assert {"HashedIds", "open_store"} <= set(steps.__all__)
