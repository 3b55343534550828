"""Step 6: who may do what, pages that know their visitor, and one's own logins."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from types import SimpleNamespace
from urllib.parse import unquote

import bottle
import pytest
from argon2 import PasswordHasher

from steps import step5_stores
from steps.step2_middleware.session import split_row
from steps.step3_authenticate import Users
from steps.step3_authenticate.database import Database
from steps.step3_authenticate.users import verify_password
from steps.step5_stores import StoreError
from steps.step6_access import (
    Account,
    KeptPreferences,
    Logins,
    MemoryStore,
    Preferences,
    Roles,
    SessionMiddleware,
    require_role,
)
from steps.step6_access import orders as tea
from steps.step6_access import rooms as room
from steps.step6_access import server as step6
from steps.step6_access.database import answering
from steps.step6_access.logins import browser
from steps.step6_access.owners import handle_of
from steps.step6_access.proof import ProvenUsers
from steps.step6_access.roles import ACCOUNT, current_account
from steps.step6_access.telling import TOLD
from steps.step7_harden.throttle import ThrottledUsers
from steps.step8_production.users import remove
from tests.support import ROOT, faults
from tests.support.calling import DEMO_USERS, FIREFOX, call, cookie_of, site
from tests.support.notes import Notes
from tests.support.races import at_once
from tests.support.servers import wait_until
from tests.support.stores import ENDLESS, FourMethods
from workbook.serving import Clock

NEW = "a whole new password"
CHROMIUM = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0 Safari/537.36"


def rows_of(house):
    """The data of all sessions, as JSON."""
    return "".join(split_row(house.store.get(id))[1] for id in house.store)


@pytest.fixture
def alice(house):
    guest = house.guest()
    assert guest.log_in("alice").location == "/dashboard"
    return guest


@pytest.fixture
def queen(house):
    guest = house.guest()
    assert guest.log_in("queen").location == "/dashboard"
    return guest


def ordered(guest):
    """What a guest's page says that was ordered."""
    return re.findall(r"<li>(\d+ cups? of \w+ tea)</li>", guest.get("/order").text)


# Roles


@pytest.mark.sentence("Only an admin sees the page of the admins")
def test_only_an_admin_sees_the_admins_page(house, alice, queen):
    """A stranger may log in; who is in with another role gets a 403 that says what is missing: the page “refused”."""
    assert house.guest().get("/admin").location == "/login"
    refused = alice.get("/admin")
    assert refused.status == 403
    assert "for those with the role admin" in refused.text
    assert "with the role user" in refused.text
    assert queen.get("/admin").status == 200


def test_a_guarded_page_gets_what_its_address_says():
    """A guard stands before any page, also before one whose address has a part that differs: `/guests/<name>`."""
    app = guarded_for("admin")
    assert shown(call(app, "/guests/alice", **{ACCOUNT: Account("queen", "admin")})) == "200: this is alice"
    assert shown(call(app, "/guests/alice")) == "303 to /login"


def guarded_for(role):
    """An app with one page, for those with this role. Of the house's pages, it says which is shown, with which role."""
    app = bottle.Bottle()
    app.route("/guests/<name>", "GET", require_role(role)(lambda name: f"this is {name}"))
    app.render = lambda name, **values: f"the page {name!r}, role = {values.get('role')!r}"
    return app


def shown(answer):
    """An answer in words: where it leads, or what it says."""
    return f"{answer.status} to {answer.location}" if answer.location else f"{answer.status}: {answer.text}"


@pytest.mark.parametrize("role", ["user", "cook"])
def test_a_guard_lets_in_its_own_role_and_no_other(role):
    """Whichever that is: nobody is let in for being an admin, and the page “refused” says which role it wants."""
    app, alice, queen = guarded_for(role), Account("alice", role), Account("queen", "admin")
    assert shown(call(app, "/guests/alice", **{ACCOUNT: alice})) == "200: this is alice"
    assert shown(call(app, "/guests/alice", **{ACCOUNT: queen})) == f"403: the page 'refused', role = {role!r}"


@pytest.mark.asvs("8.3.2")
def test_a_change_of_rights_counts_at_the_next_request(alice, queen):
    """The role is looked up, not remembered: neither a promotion nor a demotion waits for a new login."""
    assert queen.post("/admin/role", username="alice", role="admin").location == "/admin"
    assert alice.get("/admin").status == 200
    assert queen.post("/admin/role", username="alice", role="user").status == 303
    assert alice.get("/admin").status == 403


def test_a_role_in_the_session_counts_for_nothing(house, alice):
    """The database alone says who may do what, at this moment: a session may have been written at any other."""
    put_in(house, alice, role="admin")
    assert alice.get("/admin").status == 403


@pytest.mark.parametrize(("username", "role"), [("nobody", "admin"), ("alice", "root"), ("", ""), ("alice", "")])
def test_a_role_that_cannot_be_given_is_400(queen, alice, username, role):
    """A sentence, and nothing changed."""
    assert queen.post("/admin/role", username=username, role=role).status == 400
    assert alice.get("/admin").status == 403


def test_the_last_admin_stays(queen):
    """Nobody could give the role back."""
    assert queen.post("/admin/role", username="queen", role="user").status == 400
    assert queen.get("/admin").status == 200


@pytest.mark.sentence("The actions of admins are for admins alone")
@pytest.mark.parametrize("path", ["/admin/role", "/admin/end"])
def test_admins_actions_are_for_admins(house, alice, queen, path):
    """The page is not the guard: who knows the address may send the form, too."""
    assert alice.post(path, username="alice", role="admin").status == 403
    assert house.guest().post(path, username="alice", role="admin").location == "/login"
    assert alice.get("/admin").status == 403
    assert (alice.user(), queen.user()) == ("alice", "queen")


@pytest.mark.sentence("In the library, roles are given, kept and listed")
def test_roles_in_the_library(users, says):
    """Who has none is a user; the last admin stays; all users are listed."""
    roles = Roles(users)
    assert roles.of("alice") == "user"
    roles.give("queen", "admin")
    roles.give("alice", "admin")
    roles.give("queen", "user")
    assert [(account.name, account.role) for account in roles.everybody()] == [("alice", "admin"), ("queen", "user")]
    with pytest.raises(ValueError, match=says("last admin")):
        roles.give("alice", "user")
    roles.give("queen", "user")
    assert roles.of("alice") == "admin"


@pytest.mark.parametrize("name", ["o'hara", "' OR role = 'admin' --", "al_ce", "%", "Alice", "alice "])
def test_a_role_is_that_of_one_name_to_the_letter(users, name):
    """Whoever may choose a name must not choose another's role with it: a name is no SQL, and no pattern."""
    roles = Roles(users)
    roles.give("alice", "admin")
    users.add(name, NEW)
    assert roles.of(name) == "user"
    roles.give(name, "admin")
    roles.give("alice", "user")
    assert roles.of(name) == "admin"
    assert roles.of("alice") == "user"


