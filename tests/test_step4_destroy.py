"""Step 4, destroy: a session ends on purpose or by the clock, in the store, in the request and in the browser."""

import email.utils
import json
import sys
from datetime import datetime
from functools import partial, wraps
from itertools import count
from unittest.mock import ANY
from urllib.parse import unquote

import bottle
import pytest

from steps.step3_authenticate import Users
from steps.step4_destroy import server as step4
from tests.support.calling import DEMO_USERS, SESSION_COOKIE, Bench, call, cookie_of
from tests.support.locks import keep_out
from tests.support.stores import put
from workbook.serving import Clock

CLEARED = f"{SESSION_COOKIE}=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly"

# Over HTTP: logging out


@pytest.mark.sentence("Logging out ends the login")
def test_logout_ends_the_login(visitor):
    """After logging out, the same browser is a stranger again."""
    visitor.log_in()
    answer = visitor.post("/logout")
    assert (answer.status_code, answer.headers.get("Location")) == (303, "/login")
    assert visitor.whoami()["user"] is None
    assert visitor.get("/dashboard").status_code == 303


@pytest.mark.asvs("7.4.1")
@pytest.mark.sentence("An old cookie is worthless after the logout.")
def test_old_cookie_is_worthless_after_logout(visitors):
    """A cookie that was copied before the logout must not be a key afterwards."""
    owner, thief = visitors(), visitors()
    owner.log_in()
    thief.cookie = owner.cookie
    assert thief.whoami()["user"] == "alice"
    owner.post("/logout")
    assert thief.whoami()["user"] is None


@pytest.mark.sentence("Logging out clears the browser's cookie.")
def test_logout_clears_the_browsers_cookie(visitor):
    """The browser should not carry a dead key around; Express leaves it there."""
    visitor.log_in()
    assert CLEARED in visitor.post("/logout").headers.get("Set-Cookie", "no cookie")
    assert visitor.cookie is None


@pytest.mark.sentence("The logout of a stranger is no error and sets nothing")
def test_logout_of_a_stranger_is_no_error_and_sets_nothing(visitor):
    """Pressing the button twice, or after the session has expired, leads to the same place."""
    answer = visitor.post("/logout")
    assert (answer.status_code, answer.headers.get("Location")) == (303, "/login")
    assert visitor.tokens or "Set-Cookie" not in answer.headers  # from step 7 on, a form's token needs a session


@pytest.mark.asvs("3.5.3")
@pytest.mark.sentence("A logout is made only by POST.")
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_logout_only_by_post(visitor, method):
    """The article logs out by GET: then a picture on any page, <img src=…/logout>, logs its readers out."""
    visitor.log_in()
    answer = visitor.request(method, "/logout")
    assert (answer.status_code, answer.headers.get("Allow")) == (405, "POST")
    assert visitor.whoami()["user"] == "alice"


@pytest.mark.sentence("A logout is one browser's.")
def test_logout_is_one_browsers(visitors):
    """Logging out here must not log the same user out elsewhere; that is a choice of its own (step 6)."""
    here, there = visitors(), visitors()
    here.log_in()
    there.log_in()
    here.post("/logout")
    assert there.whoami()["user"] == "alice"


@pytest.mark.sentence("The logout is on every page behind the login")
@pytest.mark.asvs("7.4.4")
@pytest.mark.parametrize("path", ["/", "/dashboard", "/no-such-page"])
def test_logout_is_on_every_page_behind_the_login(visitor, path):
    """Who wants to leave must not have to search for the door."""
    visitor.log_in()
    assert '<form method="post" action="/logout">' in visitor.get(path).text


# Over HTTP: session fixation


@pytest.mark.sentence("Logging in changes the id of the session")
@pytest.mark.asvs("7.2.4")
def test_login_changes_the_session_id(visitor):
    """An id from before the login may be known to somebody else."""
    visitor.get("/")
    before = visitor.id
    visitor.log_in()
    assert visitor.id != before


def test_a_planted_session_is_not_logged_in(visitors):
    """Session fixation: the attacker begins a session and makes the victim log in with it. It must gain nothing."""
    attacker, victim = visitors(), visitors()
    attacker.get("/")
    victim.cookie = attacker.cookie
    victim.log_in()
    assert victim.whoami()["user"] == "alice"
    assert attacker.whoami()["user"] is None
    assert attacker.whoami()["views"] == 0  # the planted session is gone altogether


def test_logging_in_again_changes_the_id_again(visitor):
    """Each login is a new beginning, also for who was in already, under another name or under the same."""
    visitor.log_in("alice")
    for name in ("queen", "queen"):
        before = visitor.id
        visitor.log_in(name)
        assert visitor.id != before
        assert visitor.whoami()["user"] == name


# Over HTTP: time


def lifetime(answer):
    """Seconds from the answer's date to the expiry of the session cookie in it."""
    header = answer.headers.get("Set-Cookie", "no cookie")
    expires = header.partition("Expires=")[2].partition(";")[0]
    assert expires, f"a cookie without an expiry: {header}"
    parse = email.utils.parsedate_to_datetime
    return (parse(expires) - parse(answer.headers["Date"])).total_seconds()


@pytest.mark.asvs("7.3.1")
def test_the_cookie_lives_half_an_hour_from_each_request(visitor):
    """A session nobody uses ends; one that is used goes on, so each answer moves the cookie's end."""
    assert lifetime(visitor.get("/")) == pytest.approx(30 * 60, abs=2)
    assert lifetime(visitor.get("/")) == pytest.approx(30 * 60, abs=2)


@pytest.mark.sentence("Whoever asks to be remembered is, for two weeks.")
def test_remember_me_keeps_the_cookie_for_two_weeks(visitor):
    """Setting `cookie.max_age` must reach the browser, at the login and with each request after it."""
    assert lifetime(visitor.log_in(remember="yes")) == pytest.approx(14 * 24 * 3600, abs=2)
    assert lifetime(visitor.get("/dashboard")) == pytest.approx(14 * 24 * 3600, abs=2)


@pytest.mark.sentence("Whoever does not ask is remembered for half an hour.")
def test_not_remembered_is_half_an_hour(visitor):
    """Who does not ask to be remembered, on a computer in a library perhaps, is not."""
    assert lifetime(visitor.log_in()) == pytest.approx(30 * 60, abs=2)


# With a clock of our own: time on the real site


