"""CSRF: a form counts only with the token of the page that it stands on."""

import re
from urllib.parse import unquote

import pytest
from bottle import HTTPError

import steps
from steps.step2_middleware.session import UNKNOWN
from steps.step5_stores.store import StoreError
from steps.step7_harden.csrf import SALT, is_right, require_token, token_of
from steps.step7_harden.middleware import SessionMiddleware
from tests.support.calling import DEMO_USERS, HTTPS, Bench, call, site


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


def tokens_in(page):
    """The tokens of each form of a page."""
    forms = re.findall(r"<form.*?</form>", page.text, re.DOTALL)
    return [re.findall(r'name="csrf_token" value="([^"]*)"', form) for form in forms]


@pytest.mark.parametrize(
    ("name", "path"),
    [("alice", path) for path in ("/", "/order", "/preferences", "/devices", "/password", "/confirm")]
    + [("queen", "/admin")],
)
def test_every_form_has_the_token(house, name, path):
    """Stamped into each page, so that none can be forgotten; and once only."""
    guest = house.guest()
    guest.log_in(name)
    tokens = tokens_in(guest.get(path))
    assert tokens == [tokens[0]] * len(tokens) and len(tokens[0]) == 1
    assert guest.post("/order", tea="green", csrf_token=tokens[0][0]).status == 303


@pytest.mark.parametrize(("who", "path"), [("alice", "/order"), ("alice", "/preferences?x=y")])
def test_no_two_answers_show_the_same_token(house, alice, who, path):
    """BREACH: where answers are compressed, what stands in each of them could be told by their lengths."""
    guest = house.guest()
    if who == "alice":
        guest = alice
    shown = [tokens_in(guest.get(path))[-1][0] for _ in range(20)]
    parts = [{token[n : n + 4] for token in shown} for n in range(0, len(shown[0]), 4)]
    assert min(map(len, parts)) > 15
    assert {guest.post("/order", tea="green", csrf_token=token).status for token in shown[::19]} == {303}


def test_a_form_in_another_tab_still_counts(alice):
    """Two pages open at once: the second must not make the first one's form worthless."""
    first = alice.token()
    alice.token()
    assert alice.post("/order", tea="green", csrf_token=first).status == 303


def test_the_token_of_another_session_is_worth_nothing(house, alice):
    """The attacker has a token, too: his own."""
    mallory = house.guest()
    mallory.log_in("queen")
    assert alice.post("/order", tea="green", csrf_token=mallory.token()).status == 403


RIGHT = "an id that is long and random enough"


@pytest.fixture
def session():
    """A session of this id, without a row."""
    return SessionMiddleware(site(None), secret="s").make_session({"wsgi.url_scheme": "http"}, RIGHT)


@pytest.mark.parametrize("text", ["", "wrong", "None", "é☃", "\ud800", "=", "AAAA", RIGHT, "A" * 64, "A" * 100_000])
def test_no_other_text_is_right(session, text):
    """Without a session no form counts; and no text that is sent is an error."""
    assert is_right(text, session) is False
    assert is_right(text, None) is False
    right = token_of(session, "any salt of ours")
    assert [is_right(right, known) for known in (session, None)] == [True, False]
    for other in (right[SALT:], right + "A", right + " ", " " + right, right + "\n", right + "\ud800"):
        assert is_right(other, session) is False


@pytest.mark.parametrize("happens", ["put", "destroy", "regenerate"])
def test_a_session_that_becomes_another_has_another_token(session, happens):
    """What was shown to a stranger is worth nothing to a login, and the other way round."""
    before = token_of(session, "salt")
    session["user"] = "alice"
    if happens != "put":
        getattr(session, happens)()
    after = token_of(session, "salt")
    if happens == "destroy":
        assert after == before, "another token, though a session that has ended is a stranger's, as before"
    else:
        assert after != before, f"the same token as before the session became another: {after}"


@pytest.mark.parametrize("has_a_row", [{"held": "{}"}, {"held": UNKNOWN}, {"user": "alice"}])
def test_the_token_is_of_the_id_that_the_cookie_will_name(session, has_a_row):
    """A session with a row, an empty one, too, has its own; one without stays with the id that the browser holds."""
    own, alone = session.id, token_of(session, "salt")
    session.cookie_id = own[:-1] + "x"
    assert token_of(session, "salt") != alone
    session.id = "a third"
    before = token_of(session, "salt")
    session.id = own
    assert token_of(session, "salt") == before
    session.held = has_a_row.pop("held", None)
    session.update(has_a_row)
    kept = token_of(session, "salt")
    assert kept not in (alone, before)
    session.cookie_id = None
    assert token_of(session, "salt") == kept
    session["cups"] = 1
    assert token_of(session, "salt") == kept