@pytest.mark.sentence("Of two admins who demote each other at once, one stays")
def test_of_two_admins_who_demote_each_other_one_stays(users, monkeypatch):
    """Before each command for the database, the other's may be carried out: what was read before may hold no more."""
    roles, waiting = Roles(users), []

    class Interrupted(sqlite3.Connection):
        def execute(self, *args):
            if waiting:
                waiting.pop()()
            return super().execute(*args)

    def demote(name):
        with suppress(ValueError, sqlite3.OperationalError):  # the last admin, or the database is the other's just now
            roles.give(name, "user")

    monkeypatch.setattr("steps.step3_authenticate.database.PATIENCE", 0)
    monkeypatch.setattr(users.database, "connection", Interrupted)
    with ThreadPoolExecutor(1) as other:
        for _commands in range(6):
            roles.give("alice", "admin")
            roles.give("queen", "admin")
            waiting[:] = [lambda: other.submit(demote, "alice").result(), *[lambda: None] * _commands]
            demote("queen")
            waiting.clear()
            admins = [account.name for account in roles.everybody() if account.role == "admin"]
            assert len(admins) > 0, "(how many admins are left when each has demoted the other)"


# Personal pages


@pytest.mark.sentence("Preferences are for strangers, too")
def test_preferences_are_for_strangers_too(house):
    """In the session, before there is anybody to keep them for."""
    guest = house.guest()
    assert guest.post("/preferences", theme="dark", language="de").location == "/preferences"
    assert 'data-theme="dark"' in guest.get("/").text
    assert "Was wir ausschenken" in guest.get("/menu").text
    assert 'data-theme="auto"' in house.guest().get("/").text


@pytest.mark.sentence("Preferences follow through the login, and to other devices")
def test_preferences_follow_through_the_login_and_to_other_devices(house):
    """Chosen before the login, kept with the user, there on the next device; and gone at the logout."""
    one, other = house.guest(), house.guest()
    one.post("/preferences", theme="dark", language="fr")
    one.log_in("alice")
    assert 'data-theme="dark"' in one.get("/").text
    other.log_in("alice")
    assert "Ce que nous servons" in other.get("/menu").text
    other.post("/preferences", theme="light", language="en")
    assert 'data-theme="light"' in one.get("/").text
    one.post("/logout")
    assert 'data-theme="auto"' in one.get("/").text


def test_a_login_is_remembered_with_its_proof_and_its_time(house):
    """The session is Alice's, and says with which password it was opened, and when: that makes a login."""
    guest = house.guest()
    assert guest.log_in("alice").location == "/dashboard"
    kept = data_of(house, guest)
    assert house.store.owner_of(guest.id) == "alice"
    assert kept.get("proof") == ProvenUsers(house.users).fingerprint("alice")
    assert kept.get("confirmed") == house.clock()
    assert guest.user() == "alice"


@pytest.mark.sentence("Whoever has not chosen before the login changes nothing")
def test_who_has_not_chosen_before_the_login_changes_nothing(house, alice):
    """A login from a new browser must not put the defaults over what was chosen."""
    alice.post("/preferences", theme="dark", language="de")
    again = house.guest()
    again.log_in("alice")
    assert 'data-theme="dark"' in again.get("/").text


@pytest.mark.parametrize(
    "form",
    [
        {"theme": "<script>", "language": "xx"},
        {"user": "queen", "role": "admin", "login": "x", "confirmed": "9e9"},
        {"theme": "dark' onload='x"},
        {"views": "1000000", "id": "x", "cookie": "x"},
    ],
)
@pytest.mark.parametrize("sender", [None, "alice"])
def test_only_what_can_be_chosen_is_taken(house, form, sender):
    """Session puzzling, mass assignment: a form's fields are no session's keys, and what is on no list is left."""
    guest = house.guest()
    if sender:
        guest.log_in(sender)
    assert guest.post("/preferences", **form).status == 303
    assert guest.user() == sender
    assert guest.get("/admin").status == (403 if sender else 303)
    assert 'data-theme="auto"' in guest.get("/").text
    assert "1000000" not in rows_of(house)


@pytest.mark.sentence("Of the wishes, those that can be fulfilled are taken")
@pytest.mark.parametrize(
    ("wishes", "taken"),
    [
        ({"theme": "dark", "language": "de"}, Preferences("dark", "de")),
        ({"theme": "dark", "language": "de", "role": "admin"}, Preferences("dark", "de")),
        ({"language": "fr"}, Preferences("auto", "fr")),
        ({"theme": "light", "language": "xx"}, Preferences("light", "en")),
        ({"theme": ["dark"]}, Preferences()),
        ({"theme": ["dark"], "language": "de"}, Preferences("auto", "de")),
        ({"theme": "dark", "language": {"de": 1}}, Preferences("dark", "en")),
        ({"theme": "de", "language": "dark"}, Preferences()),
        ({"theme": "as the browser says", "language": "Deutsch"}, Preferences()),
        ({"theme": "Dark", "language": "de "}, Preferences()),
        ({"theme": None}, Preferences()),
        ({"language": 7}, Preferences()),
        ({}, Preferences()),
        (None, Preferences()),
        ([], Preferences()),
        ("dark", Preferences()),
    ],
)
def test_of_the_wishes_those_that_can_be_fulfilled_are_taken(wishes, taken):
    """Known fields with known values, whatever comes; a form may hold anything, and so may a row in the store."""
    assert Preferences.chosen(wishes) == taken


def test_preferences_are_kept_for_each_user(users):
    """The last choice counts; who has not chosen yet has nothing there."""
    kept = KeptPreferences(users)
    assert kept.of("alice") is None
    kept.keep("alice", Preferences("dark", "de"))
    kept.keep("alice", Preferences("light", "fr"))
    assert kept.of("alice") == Preferences("light", "fr")
    assert kept.of("queen") is None


@pytest.mark.sentence("The order survives the login, and not the logout")
def test_the_order_survives_the_login_and_not_the_logout(house):
    """Regenerate with keep: another id, the same order. At the logout it ends with the session."""
    guest = house.guest()
    guest.post("/order", tea="green")
    guest.post("/order", tea="green")
    before = guest.cookie
    guest.log_in("alice")
    assert guest.cookie != before
    assert ordered(guest) == ["2 cups of green tea"]
    guest.post("/logout")
    assert ordered(guest) == []


@pytest.mark.sentence("The order of another user does not come along")
def test_another_users_order_does_not_come_along(house, alice):
    """Logging in over somebody else's login: what she has ordered is hers, and her login has ended."""
    alice.post("/order", tea="green")
    alice.log_in("queen")
    assert ordered(alice) == []
    assert listed(house, "alice") == []


def listed(house, name):
    """The logins of a user. Whoever has the store can ask for them, without the site."""
    logins = Logins()
    logins.ask(SessionMiddleware(bottle.Bottle(), secret="any", store=house.store, clock=house.clock))
    return logins.of(name, ProvenUsers(house.users).fingerprint(name))


def own_handle(house, guest):
    """The handle of a guest's own login."""
    return handle_of(house.store, guest.id)


def test_two_clicks_at_once_are_two_cups(house, alice):
    """The order is one key of the session, so it is changed atomically."""
    alice.get("/order")
    copies = [house.guest() for _ in range(8)]
    for copy in copies:
        copy.cookie = alice.cookie
    at_once(*[lambda copy=copy: copy.post("/order", tea="black") for copy in copies])
    assert ordered(alice) == ["8 cups of black tea"]


def test_a_click_counts_on_what_another_has_written(house, alice):
    """While one click is on its way, another is answered: the first must count on, not overwrite."""
    seen = []

    def slowly(session):
        other = house.guest()
        other.cookie = alice.cookie
        other.post("/order", tea="green")
        seen.append(tea.add(session, "green"))

    app = step5_stores.SessionMiddleware(site(slowly), secret=step6.SECRET, store=house.store, clock=house.clock)
    call(app, cookie=alice.cookie)
    assert seen[0] == 2, "(from add: the other click's cup and this one's)"
    assert ordered(alice) == ["2 cups of green tea"]


