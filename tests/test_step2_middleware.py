"""Step 2, middleware: an id in the browser, the data in the store, and the two always as they should be."""

import json
import random
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from copy import deepcopy
from datetime import UTC, datetime
from functools import partial
from itertools import count
from types import SimpleNamespace
from urllib.parse import quote, unquote

import bottle
import pytest

from steps.step1_install import sign
from steps.step2_middleware import session
from tests.support.calling import SESSION_COOKIE, Bench, call, site
from tests.support.locks import keep_out
from tests.support.stores import put

ID = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"
NEW = None
FORGED = f"{SESSION_COOKIE}={quote('s:' + sign(ID, 'another secret'), safe='')}"
UNSIGNED = f"{SESSION_COOKIE}={ID}"
UNMARKED = f"{SESSION_COOKIE}={quote('j:' + sign(ID, 'keyboard cat'), safe='')}"
HALF_MARKED = f"{SESSION_COOKIE}={quote('s.' + sign(ID, 'keyboard cat'), safe='')}"
BARE = f"{SESSION_COOKIE}={quote(sign(ID, 'keyboard cat'), safe='')}"
UNKNOWN = f"{SESSION_COOKIE}={quote('s:' + sign(ID, 'keyboard cat'), safe='')}"

# Over HTTP: what a visitor sees


def test_the_session_counts_the_views(visitor):
    """The session's whole point: the second request finds what the first one left."""
    assert [visitor.get("/") and visitor.whoami()["views"] for _ in range(3)] == [1, 2, 3]


def test_two_visitors_have_two_sessions(visitors):
    """What one visitor does must never show with another."""
    first, second = visitors(), visitors()
    first.get("/")
    second.get("/")
    second.get("/")
    assert (first.whoami()["views"], second.whoami()["views"]) == (1, 2)
    assert first.id != second.id


def test_the_cookie_holds_a_signed_id_and_no_data(visitor):
    """Whoever reads the cookie learns nothing, and whoever changes it is not believed."""
    header = visitor.get("/").headers["Set-Cookie"]
    assert re.fullmatch(
        r"connect\.sid=s%3A[\w-]{32}\.[\w.!~*'()%-]+; Path=/;( Expires=[^;]+;)? HttpOnly(; SameSite=Lax)?", header
    )
    signature = unquote(visitor.cookie).rpartition(".")[2]
    assert re.fullmatch(r"[A-Za-z0-9+/]{43}", signature)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda cookie: cookie[:10] + ("A" if cookie[10] != "A" else "B") + cookie[11:],
        lambda cookie: cookie[:-1] + ("A" if cookie[-1] != "A" else "B"),
        lambda cookie: cookie.partition(".")[0],
        lambda cookie: cookie.partition(".")[0].removeprefix("s%3A"),
        lambda cookie: "s%3A" + "A" * 32 + "." + cookie.partition(".")[2],
        lambda cookie: "j%3A{}",
        lambda cookie: "",
        lambda cookie: "x" * 30_000,
        lambda cookie: "s%3A.%FF%00",
    ],
)
def test_a_spoilt_cookie_is_a_new_visitor(visitors, spoil):
    """A cookie that was changed, or that we did not sign, is no error and no key: its bearer is a new visitor."""
    owner, stranger = visitors(), visitors()
    owner.get("/")
    stranger.cookie = spoil(owner.cookie)
    answer = stranger.get("/")
    assert answer.status_code == 200
    assert '<p class="big">1</p>' in answer.text
    assert stranger.id != owner.id


@pytest.mark.sentence("An id whose signature is good, but which the store does not know, is not adopted.")
def test_a_well_signed_id_that_the_store_does_not_know_is_not_adopted(visitor):
    """An id that comes from outside must never become a session's: whoever chose it would know it."""
    visitor.cookie = quote("s:" + sign(ID, "your-secret-key"), safe="")
    visitor.get("/")
    assert visitor.id != ID


def test_whoami_is_for_everybody_and_changes_nothing(visitor):
    """A question about the session must not begin one, count as a visit, or set a cookie."""
    answer = visitor.get("/whoami")
    assert (answer.status_code, answer.json()["user"], answer.json()["views"]) == (200, None, 0)
    assert "Set-Cookie" not in answer.headers
    visitor.get("/")
    assert "Set-Cookie" not in visitor.get("/whoami").headers
    assert visitor.whoami() == visitor.whoami()
    assert visitor.whoami()["views"] == 1


@pytest.mark.asvs("14.2.1")
def test_the_whole_id_is_never_shown(visitor):
    """Whoever reads the id over a shoulder, in a screenshot or in a log is the visitor."""
    visitor.get("/")
    for path in ("/", "/whoami", "/no-such-page"):
        assert visitor.id not in visitor.get(path).text


def test_a_good_session_survives_bad_neighbours(visitor):
    """Cookies of other applications come along in the same header. None of them may log our visitor out."""
    visitor.get("/")
    header = f'foo/bar=1; prefs={{"a":1}}; a="; {SESSION_COOKIE}={visitor.cookie}; {SESSION_COOKIE}=second'
    visitor.http.cookies.clear()
    assert visitor.get("/whoami", headers={"Cookie": header}).json()["views"] == 1


