"""In a stack: caches in front of a session's pages, another session inside or around it, a line that is open."""

import copy
import json
import logging
import re
from contextlib import suppress

import bottle
import pytest

import steps
from tests.support.calling import Bench, call

VARY = ("Vary", "Cookie")


# Caches

READ = {
    "an item": lambda session: session["user"],
    "an item that is not there": lambda session: session.get("none"),
    "whether it is there": lambda session: "none" in session,
    "the length": len,
    "the truth": bool,
    "a loop": list,
    "backwards": lambda session: list(reversed(session)),
    "keys": lambda session: list(session.keys()),
    "values": lambda session: list(session.values()),
    "items": lambda session: list(session.items()),
    "all of it": dict,
    "unpacked": lambda session: {**session},
    "as arguments": lambda session: dict(**session),
    "as JSON": json.dumps,
    "as text": str,
    "in a text": lambda session: f"{session}",
    "a copy": lambda session: session.copy(),
    "another copy": copy.copy,
    "equal": lambda session: session == {},
    "equal, the other way round": lambda session: {} == session,  # noqa: SIM300  # which side is asked is the point
    "unequal": lambda session: session != {},
    "with more": lambda session: session | {"a": 1},
    "on top of others": lambda session: {"a": 1} | session,
    "taken out": lambda session: session.pop("none", None),
    "anything taken out": lambda session: session.popitem(),
    "deleted": lambda session: session.pop("user") and session.__delitem__("none"),
    "a default": lambda session: session.setdefault("user", "ann"),
    "a pattern": lambda session: bool([1 for _ in [0] if matches(session)]),
    "its id": lambda session: session.id,
    "whether it is new": lambda session: session.is_new,
    "when it ends": lambda session: session.expires,
    "its id, then written": lambda session: (session.id, session.save(), session.regenerate()),
    "in a change": lambda session: steps.atomically(session, lambda session: session.id),
    "then none from here on": lambda session: session.get("user") and bottle.request.environ.update(session=None),
}
NOT_READ = {
    "nothing": lambda session: None,
    "written": lambda session: session.update(n=1),
    "written item by item": lambda session: session.__setitem__("n", 1),
    "saved": lambda session: (session.update(n=1), session.save()),
    "touched": lambda session: session.touch(),
    "emptied": lambda session: session.clear(),
    "read again": lambda session: session.reload(),
    "changed by turns": lambda session: steps.atomically(session, lambda session: session.update(n=1)),
    "told apart": lambda session: session.cookie.secure or session.ended,
    "none from here on": lambda session: bottle.request.environ.update(session=None),
}


def matches(session):
    match session:
        case {"none": _}:
            return True
    return False


def tolerant(work):
    """The same work; whether it finds anything is not asked."""

    def working(session):
        with suppress(KeyError):
            work(session)

    return working


@pytest.mark.asvs("14.3.2")
@pytest.mark.parametrize("how", READ)
def test_a_page_made_from_a_session_varies_with_the_cookie(library, how):
    """A shared cache gives what it has kept to the next visitor, too, unless it is told what the page depends on."""
    bench = Bench(library)
    answer = bench.request(tolerant(READ[how]), cookie=bench.begin(user="alice"))
    assert answer.headers.count(VARY) == 1
    assert answer.status == 200


@pytest.mark.sentence("Reading in vain counts, too")
@pytest.mark.parametrize("how", sorted(READ.keys() - {"as JSON", "deleted"}))
def test_reading_in_vain_counts_too(library, how):
    """That there is nothing is an answer, and another visitor would get another one."""
    assert Bench(library).request(tolerant(READ[how])).headers.count(VARY) == 1


def test_to_ask_a_store_that_is_down_is_reading(library):
    """A page for those who cannot be known would be shown to those who can, when the store is back."""
    bench = Bench(library)
    cookie = bench.begin()

    def fail(id):
        raise library.StoreError("out of order")

    def unknown(session):
        with suppress(library.StoreError):
            session.get("user")

    bench.app.store.store.get = fail
    for handler, varies in ((lambda session: None, False), (unknown, True)):
        answer = bench.request(handler, cookie=cookie)
        assert (answer.status, VARY in answer.headers) == (200, varies)


@pytest.mark.parametrize("how", NOT_READ)
def test_a_page_that_asks_for_nothing_is_the_same_for_all(library, how):
    """Caches may keep it: nobody has looked into the session, and no cookie is set."""
    bench = Bench(library)
    answer = bench.request(NOT_READ[how], cookie=bench.begin(user="alice"))
    assert VARY not in answer.headers