@pytest.fixture
def visit():
    """A visit that has just begun: its session, in a store of its own."""
    middleware = SessionMiddleware(bottle.Bottle(), secret="any", store=MemoryStore())
    session = middleware.make_session({"wsgi.url_scheme": "http"}, "id-of-a-visit")
    return SimpleNamespace(session=session, store=middleware.store)


def test_notices_wait_for_each_other(visit):
    """Two sentences before a page is shown are two sentences on it, in the order in which they came, and then none."""
    tea.notice(visit.session, "One.")
    tea.notice(visit.session, "Two.")
    assert tea.take_notices(visit.session) == ["One.", "Two."]
    assert tea.take_notices(visit.session) == []


def test_the_last_five_notices_wait(visit):
    """What was done last is said, and what was said before that is so old that nobody misses it."""
    for n in range(1, 8):
        tea.notice(visit.session, f"No. {n}")
    assert tea.take_notices(visit.session) == ["No. 3", "No. 4", "No. 5", "No. 6", "No. 7"]


@pytest.mark.parametrize("text", ["x" * 199, "x" * 200, "x" * 199 + "yz", "ü" * 201, "☕" * 1000])
def test_of_a_notice_the_first_200_letters_are_kept(visit, text):
    """Letters, not bytes; and no fewer, also of one that is longer."""
    tea.notice(visit.session, text)
    kept = tea.take_notices(visit.session)
    assert [len(each) for each in kept] == [min(len(text), 200)], "(how long it is)"
    assert kept == [text[:200]]


def test_a_notice_after_the_end_is_dropped(visit):
    """A page that has ended the session may have something to say; nobody is there to read it, and that is no error."""
    visit.session.destroy()
    tea.notice(visit.session, "Too late.")
    visit.session.settle()
    assert list(visit.store) == []


def test_no_session_grows_by_forms_that_nobody_looks_after(house, alice):
    """A program sends forms and never looks at a page: what waits to be said must not wait without end."""
    form, lengths = alice.filled(theme="dark"), []
    for _ in range(20):
        alice.post("/preferences", {"csrf_token": "", **form})
        lengths.append(len(rows_of(house)))
    assert lengths[0] < lengths[10] == lengths[19]


def test_a_page_without_notices_leaves_the_session_as_it_is(visit):
    """Most pages have nothing to say: asking for notices must not make a session out of a stranger's visit."""
    assert tea.take_notices(visit.session) == []
    session = dict(visit.session)
    assert session == {}


@pytest.mark.parametrize("form", [{}, {"tea": ""}, {"tea": "coffee"}, {"tea": "x" * 1000}])
def test_what_is_not_on_the_menu_is_not_poured(house, form):
    """400, and no order in the row of whoever tries it, if there is a row at all."""
    assert house.guest().post("/order", **form).status == 400
    assert "order" not in rows_of(house)


def test_nobody_orders_without_end(house, alice):
    """A row is kept for each visitor: what it holds must have an end."""
    alice.post("/order", tea="green")
    for _ in range(tea.MOST + 3):
        assert alice.post("/order", tea="herbal").status == 303
    assert sorted(ordered(alice)) == ["1 cup of green tea", f"{tea.MOST} cups of herbal tea"]


def test_a_notice_is_shown_once(alice):
    """After a form comes a redirect: the sentence waits in the session for the page that is shown."""
    alice.post("/preferences", theme="dark")
    assert "It is as you like it now." in alice.get("/preferences").text
    assert "It is as you like it now." not in alice.get("/preferences").text


@pytest.mark.asvs("16.5.2")
def test_the_menu_is_there_without_the_store(house, alice):
    """When the store fails, pages that need no session go on: personal where it can be, and there for everybody."""

    def fail(*args, **kwargs):
        raise step5_stores.StoreError("out of order")

    house.store.get = house.store.set = house.store.touch = house.store.destroy = fail
    assert alice.get("/menu").status == 200
    assert alice.get("/preferences").status == 200
    assert alice.get("/dashboard").status == 503


# Devices


@pytest.mark.asvs("7.5.2")
def test_each_login_is_listed(house, alice):
    """Where and since when; this one is marked."""
    house.clock.move(300)
    phone = house.guest(
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1"
    )
    phone.log_in("alice")
    listed = alice.get("/devices").text
    assert "Firefox on Linux (this one)" in listed
    assert "Safari on iPhone" in listed
    assert len(alice.handles()) == 2


def test_a_browser_that_does_not_say_what_it_is_may_come_in(house):
    """Not every program sends a User-Agent: it is for the list, and nothing depends on it."""
    guest = house.guest()
    del guest.environ["HTTP_USER_AGENT"]
    assert guest.log_in("alice").location == "/dashboard"
    assert [login.data["browser"] for login in listed(house, "alice")] == ["an unknown browser"]


@pytest.mark.sentence("No session's id is on the page")
@pytest.mark.asvs("7.5.2", "14.2.1")
def test_no_session_id_is_on_the_page(house, alice):
    """What names a login opens nothing: as a session id, it is unknown."""
    listed = alice.get("/devices").text
    ids = list(house.store)
    assert [id for id in ids if id in listed] == []
    assert [handle for handle in alice.handles() if handle in house.store] == []


def test_a_login_can_be_ended_from_another_device(house, alice):
    """The other browser is a stranger at its next request, and its cookie is worth nothing any more."""
    thief = house.guest()
    thief.log_in("alice")
    others = [handle for handle in alice.handles() if handle != own_handle(house, alice)]
    assert len(others) == 1, f"of two logins, session.handle names one; the page has {alice.handles()}"
    assert alice.post("/devices/end", handle=others[0]).location == "/devices"
    assert (alice.user(), thief.user()) == ("alice", None)
    assert thief.get("/dashboard").location == "/login"


@pytest.mark.sentence("Whoever ends a login is told so")
def test_who_ends_a_login_is_told_so(house, alice):
    """After the form comes a redirect, and on the page that it leads to there is a notice."""
    house.guest().log_in("alice")
    others = [handle for handle in alice.handles() if handle != own_handle(house, alice)]
    alice.post("/devices/end", handle=others[0])
    assert re.findall('<p class="notice">(?=[^<])', alice.get("/devices").text) == ['<p class="notice">']


def put_in(house, guest, **data):
    """Put something into a guest's session, as another page might have done."""
    app = SessionMiddleware(bottle.Bottle(), secret="any", store=house.store, clock=house.clock)
    with app.session(guest.id) as session:
        session.update(data)


def data_of(house, guest):
    """What the store holds for a guest."""
    id = unquote(guest.cookie).partition("s:")[2].partition(".")[0]
    return json.loads(house.store.get(id) or "{}")


def told_at(guest, path, **form):
    """What a page says of itself, for whoever keeps a log, when a guest sends it this form; None if it says nothing."""
    app, environs = guest.app, []

    def overheard(environ, start_response):
        environs.append(environ)
        return app(environ, start_response)

    guest.app = overheard
    guest.post(path, **form)
    guest.app = app
    return environs[-1].get(TOLD)