def test_visitors_at_the_same_time_keep_their_own_sessions(visitors):
    """Sixteen visitors at once, as in life: each must get its own count, and no one else's."""

    def visit(visitor):
        return [visitor.get("/") and visitor.whoami()["views"] for _ in range(5)]

    crowd = [visitors() for _ in range(16)]
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(visit, crowd)) == [[1, 2, 3, 4, 5]] * 16


# In the library: Express's decision table

ACTIONS = {
    "nothing": lambda session: None,
    "change": lambda session: session.update(n=2),
    "same value": lambda session: session.update(session),
    "save": lambda session: session.save(),
    "change, save": lambda session: (session.update(n=2), session.save()),
    "change, save, change": lambda session: (session.update(n=2), session.save(), session.update(n=3)),
    "set to null": lambda session: bottle.request.environ.update(session=None),
    "change, set to null": lambda session: (session.update(n=2), bottle.request.environ.update(session=None)),
    "change, deleted": lambda session: (session.update(n=2), bottle.request.environ.pop("session")),
    "change, deleted as an item": lambda session: (session.update(n=2), bottle.request.__delitem__("session")),
}
# cookie, action: the store's calls without and with saveUninitialized, and whether a cookie is set without and with it
FOR_NEW = {
    "nothing": ("", "set", False, True),
    "change": ("set", "set", True, True),
    "same value": ("", "set", False, True),
    "save": ("set", "set", True, True),  # Express sets no cookie here, and leaves a row that nobody can reach
    "change, save": ("set", "set", True, True),
    "change, save, change": ("set set", "set set", True, True),
    "set to null": ("", "", False, False),
    "change, set to null": ("", "", False, False),
    "change, deleted": ("", "", False, False),
    "change, deleted as an item": ("", "", False, False),
}
# action: the store's calls without and with resave. No cookie is set: the browser has it.
FOR_FOUND = {
    "nothing": ("get", "get set"),
    "change": ("get set", "get set"),
    "same value": ("get", "get set"),
    "save": ("get set", "get set"),
    "change, save": ("get set", "get set"),
    "change, save, change": ("get set set", "get set set"),
    "set to null": ("get", "get"),
    "change, set to null": ("get", "get"),
    "change, deleted": ("get", "get"),
    "change, deleted as an item": ("get", "get"),
}


@pytest.mark.parametrize("resave", [False, True])
@pytest.mark.parametrize("save_uninitialized", [False, True])
@pytest.mark.parametrize("cookie", [NEW, FORGED, UNKNOWN])
@pytest.mark.parametrize("action", FOR_NEW)
def test_a_new_session_is_stored_and_sent_as_by_express(library, action, cookie, save_uninitialized, resave):
    """Who leaves something gets a row, written once, and its cookie; who leaves nothing costs nothing.

    save_uninitialized asks for a row and a cookie in any case. Only what has changed after save() is written again.
    """
    plain, uninitialized, *cookies = FOR_NEW[action]
    get = "get " if cookie == UNKNOWN else ""  # a cookie that we signed is worth a question to the store
    bench = Bench(library, save_uninitialized=save_uninitialized, resave=resave)
    answer = bench.request(ACTIONS[action], cookie=cookie)
    expected = (get + (uninitialized if save_uninitialized else plain)).split()
    assert [call for call in bench.store.asked if call != "touch"] == expected
    assert bool(answer.cookie) is cookies[save_uninitialized], f"the cookies that were set are {answer.cookies}"


@pytest.mark.parametrize("resave", [False, True])
@pytest.mark.parametrize("save_uninitialized", [False, True])
@pytest.mark.parametrize("action", FOR_FOUND)
def test_a_found_session_is_stored_as_by_express(library, action, save_uninitialized, resave):
    """Only a change is written: two requests at once do not overwrite each other for nothing.

    resave asks for a write in any case, but not for a second one after save().
    """
    bench = Bench(library, resave=resave, save_uninitialized=save_uninitialized)
    answer = bench.request(ACTIONS[action], cookie=bench.begin())
    expected = FOR_FOUND[action][resave].split()
    assert [call for call in bench.store.asked if call != "touch"] == expected
    assert answer.cookies == []


@pytest.mark.asvs("7.2.3")
@pytest.mark.parametrize(
    "cookie",
    [FORGED, UNKNOWN, UNSIGNED, UNMARKED, HALF_MARKED, BARE],
    ids=["forged", "unknown", "unsigned", "with another mark", "with half the mark", "without the mark s:"],
)
def test_an_unknown_or_forged_id_is_never_adopted(library, cookie):
    """A forged cookie opens nobody's session, and an id whose session is gone never becomes another's."""
    bench = Bench(library)
    row = None if cookie == UNKNOWN else '{"cookie":{"originalMaxAge":null,"expires":null},"user":"alice"}'
    if row:
        put(bench.store.store, ID, row)
    seen = []
    answer = bench.request(lambda session: (seen.append(session.get("user")), session.update(n=2)), cookie=cookie)
    assert seen == [None], "(the user in the session)"
    assert bench.rows().get(ID) == row
    assert [cookie.partition("=")[0] for cookie in answer.cookies] == [SESSION_COOKIE]


