"""Step 6: who may do what, pages that know their visitor, and one's own logins."""

import json
import re
from urllib.parse import unquote

import pytest

from steps import step5_stores
from steps.step2_middleware.session import split_row
from steps.step6_access import KeptPreferences, Logins, Preferences, Roles
from steps.step6_access import orders as tea
from steps.step6_access import server as step6
from steps.step6_access.logins import browser
from tests.support.calling import DEMO_USERS, FIREFOX, call, cookie_of, site
from tests.support.races import at_once
from tests.support.stores import ENDLESS
from workbook.serving import Clock

CHROMIUM = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0 Safari/537.36"


def rows_of(house):
    """The data of all sessions, as JSON: from step 7 on, a stranger's holds the token of a form."""
    return "".join(split_row(house.store.get(id))[1] for id in house.store)


# Roles


def test_only_an_admin_sees_the_admins_page(house, alice, queen):
    """A stranger may log in; who is in with another role gets a 403 that says what is missing."""
    assert (house.guest().get("/admin").status, house.guest().get("/admin").location) == (303, "/login")
    refused = alice.get("/admin")
    assert refused.status == 403
    assert "role admin" in refused.text and "role user" in refused.text
    assert queen.get("/admin").status == 200


@pytest.mark.asvs("8.3.2")
def test_a_change_of_rights_counts_at_the_next_request(alice, queen):
    """The role is looked up, not remembered: neither a promotion nor a demotion waits for a new login."""
    assert queen.post("/admin/role", username="alice", role="admin").location == "/admin"
    assert alice.get("/admin").status == 200
    assert queen.post("/admin/role", username="alice", role="user").status == 303
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


@pytest.mark.parametrize("path", ["/admin/role", "/admin/end"])
def test_admins_actions_are_for_admins(house, alice, queen, path):
    """The page is not the guard: who knows the address may send the form, too."""
    assert alice.post(path, username="alice", role="admin").status == 403
    assert house.guest().post(path, username="alice", role="admin").location == "/login"
    assert (alice.get("/admin").status, alice.user(), queen.user()) == (403, "alice", "queen")


def test_roles_in_the_library(users):
    """Who has none is a user; the last admin stays; all users are listed."""
    roles = Roles(users)
    assert roles.of("alice") == "user"
    roles.give("queen", "admin")
    roles.give("alice", "admin")
    roles.give("queen", "user")
    assert [(account.name, account.role) for account in roles.everybody()] == [("alice", "admin"), ("queen", "user")]
    with pytest.raises(ValueError, match="last admin"):
        roles.give("alice", "user")
    roles.give("queen", "user")


# Personal pages


def test_preferences_are_for_strangers_too(house):
    """In the session, before there is anybody to keep them for."""
    guest = house.guest()
    assert guest.post("/preferences", theme="dark", language="de").location == "/preferences"
    assert 'data-theme="dark"' in guest.get("/").text
    assert "Was wir ausschenken" in guest.get("/menu").text
    assert 'data-theme="auto"' in house.guest().get("/").text


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
def test_only_what_can_be_chosen_is_taken(house, alice, form):
    """Session puzzling, mass assignment: a form's fields are no session's keys, and what is on no list is left."""
    stranger = house.guest()
    for guest in (stranger, alice):
        before = guest.user()
        assert guest.post("/preferences", **form).status == 303
        assert guest.user() == before
        assert guest.get("/admin").status in (303, 403)
        assert 'data-theme="auto"' in guest.get("/").text
    assert "1000000" not in str(list(map(house.store.get, house.store)))


def test_preferences_in_the_library(users):
    """Known fields with known values, whatever comes."""
    assert Preferences.chosen({"theme": "dark", "language": "de", "role": "admin"}) == Preferences("dark", "de")
    for wishes in (None, [], "dark", {"theme": ["dark"]}, {"theme": None}, {"language": 7}):
        assert Preferences.chosen(wishes) == Preferences()
    kept = KeptPreferences(users)
    assert kept.of("alice") is None
    kept.keep("alice", Preferences("dark", "de"))
    kept.keep("alice", Preferences("light", "fr"))
    assert (kept.of("alice"), kept.of("queen")) == (Preferences("light", "fr"), None)


def test_the_order_survives_the_login_and_not_the_logout(house):
    """Regenerate with keep: another id, the same order. At the logout it ends with the session."""
    guest = house.guest()
    guest.post("/order", tea="green")
    guest.post("/order", tea="green")
    before = guest.cookie
    guest.log_in("alice")
    assert guest.cookie != before
    assert "2 cups of green tea" in guest.get("/order").text
    guest.post("/logout")
    assert "Nothing yet" in guest.get("/order").text