@pytest.mark.sentence("What is told of an ended login is that it has ended, and of no other anything")
def test_what_is_told_of_an_ended_login_has_happened(house, alice):
    """A log is read when something has gone wrong: it must not lead astray."""
    house.guest().log_in("alice")
    [other] = [handle for handle in alice.handles() if handle != own_handle(house, alice)]
    assert told_at(alice, "/devices/end", handle="made-up") is None, "(what it tells)"
    told = told_at(alice, "/devices/end", handle=other)
    if told is not None:  # else step 8's tests object, where somebody listens
        assert told == {"event": "login ended"}, "(what it tells)"


@pytest.mark.sentence("Ending the login of one's own browser is a logout")
def test_ending_ones_own_login_is_a_logout(alice, house):
    """The button beside “this one” does what it says: the session has ended, and the cookie is cleared."""
    answer = alice.post("/devices/end", handle=own_handle(house, alice))
    assert answer.location == "/login"
    assert (alice.cookie, alice.user()) == (None, None)


@pytest.mark.sentence("The handle of somebody else's login is a 404")
@pytest.mark.parametrize("whose", ["queen", "made up", "empty"])
def test_anothers_handle_is_404(alice, queen, whose):
    """And so is one that there never was: nobody learns which handles there are."""
    handle = {"queen": queen.handles()[0], "made up": "made-up", "empty": ""}[whose]
    assert alice.post("/devices/end", handle=handle).status == 404
    assert queen.user() == "queen"


@pytest.mark.asvs("7.4.3")
def test_all_others_can_be_ended(house, alice):
    """One stays: the one who asks."""
    others = [house.guest() for _ in range(3)]
    for other in others:
        other.log_in("alice")
    alice.post("/devices/end-others")
    assert "3 other devices are logged out." in alice.get("/devices").text
    assert [guest.user() for guest in (alice, *others)] == ["alice", None, None, None]


@pytest.mark.sentence("A logout ends the row, too")
def test_a_logout_ends_the_row_too(house, alice):
    """A login that has ended is not in the list."""
    phone = house.guest()
    phone.log_in("alice")
    phone.post("/logout")
    assert len(alice.handles()) == 1


@pytest.mark.sentence("Whoever brings an ended login is a stranger, already at that request")
def test_who_brings_an_ended_login_is_a_stranger_at_once(house, alice):
    """The page that is shown next has nobody's name on it, and is as a stranger has it."""
    alice.post("/preferences", theme="dark", language="de")
    assert "alice’s table" in alice.get("/preferences").text
    house.users.add("alice", NEW)
    page = alice.get("/preferences").text
    assert "alice’s table" not in page
    assert 'data-theme="auto"' in page


def test_an_ended_login_leaves_nothing_to_its_cookie(house, alice):
    """The session ends with the password that has opened it: its order is not the thief's to see."""
    alice.post("/order", tea="green")
    thief = house.guest()
    thief.cookie = alice.cookie
    house.users.add("alice", NEW)
    assert ordered(thief) == []
    assert thief.cookie is None
    assert list(house.store) == []


def test_asking_whoami_is_no_sign_of_life(house, alice):
    """Seen is when a page was asked for; a program that polls keeps no login in the list."""
    begun = house.clock()
    house.clock.move(600)
    alice.user()
    assert [login.seen for login in listed(house, "alice")] == [begun]
    alice.get("/dashboard")
    assert [login.seen for login in listed(house, "alice")] == [begun + 600]


def test_logins_that_have_expired_are_not_listed(house, alice):
    """Half an hour of silence ends a session, and its line with it."""
    house.clock.move(31 * 60)
    later = house.guest()
    later.log_in("alice")
    assert len(later.handles()) == 1


def test_the_login_seen_last_is_in_front(house, alice):
    """Of two logins, each has its own last moment, whichever began first."""
    later = house.guest()
    house.clock.move(30)
    later.log_in("alice")
    house.clock.move(90)
    alice.get("/dashboard")
    assert [login.handle for login in listed(house, "alice")] == [own_handle(house, guest) for guest in (alice, later)]
    assert [login.seen - login.created for login in listed(house, "alice")] == [120, 0]


@pytest.mark.parametrize("idle", [5, 30 * 60])
def test_a_login_is_listed_as_long_as_its_guest_comes_back_in_time(house, idle):
    """It is its session: neither ends before the other, however often its end is put off."""
    alice = house.guest()
    alice.app = house.open_app(cookie={"max_age": idle})
    alice.log_in()
    for _ in range(3):
        house.clock.move(idle - 1)
        assert alice.get("/dashboard").status == 200
        assert len(listed(house, "alice")) == 1
    house.clock.move(idle)
    assert (alice.user(), listed(house, "alice")) == (None, [])


@pytest.mark.sentence("Whoever sets an idle timeout decides for the remembered, too")
@pytest.mark.parametrize("idle", [5, 60 * 24 * 3600])
def test_who_sets_an_idle_timeout_decides_for_the_remembered_too(house, idle):
    """A box that a guest ticks must not stretch it to two weeks, nor cut it to them; so it is not shown."""
    alice = house.guest()
    alice.app = house.open_app(cookie={"max_age": idle})
    assert "Remember me" not in alice.get("/login").text
    alice.log_in(remember="yes")
    house.clock.move(min(idle, 29 * 24 * 3600) - 1)  # there is an absolute end, too
    assert alice.user() == "alice"
    alice.get("/dashboard")
    house.clock.move(idle + 1)
    assert alice.user() is None


@pytest.mark.sentence("A password given once more leaves the cookie's life as it is")
@pytest.mark.parametrize("path", ["/confirm", "/password"])
@pytest.mark.parametrize("remember", ["", "yes"])
def test_a_password_given_once_more_leaves_the_cookie_its_life(house, path, remember):
    """Who is remembered for two weeks still is when the session has a new id."""
    alice = house.guest()
    alice.log_in(remember=remember)
    assert alice.post(path, password=DEMO_USERS["alice"], new=NEW).location == "/devices"
    house.clock.move(30 * 60 + 1)
    assert alice.user() == ("alice" if remember else None)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (f"Mozilla/5.0 (Windows NT 10.0) {CHROMIUM} Edg/129", "Edge on Windows"),
        (f"Mozilla/5.0 (Linux; Android 15) {CHROMIUM}", "Chrome on Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) Version/17.5 Safari/605.1.15", "Safari on macOS"),
        ("python-requests/2.32", "a Python program"),
        ("", "an unknown browser"),
        ("<script>alert(1)</script>", "an unknown browser"),
    ],
)
def test_a_browser_is_named_in_words(agent, words):
    """From a short list: what a visitor claims to be is not repeated on a page."""
    assert browser(agent) == words


@pytest.fixture
def desk():
    """Logins without a site: `log_in(name)` begins one, on a clock that stands still until it is moved."""
    logins, app, clock = Logins(), bottle.Bottle(), Clock.still()

    @app.get("/<name>")
    @app.get("/<name>/<proof>")
    def log_in(name, proof=None):
        if proof:
            bottle.request.session["proof"] = proof
        logins.begin(bottle.request.session, name, FIREFOX)

    store = MemoryStore(clock=clock)
    middleware = logins.ask(SessionMiddleware(app, secret="any", store=store, clock=clock))
    return SimpleNamespace(
        logins=logins,
        clock=clock,
        store=store,
        log_in=lambda name, proof="/p": call(middleware, f"/{name}{proof}").cookie,
    )


def handles_of(desk, name):
    return [login.handle for login in desk.logins.of(name, "p")]