class Site:
    """Step 4's real site, called directly, with a clock that we move."""

    def __init__(self, tmp_path):
        self.clock = Clock.still()
        self.users = Users(tmp_path / "users.sqlite3")
        self.users.add_demo_users()
        self.store = step4.SessionMiddleware(bottle.Bottle(), secret="k", clock=self.clock).store
        self.app = step4.create_app(users=self.users, store=self.store, clock=self.clock)

    def log_in(self, remember="", cookie=None, app=None):
        form = f"username=alice&password={DEMO_USERS['alice']}&remember={remember}".encode()
        return call(app or self.app, "/login", method="POST", body=form, cookie=cookie).cookie

    def id(self, cookie):
        return unquote(cookie or "").partition("=s:")[2].rpartition(".")[0]

    def user(self, cookie, path="/whoami"):
        if path != "/whoami":
            call(self.app, path, cookie=cookie)
        return json.loads(call(self.app, "/whoami", cookie=cookie).body)["user"]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site of step 4."""
    return Site(tmp_path_factory.mktemp("site"))


@pytest.mark.asvs("7.2.4")
def test_of_what_was_planted_only_the_count_comes_along(site):
    """Whoever plants a session may have put things into it: at the login only `keep` is kept, here the views."""
    planted = call(site.app, "/").cookie
    row = site.store.get(site.id(planted))
    put(site.store, site.id(planted), row.replace('"views":1', '"views":1,"planted":"x"'))
    row = site.store.get(site.id(site.log_in(cookie=planted)))
    assert json.loads(row or '{"cookie": "there is no row"}') == {
        "cookie": ANY,
        "createdAt": ANY,
        "views": 1,
        "user": "alice",
    }


@pytest.mark.asvs("7.3.1")
def test_half_an_hour_of_silence_ends_the_login(site):
    """Who forgot to log out is logged out soon after."""
    cookie = site.log_in()
    site.clock.move(29 * 60)
    assert site.user(cookie, "/dashboard") == "alice"
    site.clock.move(29 * 60)
    assert site.user(cookie, "/dashboard") == "alice"
    site.clock.move(30 * 60)
    assert site.user(cookie) is None


def test_the_remembered_stay_for_two_weeks_of_silence(site):
    """Remember-me is a longer time of silence, for one visitor."""
    cookie = site.log_in(remember="yes")
    site.clock.move(13 * 24 * 3600)
    assert site.user(cookie, "/dashboard") == "alice"
    site.clock.move(14 * 24 * 3600)
    assert site.user(cookie) is None


@pytest.mark.asvs("7.3.2")
def test_thirty_days_end_every_login(site):
    """Even a session that is always used ends one day, so that a stolen one does, too."""
    cookie = site.log_in(remember="yes")
    for _ in range(29):
        site.clock.move(24 * 3600)
        assert site.user(cookie, "/dashboard") == "alice"
    site.clock.move(24 * 3600)
    assert site.user(cookie) is None


def test_asking_whoami_keeps_nobody_logged_in(site):
    """A page that asks every minute whether the visitor is still there must not be what keeps him there."""
    cookie = site.log_in()
    for _ in range(2):
        site.clock.move(16 * 60)
        user = site.user(cookie)
    assert user is None


def test_nobody_is_remembered_where_the_house_has_decided_otherwise(site):
    """Who runs the house with a time of silence of its own has decided for all: the box in the form does nothing."""
    app = step4.create_app(users=site.users, store=site.store, clock=site.clock, cookie={"max_age": 600})
    row = site.store.get(site.id(site.log_in(remember="yes", app=app)))
    assert json.loads(row or "{}").get("cookie", {}).get("originalMaxAge") == 600_000, "(the life in the row)"


@pytest.mark.parametrize(("ticked", "minutes"), [("on", 20_160), ("yes", 20_160), ("1", 20_160), ("", 30)])
def test_a_box_is_ticked_if_there_is_anything_in_its_field(site, ticked, minutes):
    """Which text a ticked box sends is the form's affair. And it does the same for each guest who logs in, as often."""
    rows = [site.store.get(site.id(site.log_in(remember=ticked))) for _ in range(2)]
    lives = [json.loads(row or "{}").get("cookie", {}).get("originalMaxAge") for row in rows]
    assert lives == [minutes * 60_000] * 2, "(the lives in the rows of two logins, one after the other)"


def test_only_the_form_can_tick_the_box(site):
    """A link to /login?remember=on is not the guest's own wish."""
    form = f"username=alice&password={DEMO_USERS['alice']}".encode()
    answer = call(site.app, "/login", method="POST", body=form, QUERY_STRING="remember=on")
    row = json.loads(site.store.get(site.id(answer.cookie)) or "{}")
    assert row.get("cookie", {}).get("originalMaxAge") == 30 * 60_000, "(the life in the row)"


def test_a_logout_ends_the_session_of_a_stranger_as_well(site):
    """Whoever presses the button wants to leave nothing behind, not even the count of his views."""
    cookie = call(site.app, "/").cookie
    assert site.store.get(site.id(cookie)), "(the row of a stranger who has looked at a page)"
    answer = call(site.app, "/logout", method="POST", cookie=cookie)
    assert site.store.get(site.id(cookie)) is None, "(his row, after the logout)"
    assert answer.cookies == [CLEARED]


def test_the_login_keeps_what_it_is_told_to(site):
    """The house may want its guests to keep something else than the views: `keep` is the caller's choice."""
    pages = bottle.Bottle()
    pages.get("/", callback=lambda: bottle.request.session.update(views=7, basket=["green"]))
    pages.post("/login", callback=lambda: step4.log_in(bottle.request.session, "alice", keep=["basket"]))
    app = step4.SessionMiddleware(pages, secret=step4.SECRET, store=site.store, clock=site.clock)
    cookie = call(app, "/login", method="POST", cookie=call(app).cookie).cookie
    row = json.loads(site.store.get(site.id(cookie)) or "{}")
    assert sorted(row) == ["basket", "cookie", "user"], "(the keys in the row)"


# In the library: Express's decision table, whole

FOUND = {
    # action: (the store's calls without resave, with resave, when the cookie is set: R = rolling, M = max_age)
    "nothing": ("get touch", "get set", "R"),
    "touch": ("get touch", "get set", "R"),
    "change": ("get set", "get set", "RM"),
    "save": ("get set touch", "get set touch", "R"),
    "change, save": ("get set touch", "get set touch", "RM"),
    "destroy": ("get destroy", "get destroy", "cleared"),
    "regenerate": ("get destroy set", "get destroy set", "always"),
    "set to None": ("get", "get", "never"),
    "reload": ("get get touch", "get get set", "R"),
}
FRESH = {
    "nothing": ("", "set", "U"),
    "touch": ("", "set", "U"),
    "change": ("set", "set", "always"),
    "destroy": ("destroy", "destroy", "never"),
    "regenerate": ("destroy set", "destroy set", "always"),
    "set to None": ("", "", "never"),
}
ACTIONS = {
    "nothing": lambda session: None,
    "touch": lambda session: session.touch(),
    "change": lambda session: session.update(n=2),
    "save": lambda session: session.save(),
    "change, save": lambda session: (session.update(n=2), session.save()),
    "destroy": lambda session: session.destroy(),
    "regenerate": lambda session: session.regenerate(),
    "set to None": lambda session: bottle.request.environ.update(session=None),
    "deleted": lambda session: bottle.request.environ.pop("session"),
    "change, save, set to None": lambda session: (
        session.update(n=2),
        session.save(),
        bottle.request.environ.update(session=None),
    ),
    "reload": lambda session: session.reload(),
}


def names(cookies):
    """Which cookies an answer sets."""
    return [cookie.partition("=")[0] for cookie in cookies]