@pytest.mark.sentence("The cookie is Express's to the byte")
def test_the_cookie_is_expresss_to_the_byte(library):
    """Recorded: with the same id and secret, Express sends this very header, once the row is written."""
    bench = Bench(library, genid=lambda environ: ID)
    assert bench.request(ACTIONS["change"]).cookies == [
        "connect.sid=s%3AAAECAwQFBgcICQoLDA0ODxAREhMUFRYX.N0Id4opwqhaAYcoIYSsRkO1j3rAafXluGboH3Nk7dVc; Path=/; HttpOnly"
    ]


@pytest.mark.sentence("The row is Express's to the byte")
def test_the_row_is_expresss_to_the_byte(library):
    """Recorded: an Express app that shares the store reads this row as its own."""
    bench = Bench(library, genid=lambda environ: ID)
    bench.begin(user="bob", n={"a": [1, 2, {"b": None}]}, tea="☕")
    assert bench.rows() == {
        ID: '{"cookie":{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/"},'
        '"user":"bob","n":{"a":[1,2,{"b":null}]},"tea":"☕"}'
    }


@pytest.mark.parametrize(
    "row",
    [
        '{"cookie":{},"n":1} and more',
        '{"cookie":{},"n":1}{"n":2}',
        '{"cookie":{},"n":1',
        '{"cookie":{},"n":NaN}',
        '{"cookie":{}]',
        '{"n":{"cookie":{}}}',
        '{"cookie":{}',
        '{"cookey":{},"n":1}',
        "[]",
        "",
    ],
)
def test_what_is_no_row_is_a_value_error(row):
    """A row is written whole, and by us: half of one, or two in one, is not to be guessed at."""
    with pytest.raises(ValueError):
        session.Session("id", None, row)


def test_a_row_begins_with_its_cookie():
    """As Express writes it, and as it can be taken apart without reading it all."""
    with pytest.raises(ValueError):
        session.Session("id", None, '{"n":1,"cookie":{}}')


def test_a_row_that_is_read_takes_the_place_of_what_was_there():
    """Data of an older row that stayed would be written again with the next: who was logged in there would be here."""
    read = session.Session("id", None, '{"cookie":{},"user":"alice","n":1}')
    read.read('{"cookie":{},"n":2}')
    assert read == {"n": 2}


def test_what_write_is_given_is_written():
    """From step 5 on it is given what several requests have put together, which is not what this session holds."""
    rows = {}
    written = session.Session("id", SimpleNamespace(set=rows.__setitem__), '{"cookie":{},"n":1}')
    wanted = written.snapshot('{"n":2}')
    written.write(wanted)
    assert rows["id"].rpartition("},")[2] == '"n":2}'
    assert written.held == wanted


def test_the_row_of_a_session_without_data_is_just_its_cookie(library):
    """save_uninitialized wants a row in any case; and the shortest one has no comma, or JavaScript cannot read it."""
    bench = Bench(library, save_uninitialized=True)
    bench.request()
    row = '{"cookie":{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/"}}'
    assert list(bench.rows().values()) == [row]


# In the library: what must hold on every way out


def ways_out():
    """A Bottle app that changes the session and leaves the handler in every way that Bottle has."""
    app = bottle.Bottle()

    def change():
        bottle.request.session["changed"] = True

    def generator():
        change()
        yield "first "
        yield "second"

    def crash():
        change()
        raise RuntimeError("on purpose")

    app.get("/return", callback=lambda: change() or "ok")
    app.get("/redirect", callback=lambda: change() or bottle.redirect("/elsewhere"))
    app.get("/abort", callback=lambda: change() or bottle.abort(418, "I am a teapot"))
    app.get("/response", callback=lambda: change() or bottle.HTTPResponse(status=204))
    app.get("/generator", callback=generator)
    app.get("/crash", callback=crash)
    app.add_hook("before_request", lambda: change() if bottle.request.path == "/hook-404" else None)
    return app


WAYS = {"return": 200, "redirect": 303, "abort": 418, "response": 204, "generator": 200, "crash": 500, "hook-404": 404}


@pytest.mark.parametrize("way", WAYS)
def test_the_session_is_saved_on_every_way_out(library, way):
    """A Bottle plugin would lose the cookie on redirect(), abort() and errors; login answers with a redirect."""
    store = library.MemoryStore()
    answer = call(library.SessionMiddleware(ways_out(), secret="k", store=store), f"/{way}")
    assert answer.status == WAYS[way]
    assert answer.cookie
    assert [json.loads(store.get(id))["changed"] for id in store] == [True]


def plain_app(library, work, **options):
    """A middleware around an app without a framework, which gives its session to `work` and answers its text."""

    def app(environ, start_response):
        text = work(environ["PATH_INFO"], environ["session"])
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [text.encode()]

    return library.SessionMiddleware(app, secret=["new", "old"], **options)