def test_the_second_of_two_answers_is_no_reading(library):
    """An app may begin its answer anew; that we have looked at the session to save it makes it nobody's page."""
    told = []

    def app(environ, start_response):
        environ["session"]["n"] = 1
        start_response("200 OK", [("Content-Type", "text/plain")])
        problem = RuntimeError("on purpose")
        start_response("500 Oops", [("Content-Type", "text/plain")], (RuntimeError, problem, None))
        return [b""]

    bench = Bench(library)
    cookie = bench.begin(user="alice")
    middleware = library.SessionMiddleware(app, secret="keyboard cat", store=bench.store.store)

    def watch(environ, start_response):
        def watched(status, headers, *exc_info):
            told.append(headers)
            return start_response(status, headers, *exc_info)

        return middleware(environ, watched)

    call(watch, cookie=cookie)
    assert [VARY in headers for headers in told] == [False, False]


@pytest.mark.parametrize("work", [lambda session: session.regenerate(keep=["user"]), lambda session: session.destroy()])
def test_what_the_session_does_itself_reads_it_for_nobody(library, work):
    """Where no cookie goes out, a new id and an end leave the page the same for all."""
    bench = Bench(library, cookie={"secure": True})
    cookie = bench.request(lambda session: session.update(user="alice"), **{"wsgi.url_scheme": "https"}).cookie
    assert VARY not in bench.request(work, cookie=cookie).headers


@pytest.mark.sentence("An app's own Vary stays")
def test_an_apps_own_vary_stays(library):
    """What else the page depends on, caches must know, too."""
    bench = Bench(library)

    def handler(session):
        session.get("user")
        bottle.response.set_header("Vary", "Accept-Language")

    assert [value for name, value in bench.request(handler).headers if name == "Vary"] == ["Accept-Language", "Cookie"]


# Two sessions in one stack


def counting(inner=None, at="/admin"):
    """A Bottle app that counts its pages in its session; below `at` another app."""
    app = bottle.Bottle()

    @app.get("/")
    @app.get("/<name>")
    def count(name=""):
        bottle.request.session["n"] = bottle.request.session.get("n", 0) + 1
        return f"{bottle.request.session['n']}"

    if inner:
        app.mount(at, inner)
    return app


def names_of(cookies):
    return [cookie.partition("=")[0] for cookie in cookies]


def test_an_app_with_a_session_of_its_own_is_mounted_in_another(library):
    """Each counts in its own session, and its cookie goes to its own path."""
    inner = library.SessionMiddleware(counting(), secret="k", cookie={"path": "/admin"})
    outer = library.SessionMiddleware(counting(inner), secret="k")
    first = call(outer, "/admin/x")
    assert (first.status, first.text) == (200, "1")
    assert [re.sub("=[^;]*;", "", cookie, count=1) for cookie in first.cookies] == ["connect.sid Path=/admin; HttpOnly"]
    assert call(outer, "/admin/x", cookie=first.cookie).text == "2"
    assert call(outer, "/x").text == "1"


@pytest.mark.parametrize("names", [("outer", "inner"), ("a", "b")])
def test_two_names_are_two_sessions(library, names):
    """What the one app keeps, the other does not see; both are saved, and both cookies are set."""
    seen = []

    def outer(environ, start_response):
        environ["session"]["who"] = "outer"
        body = inner(environ, start_response)
        seen.append(dict(environ["session"]))
        return body

    def innermost(environ, start_response):
        seen.append(dict(environ["session"]))
        environ["session"]["who"] = "inner"
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b""]

    stores = library.MemoryStore(), library.MemoryStore()
    inner = library.SessionMiddleware(innermost, secret="k", name=names[1], store=stores[1])
    answer = call(library.SessionMiddleware(outer, secret="k", name=names[0], store=stores[0]))
    assert seen == [{}, {"who": "outer"}]
    assert names_of(answer.cookies) == [names[1], names[0]]
    rows = [json.loads(store.get(id)) for store in stores for id in store]
    assert [row["who"] for row in rows] == ["outer", "inner"]