@pytest.mark.parametrize("max_age", [None, 60])
@pytest.mark.parametrize("rolling", [False, True])
@pytest.mark.parametrize("resave", [False, True])
@pytest.mark.parametrize("action", FOUND)
def test_a_found_session_is_treated_as_by_express(library, action, resave, rolling, max_age):
    """What the store is asked, and whether a cookie is set, was measured on Express; only `destroy` clears more."""
    without, with_resave, sets = FOUND[action]
    expected = with_resave if resave else without
    bench = Bench(library, resave=resave, rolling=rolling, cookie={"max_age": max_age})
    answer = bench.request(ACTIONS[action], cookie=bench.begin())
    assert answer.status == 200
    if action == "regenerate" and hasattr(library, "atomically"):
        expected = "get set destroy set"  # from step 5 on, it first makes sure that nobody has ended the session
    assert bench.store.asked == expected.split()
    if sets == "cleared":
        assert answer.cookies == [CLEARED]
    else:
        is_set = sets == "always" or (rolling and "R" in sets) or (max_age is not None and "M" in sets)
        assert names(answer.cookies) == ([SESSION_COOKIE] if is_set else [])


@pytest.mark.parametrize("save_uninitialized", [False, True])
@pytest.mark.parametrize("action", FRESH)
def test_a_new_session_is_treated_as_by_express(library, action, save_uninitialized):
    """Who has no session yet is treated as by Express, too: what the store is asked, and whether a cookie is set."""
    without, with_uninitialized, sets = FRESH[action]
    expected = with_uninitialized if save_uninitialized else without
    bench = Bench(library, save_uninitialized=save_uninitialized, rolling=True, cookie={"max_age": 60})
    answer = bench.request(ACTIONS[action])
    assert answer.status == 200
    assert bench.store.asked == expected.split()
    is_set = sets == "always" or (save_uninitialized and sets == "U")
    assert names(answer.cookies) == ([SESSION_COOKIE] if is_set else [])


@pytest.mark.sentence('`unset` says what environ["session"] = None means for the row.')
@pytest.mark.parametrize("action", ["set to None", "deleted", "change, save, set to None"])
@pytest.mark.parametrize(("unset", "rows"), [("keep", 1), ("destroy", 0)])
def test_unset_says_what_none_means_for_the_row(library, unset, rows, action):
    """No session for the rest of this request, or for good. The browser is told nothing: there is no cookie to set."""
    bench = Bench(library, unset=unset)
    cookie = bench.begin(user="alice")
    answer = bench.request(ACTIONS[action], cookie=cookie)
    assert len(bench.rows()) == rows
    assert answer.cookies == []


@pytest.mark.parametrize("unset", ["keep", "destroy"])
def test_a_stranger_may_want_no_session(library, unset):
    """A stranger asks for such a page, too; it came with nothing, and there is no row to be destroyed."""
    bench = Bench(library, unset=unset)
    answer = bench.request(ACTIONS["set to None"])
    assert (answer.status, answer.cookies, bench.rows()) == (200, [], {})


# In the library: endings


def test_a_destroyed_session_is_empty_and_stays_away(library):
    """What is put into a destroyed session is dropped: otherwise logging out and a careless line log in again."""
    bench = Bench(library)
    cookie = bench.begin(user="alice")
    seen = []

    def handler(session):
        session.destroy()
        seen.append(dict(session))
        session["user"] = "mallory"

    assert bench.request(handler, cookie=cookie).status == 200
    assert seen == [{}]
    assert bench.rows() == {}


REMEDIES = {"save": "regenerate", "reload": "ended"}


@pytest.mark.parametrize("method", REMEDIES)
def test_a_destroyed_session_is_neither_saved_nor_loaded(library, says, method):
    """Who asks for it has a wish that cannot be granted, and must not be granted silently: SessionEnded."""
    bench = Bench(library)

    def handler(session):
        session.destroy()
        with pytest.raises(library.SessionEnded, match=says(REMEDIES[method])):
            getattr(session, method)()

    assert bench.request(handler, cookie=bench.begin()).status == 200
    assert bench.rows() == {}


@pytest.mark.sentence("regenerate() ends the old session and begins another")
def test_regenerate_ends_the_old_session_and_begins_another(library):
    """The row of the old id is gone, so that whoever knows this id is a stranger; the new one is under a new id."""
    bench = Bench(library)
    cookie = bench.begin(basket=["green"])
    ids = []
    answer = bench.request(
        lambda session: (ids.append(session.id), session.regenerate(), ids.append(session.id)), cookie=cookie
    )
    assert answer.status == 200
    assert ids[1] != ids[0]
    assert ids[0] not in bench.rows()
    assert list(bench.rows()) == [ids[1]]


@pytest.mark.sentence("regenerate() keeps what it is told to, and the object")
def test_regenerate_keeps_what_it_is_told_to_and_the_object(library):
    """Express's regenerate loses the basket at login; naming the keys to keep also says what is not kept."""
    bench = Bench(library)
    cookie = bench.begin(basket=["green"], secret_draft="x")
    same, new = [], []

    def handler(session):
        session.regenerate(keep=["basket", "not there"])
        same.append(bottle.request.session is session)
        new.append(session.is_new)
        session["user"] = "alice"

    assert bench.request(handler, cookie=cookie).status == 200
    assert [json.loads(row) for row in bench.rows().values()] == [
        {
            "cookie": {"originalMaxAge": None, "expires": None, "httpOnly": True, "path": "/"},
            "basket": ["green"],
            "user": "alice",
        }
    ]
    assert same == [True], "the request's session is another object now"
    assert new == [True], "is_new does not say that the session has begun in this request"


@pytest.mark.sentence("regenerate() after destroy() begins anew")
def test_regenerate_after_destroy_begins_anew(library):
    """Log out and start over in one request: the new session is stored and sent, and holds nothing of the old."""
    bench = Bench(library)
    cookie = bench.begin(user="alice")
    answer = bench.request(lambda session: (session.destroy(), session.regenerate(keep=["user"])), cookie=cookie)
    assert answer.status == 200
    assert CLEARED not in answer.cookies, "the cookie is cleared, as if the new session had ended, too"
    assert names(answer.cookies) == [SESSION_COOKIE]
    assert answer.cookie != cookie
    assert [row.count("user") for row in bench.rows().values()] == [0]


@pytest.mark.parametrize("keep", [(), [], ["not there"]])
def test_regenerate_keeps_nothing_else(library, keep):
    """Whoever planted the session may have put anything into it: what nobody names does not come along."""
    bench = Bench(library)
    bench.request(lambda session: session.regenerate(keep), cookie=bench.begin(planted="x"))
    assert [row.partition(',"path":"/"}')[2] for row in bench.rows().values()] == ["}"], "(the data in the row)"


@pytest.mark.parametrize("keys", [list, iter, set], ids=["list", "iterator", "set"])
def test_regenerate_keeps_what_is_empty_too_and_takes_the_keys_from_anywhere(library, keys):
    """A basket with nothing in it is a basket. And an iterator can be gone through only once."""
    bench = Bench(library)
    data = {"basket": [], "cups": 0, "note": "", "asked": False, "table": None}
    bench.request(lambda session: session.regenerate(keys([*reversed(data)])), cookie=bench.begin(**data))
    [row] = map(json.loads, bench.rows().values())
    del row["cookie"]
    assert row == data