@pytest.mark.sentence("Whoever asks for a form leaves no row")
@pytest.mark.asvs("7.6.2")
@pytest.mark.parametrize("environ", [{}, HTTPS])
def test_who_asks_for_a_form_leaves_no_row(house, environ):
    """A bot asks a thousand times; the browser gets a cookie with its form, once, and the store hears of nothing."""
    for path in ("/login", "/order", "/preferences", "/login?next=/devices", "/nowhere", "/menu"):
        guest = house.guest(**environ)
        cookies = [len(guest.get(path).cookies) for _ in range(3)]
        assert cookies == ([0, 0, 0] if path in ("/nowhere", "/menu") else [1, 0, 0])
        call(house.app, path, **environ)
    assert list(house.store) == []


@pytest.mark.parametrize("environ", [{}, HTTPS])
def test_a_form_without_a_row_counts_with_its_cookie_alone(house, environ):
    """It is sent with the cookie that came with it; another's, a made-up one or none is worth nothing."""
    guest, mallory = house.guest(**environ), house.guest(**environ)
    form = {"username": "alice", "password": DEMO_USERS["alice"], "csrf_token": guest.token()}
    own = guest.cookie
    mallory.token()
    name, _, value = own.partition("=")
    for cookie in (mallory.cookie, f"{name}={unquote(value).rpartition('.')[0]}.x", f"{name}=s:made-up.x", None):
        guest.cookie = cookie
        assert guest.post("/login", form).status == 403
    guest.cookie = own
    assert guest.post("/login", form).status == 303
    assert guest.user() == "alice" and guest.cookie != own


@pytest.mark.sentence("The id that came with a form is nobody's session")
def test_the_id_that_came_with_a_form_is_nobodys_session(house):
    """It only binds the form: what is kept begins under an id of its own, so that none can be planted."""
    guest = house.guest()
    guest.token()
    planted = guest.id
    guest.post("/order", tea="green")
    assert guest.id != planted and [*house.store] == [guest.id]


@pytest.mark.sentence("A form is no stranger's while the store fails")
def test_a_form_is_no_strangers_while_the_store_fails(house, alice):
    """Whose form it is cannot be told then: 503, when to come again, and not 403."""

    def fail(*args, **kwargs):
        raise StoreError("out of order")

    form = {"csrf_token": alice.token(), "tea": "green"}
    house.store.get = fail
    for token in (form["csrf_token"], "wrong", ""):
        answer = alice.post("/order", {**form, "csrf_token": token})
        assert (answer.status, answer.by_name.get("Retry-After")) == (503, "1")


@pytest.mark.sentence("A form that cannot be checked is the store's fault")
@pytest.mark.parametrize("check", [is_right, require_token])
def test_a_form_that_cannot_be_checked_is_the_stores_fault(check):
    """What cannot be read has no right token and no wrong one: its StoreError goes on to who makes a 503 of it."""

    def fail(*args, **kwargs):
        raise StoreError("out of order")

    def checked(session):
        try:
            came.append(check("wrong", session) if check is is_right else check())
        except (StoreError, HTTPError) as error:
            came.append(type(error).__name__)

    came: list = []
    bench = Bench(steps)
    cookie = bench.begin()
    bench.store.store.get = fail
    bench.request(checked, cookie=cookie)
    assert came == ["StoreError"], "(what came of the check)"


def test_a_wrong_password_leaves_no_row(house):
    """Nor does one form after another, until something is to be remembered."""
    guest = house.guest()
    assert [guest.post("/login", username="alice", password="wrong").status for _ in range(3)] == [401] * 3
    assert list(house.store) == []


@pytest.mark.asvs("7.2.4")
@pytest.mark.parametrize("views", [0, 1])
def test_a_token_from_before_the_login_is_dead_after_it(house, views):
    """A new session is a new session, its token included, whether there was a row before or not."""
    guest = house.guest()
    for _ in range(views):
        guest.get("/")
    before = guest.token()
    guest.log_in()
    assert guest.post("/order", tea="green", csrf_token=before).status == 403
    assert guest.post("/order", tea="green").status == 303


# Forms from before


LOGIN = {"username": "alice", "password": DEMO_USERS["alice"]}