def test_requests_at_once_have_each_their_own_session(library):
    """Requests run in threads: what one of them left in the middleware, the next would take for its own."""
    store, answers, numbers = library.MemoryStore(), {}, count(1)

    def work(path, session):
        session["page"] = path
        if path == "/slow":  # while it is answered, another comes and goes
            answers["fast"] = call(app, "/fast")
        return "ok"

    app = plain_app(library, work, store=store, genid=lambda environ: f"id-{next(numbers)}")
    slow = call(app, "/slow")
    assert slow.cookie != answers["fast"].cookie, "two visitors at once have got the same cookie"
    assert sorted(json.loads(store.get(id))["page"] for id in store) == ["/fast", "/slow"]
    again = call(app, "/slow", cookie=slow.cookie)
    assert again.cookies == []


@pytest.mark.sentence("The app's list of headers stays as it is")
def test_the_apps_list_of_headers_stays_as_it_is(library):
    """An app may use one list for all its answers: with a cookie in it, the next visitor would be the last one."""
    headers = [("Content-Type", "text/plain")]

    def app(environ, start_response):
        environ["session"]["n"] = 1
        start_response("200 OK", headers)
        return [b"ok"]

    call(library.SessionMiddleware(app, secret="k"))
    assert headers == [("Content-Type", "text/plain")]


def test_the_body_is_handed_on_as_it_is(library):
    """A server reads it piece by piece, and closes it at the end: a long one is not kept waiting, nor a file open."""
    happened = []

    class Body:
        def __iter__(self):
            happened.append("read")
            return iter([b"ok"])

        def close(self):
            happened.append("closed")

    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return Body()

    inner = library.SessionMiddleware(app, secret="k")

    def watch(environ, start_response):
        body = inner(environ, start_response)
        happened.append("handed on")
        return body

    assert call(watch).text == "ok"
    assert happened == ["handed on", "read", "closed"]


class CannotRead:
    """A store that keeps what is written, and fails where it is asked for it."""

    def __init__(self, store):
        self.store = store

    def __getattr__(self, name):
        return getattr(self.store, name)

    def get(self, id):
        raise OSError("the disk does not answer")


def test_a_store_that_cannot_read_makes_no_new_visitor(library):
    """That the store fails does not say that it has no row: with a new cookie, its visitor would have lost his own."""
    bench = Bench(library, store=CannotRead(library.MemoryStore()))
    try:
        answer = bench.request(ACTIONS["change"], cookie=UNKNOWN)
    except OSError:
        return  # goes on to the server, which answers 500
    assert answer.cookies == []
    assert answer.status >= 500


def test_the_session_is_saved_before_the_headers_leave(library):
    """A browser follows a redirect at once: if the row were written later, the next request would find nothing."""
    bench = Bench(library)
    rows = []
    inner = bench.app

    def watch(environ, start_response):
        def watched(status, headers, exc_info=None):
            rows.append(len(bench.store.store))
            return start_response(status, headers, exc_info)

        return inner(environ, watched)

    bench.handler = ACTIONS["change"]
    call(watch)
    assert rows == [1]


@pytest.mark.sentence("What start_response is given, and what it gives, is handed on")
def test_what_start_response_is_given_and_gives_is_handed_on(library):
    """An app that begins an error's answer says so with exc_info, and one of the old kind writes by what it gets."""
    problem = RuntimeError("on purpose")
    given, written = [], []

    def app(environ, start_response):
        got = start_response("500 Oops", [("Content-Type", "text/plain")], (RuntimeError, problem, None))
        assert got is not None
        got(b"sorry")
        return [b""]

    inner = library.SessionMiddleware(app, secret="k")

    def watch(environ, start_response):
        def watched(status, headers, exc_info=None):
            given.append(exc_info)
            start_response(status, headers, exc_info)
            return written.append

        return inner(environ, watched)

    call(watch)
    assert given == [(RuntimeError, problem, None)]
    assert written == [b"sorry"]


@pytest.mark.asvs("16.5.3")
@pytest.mark.parametrize(
    ("key", "value", "error"),
    [
        ("tea", {"a set"}, TypeError),
        ("n", float("nan"), ValueError),
        ("cookie", "mine", ValueError),
        ("cookie", None, ValueError),
    ],
)
def test_what_cannot_be_saved_is_an_error_and_no_cookie(library, key, value, error):
    """An answer that says "done" for what was not saved is a lie; the visitor must not get it, nor a cookie."""
    bench = Bench(library)
    try:
        answer = bench.request(lambda session: session.update({key: value}))
    except error:
        answer = None  # goes on to the server, which answers 500
    if answer:
        assert answer.status == 500
        assert answer.cookies == []
    assert bench.rows() == {}


CIRCLE: dict = {}
CIRCLE["round"] = [CIRCLE]
MISFITS = {  # in data, the path to it
    "7": {7: 1},
    "cart.1001": {"cart": {1001: 1}},
    "cart.1": {"cart": {"1": 1, 1: 2}},
    "orders.1.None": {"orders": [{}, {None: 1}]},
    "orders.0.at.True": {"orders": ({"at": {True: 1}},)},
    "map.(1, 2)": {"map": {(1, 2): "here"}},
    "trip.start": {"trip": {"start": datetime(2026, 1, 1, tzinfo=UTC)}},
    "trip.stops.1": {"trip": {"stops": ["a", {"b"}]}},
    "picture": {"picture": b"..."},
    "price.0": {"price": [float("inf")]},
    "circle.round.0": {"circle": CIRCLE},
}