def test_regenerate_gives_back_the_time_of_silence_that_all_have(library):
    """Both clocks start anew: who was remembered before must ask for it again, or the next guest there would be."""
    _, bench = timed(library, cookie={"max_age": 60})
    cookie = bench.begin()
    bench.request(lambda session: setattr(session.cookie, "max_age", 3600), cookie=cookie)
    bench.request(lambda session: session.regenerate(), cookie=cookie)
    assert noted_lives(bench.rows()) == [60_000]


def failing_once(library, method):
    """A store whose method of this name fails once, when it `fails`, with its `error`."""

    class Store(library.MemoryStore):
        error = getattr(library, "StoreError", OSError)
        fails = False

    @wraps(getattr(library.MemoryStore, method))
    def fail(self, *args, **kwargs):
        if self.fails:
            self.fails = False
            raise self.error("on purpose")
        return getattr(super(Store, self), method)(*args, **kwargs)

    setattr(Store, method, fail)
    return Store()


@pytest.mark.parametrize("method", ["destroy", "regenerate"])
def test_an_end_that_the_store_cannot_make_is_an_error(library, method):
    """A guest who was told that she is logged out, while her row lives on, would never know."""
    store = failing_once(library, "destroy")
    bench = Bench(library, store=store)

    def handler(session):
        store.fails = True
        with pytest.raises(store.error):
            getattr(session, method)()

    assert bench.request(handler, cookie=bench.begin()).status == 200


def test_a_session_that_could_not_be_ended_goes_on(library):
    """A store that fails is no logout: the store is asked first, and nothing has changed if that fails."""
    store = failing_once(library, "destroy")
    bench = Bench(library, store=store)
    seen = []

    def handler(session):
        store.fails = True
        with pytest.raises(store.error):
            session.destroy()
        seen.append((dict(session), session.ended))

    answer = bench.request(handler, cookie=bench.begin(user="alice"))
    assert seen == [({"user": "alice"}, False)], "(what is in the session, and whether it has ended)"
    assert (len(bench.rows()), answer.cookies) == (1, [])


def test_a_row_that_could_not_be_written_is_not_held(library):
    """save() says so, and if its handler goes on, the end of the request tries again."""
    store = failing_once(library, "set")
    bench = Bench(library, store=store)

    def handler(session):
        session["n"] = 2
        store.fails = True
        with pytest.raises(store.error):
            session.save()

    assert bench.request(handler, cookie=bench.begin(n=1)).status == 200
    assert [json.loads(row)["n"] for row in bench.rows().values()] == [2], "(n in the row, at the end of the request)"


@pytest.mark.sentence("regenerate() asks for several keys")
def test_regenerate_asks_for_several_keys(library, says):
    """`keep="user"` would mean the keys u, s, e and r; that is never meant, and so a TypeError."""
    bench = Bench(library)

    def handler(session):
        with pytest.raises(TypeError, match=says(r"keep=\['user'\]")):
            session.regenerate(keep="user")

    assert bench.request(handler).status == 200


@pytest.mark.sentence("regenerate() gives genid the request")
def test_regenerate_gives_genid_the_request(library):
    """The application's own ids may depend on the request, for a second id just as for the first."""
    paths = []

    def genid(environ):
        paths.append(environ["PATH_INFO"])
        return f"id-{len(paths)}"

    bench = Bench(library, genid=genid)
    bench.request(ACTIONS["regenerate"])
    assert paths == ["/", "/"]
    assert list(bench.rows()) == ["id-2"]


@pytest.mark.sentence("Reload takes the store's word.")
def test_reload_takes_the_stores_word(library):
    """After reload, changes of this request are gone and those of others are there; nothing is to be written then."""
    bench = Bench(library)
    cookie = bench.begin(n=1)
    seen = []

    def handler(session):
        store = bench.store.store
        put(store, session.id, store.get(session.id).replace('"n":1', '"n":5'))
        session.update(n=2, extra=True)
        session.reload()
        seen.append(dict(session))

    assert bench.request(handler, cookie=cookie).status == 200
    assert seen == [{"n": 5}]
    assert bench.store.asked == ["get", "get", "touch"]


def test_a_change_that_was_saved_and_reloaded_is_still_a_change(library):
    """The row has changed in this request, so its time starts anew, and the browser must hear of it."""
    bench = Bench(library, cookie={"max_age": 60})
    cookie = bench.begin()
    answer = bench.request(lambda session: (session.update(n=2), session.save(), session.reload()), cookie=cookie)
    assert answer.cookie == cookie


def test_reload_of_what_was_never_saved_is_an_error(library, says):
    """There is nothing to load; Express says "failed to load session"."""

    def handler(session):
        with pytest.raises(library.SessionEnded, match=says("never saved")):
            session.reload()

    assert Bench(library).request(handler).status == 200


OTHERS_COOKIES = {  # with which a request may come, beside that of the session which ends
    "a cookie without a row": lambda bench: cookie_of("nobody"),
    "a cookie that nobody has signed": lambda bench: f"{SESSION_COOKIE}=s%3Ax.y",
    "the cookie from before regenerate()": lambda bench: bench.begin(),
}


@pytest.mark.parametrize("sent", OTHERS_COOKIES)
def test_whatever_cookie_came_along_is_cleared(library, sent):
    """One that came with the request is to be dropped, also if it is not that of the session which has ended."""
    bench = Bench(library)
    cookie = OTHERS_COOKIES[sent](bench)
    answer = bench.request(lambda session: (session.regenerate(), session.destroy()), cookie=cookie)
    assert answer.cookies == [CLEARED]


def test_the_cookie_has_the_attributes_of_its_settings(library):
    """When it is set, and when it is cleared: they are not always the same, and step 7 lets the owner choose them."""

    class Elsewhere(library.SessionCookie):
        attributes = property(lambda cookie: {"path": "/tea", "http_only": True})

    bench = Bench(library)
    answer = bench.request(lambda session: (setattr(session, "cookie", Elsewhere()), session.update(n=1)))
    assert settings(answer.cookies) == ["Path=/tea; HttpOnly"]
    answer = bench.request(
        lambda session: (setattr(session, "cookie", Elsewhere()), session.destroy()), cookie=answer.cookie
    )
    assert settings(answer.cookies) == ["Path=/tea; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly"]


@pytest.mark.sentence("A row that has gone meanwhile is not promised by a cookie.")
def test_a_row_that_has_gone_is_not_promised_by_a_cookie(library):
    """A page only looks, and the session is ended elsewhere while it does: touch says so, so no cookie is set."""
    bench = Bench(library, rolling=True, cookie={"max_age": 60})
    answer = bench.request(lambda session: bench.store.store.destroy(session.id), cookie=bench.begin())
    assert answer.status == 200
    assert answer.cookies == []
    assert bench.rows() == {}


# In the library: time


def timed(library, **options):
    clock = Clock.still()
    return clock, Bench(library, store=library.MemoryStore(clock=clock), clock=clock, **options)