def test_the_inner_app_finds_its_session_while_it_writes_its_body(library):
    """A body that is made piece by piece is made when the app has long returned, and so is a whole lazy app."""
    seen = []

    def lazy(environ, start_response):
        environ["session"]["who"] = "inner"
        start_response("200 OK", [("Content-Type", "text/plain")])
        for n in range(2):
            seen.append(environ["session"].get("who"))
            yield b"%d" % n

    inner = library.SessionMiddleware(lazy, secret="k", name="inner")

    def outer(environ, start_response):
        for piece in inner(environ, start_response):
            seen.append(environ["session"].get("who", "outer"))
            yield piece

    answer = call(library.SessionMiddleware(outer, secret="k", name="outer"))
    assert answer.text == "01"
    assert seen == ["inner", "outer", "inner", "outer"]
    assert names_of(answer.cookies) == ["inner"]


def test_the_inner_body_is_closed(library):
    closed = []

    class Body(list):
        def close(self):
            closed.append(True)

    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return Body([b"a"])

    inner = library.SessionMiddleware(app, secret="k", name="inner")
    assert call(library.SessionMiddleware(inner, secret="k", name="outer")).text == "a"
    assert closed == [True]


@pytest.mark.sentence("None says of one session that there is none from here on")
@pytest.mark.parametrize("gone", [lambda environ: environ.update(session=None), lambda environ: environ.pop("session")])
@pytest.mark.parametrize("whose", ["outer", "inner"])
def test_none_from_here_on_is_said_of_one_session(library, whose, gone):
    """`environ["session"] = None`, or deleting it, drops the changes of the app that says it, and nobody else's."""

    def app(environ, start_response):
        environ["session"]["n"] = 1
        if whose == "inner":
            gone(environ)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b""]

    inner = library.SessionMiddleware(app, secret="k", name="inner")

    def around(environ, start_response):
        environ["session"]["n"] = 1
        if whose == "outer":
            gone(environ)
        return inner(environ, start_response)

    answer = call(library.SessionMiddleware(around, secret="k", name="outer"))
    assert names_of(answer.cookies) == [{"outer": "inner", "inner": "outer"}[whose]]


@pytest.mark.parametrize("levels", [2, 3])
def test_an_app_that_is_wrapped_twice_has_one_session(library, levels, caplog):
    """The inner one does nothing, as in Express, where it finds a session there; but it says so, once."""
    app, store = counting(), library.MemoryStore()
    for _ in range(levels):
        app = library.SessionMiddleware(app, secret="k", store=store)
    first = call(app)
    assert [call(app, cookie=first.cookie).text for _ in range(2)] == ["2", "3"]
    assert (len(first.cookies), len(store)) == (1, 1)
    assert len(caplog.records) == levels - 1
    assert "connect.sid" in caplog.text


@pytest.mark.sentence("Between two sessions of one name, another has its place")
def test_between_two_of_one_name_another_stands(library):
    """Who asks for a session under a name that is taken further out gets that one, and begins no second."""
    seen = []

    def app(environ, start_response):
        seen.append(environ["session"].get("who"))
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b""]

    def writes(app, who):
        def writing(environ, start_response):
            environ["session"]["who"] = who
            environ["session"].save()
            return app(environ, start_response)

        return writing

    store = library.MemoryStore()
    middleware = library.SessionMiddleware
    innermost = middleware(app, secret="k", name="a", store=store)
    between = middleware(writes(innermost, "b"), secret="k", name="b")
    outermost = middleware(writes(between, "a"), secret="k", name="a", store=store)
    first = call(outermost)
    assert (sorted(names_of(first.cookies)), len(store)) == (["a", "b"], 1)
    call(outermost, cookie=next(cookie.partition(";")[0] for cookie in first.cookies if cookie.startswith("a=")))
    assert seen == ["a", "a"]


def test_what_the_innermost_of_one_name_writes_is_kept(library):
    """In the outermost one's row, whether it is written at once or piece by piece, and read by that one, too."""
    seen, store, middleware = [], library.MemoryStore(), library.SessionMiddleware

    def lazy(environ, start_response):
        environ["session"]["tea"] = "green"
        start_response("200 OK", [("Content-Type", "text/plain")])
        seen.append(environ["session"].get("tea"))
        yield b"x"

    innermost = middleware(lazy, secret="k", name="a", store=library.MemoryStore())
    between = middleware(innermost, secret="k", name="b", store=library.MemoryStore())

    def around(environ, start_response):
        yield from between(environ, start_response)
        seen.append(environ["session"].get("tea"))

    answer = call(middleware(around, secret="k", name="a", store=store))
    assert (answer.status, seen, names_of(answer.cookies)) == (200, ["green", "green"], ["a"])
    assert [json.loads(store.get(id))["tea"] for id in store] == ["green"]