@pytest.mark.parametrize("way", ["save()", "at the end"])
@pytest.mark.parametrize("path", MISFITS)
def test_what_json_does_not_give_back_is_named(library, path, way):
    """A key that is no text would come back as another, and a count under it would begin anew: nothing is written."""
    bench = Bench(library)
    cookie = bench.begin(user="alice")
    before, told = bench.rows(), []

    def handler(session):
        session.update(MISFITS[path])
        try:
            session.save() if way == "save()" else bench.app.close(bottle.request.environ, session, "")
        except (TypeError, ValueError) as error:
            told.append(error)
            raise

    with suppress(TypeError, ValueError):  # where no framework makes a page of it
        answer = bench.request(handler, cookie=cookie)
        assert (answer.status, answer.cookies) == (500, [])
    assert str(told[0]).startswith(f"{path}: ")
    assert isinstance(told[0], ValueError if "price" in path or "circle" in path else TypeError)
    assert bench.rows() == before


class FailsOnce:
    """A store whose first write fails; those after it work."""

    def __init__(self, store, error):
        self.store, self.errors = store, [error]

    def __getattr__(self, name):
        return getattr(self.store, name)

    def set(self, *args, **kwargs):
        if self.errors:
            raise self.errors.pop()
        return self.store.set(*args, **kwargs)


@pytest.mark.asvs("16.5.3")
@pytest.mark.parametrize("kind", [OSError, TypeError])
def test_an_answer_about_a_failed_save_has_no_cookie(library, kind):
    """The app's own page about the error is an answer, too: a cookie on it would promise what was not saved."""
    bench = Bench(library, store=FailsOnce(library.MemoryStore(), kind("the disk is full")))
    try:
        answer = bench.request(ACTIONS["change"])
    except kind:
        pass  # goes on to the server, which answers 500
    else:
        assert (answer.status, answer.cookies) == (500, [])
    assert bench.rows() == {}
    assert bench.request(ACTIONS["change"]).cookie


def test_save_tells_the_handler_what_does_not_fit(library):
    """Whoever saves in the middle, and goes on because there was no error, believes that it is kept."""
    told = []

    def handler(session):
        session["tea"] = {"a set"}
        try:
            session.save()
        except TypeError:
            told.append("TypeError")
        session.clear()

    Bench(library).request(handler)
    assert told == ["TypeError"], "(what save() raised)"


@pytest.mark.parametrize("kind", [OSError, TypeError])
def test_a_save_that_failed_is_told_and_made_up_for(library, kind):
    """Whoever catches the error of save() goes on: what is not in the store yet is written at the end, or is lost."""
    bench, told = Bench(library, store=FailsOnce(library.MemoryStore(), kind("the disk is full"))), []

    def handler(session):
        session["n"] = 2
        try:
            session.save()
        except Exception:
            told.append("an error")

    answer = bench.request(handler)
    assert told == ["an error"], "(what save() told the handler of a store that cannot write)"
    assert (len(bench.rows()), answer.status) == (1, 200)
    assert [cookie.partition("=")[0] for cookie in answer.cookies] == [SESSION_COOKIE]


def test_a_second_answer_in_place_of_the_first_has_its_cookie(library):
    """An app may begin anew, with exc_info, as long as no header has left: that answer has what the first one had."""
    answers = []

    def app(environ, start_response):
        environ["session"]["n"] = 1
        start_response("200 OK", [("Content-Type", "text/plain")])
        problem = RuntimeError("on purpose")
        start_response("500 Oops", [("Content-Type", "text/plain")], (RuntimeError, problem, None))
        return [b"sorry"]

    def watch(environ, start_response):
        def watched(status, headers, exc_info=None):
            answers.append([status[:3], *(name for name, _ in headers if name == "Set-Cookie")])
            return start_response(status, headers, exc_info)

        return library.SessionMiddleware(app, secret="k")(environ, watched)

    call(watch)
    assert answers == [["200", "Set-Cookie"], ["500", "Set-Cookie"]]


@pytest.mark.sentence("Whoever has deleted the session has none")
def test_who_has_deleted_the_session_has_none(library):
    """As in Express: `request.session` is then what it is after it was set to None."""
    seen = []

    def handler(session):
        del bottle.request.environ["session"]
        seen.append(bottle.request.session)

    assert Bench(library).request(handler).status == 200
    assert seen == [None]


OTHERS = {
    "a dict": lambda app, session: {"user": "alice"},
    "an equal dict": lambda app, session: dict(session),
    "another session": lambda app, session: app.new_session(bottle.request.environ),
}


@pytest.mark.parametrize("what", OTHERS)
@pytest.mark.sentence("Another object in the session's place is a TypeError")
def test_another_object_in_the_sessions_place_is_a_type_error(library, says, what):
    """`environ["session"] = {...}` looks like a change of the session, but would save nothing: it must be noticed."""
    bench = Bench(library)

    def handler(session):
        session["n"] = 1
        bottle.request.environ["session"] = OTHERS[what](bench.app, session)

    try:
        answer = bench.request(handler)
    except TypeError as error:
        assert re.search(says("change its items instead"), str(error))
    else:
        assert answer.status == 500  # the error has become the app's own page
        assert answer.cookies == []
    assert bench.rows() == {}