def test_a_login_is_its_users_session(desk):
    """So the store finds it, in a list that says since when, where from, and when it was last used."""
    begun = desk.clock()
    assert desk.log_in("alice")
    desk.clock.move(60)
    desk.log_in("alice")
    desk.log_in("queen")
    assert [desk.store.owner_of(id) for id in desk.store] == ["alice", "alice", "queen"]
    assert [login.data["browser"] for login in desk.logins.of("alice", "p")] == ["Firefox on Linux"] * 2
    assert [(login.created, login.seen) for login in desk.logins.of("alice", "p")] == [(begun + 60,) * 2, (begun,) * 2]
    assert len({*handles_of(desk, "alice"), *handles_of(desk, "queen")}) == 3
    assert desk.logins.of("nobody", "p") == []


def test_a_login_of_an_earlier_password_is_not_listed(desk):
    """Nobody can use it any more, though its session lies in the store until somebody tries to."""
    desk.log_in("alice", "/of before")
    desk.log_in("alice")
    assert len(desk.logins.of("alice", "p")) == 1
    assert desk.logins.of("alice", "of tomorrow") == []


def test_a_session_that_keeps_no_proof_is_not_listed(desk):
    """An earlier release has written none: nobody is logged in by such a session, and the list goes on without it."""
    desk.log_in("alice", "")
    desk.log_in("alice")
    assert len(desk.logins.of("alice", "p")) == 1
    assert desk.logins.of("alice", "of tomorrow") == []


def test_one_login_is_ended_by_its_owner_alone(desk):
    """True for the one who ends it, False for another and for the second time."""
    desk.log_in("alice")
    desk.clock.move(1)
    desk.log_in("alice")
    handle, other = handles_of(desk, "alice")
    assert desk.logins.end("queen", handle) is False
    assert handles_of(desk, "alice") == [handle, other]
    assert desk.logins.end("alice", handle) is True
    assert desk.logins.end("alice", handle) is False
    assert handles_of(desk, "alice") == [other]


def test_all_logins_of_a_user_are_ended_but_one(desk):
    """It says how many; other users' logins stay."""
    for name in ("alice", "alice", "queen", "alice"):
        desk.log_in(name)
        desk.clock.move(1)
    own = handles_of(desk, "alice")[1]
    [id] = [id for id in desk.store if handle_of(desk.store, id) == own]
    with desk.logins.app.session(id) as session:
        assert desk.logins.end_all("alice", but=session) == 2
    assert handles_of(desk, "alice") == [own]
    assert desk.logins.end_all("alice") == 1
    assert desk.logins.end_all("alice") == 0
    assert len(handles_of(desk, "queen")) == 1


@pytest.mark.sentence("A store that knows no owners is refused at the start")
def test_a_store_that_knows_no_owners_is_refused_at_the_start(house):
    """The site could begin no login in it, and list none: better said to whoever starts it than to its first guest."""
    with pytest.raises(TypeError, match="set_owned"):
        house.open_app(store=FourMethods(MemoryStore()))


@pytest.mark.parametrize(("at_limit", "status"), [("end_oldest", 303), ("refuse", 409)])
def test_a_limit_is_one_of_logins(house, alice, at_limit, status):
    """With limit_per_owner=1, the second login ends the first, or is none; strangers are nobody's, and not counted."""
    for _ in range(2):
        house.guest().post("/order", tea="green")
    second = house.guest()
    second.app = house.open_app(limit_per_owner=1, at_limit=at_limit)
    assert second.try_to_log_in().status == status
    assert (alice.user(), second.user()) == ((None, "alice") if status == 303 else ("alice", None))
    alice.try_to_log_in()
    assert len(listed(house, "alice")) == 1 + (status == 303)  # who is counted: `alice` has an app without a limit


# Sensitive changes


@pytest.mark.asvs("7.4.3", "7.2.4")
def test_a_new_password_ends_all_other_logins(house, alice):
    """Whoever had the old one is out; who changed it is in, under a new id."""
    thief = house.guest()
    thief.log_in("alice")
    before = alice.cookie
    answer = alice.post("/password", password=DEMO_USERS["alice"], new="a whole new password")
    assert answer.location == "/devices"
    assert [each.id for each in house.store.of_owner("alice")] == [alice.id]  # gone at once, not when he comes
    assert (alice.user(), thief.user()) == ("alice", None)
    copy = house.guest()
    copy.cookie = before
    assert (alice.cookie != before, copy.user()) == (True, None)
    assert house.guest().try_to_log_in("alice").status == 401
    again = house.guest()
    assert again.post("/login", username="alice", password="a whole new password").status == 303


@pytest.mark.sentence("A password is changed only by whoever knows it")
@pytest.mark.asvs("7.5.1")
@pytest.mark.parametrize(
    "form",
    [{}, {"password": "wrong", "new": "a whole new password"}, {"password": "follow-the-rabbit", "new": "short"}],
)
def test_a_password_is_changed_only_by_who_knows_it(house, alice, form):
    """An open browser is not enough, and the new one must be long enough."""
    assert alice.post("/password", **form).status == 401
    assert house.guest().log_in("alice").status == 303


@pytest.mark.parametrize(
    ("new", "status"),
    [("x" * 7, 401), ("x" * 8, 303), ("x" * 1024, 303), ("☕" * 1024, 303), ("x" * 1025, 401), ("x" * 1500, 401)],
    ids=["7", "8", "1024", "1024 cups", "1025", "1500"],
)
def test_a_new_password_that_is_accepted_opens_the_door(house, alice, new, status):
    """What would be wrong at the next login must not become a password: it would lock its owner out."""
    assert alice.post("/password", password=DEMO_USERS["alice"], new=new).status == status
    password = new if status == 303 else DEMO_USERS["alice"]
    assert house.guest().post("/login", username="alice", password=password).status == 303


@pytest.mark.asvs("7.5.3")
@pytest.mark.parametrize("path", ["/admin/role", "/admin/end"])
def test_an_admin_is_asked_again_after_a_while(house, queen, alice, path):
    """Ten minutes after the login, what an admin does needs the password once more, and is not done before."""
    house.clock.move(room.FRESH - 1)
    assert queen.post("/admin/role", username="alice", role="user").location == "/admin"
    house.clock.move(2)
    assert queen.post(path, username="alice", role="admin").location == "/confirm"
    assert (alice.get("/admin").status, alice.user()) == (403, "alice")
    assert queen.post("/confirm", password="wrong").status == 401
    assert queen.post(path, username="alice", role="admin").location == "/confirm"


@pytest.mark.asvs("7.2.4", "7.5.3")
def test_a_password_given_once_more_is_believed_for_a_while(house, queen, alice):
    """It is a new level of trust, so the session has another id from then on; and all that it held."""
    queen.post("/order", tea="green")
    house.clock.move(room.FRESH + 1)
    before = queen.cookie
    assert queen.post("/confirm", password=DEMO_USERS["queen"]).location == "/admin"
    assert queen.cookie != before
    copy = house.guest()
    copy.cookie = before
    assert (queen.user(), copy.user()) == ("queen", None)
    assert ordered(queen) == ["1 cup of green tea"]
    house.clock.move(room.FRESH - 1)
    assert queen.post("/admin/role", username="alice", role="admin").location == "/admin"
    assert alice.get("/admin").status == 200
    house.clock.move(2)
    assert queen.post("/admin/role", username="alice", role="user").location == "/confirm"