@pytest.mark.sentence("Of two sessions beside each other, each has its own cookie")
def test_of_two_beside_each_other_each_has_its_own(library):
    """What stood in the first one's turn is not there for the second: its answer has left."""
    stores, middleware = [library.MemoryStore(), library.MemoryStore()], library.SessionMiddleware
    left, right = (middleware(counting(), secret="k", name="a", store=store) for store in stores)

    def one_after_the_other(environ, start_response):
        list(left(environ, lambda *told: None))
        return right(environ, start_response)

    answer = call(middleware(one_after_the_other, secret="k", name="b"))
    assert (answer.text, list(map(len, stores))) == ("1", [1, 1])


@pytest.mark.parametrize(("whose", "path"), [("inner", "/admin/x"), ("outer", "/x")])
def test_a_store_that_fails_in_a_stack_is_one_answer(library, whose, path):
    """A store that fails, the inner one's or the outer one's, is one 503 with one sentence."""

    class Down:
        def get(self, id):
            raise library.StoreError("down")

        def set(self, id, row, *, expected, expires):
            raise library.StoreError("down")

        touch = destroy = get

    stores = {"inner": None, "outer": None, whose: Down()}
    inner = library.SessionMiddleware(counting(), secret="k", name="inner", store=stores["inner"])
    answer = call(library.SessionMiddleware(counting(inner), secret="k", store=stores["outer"]), path)
    assert (answer.status, answer.cookies) == (503, [])
    assert answer.text.count("Sessions cannot be reached") == 1


# Silence


@pytest.mark.sentence("A session that is not kept for want of HTTPS is told once")
@pytest.mark.parametrize(("how", "environ"), [("plain", {}), ("proxied", {"HTTP_X_FORWARDED_PROTO": "https"})])
@pytest.mark.parametrize("cookie", [{"secure": True}, lambda environ: {"secure": True}], ids=["always", "by request"])
def test_a_session_that_is_not_kept_for_want_of_https_is_told_once(library, caplog, cookie, how, environ):
    """303, no cookie, no row: who does not hear why looks for hours. Once, and with the remedy."""
    bench = Bench(library, cookie=cookie)
    for _ in range(3):
        bench.request(lambda session: session.update(user="ann"), **environ)
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "Secure" in record.getMessage() and "proxy=True" in record.getMessage()


@pytest.mark.sentence("Whoever keeps nothing has nothing to be told")
@pytest.mark.parametrize(
    "work",
    [
        lambda session: None,
        lambda session: session.get("user"),
        lambda session: (session.update(a=1), session.regenerate(), session.destroy()),
        lambda session: (session.update(a=1), bottle.request.environ.update(session=None)),
    ],
    ids=["nothing", "read", "destroyed", "dropped"],
)
def test_who_keeps_nothing_has_nothing_to_be_told(library, caplog, work):
    """A page that has nothing for the browser is no reason for a line."""
    Bench(library, cookie={"secure": True}).request(work)
    assert caplog.records == []


@pytest.mark.sentence("The error of a change is the app's own, also where nothing is kept")
@pytest.mark.parametrize("is_caught", [True, False])
def test_the_error_of_a_change_is_the_apps_own_where_nothing_is_kept(library, is_caught):
    """A session without a row has not ended, and what was in it before the change still is."""
    bench, seen = Bench(library, cookie={"secure": True}), []

    def change(session):
        session["cups"] = 99
        raise KeyError("sugar")

    def handler(session):
        session["tea"] = "green"
        with suppress(KeyError if is_caught else ZeroDivisionError):
            steps.atomically(session, change)
        seen.append(dict(session))

    if is_caught:
        assert bench.request(handler).status == 200
        assert seen == [{"tea": "green"}]
    else:
        assert bench.request(handler).status == 500
    assert bench.rows() == {}


def test_a_setting_that_may_not_be_sent_is_told(library, caplog):
    """A handler that makes a live cookie Secure over plain HTTP waits for it in vain."""
    bench = Bench(library)
    cookie = bench.begin()
    bench.request(lambda session: setattr(session.cookie, "secure", True), cookie=cookie)
    assert "proxy=True" in caplog.text