@pytest.mark.sentence("A session that is set to None is dropped")
def test_a_session_that_is_set_to_none_is_dropped(library):
    """`drop` says what that means: here nothing, but from step 4 on the row may go with it."""
    bench, dropped = Bench(library), []
    bench.app.drop = lambda session: dropped.append(dict(session)) or []
    bench.request(ACTIONS["change, set to null"])
    bench.request(ACTIONS["change, deleted"])
    assert dropped == [{"n": 2}, {"n": 2}]


@pytest.mark.sentence("Each session is of the middleware's class")
def test_each_session_is_of_the_middlewares_class(library):
    """From step 4 on there are sessions that can do more: `make_session` knows how they are made."""
    bench, seen = Bench(library), []
    cookie = bench.begin()
    bench.app.session_class = type("Another", (bench.app.session_class,), {})
    for each in (NEW, cookie):
        bench.request(lambda session: seen.append(type(session).__name__), cookie=each)
    assert seen == ["Another", "Another"]


def test_other_set_cookie_headers_stay(library):
    """The application's own cookies must not be replaced by ours."""
    bench = Bench(library)

    def handler(session):
        session["n"] = 1
        bottle.response.add_header("Set-Cookie", "theme=dark")

    assert [cookie.partition("=")[0] for cookie in bench.request(handler).cookies] == ["theme", SESSION_COOKIE]


# In the library: the session


@pytest.mark.parametrize("name", ["user", "views", "maxAge", "items", "get", "save", "expires", "_own", "__class__x"])
def test_an_attribute_in_place_of_an_item_is_an_error(library, says, name):
    """`session.user = …` is Express's way, and a mistake in Python: accepted, it would be lost without a word."""
    bench, seen = Bench(library), []

    def handler(session):
        with pytest.raises(AttributeError, match=says(rf'session\["{name}"\]')):
            setattr(session, name, "ann")
        seen.append(dict(session))

    assert bench.request(handler, cookie=bench.begin(user="alice")).status == 200
    assert seen == [{"user": "alice"}]


def test_what_is_put_in_comes_out_again(library):
    """All that JSON knows survives, in any script."""
    data = {
        "text": "☕ ünï",
        "n": -1.5,
        "none": None,
        "deep": {"list": [1, None, True, {"x": []}]},
        "baked": {"cookie": 'a "cookie"'},  # taken only at the top
        "": "empty key",
        "id": 7,
        "save": 8,
    }
    bench = Bench(library)
    found = {}
    bench.request(found.update, cookie=bench.begin(**data))
    assert found == data


def test_a_change_deep_inside_is_noticed(library):
    """`session["cart"].append(…)` is no assignment to the session; comparing texts sees it all the same."""
    bench = Bench(library)
    cookie = bench.begin(cart=["green"])
    bench.request(lambda session: session["cart"].append("black"), cookie=cookie)
    assert [row.rpartition("},")[2] for row in bench.rows().values()] == ['"cart":["green","black"]}']


@pytest.mark.parametrize("resave", [False, True])
def test_an_emptied_session_stays_empty(library, resave):
    """If an emptied session were not written, its old data, the login among it, would return with the next request."""
    bench = Bench(library, resave=resave)
    cookie = bench.begin(user="alice")
    bench.request(lambda session: session.clear(), cookie=cookie)
    seen = []
    bench.request(lambda session: seen.append(dict(session)), cookie=cookie)
    assert seen == [{}]


def test_a_session_that_has_been_emptied_is_found_again(library):
    """An empty session is a session: its row is there, so it keeps its id, and its visitor the cookie."""
    bench = Bench(library)
    cookie = bench.begin(user="alice")
    bench.request(lambda session: session.clear(), cookie=cookie)
    ids = list(bench.rows())
    answer = bench.request(lambda session: session.update(n=1), cookie=cookie)
    assert answer.cookies == []
    assert list(bench.rows()) == ids


def test_requests_do_not_share_objects(library):
    """A store that kept the object, not text, would show one request the half-done changes of another."""
    bench = Bench(library)
    cookie = bench.begin(cart=[])
    kept = []
    bench.request(lambda session: kept.append(session), cookie=cookie)
    kept[0]["cart"].append("late")
    bench.request(lambda session: kept.append(session), cookie=cookie)
    assert kept[1]["cart"] == []


def test_a_deep_copy_is_plain_data(library):
    """As of a dict: the session itself stays the only one, and what the copy is used for does not change it."""
    bench, copies = Bench(library), []

    def handler(session):
        session["cart"] = ["green"]
        copies.append(deepcopy(session))
        session["cart"].append("black")

    assert bench.request(handler).status == 200
    assert (type(copies[0]), copies[0]) == (dict, {"cart": ["green"]})


@pytest.mark.sentence("What UTF-8 cannot write is stored as its escape.")
def test_half_a_surrogate_pair_is_stored_as_its_escape(library):
    """Such text is no UTF-8; written raw, it would crash whoever stores or reads the row later."""
    bench = Bench(library)
    bench.begin(odd="\ud83c☕")
    assert [row.rpartition("},")[2] for row in bench.rows().values()] == ['"odd":"\\ud83c☕"}']