def test_a_second_login_form_leads_to_the_dashboard(house):
    """Two tabs with the form, and a login in the first: the second tab is in, too, whatever is typed there."""
    guest = house.guest()
    form = {**LOGIN, "csrf_token": guest.token()}
    for _ in range(2):
        assert (answer := guest.post("/login", form)).location == "/dashboard" and answer.status == 303
    form = {"username": "queen", "password": "wrong", "csrf_token": form["csrf_token"]}
    assert guest.post("/login", form).location == "/dashboard"
    assert guest.user() == "alice"


@pytest.mark.parametrize("token", ["of before", ""])
def test_a_second_logout_leads_to_the_login(house, alice, token):
    """Whoever is out already wanted nothing else."""
    form = {"csrf_token": alice.token()}
    assert alice.post("/logout", form).status == 303
    answer = alice.post("/logout", form if token else {"csrf_token": ""})
    assert (answer.status, answer.location) == (303, "/login")


def end_elsewhere(house, alice):
    """Alice's device ends from another one."""
    other = house.guest()
    other.log_in()
    other.post("/devices/end-others")


BEFORE = {
    "a login": lambda house, alice: alice.log_in(),
    "another's login": lambda house, alice: alice.log_in("queen"),
    "a logout": lambda house, alice: alice.post("/logout"),
    "the end of this device": end_elsewhere,
    "half an hour": lambda house, alice: house.clock.move(1801),
    "the end of the row": lambda house, alice: house.store.clear(),
    "a new password": lambda house, alice: alice.post("/confirm", password=DEMO_USERS["alice"]),
    "a new password, set elsewhere": lambda house, alice: house.users.add("alice", "a whole new password"),
}
ROOMS = {path: path for path in ("/preferences", "/order", "/password", "/confirm")} | {
    "/devices/end": "/devices",
    "/devices/end-others": "/devices",
    "/admin/role": "/admin",
}


@pytest.mark.parametrize("happens", BEFORE)
def test_a_form_from_before_is_told_so_and_led_on(house, alice, happens):
    """403 and nothing done, as for any wrong token; but a sentence that says why, and a link to the same form anew."""
    form = {**LOGIN, "csrf_token": alice.token(), "tea": "green", "theme": "dark", "new": "a new password"}
    BEFORE[happens](house, alice)
    before = {id: house.store.get(id) for id in house.store}
    for path, room in ROOMS.items():
        answer = alice.post(path, form)
        assert answer.status == 403
        shown = re.sub("<[^>]*>", " ", answer.text.partition("<main")[2].partition(">")[2])
        told = " ".join(shown.partition("What this server knows")[0].split())
        assert "from before" in told
        assert "Nothing was done" in told
        assert f'href="{room}"' in answer.text.partition("<main")[2] and "not open to you" not in answer.text
    assert {id: house.store.get(id) for id in house.store}.items() <= before.items()


def test_a_login_form_from_before_can_be_had_anew(house):
    """A stranger's cookie has gone meanwhile; the link leads to a form that counts."""
    guest = house.guest()
    form = {**LOGIN, "csrf_token": guest.token()}
    guest.cookie = None
    answer = guest.post("/login", form)
    assert answer.status == 403 and 'href="/login"' in answer.text.partition("<main")[2]
    assert guest.log_in().status == 303


@pytest.mark.parametrize("says", [{"HTTP_SEC_FETCH_SITE": "cross-site"}, {"HTTP_ORIGIN": "https://evil.example"}])
def test_other_sites_are_told_nothing(house, alice, says):
    """Who is logged in here is not told by where an answer leads."""
    for path in ("/login", "/logout", "/order"):
        answers = [guest.post(path, csrf_token="x", environ=says) for guest in (alice, house.guest())]
        assert [(answer.status, answer.location) for answer in answers] == [(403, None)] * 2
        assert "not open to you" in answers[0].text


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


@pytest.mark.sentence("What the browser says takes no token's place")
@pytest.mark.parametrize(
    "says", [{}, {"HTTP_SEC_FETCH_SITE": "same-origin"}, {"HTTP_SEC_FETCH_SITE": "none"}, {"HTTP_ORIGIN": "http://a.b"}]
)
def test_what_the_browser_says_takes_no_tokens_place(alice, says):
    """Two witnesses, and both must speak: whatever is no browser can say of a request what it likes."""
    assert alice.post("/order", tea="green", csrf_token="wrong", environ={"HTTP_HOST": "a.b", **says}).status == 403


@pytest.mark.asvs("3.5.3")
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("path", FORMS)
def test_looking_changes_nothing(alice, method, path):
    """Whatever is in the address."""
    alice.request(method, path + "?tea=green&theme=dark&username=queen&role=admin")
    assert alice.user() == "alice"
    assert "Nothing yet" in alice.get("/order").text