def test_a_page_behind_the_password_gets_what_its_address_says(house):
    """A guard stands before any page, also before one whose address has a part that differs: `/guests/<name>`."""
    app = bottle.Bottle()
    app.route("/guests/<name>", "GET", room.password_required(lambda name: f"this is {name}"))
    app.route("/confirmed", "GET", lambda: bottle.request.session.update(confirmed=house.clock()))
    guarded = step5_stores.SessionMiddleware(app, secret=step6.SECRET, store=house.store, clock=house.clock)
    cookie = call(guarded, "/confirmed").cookie
    assert call(guarded, "/guests/alice", cookie=cookie).text == "this is alice"
    assert call(guarded, "/guests/alice").location == "/confirm"


@pytest.mark.asvs("7.4.5")
def test_an_admin_ends_all_logins_of_a_user(house, queen):
    """Three devices, one click, three strangers."""
    devices = [house.guest() for _ in range(3)]
    for device in devices:
        device.log_in("alice")
    queen.post("/admin/end", username="alice")
    assert [device.user() for device in devices] == [None, None, None]
    assert queen.user() == "queen"


@pytest.mark.parametrize("username", ["", "a" * 1025, "é" * 600])
def test_a_name_that_nobody_can_have_is_400(queen, username):
    """As with a role: what no user is called is a form that was garbled, and no fault of ours."""
    assert queen.post("/admin/end", username=username).status == 400


@pytest.mark.parametrize("path", ["/devices", "/password", "/confirm"])
def test_strangers_are_sent_to_the_login(house, path):
    """Also by POST, and without a trace of what was sent."""
    assert house.guest().get(path).location == "/login"
    for post in (path, "/devices/end", "/devices/end-others"):
        if post != "/devices":
            assert house.guest().post(post, handle="x", password="x", new="x").location == "/login"
    assert re.fullmatch(r'({("createdAt":\d+,)?"csrf":"[^"]+"})*', rows_of(house))


def test_a_session_from_an_earlier_step_is_no_login(house):
    """Step 5 may have written into the same store: a name in a session is not a login that its owner can end."""
    id = "from-step-5"
    house.store.set(id, ENDLESS % ',"user":"queen"', expected=None, expires=None)
    guest = house.guest()
    guest.cookie = cookie_of(id, step6.SECRET)
    assert guest.user() is None
    assert guest.get("/admin").location == "/login"


# What was checked is still so when it counts


@pytest.fixture
def meanwhile(monkeypatch):
    """Let something happen once in the moment between a password's check and what follows from it."""

    def let(happen):
        waiting = [happen]

        def slow(password, hashed):
            right = verify_password(password, hashed)
            if right and waiting:
                waiting.pop()()
            return right

        monkeypatch.setattr("steps.step3_authenticate.users.verify_password", slow)

    return let


def change_password(house):
    """From another process, as the users command does it: it knows nothing of sessions."""
    Users(house.users.path).add("alice", NEW)


def remove_alice(house):
    remove(Users(house.users.path), "alice")


@pytest.mark.asvs("7.4.2", "7.4.3", "15.4.2")
@pytest.mark.parametrize("change", [change_password, remove_alice])
def test_a_password_opens_nothing_that_was_changed_after_its_check(house, meanwhile, change):
    """The check takes 30 ms. A login that begins after all logins were ended would outlive the change."""
    thief = house.guest()
    token = thief.token()
    meanwhile(lambda: change(house))
    answer = thief.try_to_log_in(csrf_token=token)
    assert (answer.status, thief.user()) == (401, None)
    assert "Wrong name or password" in answer.text
    assert house.store.of_owner("alice") == []


@pytest.mark.asvs("7.4.2", "7.4.3", "15.4.2")
@pytest.mark.parametrize("change", [change_password, remove_alice])
def test_a_login_begins_on_the_password_of_its_moment(house, monkeypatch, change):
    """The check is over and was right; then the password changes; then the login would begin: it does not."""
    waiting, alone = [lambda: change(house)], Database.alone

    def later(database):
        if waiting:
            waiting.pop()()
        return alone(database)

    thief = house.guest()
    token = thief.token()
    monkeypatch.setattr(Database, "alone", later)
    answer = thief.try_to_log_in(csrf_token=token)
    assert (answer.status, thief.user(), waiting) == (401, None, [])
    assert house.store.of_owner("alice") == []


def same_password(house):
    """The old one once more: whoever has it by now may log in, and all have to."""
    Users(house.users.path).add("alice", DEMO_USERS["alice"])


def removed_and_there_again(house):
    """Another person of this name, who happens to have the same password."""
    remove_alice(house)
    same_password(house)


@pytest.mark.sentence("Whatever becomes of a password, what it has opened before is closed")
@pytest.mark.asvs("7.4.2", "7.4.3")
@pytest.mark.parametrize("change", [change_password, remove_alice, same_password, removed_and_there_again])
def test_what_an_earlier_password_has_opened_is_closed(house, alice, queen, change):
    """Wherever the sessions are: they keep which hash has opened them, and who changes that need not find them."""
    change(house)
    assert alice.get("/dashboard").location == "/login"
    assert (alice.user(), queen.user()) == (None, "queen")
    assert house.store.of_owner("alice") == []


@pytest.mark.sentence("Who comes late with an earlier password has a session that opens nothing")
@pytest.mark.asvs("7.4.2", "7.4.3", "15.4.2")
@pytest.mark.parametrize("change", [change_password, remove_alice])
def test_who_comes_late_with_an_earlier_password_has_nothing(house, monkeypatch, change):
    """The database and the store are two places: a login is written into one after it was allowed by the other."""
    thief, write, waiting = house.guest(), house.store.set_owned, [lambda: change(house)]

    def later(*args, **options):
        if waiting:
            waiting.pop()()
        return write(*args, **options)

    monkeypatch.setattr(house.store, "set_owned", later)
    assert thief.try_to_log_in().status == 303
    assert waiting == []
    assert (thief.user(), listed(house, "alice")) == (None, [])


def test_a_fingerprint_tells_nothing_of_the_hash(house, alice):
    """What stands in the store is no help to whoever guesses passwords."""
    hashed = house.users.password_hash("alice")
    assert not any(part in rows_of(house) for part in hashed.split("$")[-2:])
    assert ProvenUsers(house.users).fingerprint("nobody") is None


@pytest.mark.parametrize("proof", [None, "", "x", [], {}, 0])
def test_a_session_without_its_proof_is_no_login(house, proof):
    """Whatever stands in its place, and also for a name that nobody has."""
    for name in ("alice", "nobody"):
        row = ENDLESS % f',"user":"{name}","proof":{json.dumps(proof)}'
        house.store.set(f"id-of-{name}", row, expected=None, expires=None)
        guest = house.guest()
        guest.cookie = cookie_of(f"id-of-{name}", step6.SECRET)
        assert guest.user() is None


def test_a_database_of_before_goes_on(house):
    """Logins were rows of it once. It may keep them; the sessions that named them are no logins any more."""
    with house.users.connect() as database:
        database.execute("CREATE TABLE logins (handle TEXT, name TEXT, browser TEXT, began REAL)")
        database.execute("INSERT INTO logins VALUES ('h', 'alice', 'Firefox', 0)")
    row = ENDLESS % ',"user":"alice","login":"h","confirmed":1800000000.0'
    house.store.set("of-before", row, expected=None, expires=None)
    guest = house.guest()
    guest.cookie = cookie_of("of-before", step6.SECRET)
    assert guest.user() is None
    assert guest.log_in().location == "/dashboard"
    assert len(guest.handles()) == 1