@pytest.mark.asvs("7.2.3", "11.5.1")
def test_ids_are_long_random_and_unique(library):
    """An id that can be guessed is a key that anybody can cut: 24 random bytes, never twice."""
    bench = Bench(library)
    before, again = random.getstate(), []
    for _ in range(2):
        random.seed(1)
        again.append(bench.app.genid({}))
    random.setstate(before)
    assert again[0] != again[1], "the same id once more, after random.seed(1): the numbers of random can be foretold"
    ids = [bench.app.genid({}) for _ in range(10_000)]
    assert len(set(ids)) == len(ids)
    assert {len(id) for id in ids} == {32}
    letters = Counter("".join(ids))
    assert len(letters) == 64
    assert max(letters.values()) < 1.2 * min(letters.values())


# In the library: options


def test_a_cookie_signed_with_an_old_secret_is_good_and_is_signed_anew(library):
    """Secrets are changed by putting the new one first. Express leaves the old signature; then it can never go."""
    store = library.MemoryStore()
    cookie = Bench(library, secret="old", store=store).begin(user="alice")
    bench = Bench(library, secret=["new", "old"], store=store)
    seen = []
    answer = bench.request(lambda session: seen.append(session["user"]), cookie=cookie)
    renewed = answer.cookie
    assert seen == ["alice"], "(the user in the session)"
    assert [cookie.partition("=")[0] for cookie in answer.cookies] == [SESSION_COOKIE]
    assert bench.request(cookie=renewed).cookies == []
    assert Bench(library, secret="new", store=store).request(lambda s: seen.append(s["user"]), cookie=renewed)
    assert seen == ["alice", "alice"]


@pytest.mark.sentence("The cookie's name and the ids can be the application's")
def test_name_and_genid_are_the_applications(library):
    """Two applications on one host need two names; some want ids of their own making."""
    bench = Bench(library, name="tea", genid=lambda environ: "my-id" + environ["PATH_INFO"])
    cookie = bench.request(ACTIONS["change"]).cookies[0]
    assert cookie.startswith("tea=s%3Amy-id%2F.")
    seen = []
    bench.request(lambda session: seen.append(dict(session)), cookie=cookie.partition(";")[0])
    assert seen == [{"n": 2}]


@pytest.mark.sentence("The cookie of the id before is not the session's")
def test_the_cookie_of_the_id_before_is_not_the_sessions(library):
    """From step 4 on, a login gives a session another id, and so it must have another cookie."""
    middleware = library.SessionMiddleware(site(None), secret="keyboard cat")
    session = middleware.make_session({"wsgi.url_scheme": "http"}, ID, '{"cookie":{"originalMaxAge":null},"a":1}')
    sent = middleware.cookie_for(session)
    assert middleware.is_current(session, sent)
    session.id = "another"
    assert not middleware.is_current(session, sent)


@pytest.mark.sentence("The session may give its cookie another value.")
@pytest.mark.parametrize("value", ["", "tea"])
def test_the_session_may_give_its_cookie_another_value(library, value):
    """From step 4 on, a session that has ended wants an empty one: without that, a logout would be an error."""
    middleware = library.SessionMiddleware(site(None), secret="keyboard cat")
    session = middleware.make_session({"wsgi.url_scheme": "http"}, ID)
    vars(session)["cookie_wanted"] = lambda sent, is_current: {"path": "/", "value": value}
    headers = middleware.close_browser(session, "")
    assert [text for name, text in headers if name == "Set-Cookie"] == [f"connect.sid={value}; Path=/"]


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"secret": ""}, ValueError, "secret"),
        ({"secret": []}, ValueError, "secret"),
        ({"secret": None}, ValueError, "secret"),
        ({"secret": [b"k", 7]}, TypeError, "secret"),
        ({"genid": "uuid"}, TypeError, "genid"),
        ({"secret": 5}, TypeError, "secret"),
        ({"secret": {"k"}}, TypeError, "secret"),
        ({"store": "memory:"}, TypeError, "store"),
        ({"store": {}}, TypeError, "store"),
        ({"store": object()}, TypeError, "store"),
        ({"name": "a b"}, ValueError, "name"),
        ({"resave": "no"}, TypeError, "resave"),
        ({"save_uninitialized": "false"}, TypeError, "save_uninitialized"),
    ],
)
def test_options_that_cannot_work_raise_at_once(library, options, error, says):
    """A mistake in the configuration must show when the server starts, not with the first visitor."""
    with pytest.raises(error, match=says):
        library.SessionMiddleware(bottle.Bottle(), **{"secret": "k", **options})


def test_the_class_of_a_store_is_no_store(library):
    """`store=MemoryStore` without its brackets has a get and a set, and fails at each request."""
    with pytest.raises(TypeError, match="store"):
        library.SessionMiddleware(bottle.Bottle(), secret="k", store=library.MemoryStore)


async def asgi(scope, receive, send):
    """An async app."""


class Async:
    """An object that is one."""

    async def __call__(self, scope, receive, send):
        """Never called."""


class WithoutSend:
    """An async app that looks like one of WSGI."""

    async def __call__(self, environ, start_response):
        """Never called."""