@pytest.mark.sentence("touch() gives the whole time back")
@pytest.mark.parametrize("life", [60, 0, None])
def test_touch_gives_the_whole_time_back(library, life):
    """Not what was left of it: otherwise a guest has less time after each request. And no limit stays no limit."""
    clock = Clock.still()
    cookie = library.SessionCookie(max_age=life, clock=clock)
    clock.move(20)
    cookie.touch()
    assert cookie.max_age == life
    assert cookie.original_max_age == life


@pytest.mark.parametrize("life", [60, 30, None])
@pytest.mark.parametrize("before", [60, 90, None])
def test_a_new_whole_life_counts_from_the_next_touch_on(library, before, life):
    """Longer or shorter, none where there was one, one where there was none: a touch looks at nothing else."""
    clock = Clock.still()
    cookie = library.SessionCookie(max_age=before, clock=clock)
    cookie.original_max_age = life
    assert cookie.max_age == before, "(max_age before the touch)"
    clock.move(20)
    cookie.touch()
    assert cookie.max_age == life, "(max_age after the touch)"


def test_a_touch_leaves_the_whole_life_as_it_was(library):
    """Express computes it anew out of the time that is left, which can be less by then. This clock never stands."""
    ticks = count(1_800_000_000)
    cookie = library.SessionCookie(max_age=60, clock=lambda: next(ticks))
    cookie.touch()
    assert cookie.original_max_age == 60


@pytest.mark.parametrize(
    ("max_age", "now", "note"),
    [
        (60, 1_795_461_620.654, '{"originalMaxAge":60000,"expires":"2026-11-23T19:21:20.654Z",'),
        (1.001, 1_795_461_620.0, '{"originalMaxAge":1001,"expires":"2026-11-23T19:20:21.001Z",'),
        (1.0004, 1_795_461_620.0, '{"originalMaxAge":1000,"expires":"2026-11-23T19:20:21.000Z",'),
        (1.5, 1_795_461_620.5, '{"originalMaxAge":1500,"expires":"2026-11-23T19:20:22.000Z",'),
        (0, 1_795_461_620.0, '{"originalMaxAge":0,"expires":"2026-11-23T19:20:20.000Z",'),
        (0, 0.0, '{"originalMaxAge":0,"expires":"1970-01-01T00:00:00.000Z",'),
        (None, 0.0, '{"originalMaxAge":null,"expires":null,'),
    ],
)
def test_the_cookie_is_noted_as_by_express(library, max_age, now, note):
    """Whole milliseconds, dates as JavaScript writes them, null for none: an Express app reads the same row."""
    cookie = library.SessionCookie(max_age=max_age, clock=Clock.still(now))
    assert cookie.to_json() == note + '"httpOnly":true,"path":"/"}'


@pytest.mark.parametrize("max_age", [60, None])
@pytest.mark.parametrize("life", [30, None])
def test_the_whole_life_and_the_end_are_noted_each_for_itself(library, max_age, life):
    """Twenty seconds later, with another life that counts from the next touch on: neither tells what the other is."""
    clock = Clock.still(1_795_461_600.0)
    cookie = library.SessionCookie(max_age=max_age, clock=clock)
    cookie.original_max_age = life
    clock.move(20)
    noted = json.loads(cookie.to_json())
    assert noted["originalMaxAge"] == (life and 30_000)
    assert noted["expires"] == (max_age and "2026-11-23T19:21:00.000Z")


def test_the_other_settings_stand_around_the_end(library):
    """They are not always the same ones: step 7 has more of them, some before the end and some after it."""

    class More(library.SessionCookie):
        def around_expires(self):
            return ',"before":1', ',"after":2'

    assert More(clock=Clock.still()).to_json() == '{"originalMaxAge":null,"before":1,"expires":null,"after":2}'


def settings(cookies):
    """What a browser is told about each cookie."""
    return [cookie.partition("; ")[2] for cookie in cookies]


def test_the_row_and_the_cookie_say_when_they_end(library):
    """Milliseconds and JavaScript's dates in the row, so that Express can read it; HTTP's in the cookie."""
    clock, bench = timed(library, cookie={"max_age": 60})
    clock.set(1_795_461_680.654)
    answer = bench.request(lambda session: session.update(user="bob"))
    assert list(bench.rows().values()) == [
        '{"cookie":{"originalMaxAge":60000,"expires":"2026-11-23T19:22:20.654Z","httpOnly":true,"path":"/"},"user":"bob"}'
    ]
    assert settings(answer.cookies) == ["Path=/; Expires=Mon, 23 Nov 2026 19:22:20 GMT; HttpOnly"]


LOOKS = {"looks": lambda session: None, "changes": lambda session: session.update(n=session.get("n", 0) + 1)}


@pytest.mark.sentence("A session in use goes on, and an unused one ends")
@pytest.mark.parametrize("page", LOOKS)
def test_a_session_in_use_goes_on_and_an_unused_one_ends(library, page):
    """Each request starts the time of silence anew, whether the row itself is written again or not."""
    clock, bench = timed(library, cookie={"max_age": 60})
    cookie = bench.begin(user="alice")
    seen = []
    for pause in (59, 59, 59, 60):
        clock.move(pause)
        bench.request(lambda session: (seen.append(session.get("user")), LOOKS[page](session)), cookie=cookie)
    assert seen == ["alice", "alice", "alice", None]


@pytest.mark.parametrize("page", LOOKS)
def test_the_time_of_silence_begins_when_the_page_is_ready(library, page):
    """A page that took half a minute has not been silence: row and cookie have the whole time after it."""
    clock, bench = timed(library, cookie={"max_age": 60}, rolling=True)
    cookie = bench.begin(user="alice")
    answer = bench.request(lambda session: (clock.move(30), LOOKS[page](session)), cookie=cookie)
    assert settings(answer.cookies) == ["Path=/; Expires=Fri, 15 Jan 2027 08:01:30 GMT; HttpOnly"]
    clock.move(59)
    assert len(bench.rows()) == 1
    clock.move(1)
    assert len(bench.rows()) == 0


def test_the_row_says_when_it_ends_counted_from_when_it_is_written(library):
    """Express reads this moment in the row: the time of silence begins now, and not when the page was asked for."""
    clock, bench = timed(library, cookie={"max_age": 60})
    bench.request(lambda session: (clock.move(30), LOOKS["changes"](session)), cookie=bench.begin())
    noted = [json.loads(row)["cookie"]["expires"] for row in bench.rows().values()]
    assert noted == ["2027-01-15T08:01:30.000Z"]


@pytest.mark.sentence("max_age is whole at the start, and does not shrink")
def test_max_age_is_whole_at_the_start_and_does_not_shrink(library):
    """In Express, originalMaxAge is computed anew from what is left, and can lose a millisecond each time."""
    clock, bench = timed(library, cookie={"max_age": 60})
    cookie = bench.begin()
    seen = []

    def handler(session):
        seen.append((session.cookie.max_age, session.cookie.original_max_age))
        clock.move(0.3)
        session["n"] = len(seen)
        session.save()

    for _ in range(50):
        assert bench.request(handler, cookie=cookie).status == 200
    assert set(seen) == {(60, 60)}


