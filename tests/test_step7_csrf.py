"""CSRF: a form counts only with the token of the page that it stands on."""

import re

import pytest

from steps.step7_harden.csrf import KEY, is_right
from tests.support.calling import DEMO_USERS


def test_tokens_cannot_be_guessed(house):
    """As long and as random as an id, and another one for each session."""
    tokens = {house.guest().token() for _ in range(20)}
    assert len(tokens) == 20
    assert min(map(len, tokens)) >= 22


FORMS = ["/login", "/logout", "/preferences", "/order", "/devices/end", "/devices/end-others", "/password", "/confirm"]


@pytest.mark.asvs("3.5.1")
@pytest.mark.parametrize(
    ("path", "token"),
    [
        *((path, "") for path in FORMS),
        ("/order", "wrong"),
        ("/order", "é☃"),
        ("/order", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")),
    ],
)
def test_without_the_token_nothing_happens(house, alice, path, token):
    """403 and nothing changed, login and logout included."""
    form = {"username": "queen", "password": DEMO_USERS["queen"], "tea": "green", "handle": alice.handles()[0]}
    before = {id: house.store.get(id) for id in house.store}
    assert alice.post(path, csrf_token=token, new="something else", **form).status == 403
    assert alice.user() == "alice"
    assert {id: house.store.get(id) for id in house.store} == before


@pytest.mark.parametrize(
    ("name", "path"),
    [("alice", path) for path in ("/", "/order", "/preferences", "/devices", "/password", "/confirm")]
    + [("queen", "/admin")],
)
def test_every_form_has_the_token(house, name, path):
    """Stamped into each page, so that none can be forgotten; and once only."""
    guest = house.guest()
    guest.log_in(name)
    forms = re.findall(r"<form.*?</form>", guest.get(path).text, re.DOTALL)
    tokens = [re.findall(r'name="csrf_token" value="([^"]*)"', form) for form in forms]
    assert tokens == [[guest.token()]] * len(forms)
    assert len(forms) > 0


def test_a_form_in_another_tab_still_counts(alice):
    """Two pages open at once: the second must not make the first one's form worthless."""
    first = alice.token()
    assert alice.token() == first
    assert alice.post("/order", tea="green", csrf_token=first).status == 303


def test_the_token_of_another_session_is_worth_nothing(house, alice):
    """The attacker has a token, too: his own."""
    mallory = house.guest()
    mallory.log_in("queen")
    assert alice.post("/order", tea="green", csrf_token=mallory.token()).status == 403


@pytest.mark.parametrize("token", ["", "wrong", "None", "é☃", "\ud800"])
@pytest.mark.parametrize("session", [None, {}, {KEY: None}, {KEY: 7}, {KEY: ["wrong"]}, {KEY: "right"}])
def test_no_other_text_is_right(token, session):
    """Without a session, or with one that has no token, no form counts; and no text that is sent is an error."""
    assert is_right(token, session) is False


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
        ({"HTTP_SEC_FETCH_SITE": ""}, 403),
        ({"HTTP_SEC_FETCH_SITE": "cross-site", "HTTP_ORIGIN": "http://tea.example"}, 403),
        ({"HTTP_SEC_FETCH_SITE": "same-origin", "HTTP_ORIGIN": "null"}, 303),
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
@pytest.mark.parametrize("path", FORMS)
def test_looking_changes_nothing(alice, method, path):
    """Whatever is in the address."""
    alice.request(method, path + "?tea=green&theme=dark&username=queen&role=admin")
    assert alice.user() == "alice"
    assert "Nothing yet" in alice.get("/order").text