def test_without_a_proof_nothing_fits(house):
    """Not even for a name without a password, which nobody has."""
    bottle.request.bind({})
    assert ProvenUsers(house.users).still_fits("nobody") is False


@pytest.mark.sentence("Of two changes of a password at once, one counts")
@pytest.mark.asvs("15.4.2")
def test_of_two_changes_of_a_password_at_once_one_counts(house, alice, meanwhile):
    """Both know the old one: the later must not put his over the earlier's, nor end the earlier's login."""
    thief = house.guest()
    thief.log_in("alice")
    token = thief.token()
    meanwhile(lambda: alice.post("/password", password=DEMO_USERS["alice"], new=NEW))
    answer = thief.post("/password", password=DEMO_USERS["alice"], new="the thief's own one", csrf_token=token)
    assert answer.status in (303, 401)
    assert (alice.user(), thief.user()) == ("alice", None)
    assert house.guest().post("/login", username="alice", password=NEW).status == 303


@pytest.mark.sentence("Whoever logs in while a hash is renewed is in")
def test_who_logs_in_as_a_hash_is_renewed_is_in(house):
    """The proof of the password is then the new hash. What the old hash has opened is closed: the price of it."""
    weak_hash(house)
    guest, other = house.guest(), house.guest()
    assert (guest.try_to_log_in().status, guest.user()) == (303, "alice")
    weak = weak_hash(house)
    assert (other.try_to_log_in().status, other.user()) == (303, "alice")
    assert house.users.password_hash("alice") != weak
    assert guest.user() is None


def weak_hash(house):
    """Let Alice's hash be one of an earlier cost; return it."""
    weak = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1).hash(DEMO_USERS["alice"])
    with house.users.connect() as database:
        database.execute("UPDATE users SET password_hash = ? WHERE name = 'alice'", (weak,))
    return weak


@pytest.mark.sentence("Whoever gives the password once more while a hash is renewed stays in")
def test_who_gives_the_password_once_more_as_a_hash_is_renewed_stays_in(house, monkeypatch):
    """A renewed hash has another fingerprint, and this session has just proved it."""
    weak_hash(house)
    monkeypatch.setattr("steps.step3_authenticate.users.needs_rehash", lambda hashed: False)
    alice = house.guest()
    alice.log_in()
    monkeypatch.undo()
    assert alice.post("/confirm", password=DEMO_USERS["alice"]).location == "/devices"
    assert alice.user() == "alice"


@pytest.fixture
def after_the_guards(monkeypatch):
    """Let something happen once in the moment between the guards of a page and the page."""

    def let(happen):
        waiting = [happen]

        def slowly(account):
            if waiting:
                waiting.pop()()
            return account

        monkeypatch.setattr("steps.step6_access.proof.current_account", lambda: slowly(current_account()))

    return let


@pytest.mark.sentence("Somebody who is no admin any more changes nothing")
@pytest.mark.asvs("8.3.2", "15.4.2")
@pytest.mark.parametrize(
    ("path", "form"),
    [("/admin/role", {"username": "alice", "role": "admin"}), ("/admin/end", {"username": "alice"})],
)
@pytest.mark.parametrize("taken", ["role", "login", "password", "account"])
def test_an_admin_who_is_none_any_more_changes_nothing(house, alice, queen, after_the_guards, path, form, taken):
    """Neither a role nor a login, though the guards have let the request in a moment ago."""
    Roles(house.users).give("alice", "admin")
    token = queen.token()
    takes = {
        "role": lambda: Roles(house.users).give("queen", "user"),
        "login": lambda: house.store.end_owned("queen"),
        "password": lambda: house.users.add("queen", NEW),
        "account": lambda: remove(house.users, "queen"),
    }
    after_the_guards(takes[taken])
    answer = queen.post(path, **{**form, "role": "user"}, csrf_token=token)
    assert (answer.status, answer.location) == ((403, None) if taken == "role" else (303, "/login"))
    assert alice.get("/admin").status == 200


@pytest.mark.asvs("15.4.2")
@pytest.mark.parametrize("path", ["/devices/end", "/devices/end-others", "/password"])
def test_a_login_that_has_ended_ends_no_other(house, alice, after_the_guards, path):
    """A thief whose device is ended while his request is on its way must not end the owner's in return."""
    thief = house.guest()
    thief.log_in("alice")
    token, own = thief.token(), own_handle(house, alice)
    after_the_guards(lambda: house.store.end_owned("alice", but=alice.id))
    answer = thief.post(path, handle=own, password=DEMO_USERS["alice"], new=NEW, csrf_token=token)
    assert answer.location == "/login"
    assert (alice.user(), thief.user()) == ("alice", None)
    assert house.guest().log_in().status == 303


def test_a_role_is_given_to_nobody_who_is_gone(house, monkeypatch):
    """Else the next one of this name would be an admin from the start, and the last admin not the last."""
    roles = Roles(house.users)
    roles.give("queen", "admin")
    monkeypatch.setattr(house.users, "password_hash", lambda name: "was there a moment ago")
    with pytest.raises(ValueError, match="nobody"):
        roles.give("nobody", "admin")
    assert roles.of("nobody") == "user"


# The users' database


@contextmanager
def gone(path):
    """The file is not there, as while a backup is put back."""
    path.rename(path.with_suffix(".away"))
    yield
    path.with_suffix(".away").rename(path)


@contextmanager
def exclusive(path):
    """Another program wants the database for itself."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield


@contextmanager
def spoilt(path):
    """The file is no database."""
    content = path.read_bytes()
    path.write_bytes(b"this is no database" * 1000)
    yield
    path.write_bytes(content)


@pytest.mark.sentence("A users' database that does not answer is a 503")
@pytest.mark.asvs("16.5.2", "16.5.3")
@pytest.mark.parametrize("fault", [faults.locked, exclusive, gone, spoilt])
def test_a_users_database_that_does_not_answer_is_a_503(house, alice, fault, monkeypatch):
    """It is a store, too: 503 and when to come back, for those who need it. Nobody is logged out, strangers go on."""
    monkeypatch.setattr("steps.step3_authenticate.database.PATIENCE", 0)
    monkeypatch.setattr("steps.step6_access.database.PAUSE", 0)
    guest = house.guest()
    token = guest.token()
    with fault(house.users.path):
        answer = guest.try_to_log_in(csrf_token=token)
        reads = alice.get("/dashboard")
        menus = [who.get("/menu").status for who in (house.guest(), alice)]
    assert (
        (answer.status, answer.by_name.get("Retry-After")) == (503, "1")
        if house.step > 6 or fault is not faults.locked
        else True
    )
    assert reads.status == (200 if fault in (faults.locked, exclusive) else 503)
    assert menus == [200, 200]
    assert (alice.user(), guest.log_in().status) == ("alice", 303)


@pytest.mark.sentence("Whoever waits behind one that waited in vain has waited enough")
def test_who_waits_behind_one_that_waited_in_vain_has_waited_enough(users, monkeypatch):
    """However many want to write into a locked database, the last has an answer when the first has."""
    monkeypatch.setattr("steps.step3_authenticate.database.PATIENCE", 0.01)
    monkeypatch.setattr("steps.step6_access.database.PAUSE", 60)
    answering(users)

    def write():
        with pytest.raises(StoreError) as refused:
            users.add("dormouse", NEW)
        return "a moment ago" in str(refused.value)

    with faults.locked(users.path):
        assert sorted(at_once(*[write] * 8)) == [False] + [True] * 7


# The real server


def test_the_server_has_the_doors(server, visitors):
    """As its own process, with the demo users: a stranger, a user and an admin at each door."""
    stranger, alice, queen = visitors(), visitors(), visitors()
    alice.log_in("alice")
    queen.log_in("queen")
    codes = [
        [who.get(path).status_code for path in ("/preferences", "/devices", "/admin")]
        for who in (stranger, alice, queen)
    ]
    assert codes == [[200, 303, 303], [200, 200, 403], [200, 200, 200]]


FORKS = """
import os, sys, threading
from steps.step3_authenticate.users import Users
from steps.step6_access.database import answering