def noted_lives(rows):
    """How long each row says that its session lives, in milliseconds."""
    return [json.loads(row)["cookie"]["originalMaxAge"] for row in rows.values()]


@pytest.mark.parametrize("change", [{"max_age": 3600}, {"expires": 1_800_003_600.0}], ids=["max_age", "expires"])
def test_a_changed_max_age_reaches_the_browser_and_the_row(library, change):
    """Express's remember-me trap: setting only cookie.maxAge on a live session reaches neither."""
    clock, bench = timed(library)
    cookie = bench.begin()

    def remember(session):
        for setting, value in change.items():
            setattr(session.cookie, setting, value)

    answer = bench.request(remember, cookie=cookie)
    assert settings(answer.cookies) == ["Path=/; Expires=Fri, 15 Jan 2027 09:00:00 GMT; HttpOnly"]
    assert noted_lives(bench.rows()) == [3_600_000]
    clock.move(3599)
    bench.request(cookie=cookie)
    clock.move(3600)
    assert bench.rows() == {}


def test_a_setting_changed_after_a_save_reaches_the_row(library):
    """What the row says is compared with what the session wants, however often it has been written before."""
    _, bench = timed(library)

    def waver(session):
        session.cookie.max_age = 1800
        session.save()
        session.cookie.max_age = None

    answer = bench.request(waver)
    assert answer.status == 200
    assert noted_lives(bench.rows()) == [None]
    assert settings(answer.cookies) == ["Path=/; HttpOnly"]


def test_a_changed_setting_reaches_the_browser_after_a_reload(library):
    """The browser knows what it was told, not what the row says by now."""
    _, bench = timed(library)

    def save_and_read_again(session):
        session.cookie.max_age = 3600
        session.save()
        session.reload()

    answer = bench.request(save_and_read_again, cookie=bench.begin())
    assert settings(answer.cookies) == ["Path=/; Expires=Fri, 15 Jan 2027 09:00:00 GMT; HttpOnly"]


@pytest.mark.parametrize("life", ["null", "false"])
def test_a_row_of_express_without_an_expiry_does_not_expire(library, life):
    """An Express app that sets `cookie.expires = false` notes false for the life, and means none."""
    clock, bench = timed(library, cookie={"max_age": 60})
    cookie = bench.begin()
    id = next(iter(bench.rows()))
    row = f'{{"cookie":{{"originalMaxAge":{life},"expires":{life},"httpOnly":true,"path":"/"}},"user":"alice"}}'
    put(bench.store.store, id, row)
    seen = []
    bench.request(lambda session: seen.append((session["user"], session.cookie.max_age)), cookie=cookie)
    clock.move(1_000_000)
    bench.request(lambda session: seen.append((session["user"], session.cookie.max_age)), cookie=cookie)
    assert seen == [("alice", None)] * 2


@pytest.mark.sentence("A max_age of None ends with the browser")
def test_max_age_none_ends_with_the_browser(library):
    """The way back: no longer remembered, the cookie goes when the browser closes."""
    _, bench = timed(library, cookie={"max_age": 60})
    cookie = bench.begin()
    answer = bench.request(lambda session: setattr(session.cookie, "max_age", None), cookie=cookie)
    assert settings(answer.cookies) == ["Path=/; HttpOnly"]
    assert noted_lives(bench.rows()) == [None]


@pytest.mark.asvs("7.3.2")
def test_the_absolute_timeout_ends_even_a_busy_session(library):
    """The time since the beginning is kept in the row, out of the handlers' sight."""
    clock, bench = timed(library, absolute_timeout=100)
    cookie = bench.begin(user="alice")
    seen = []
    for _ in range(4):
        clock.move(25)
        bench.request(lambda session: seen.append(dict(session)), cookie=cookie)
    assert seen == [{"user": "alice"}] * 3 + [{}]
    assert bench.rows() == {}


def test_the_absolute_timeout_is_no_end_of_the_cookie(library):
    """It ends the row; a cookie without a max_age still goes when the browser is closed."""
    clock, bench = timed(library, absolute_timeout=100)
    answer = bench.request(lambda session: session.update(user="alice"))
    assert "Expires" not in answer.cookies[0]
    clock.move(25)
    assert bench.request(lambda session: session.update(n=1), cookie=answer.cookie).cookies == []


@pytest.mark.parametrize("page", LOOKS)
@pytest.mark.parametrize("max_age", [None, 90])
def test_no_row_outlives_the_absolute_timeout(library, max_age, page):
    """Nobody need come back for that: the store is told the sooner of the two ends, and forgets the row by itself."""
    clock, bench = timed(library, absolute_timeout=100, cookie={"max_age": max_age})
    cookie = bench.begin(user="alice")
    clock.move(50)
    bench.request(LOOKS[page], cookie=cookie)
    clock.move(49)
    assert len(bench.rows()) == 1, "(the rows, 99 seconds after the birth)"
    clock.move(1)
    assert len(bench.rows()) == 0, "(the rows, 100 seconds after the birth)"


@pytest.mark.sentence("The birth is in the row, and regenerate() starts it anew")
def test_the_birth_is_in_the_row_and_regenerate_starts_it_anew(library):
    """A new session has its own time; the row says since when."""
    clock, bench = timed(library, absolute_timeout=100)
    cookie = bench.begin(user="alice")
    clock.move(50)
    bench.request(lambda session: session.regenerate(keep=["user"]), cookie=cookie)
    data = [row.partition("},")[2] for row in bench.rows().values()]
    assert data == [f'"createdAt":{round(clock() * 1000)},"user":"alice"}}']


@pytest.mark.parametrize("data", [{"user": "alice"}, {}], ids=["full", "empty"])
def test_a_shortened_absolute_timeout_ends_old_sessions_at_once(library, data):
    """After an incident the timeout is cut and the server restarted; that must count for the sessions there are."""
    clock, bench = timed(library, absolute_timeout=1000)
    cookie = bench.request(lambda session: (session.update(data), session.save())).cookie
    old = next(iter(bench.rows()))
    clock.move(50)
    stricter = Bench(library, store=bench.store.store, clock=clock, absolute_timeout=50)
    seen, ids = [], []
    stricter.request(
        lambda session: (seen.append((dict(session), session.is_new)), ids.append(session.id)), cookie=cookie
    )
    assert seen == [({}, True)], "(what is in the session, and whether it is_new)"
    assert ids != [old], "the new visitor has the id of the session that was over"
    assert bench.rows() == {}