def test_another_users_order_does_not_come_along(house, alice):
    """Logging in over somebody else's login: what she has ordered is hers, and her login has ended."""
    alice.post("/order", tea="green")
    alice.log_in("queen")
    assert "Nothing yet" in alice.get("/order").text
    assert Logins(house.users, clock=house.clock).of("alice") == []


def test_two_clicks_at_once_are_two_cups(house, alice):
    """The order is one key of the session, so it is changed atomically."""
    alice.get("/order")
    copies = [house.guest() for _ in range(8)]
    for copy in copies:
        copy.cookie = alice.cookie
    at_once(*[lambda copy=copy: copy.post("/order", tea="black") for copy in copies])
    assert "8 cups of black tea" in alice.get("/order").text


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
    assert seen == [2]
    assert "2 cups of green tea" in alice.get("/order").text


def test_notices_wait_for_each_other(house):
    """Two sentences before a page is shown are two sentences on it; a page without any leaves the session as it is."""
    session = {}
    assert (tea.take_notices(session), session) == ([], {})
    tea.notice(session, "One.")
    first = session["notices"]
    tea.notice(session, "Two.")
    assert (first, tea.take_notices(session), session) == (["One."], ["One.", "Two."], {})


@pytest.mark.parametrize("form", [{}, {"tea": ""}, {"tea": "coffee"}, {"tea": "x" * 1000}])
def test_what_is_not_on_the_menu_is_not_poured(house, form):
    """400, and no order in the row of whoever tries it, if there is a row at all."""
    assert house.guest().post("/order", **form).status == 400
    assert "order" not in rows_of(house)


def test_nobody_orders_without_end(house, alice):
    """A row is kept for each visitor: what it holds must have an end."""
    for _ in range(tea.MOST + 3):
        alice.post("/order", tea="herbal")
    assert f"{tea.MOST} cups of herbal tea" in alice.get("/order").text


def test_a_notice_is_shown_once(alice):
    """After a form comes a redirect: the sentence waits in the session for the page that is shown."""
    alice.post("/preferences", theme="dark")
    assert "It is as you like it now." in alice.get("/preferences").text
    assert "It is as you like it now." not in alice.get("/preferences").text


@pytest.mark.asvs("16.5.2")
def test_the_menu_is_there_without_the_store(house, alice):
    """P6. Personal where it can be, and there for everybody where it cannot."""

    def fail(*args, **kwargs):
        raise step5_stores.StoreError("out of order")

    house.store.get = house.store.set = house.store.touch = house.store.destroy = fail
    assert alice.get("/menu").status == 200
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
    assert "Firefox on Linux (this one)" in listed and "Safari on iPhone" in listed
    assert len(alice.handles()) == 2


@pytest.mark.asvs("7.5.2", "14.2.1")
def test_no_session_id_is_on_the_page(house, alice):
    """What names a login opens nothing: as a session id, it is unknown."""
    listed = alice.get("/devices").text
    ids = list(house.store)
    assert ids and not any(id in listed for id in ids)
    assert not any(handle in house.store for handle in alice.handles())


def test_a_login_can_be_ended_from_another_device(house, alice):
    """The other browser is a stranger at its next request, and its cookie is worth nothing any more."""
    thief = house.guest()
    thief.log_in("alice")
    own = alice.handles()
    [handle] = [each for each in own if each not in thief.get("/devices").text.partition("(this one)")[0]][:1] or own[
        :1
    ]
    for handle in own:
        if handle != data_of(house, alice)["login"]:
            assert alice.post("/devices/end", handle=handle).location == "/devices"
    assert (alice.user(), thief.user()) == ("alice", None)
    assert thief.get("/dashboard").location == "/login"


def data_of(house, guest):
    """What the store holds for a guest."""
    id = unquote(guest.cookie).partition("s:")[2].partition(".")[0]
    return json.loads(house.store.get(id))


def test_ending_ones_own_login_is_a_logout(alice, house):
    """The button beside “this one” does what it says."""
    answer = alice.post("/devices/end", handle=data_of(house, alice)["login"])
    assert (answer.location, alice.cookie, alice.user()) == ("/login", None, None)


def test_anothers_handle_is_404(alice, queen):
    """And so is one that there never was: nobody learns which handles there are."""
    for handle in (*queen.handles(), "made-up", ""):
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


def test_a_logout_ends_the_row_too(house, alice):
    """A login that has ended is not in the list."""
    phone = house.guest()
    phone.log_in("alice")
    phone.post("/logout")
    assert len(alice.handles()) == 1