users = answering(Users(sys.argv[1]))
users.prepare("CREATE TABLE IF NOT EXISTS written (name TEXT)")
inside, go = threading.Event(), threading.Event()

def work():
    with users.connect() as database:
        database.execute("SELECT count(*) FROM users").fetchone()
        inside.set()
        go.wait(0.3)

threading.Thread(target=work).start()
inside.wait()
child = os.fork()
for _ in range(10):
    with users.connect() as database:
        database.execute("INSERT INTO written VALUES (?)", ("child" if child == 0 else "parent",))
if child:
    print(os.waitpid(child, 0)[1])
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_no_users_connection_is_carried_over_a_fork(tmp_path):
    """SQLite forbids it: what either process is told is kept would be gone. So a fork waits for who is at work."""
    path = tmp_path / "users.sqlite3"
    told = subprocess.run([sys.executable, "-c", FORKS, path], cwd=ROOT, capture_output=True, text=True)
    assert (told.stdout, told.stderr) == ("0\n", "")
    with closing(sqlite3.connect(path)) as database:
        assert dict(database.execute("SELECT name, count(*) FROM written GROUP BY name")) == {"child": 10, "parent": 10}


FORKS_AT_WORK = """
import os, signal, sys, threading, time
from steps.step3_authenticate.users import Users
from steps.step6_access.database import answering
from tests.support.notes import Notes

users = answering(Users(sys.argv[1]))
notes, stop, slow = Notes(users), threading.Event(), 0
works = {"read": lambda: notes.name_of("nobody"), "write": lambda: notes.begin("alice")}

def work():
    while not stop.is_set():
        works[sys.argv[2]]()

for _ in range(4):
    threading.Thread(target=work).start()
for _ in range(20):
    begun = time.monotonic()
    child = os.fork()
    if child == 0:
        signal.alarm(5)
        handle = notes.begin("child")
        os._exit(0 if notes.name_of(handle) == "child" else 1)
    slow += time.monotonic() - begun > 0.6
    if os.waitpid(child, 0)[1]:
        stop.set()
        sys.exit("a child got no answer")
stop.set()
print(notes.count("child"), slow < 5)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.parametrize("work", ["read", "write"])
def test_a_fork_lets_nobody_begin(work, tmp_path):
    """It waits for those who are at work, and not for all who would come meanwhile; its child has an answer."""
    command = [sys.executable, "-W", "ignore", "-c", FORKS_AT_WORK, tmp_path / "users.sqlite3", work]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (told.stdout, told.stderr) == ("20 True\n", "")


FORK_OF_A_LONG_WORK = """
import os, signal, sys, threading, time
from steps.step3_authenticate.users import Users
from steps.step5_stores.store import StoreError
from steps.step6_access.database import answering

users = answering(Users(sys.argv[1]))
other = answering(Users(sys.argv[1] + ".other"))
inside = threading.Event()

def work():
    with users.connect() as database:
        database.create_function("rest", 0, lambda: inside.set() or time.sleep(3))
        database.execute("SELECT rest()").fetchall()

thread = threading.Thread(target=work)
thread.start()
inside.wait()
child = os.fork()
if child == 0:
    signal.alarm(5)
    try:
        users.password_hash("alice")
    except StoreError:
        sys.exit(other.password_hash("alice"))
    sys.exit("that file was in use")
thread.join()
print(os.waitpid(child, 0)[1], users.password_hash("alice"))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_what_a_fork_has_not_waited_for_is_left_alone(tmp_path):
    """SQLite is at work on it, so in the child even closing it would never end. That file is a 503 there, at once."""
    command = [sys.executable, "-W", "ignore", "-c", FORK_OF_A_LONG_WORK, tmp_path / "users.sqlite3"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (told.stdout, told.stderr) == ("0 None\n", "")


def without(path, *ends):
    """These of the database's files are removed."""
    for end in ends:
        path.with_name(path.name + end).unlink(missing_ok=True)


def move_in(path):
    """The backup is restored by a move."""
    shutil.copy(path.parent / "backup.db", path.parent / "copy.db")
    (path.parent / "copy.db").replace(path)


RESTORED = {
    "moved over": move_in,
    "removed, and moved in": lambda path: (without(path, "", "-wal", "-shm"), move_in(path)),
    "removed without what is beside it, and moved in": lambda path: (without(path, ""), move_in(path)),
    "moved away, and moved in": lambda path: (path.rename(path.parent / "away.db"), move_in(path)),
}


@pytest.mark.skipif(os.name == "nt", reason="no file that is open is moved here")
@pytest.mark.parametrize("restored", RESTORED)
def test_a_users_database_is_restored_while_it_is_in_use(restored, users, tmp_path):
    """All notice, and none writes into what is gone: at worst there is a 503, and never a mixture of old and new."""
    notes, stop, moved = Notes(answering(users)), threading.Event(), threading.Event()
    with closing(sqlite3.connect(users.path)) as open_, closing(sqlite3.connect(tmp_path / "backup.db")) as backup:
        open_.backup(backup)

    def work(name, before, since):
        while not stop.is_set():
            begun = since if moved.is_set() else before
            with suppress(StoreError):
                handle = notes.begin(name)
                notes.name_of(handle)
                begun.append(handle)

    for n in range(6):
        stop.clear()
        moved.clear()
        before, since = [], []
        with ThreadPoolExecutor(4) as pool:
            works = [pool.submit(work, f"{n}", before, since) for _ in range(4)]
            try:
                wait_until(lambda begun=before: len(begun) > 20)
                RESTORED[restored](users.path)
                moved.set()
                wait_until(lambda begun=since: len(begun) > 40)
            finally:
                stop.set()
        assert [each.result() for each in works] == [None] * 4
        with closing(sqlite3.connect(users.path)) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            held = dict(database.execute("SELECT handle, name FROM notes"))
        assert set(held.values()) == {f"{n}"}
        assert held.keys() >= set(since)


def test_a_users_database_that_is_gone_is_not_made_anew(users, tmp_path):
    """Without users, it would be one that lets nobody in. What was in it goes with the file, wherever that goes."""
    notes = Notes(answering(users))
    handle = notes.begin("alice")
    users.path.rename(tmp_path / "away")
    for _ in range(2):
        with pytest.raises(StoreError, match="unable to open"):
            notes.name_of(handle)
    assert not users.path.exists()
    (tmp_path / "away").rename(users.path)
    assert notes.name_of(handle) == "alice"


def test_the_users_stay_the_same_wherever_the_program_goes(tmp_path, monkeypatch):
    """A path is meant from the folder in which it was said."""
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "here")
    users = Users("users.sqlite3")
    users.add_demo_users()
    monkeypatch.chdir(tmp_path / "there")
    for known in (users, ThrottledUsers(users.path), answering(users)):
        assert known.password_hash("alice")
    assert not [*(tmp_path / "there").iterdir()]