def test_the_name_of_the_birth_is_taken_only_where_it_is_used(library):
    """An Express app may have a "createdAt" of its own in its data; without the timeout it is data like any other."""
    _, bench = timed(library)
    bench.begin(createdAt="yesterday")
    assert [row.partition("},")[2] for row in bench.rows().values()] == ['"createdAt":"yesterday"}']
    _, bench = timed(library, absolute_timeout=5)
    with pytest.raises(ValueError, match="createdAt"):
        bench.begin(createdAt="yesterday")


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"unset": "forget"}, ValueError, "unset"),
        ({"cookie": {"maxAge": 60}}, ValueError, "maxAge"),
        ({"cookie": {"max_age": "60"}}, TypeError, "max_age"),
        ({"cookie": {"max_age": True}}, TypeError, "max_age"),
        ({"cookie": {"max_age": float("nan")}}, ValueError, "max_age"),
        ({"cookie": {"max_age": 1e15}}, ValueError, "max_age"),
        ({"cookie": 60}, TypeError, "cookie"),
        ({"cookie": {"max_age": -1e11}}, ValueError, "9999"),
        ({"cookie": {"max_age": 1e12}}, ValueError, "9999"),
        ({"absolute_timeout": 0}, ValueError, "absolute_timeout"),
        ({"absolute_timeout": "8h"}, ValueError, "absolute_timeout"),
        ({"absolute_timeout": float("inf")}, ValueError, "absolute_timeout"),
        ({"absolute_timeout": 1e12}, ValueError, "absolute_timeout"),
        ({"absolute_timeout": 10**400}, ValueError, "absolute_timeout"),
        ({"absolute_timeout": True}, ValueError, "absolute_timeout"),
        ({"rolling": 1}, TypeError, "rolling"),
        ({"clock": 5}, TypeError, "clock"),
        ({"clock": datetime.now}, TypeError, "clock"),
        ({"clock": lambda: None}, TypeError, "clock"),
        ({"absolute_timeout": float("nan")}, ValueError, "absolute_timeout"),
    ],
)
def test_options_of_time_that_cannot_work_raise_at_once(library, options, error, says):
    """Express's camelCase, texts, milliseconds: each likely mistake is named when the server starts."""
    with pytest.raises(error, match=says):
        library.SessionMiddleware(bottle.Bottle(), secret="k", **options)


@pytest.mark.parametrize(
    ("setting", "value", "error"),
    [
        ("max_age", "60", TypeError),
        ("max_age", -1e11, ValueError),
        ("max_age", float("nan"), ValueError),
        ("expires", "tomorrow", TypeError),
        ("expires", -1e11, ValueError),
        ("original_max_age", -1e11, ValueError),
        ("original_max_age", 1e300, ValueError),
        ("original_max_age", float("nan"), ValueError),
        ("original_max_age", "x", TypeError),
        ("expires", 1e12, ValueError),
        ("maxAge", 60, AttributeError),
    ],
)
def test_a_wrong_cookie_setting_raises_where_it_is_made(library, setting, value, error):
    """A misspelt setting that is silently ignored is a session that never ends, or always does."""

    def handler(session):
        with pytest.raises(error):
            setattr(session.cookie, setting, value)

    assert Bench(library).request(handler).status == 200


@pytest.mark.parametrize("max_age", [-62_135_596_800, -1, 253_402_300_799 - 1_800_000_000, 253_402_300_799])
def test_a_time_that_is_accepted_stays_possible(library, max_age):
    """The last moment that there is stays the last one, though time goes on: what was accepted never raises later."""
    clock = Clock.still()
    store = library.MemoryStore(clock=clock)
    bench = Bench(library, store=store, clock=clock, cookie={"max_age": max_age}, rolling=True)
    cookie = bench.request(lambda session: session.update(n=1)).cookie
    for _ in range(2):
        clock.move(1000)
        assert bench.request(lambda session: session.update(n=session.get("n", 0) + 1), cookie=cookie).status == 200


# In the library: the store forgets


@pytest.mark.sentence("A guest who stays long takes no more room")
def test_who_stays_long_takes_no_more_room(library):
    """One visitor with two weeks of silence to spare, who comes each second: nothing is kept of his former ends."""
    clock = Clock.still()
    store = library.MemoryStore(clock=clock)
    put(store, "brief", "x", clock() + 6000)
    for _ in range(5000):
        put(store, "a", "x", clock() + 1_209_600)
        store.touch("a", clock() + 1_209_600)
        clock.move(1)
    assert sum(len(kept) for kept in vars(store).values() if hasattr(kept, "__len__")) < 500
    assert sorted(store) == ["a", "brief"]
    clock.move(1001)
    assert sorted(store) == ["a"]
    clock.move(1_209_600)
    assert (store.get("a"), sorted(store)) == (None, [])


def test_the_store_hides_what_has_expired(library):
    """An expired row is no row, to the very second."""
    clock = Clock.still(1000.0)
    store = library.MemoryStore(clock=clock)
    put(store, "a", "1", expires=1010.5)
    put(store, "b", "2")
    clock.set(1010.4)
    assert (store.get("a"), len(store), sorted(store)) == ("1", 2, ["a", "b"])
    clock.set(1010.5)
    assert (store.get("a"), len(store), sorted(store)) == (None, 1, ["b"])


@pytest.mark.parametrize("expires", [0, 999.5, 1000.0])
def test_an_end_that_has_passed_counts_at_once(library, expires):
    """1970 is an end like any other: a row that is set with it is never seen."""
    store = library.MemoryStore(clock=Clock.still(1000.0))
    put(store, "a", "1", expires=expires)
    assert (store.get("a"), len(store), list(store)) == (None, 0, [])


def test_an_empty_row_is_a_row(library):
    """A row is any text, and the store does not look into it."""
    store = library.MemoryStore()
    put(store, "a", "")
    assert (store.get("a"), len(store), list(store)) == ("", 1, ["a"])
    assert store.touch("a", None) is True


@pytest.mark.sentence("touch() moves the end and revives nothing")
def test_touch_moves_the_end_and_revives_nothing(library):
    """Who is touched in time lives until the new end. After the end, a touch must not undo it: it is too late."""
    clock = Clock.still(1000.0)
    store = library.MemoryStore(clock=clock)
    put(store, "a", "1", expires=1010.0)
    assert store.touch("a", 1020.0) is True
    clock.set(1015.0)
    assert store.get("a") == "1"
    clock.set(1020.0)
    assert store.touch("a", 1030.0) is False
    assert store.get("a") is None
    put(store, "b", "2")
    store.destroy("b")
    assert store.touch("b", None) is False
    store.destroy("b")


def test_a_touch_between_the_seconds_is_too_late(library):
    """A row that has just ended may still be in memory, as the sweep takes whole seconds. It is no row all the same."""
    clock = Clock.still(1000.0)
    store = library.MemoryStore(clock=clock)
    put(store, "a", "1", expires=1000.5)
    clock.set(1000.7)
    assert store.touch("a", 1030.0) is False
    assert store.get("a") is None


@pytest.mark.parametrize("comes", ["set", "touch"])
@pytest.mark.parametrize("end", [1005.5, 1015.5, None])
@pytest.mark.parametrize("first", [1010.25, None])
def test_the_newest_end_counts(library, first, end, comes):
    """Sooner or later than the one before, or never: each `set` and each `touch` says it anew, to the very moment."""
    clock = Clock.still(1000.0)
    store = library.MemoryStore(clock=clock)
    put(store, "a", "1", expires=first)
    if comes == "set":
        put(store, "a", "1", expires=end)
    else:
        assert store.touch("a", end) is True
    clock.set(1_000_000.0 if end is None else end - 0.25)
    assert store.get("a") == "1", "(the row, shortly before its new end)"
    if end is not None:
        clock.set(end)
        assert store.get("a") is None, "(the row, at its new end)"