def test_an_ended_login_leaves_nothing_to_its_cookie(house, alice):
    """The session ends with the login: its order is not the thief's to see."""
    alice.post("/order", tea="green")
    thief = house.guest()
    thief.cookie = alice.cookie
    Logins(house.users).end_all("alice")
    assert "Nothing yet" in thief.get("/order").text
    assert (thief.cookie, len(house.store)) == (None, 0)


def test_asking_whoami_is_no_sign_of_life(house, alice):
    """Seen is when a page was asked for; a program that polls keeps no login in the list."""
    logins = Logins(house.users, clock=house.clock)
    [before] = logins.of("alice")
    house.clock.move(600)
    alice.user()
    assert logins.of("alice") == [before]
    alice.get("/dashboard")
    assert logins.of("alice")[0].seen == before.seen + 600


def test_logins_that_have_expired_are_not_listed(house, alice):
    """Half an hour of silence ends a session, and its line with it."""
    house.clock.move(31 * 60)
    later = house.guest()
    later.log_in("alice")
    assert len(later.handles()) == 1


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


def test_logins_in_the_library(users):
    """A row each; noted once a minute; ended alone or together, and only one's own."""
    clock = Clock.still()
    logins = Logins(users, clock=clock)
    one, two = logins.begin("alice", FIREFOX, clock() + 100), logins.begin("alice", "curl/8", None)
    assert (logins.name_of(one), logins.name_of("x")) == ("alice", None)
    clock.move(30)
    logins.note(one, clock() + 100)
    assert {login.seen for login in logins.of("alice")} == {clock() - 30}
    clock.move(60)
    logins.note(one, clock() + 100)
    assert [(login.handle, login.seen) for login in logins.of("alice")] == [(one, clock()), (two, clock() - 90)]
    assert (logins.end("queen", one), logins.end("alice", one), logins.end("alice", one)) == (False, True, False)
    logins.note(one, None)
    assert logins.name_of(one) is None
    three = logins.begin("alice", "", None)
    assert logins.end_all("alice", but=three) == 1
    assert [login.handle for login in logins.of("alice")] == [three]
    assert logins.end_all("queen") == 0


# Sensitive changes


@pytest.mark.asvs("7.4.3", "7.2.4")
def test_a_new_password_ends_all_other_logins(house, alice):
    """Whoever had the old one is out; who changed it is in, under a new id."""
    thief = house.guest()
    thief.log_in("alice")
    before = alice.cookie
    answer = alice.post("/password", password=DEMO_USERS["alice"], new="a whole new password")
    assert answer.location == "/devices"
    assert (alice.user(), thief.user()) == ("alice", None)
    copy = house.guest()
    copy.cookie = before
    assert (alice.cookie != before, copy.user()) == (True, None)
    assert house.guest().log_in("alice").status == 401
    again = house.guest()
    assert again.post("/login", username="alice", password="a whole new password").status == 303


@pytest.mark.asvs("7.5.1")
@pytest.mark.parametrize(
    "form",
    [{}, {"password": "wrong", "new": "a whole new password"}, {"password": "follow-the-rabbit", "new": "short"}],
)
def test_a_password_is_changed_only_by_who_knows_it(house, alice, form):
    """An open browser is not enough, and the new one must be long enough."""
    assert alice.post("/password", **form).status == 401
    assert house.guest().log_in("alice").status == 303


@pytest.mark.asvs("7.5.3")
def test_an_admin_is_asked_again_after_a_while(house, queen, alice):
    """Ten minutes after the login, a change of rights needs the password once more."""
    house.clock.move(601)
    for path in ("/admin/role", "/admin/end"):
        assert queen.post(path, username="alice", role="admin").location == "/confirm"
    assert (alice.get("/admin").status, alice.user()) == (403, "alice")
    assert queen.post("/confirm", password="wrong").status == 401
    assert queen.post("/admin/role", username="alice", role="admin").location == "/confirm"
    before = queen.cookie
    assert queen.post("/confirm", password=DEMO_USERS["queen"]).location == "/admin"
    assert queen.cookie != before
    assert queen.post("/admin/role", username="alice", role="admin").location == "/admin"
    assert alice.get("/admin").status == 200


@pytest.mark.asvs("7.4.5")
def test_an_admin_ends_all_logins_of_a_user(house, queen):
    """Three devices, one click, three strangers."""
    devices = [house.guest() for _ in range(3)]
    for device in devices:
        device.log_in("alice")
    queen.post("/admin/end", username="alice")
    assert [device.user() for device in devices] == [None, None, None]
    assert queen.user() == "queen"


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