async def pieces(environ, start_response):
    """A body made asynchronously."""
    yield b""


@pytest.mark.parametrize("app", [asgi, partial(asgi, {}), Async(), Async().__call__, WithoutSend(), pieces])
def test_an_async_app_is_refused_at_once(library, says, app):
    """An async app would answer each request with an error about something else."""
    with pytest.raises(TypeError, match=says("WSGI only")):
        library.SessionMiddleware(app, secret="k")


@pytest.mark.parametrize("genid", [asgi, Async()])
def test_an_async_genid_is_refused_at_once(library, says, genid):
    """It gives something to be awaited, and no id."""
    with pytest.raises(TypeError, match=says("genid")):
        library.SessionMiddleware(bottle.Bottle(), secret="k", genid=genid)


@pytest.mark.parametrize("app", [None, "app", 5, object()])
def test_an_app_that_cannot_be_called_is_refused_at_once(library, says, app):
    """A factory that returns nothing is one: it is no matter for the first visitor."""
    with pytest.raises(TypeError, match=says("app must be callable")):
        library.SessionMiddleware(app, secret="k")


@pytest.mark.parametrize("id", [None, "", 5, b"bytes", ["id"], "\ud800", "an id \udfff", "x" * 301, "☕" * 4000])
def test_an_id_that_no_cookie_can_hold_is_refused(library, says, id):
    """Its visitor would never be known again, or nobody could tell why each page fails."""
    bench = Bench(library, genid=lambda environ: id)
    with pytest.raises(ValueError, match=says("genid must return")):
        call(library.SessionMiddleware(lambda environ, start: [], secret="k", genid=lambda environ: id))
    assert bench.rows() == {}


@pytest.mark.parametrize("id", ["7", "sesame", "s:s", "a b", "é☕", "a.b;c=d", "\n", "x" * 300, "☕" * 300])
def test_an_id_that_a_cookie_can_hold_is_taken(library, id):
    """And found again, whatever it begins with: else one visitor in 64 would be a new one at each request."""
    bench, seen = Bench(library, genid=lambda environ: id), []
    bench.request(lambda session: seen.append((session.id, session.get("user"))), cookie=bench.begin(user="alice"))
    assert seen == [(id, "alice")]


def test_a_secret_is_required(library):
    """Express still starts without one, with a warning. Then every visitor can sign."""
    with pytest.raises(TypeError, match="secret"):
        library.SessionMiddleware(bottle.Bottle())


@pytest.mark.sentence("An empty store of the application's own is used")
def test_an_empty_store_of_the_applications_own_is_used(library):
    """`store or MemoryStore()` would throw an empty store away, since its length is 0: a real and silent mistake."""
    store = library.MemoryStore()
    call(library.SessionMiddleware(site(lambda session: session.update(user="alice")), secret="k", store=store))
    assert len(store) == 1


# In the library: the store


def test_the_memory_store_keeps_rows_by_id(library):
    """The store's whole contract so far: what was set is got, what was not is None."""
    store = library.MemoryStore()
    put(store, "a", "1")
    put(store, "a", "2")
    put(store, "b", "3")
    assert (store.get("a"), store.get("b"), store.get("c")) == ("2", "3", None)
    assert (len(store), sorted(store)) == (2, ["a", "b"])
    store.clear()
    assert (len(store), store.get("a")) == (0, None)


def test_two_memory_stores_have_nothing_in_common(library):
    """Two applications in one process have one each: with rows in common, a key to one would open the other."""
    one, other = library.MemoryStore(), library.MemoryStore()
    put(one, "a", "1")
    assert other.get("a") is None


def test_the_memory_store_can_change_while_it_is_looped_over(library):
    """A clean-up loops over the ids while guests arrive; a dict that changes under a loop ends it with an error."""
    store = library.MemoryStore()
    put(store, "a", "1")
    put(store, "b", "2")
    for id in store:
        put(store, f"{id}-later", "3")
    assert sorted(store) == ["a", "a-later", "b", "b-later"]


METHODS = {
    "get": lambda store: store.get("a"),
    "set": lambda store: put(store, "a", "2"),
    "clear": lambda store: store.clear(),
    "len": len,
    "iter": list,
}


def methods_of(store):
    """The methods, each ready to be called."""
    return {name: partial(method, store) for name, method in METHODS.items()}


@pytest.mark.parametrize("_method", METHODS)
@pytest.mark.sentence("No method of the memory store is begun while another is at its rows")
def test_the_memory_store_keeps_other_threads_out(library, _method):
    """Requests run in threads: each method holds the lock from its first look at the rows to its last."""
    store = library.MemoryStore()
    put(store, "a", "1")
    keep_out(store, f"{_method}()", methods_of(store)[_method], **methods_of(store))


def test_the_memory_store_is_used_by_many_threads(library):
    """Requests run in threads; a dict that changes while it is read raises, or forgets."""
    store = library.MemoryStore()

    def work(worker):
        for n in range(500):
            put(store, f"{worker}-{n}", str(n))
            assert store.get(f"{worker}-{n}") == str(n)
            assert n % 100 or list(store)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert len(store) == 4000