def somebody_comes(store, comes):
    """A guest who never expires is there, and so the store sweeps."""
    if comes == "set":
        put(store, "guest", "x")
    else:
        store.touch("guest", None)


@pytest.mark.parametrize("comes", ["set", "touch"])
def test_a_sweep_takes_none_of_the_living(library, comes):
    """The sweep looks at whole seconds. A row that ends in this one, or in the next, has the rest of its time left."""
    clock = Clock.still(1000.0)
    store = library.MemoryStore(clock=clock)
    ends = {f"{end}": end for end in (1000.25, 1000.5, 1001.0, 1001.75, 1002.0)}
    for id, end in ends.items():
        put(store, id, "x", expires=end)
    put(store, "guest", "x")
    for now in (1000.0, 1000.25, 1000.5, 1000.75, 1001.0, 1001.5, 1002.0):
        clock.set(now)
        somebody_comes(store, comes)
        assert sorted(store) == [*(id for id, end in ends.items() if end > now), "guest"]


@pytest.mark.parametrize("comes", ["set", "touch"])
def test_what_is_due_leaves_in_whatever_order_it_came(library, comes):
    """A heap has its smallest in front only as long as it is taken out by `heappop`."""
    clock = Clock.still(1000.0)
    store = library.MemoryStore(clock=clock)
    for end in (1001, 1005, 1002, 1090, 1004, 1003):
        put(store, f"{end}", "x", expires=end)
    put(store, "guest", "x")
    clock.set(1010.0)
    for _ in range(3):
        somebody_comes(store, comes)
    assert sorted(store._rows) == ["1090", "guest"], "(the rows in memory, when all but 1090 and the guest are over)"


@pytest.mark.parametrize("comes", ["set", "touch"])
def test_a_row_that_comes_too_late_for_its_second_leaves_as_well(library, comes):
    """A second that has been cleared away may get a row once more: that must not lie there for ever."""
    clock = Clock.still(1000.0)
    store = library.MemoryStore(clock=clock)
    put(store, "a", "1", expires=1001.0)
    clock.set(1010.0)
    somebody_comes(store, comes)
    put(store, "late", "x", expires=1001.0)
    somebody_comes(store, comes)
    assert "late" not in store._rows, "(the rows in memory)"


@pytest.mark.parametrize("asks", ["get", "touch"])
def test_a_dead_row_that_was_asked_for_leaves_as_the_others_do(library, asks):
    """Its guest comes a moment too late, and is a stranger; whoever comes next must not stumble over what is left."""
    clock = Clock.still(1000.0)
    store = library.MemoryStore(clock=clock)
    put(store, "a", "1", expires=1010.5)
    clock.set(1010.7)
    if asks == "get":
        assert store.get("a") is None
    else:
        assert store.touch("a", 1030.0) is False
    clock.set(1020.0)
    put(store, "b", "2")
    assert sorted(store._rows) == ["b"]
    assert sorted(store._expires) == []


def with_expired(library, count, row="x"):
    """A store with so many rows that have expired, and a regular's that has not."""
    clock = Clock.still()
    store = library.MemoryStore(clock=clock)
    put(store, "regular", "z", expires=clock() + 1_000)
    for n in range(count):
        put(store, f"old-{n}", row, expires=clock() + 10 + n % 7)
    clock.move(20)
    return store


@pytest.mark.parametrize("comes", ["set", "touch"])
def test_expired_rows_leave_without_being_read(library, comes):
    """Memory holds the living only: each `set` and each `touch` sweeps a few. Most visitors never come back."""
    store = with_expired(library, 1_000, "x" * 1_000)
    for n in range(100):
        if comes == "set":
            put(store, f"new-{n}", "y", expires=store.clock() + 10)
        else:
            store.touch("regular", store.clock() + 1_000)
    living = 101 if comes == "set" else 1
    assert len(store) == living
    assert len(store._rows) == living, f"{len(store._rows)} rows are in memory, of which {living} live"
    assert len(store._expires) == living, f"{len(store._expires)} ends are in memory, for {living} rows"
    due = sum(len(ids) for ids in store._due.values())
    assert due == living, f"{due} ids are on the list of what will be due, for {living} rows"


@pytest.mark.sentence("One call clears away BITE expired rows at most.")
@pytest.mark.parametrize("comes", ["set", "touch"])
def test_one_call_clears_a_few_expired_rows_away(library, comes):
    """A million may be due at once, and the guest who happens to come next must not wait until all are gone."""
    store = with_expired(library, 500)
    if comes == "set":
        put(store, "regular", "z")
    else:
        store.touch("regular", None)
    gone = 501 - len(store._rows)
    assert gone <= 64, f"{gone} rows are gone after one {comes}"


def test_sessions_that_come_and_go_leave_nothing_behind(library):
    """Logins, logouts and late touches by the thousand, each for two weeks: nothing of them stays in memory."""
    clock = Clock.still()
    store = library.MemoryStore(clock=clock)
    for n in range(3_000):
        put(store, f"{n}", "x", expires=clock() + 14 * 24 * 3600)
        store.destroy(f"{n}")
        assert store.touch(f"{n}", clock() + 60) is False
    due = sum(len(ids) for ids in store._due.values())
    assert due == 0, f"{due} ids are on the list of what will be due, and no row is there"
    size = sum(map(sys.getsizeof, (store._rows, store._expires, store._due, store._seconds)))
    assert size < 10_000, f"the empty store has kept {size} bytes"


METHODS = {
    "get": lambda store: store.get("a"),
    "set": lambda store: put(store, "a", "2", expires=store.clock() + 60),
    "touch": lambda store: store.touch("a", store.clock() + 90),
    "destroy": lambda store: store.destroy("a"),
    "len": len,
    "iter": list,
}


@pytest.mark.parametrize("_method", METHODS)
@pytest.mark.sentence("While one method of the memory store is at its rows, no other thread gets there.")
def test_the_memory_store_keeps_other_threads_out(library, _method):
    """Requests run in threads: a row and its end belong together, so the lock is held from first to last look."""
    store = library.MemoryStore(clock=Clock.still())
    put(store, "a", "1", expires=store.clock() + 60)
    others = {name: partial(each, store) for name, each in METHODS.items()}
    keep_out(store, f"{_method}()", others[_method], **others)


# The weakness that remains


def test_a_request_in_flight_still_undoes_a_logout(site):
    """Not yet: a slow request that began before the logout and writes after it brings the session back (step 5)."""
    cookie = site.log_in()

    def slow():
        session = bottle.request.session
        call(site.app, "/logout", method="POST", cookie=cookie)
        session["views"] = 99
        return "done"

    pages = bottle.Bottle()
    pages.get("/", callback=slow)
    call(step4.SessionMiddleware(pages, secret=step4.SECRET, store=site.store, clock=site.clock), cookie=cookie)
    assert site.user(cookie) == "alice"
