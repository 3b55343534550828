"""The pages: for everybody, with eyes or ears, mouse or keyboard, in light and in dark, with and without scripts."""

import re
from html import unescape
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest

from tests.support import ROOT, STEPS
from tests.support.calling import DEMO_USERS, Guest, call
from tests.support.servers import users_in
from workbook.serving import Clock

STYLE = (ROOT / "steps" / "tea_house" / "views" / "style.tpl").read_text(encoding="utf-8")
PATHS = {
    "/": 1,
    "/no-such-page": 1,
    "/login": 3,
    "/dashboard": 3,
    "/menu": 5,
    "/preferences": 6,
    "/order": 6,
    "/devices": 6,
    "/password": 6,
    "/confirm": 6,
    "/admin": 6,
}


VOID = {"meta", "link", "input", "br", "path"}


class Page(HTMLParser):
    """The elements of a page, and whether they are closed as they were opened."""

    def __init__(self, text):
        super().__init__()
        self.elements = []
        self.open = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture
def pages(server, visitors):
    """All pages of a server, as a stranger and as somebody who is logged in sees them."""
    shown = {}
    for who in ("stranger", "alice"):
        visitor = visitors()
        if who == "alice" and server.step >= 3:
            visitor.log_in()
        for path, since in PATHS.items():
            if server.step >= since:
                answer = visitor.get(path)
                if answer.status_code != 303:
                    shown[who, path] = Page(answer.text)
    assert ("stranger", "/") in shown
    return shown.values()


def test_no_link_leads_nowhere(pages, visitor):
    """Whoever follows a link finds a page, or is asked to log in."""
    links = {link["href"] for page in pages for link in page.all("a") if link["href"].startswith("/")}
    assert "/" in links
    assert {link for link in links if visitor.get(link).status_code == 404} == set()


GARBLED = ["/%ff", "/%FF%FE", "/log%ffin", "/%c3", "/%e2%82", "/%c0%af", "/%ed%a0%80"]


def test_a_path_that_is_no_utf8_is_no_page(server, visitor):
    """Bottle reads the rest of it: /log%FFin would be the login, past whoever guards /login by its name."""
    for path in GARBLED:
        answer = visitor.get(path)
        assert answer.status_code == 400, path
        assert "The request was garbled" in answer.text and Page(answer.text).open == []
        assert visitor.post(path, {"csrf_token": ""}).status_code == 400
    assert visitor.get("/caf%C3%A9").status_code == 404


def test_pages_are_well_formed_and_say_what_they_are(pages):
    """A screen reader starts with the language, the title, the one heading, and the landmarks."""
    for page in pages:
        assert page.open == []
        assert page.all("html")[0]["lang"] == "en"
        assert len(page.all("title")) == len(page.all("h1")) == len(page.all("main")) == 1
        assert page.all("nav")[0]["aria-label"]
        assert any("viewport" in meta.get("name", "") for meta in page.all("meta"))


def test_every_field_has_its_label_and_every_id_is_one(pages):
    """Who hears a form must hear what each field is for."""
    for page in pages:
        ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
        assert len(ids) == len(set(ids))
        labelled = {label.get("for") for label in page.all("label")}
        for entry in page.all("input"):
            assert entry.get("id") in labelled or entry["type"] in ("checkbox", "hidden")
        for attribute in ("aria-labelledby", "for"):
            assert {a[attribute] for _, a in page.elements if attribute in a} <= set(ids)


def test_everything_can_be_reached_with_the_keyboard(pages):
    """A link past the navigation comes first, focus can be seen, and nothing is moved out of its order."""
    for page in pages:
        assert page.all("a")[0] == {"class": "skip", "href": "#main"}
        assert all("href" in link for link in page.all("a"))
        assert not any("tabindex" in attributes or "onclick" in attributes for _, attributes in page.elements)
    assert ":focus-visible { outline: 3px" in STYLE


def test_pages_need_no_scripts_and_fetch_nothing(pages):
    """One request, one page: so the wire shows the session and nothing else."""
    for page in pages:
        assert page.all("script") == []
        assert all(link["href"].startswith("data:") for link in page.all("link"))
        assert not any(re.search(r"\s", link["href"]) for link in page.all("link"))  # a URI has no blanks


@pytest.fixture(params=[step for step in STEPS if step >= 5])
def kept(request, users):
    """A site with a store that can fail, and Alice, who has logged in and has a form open."""
    step, library = request.param, STEPS[min(request.param, 6)].load()
    own = {"secret": "your-secret-key"} if step >= 8 else {}
    store = library.MemoryStore()
    alice = Guest(STEPS[step].load("server").create_app(users=users, store=store, **own), tokens=step >= 7)
    alice.log_in()
    return SimpleNamespace(step=step, store=store, alice=alice, form=alice.filled(), error=library.StoreError)


NEED_A_SESSION = [
    ("GET", path, PATHS[path]) for path in PATHS if path not in ("/no-such-page", "/menu", "/preferences")
]
NEED_A_SESSION += [("HEAD", "/", 1)]
NEED_A_SESSION += [("POST", path, 6) for path in ("/preferences", "/order", "/devices/end", "/password", "/admin/role")]
NEED_A_SESSION += [("POST", "/login", 3), ("POST", "/logout", 4)]


@pytest.mark.asvs("16.5.2", "16.5.3")
@pytest.mark.parametrize("fails", [["get"], ["set"], ["get", "set", "touch", "destroy"]], ids=", ".join)
def test_whatever_needs_a_store_that_fails_is_a_page_that_says_so(kept, monkeypatch, fails):
    """P6, for pages and forms alike: 503, when to come again, and a page of the house that a screen reader can read."""
    form = {**kept.form, "tea": "green", "username": "alice", "password": DEMO_USERS["alice"]}
    before, refused = kept.alice.cookie, []

    def fail(*args, **kwargs):
        raise kept.error("out of order")

    for name in fails:
        monkeypatch.setattr(kept.store, name, fail)
    for method, path, since in NEED_A_SESSION:
        if kept.step < since or (path, fails) == ("/logout", ["set"]):
            continue
        answer = kept.alice.request(method, path, data=form)
        if answer.status == 503 or fails != ["set"]:  # where only that fails, what writes nothing goes on
            assert (answer.status, answer.by_name.get("Retry-After"), answer.cookies) == (503, "1", []), path
            assert_is_of_the_house(answer, method)
            refused.append(path)
    assert kept.alice.cookie == before
    assert {"/", "/login"} <= {*refused}


def test_whoever_has_lost_a_session_meanwhile_is_told_on_a_page(kept, monkeypatch):
    """409 is a page, too, and leads to the login; nobody seems to be logged in on it."""
    get = kept.store.get

    def get_and_end(id):
        row = get(id)
        kept.store.destroy(id)  # a logout elsewhere
        return row

    monkeypatch.setattr(kept.store, "get", get_and_end)
    answer = kept.alice.get("/")
    assert answer.status == 409
    assert_is_of_the_house(answer)
    assert 'href="/login"' in answer.text.partition("<main")[2] and "alice" not in answer.text


def assert_is_of_the_house(answer, method="GET"):
    """A page with its language, its title, one heading and a link; of HEAD, the headers."""
    assert answer.by_name["Content-Type"].lower() == "text/html; charset=utf-8"
    assert (int(answer.by_name["Content-Length"]) == len(answer.body)) is (method != "HEAD")
    if method == "HEAD":
        return
    page = Page(answer.text)
    assert page.open == [] and page.all("html")[0]["lang"] == "en"
    assert len(page.all("title")) == len(page.all("h1")) == len(page.all("main")) == 1
    assert 'href="/' in answer.text.partition("<main")[2].partition("</main>")[0]


@pytest.fixture
def site(request, users, monkeypatch):
    """The site of a step, with the users whom it really has: in production, none of the lessons'."""
    step, clock = request.param, Clock.still()
    known, names = users, [*DEMO_USERS] if step >= 3 else []
    if step >= 8:
        users.path.unlink()
        known, names = users_in(users.path.parent), ["bob"]
        known.add("bob", "good night, moon")
        monkeypatch.setitem(DEMO_USERS, "bob", "good night, moon")
    options = {3: {"users": known}, 6: {"clock": clock}, 8: {"secret": "x", "roles": {"bob": "admin"}}}
    options = {name: each for since, some in options.items() if step >= since for name, each in some.items()}
    app = STEPS[step].load("server").create_app(**options)
    guest = Guest(app, tokens=step >= 7, HTTP_HOST="127.0.0.1:4711")
    return SimpleNamespace(step=step, app=app, guest=guest, names=names, clock=clock)


def since(first):
    """The sites of this step and of all later ones."""
    return pytest.mark.parametrize("site", [step for step in STEPS if step >= first], indirect=True)


SOME_FORM = {"method": "POST", "CONTENT_TYPE": "application/x-www-form-urlencoded"}
WRONG = {
    400: ("/log\xff", {}),
    403: ("/logout", {**SOME_FORM, "HTTP_SEC_FETCH_SITE": "cross-site"}),
    404: ("/no-such-page", {}),
    405: ("/logout", {}),
    411: ("/order", {**SOME_FORM, "CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}),
    413: ("/order", {**SOME_FORM, "body": b"x" * 70_000}),
    415: ("/order", {"method": "POST", "body": b"{}", "CONTENT_TYPE": "application/json"}),
}


@since(7)
@pytest.mark.parametrize("status", WRONG)
def test_whatever_is_refused_is_a_page_of_the_house(site, status):
    """With its navigation, so that a person gets on; 409 and 503 have tests of their own."""
    path, environ = WRONG[status]
    answer = call(site.app, path, **environ)
    assert answer.status == status
    assert_is_of_the_house(answer)
    assert f"<title>{answer.said} ·" in answer.text


@since(3)
def test_what_breaks_is_a_page_that_tells_no_details(site, monkeypatch):
    """500: the traceback is for the log."""
    form = site.guest.filled(username="alice", password="x")

    def spill(*args):
        raise RuntimeError("milk on the stove")

    monkeypatch.setattr("steps.step3_authenticate.users.verify_password", spill)
    answer = site.guest.post("/login", form)
    assert answer.status == 500
    assert_is_of_the_house(answer)
    assert "milk" not in answer.text and "milk" in answer.errors


@since(7)
@pytest.mark.parametrize(("passed", "words"), [(0, "15 minutes"), (60.5, "14 minutes"), (890, "1 minute")])
def test_whoever_has_to_wait_is_told_how_long(site, passed, words):
    """In whole minutes, rounded up: whoever comes back then gets in."""
    form = site.guest.filled(username="somebody", password="x")
    for _ in range(10):
        assert site.guest.post("/login", form).status == 401
    site.clock.move(passed)
    answer = site.guest.post("/login", form)
    assert answer.status == 429
    assert_is_of_the_house(answer)
    assert f"You can try again in {words}." in answer.text


def error_in(text):
    """The message of a form that was refused, after a look at how it is found: by ears, by eyes and by the keyboard."""
    page = Page(text)
    (message,) = [attributes for _, attributes in page.elements if attributes.get("role") == "alert"]
    assert message["tabindex"] == "-1" and "autofocus" in message
    assert [name for name, attributes in page.elements if "autofocus" in attributes] == ["p"]
    assert re.search(r"<title>Error: ", text)
    return unescape(re.search(r'role="alert"[^>]*>(.*?)</p>', text)[1])


@since(3)
@pytest.mark.parametrize("name", ["alice", "nobody", '"><b>', "Jérôme"])
def test_a_wrong_login_keeps_the_name_and_leads_to_the_error(site, name):
    """Nobody types a name twice, or looks for what has changed: the title says it, and the focus is there."""
    fresh = site.guest.get("/login").text
    assert "autofocus" not in fresh and "Error" not in fresh
    text = site.guest.post("/login", {"username": name, "password": "wrong"}).text
    assert error_in(text).startswith("Wrong name or password")
    fields = {field["id"]: field.get("value") for field in Page(text).all("input") if "id" in field}
    assert fields["username"] == name and not fields["password"]


@pytest.mark.parametrize("path", ["/confirm", "/password"])
def test_a_form_for_a_password_says_whose_it_is(house, alice, path):
    """A password manager needs the name, and nobody else does: it is not shown, and not sent."""
    (name,) = [field for field in Page(alice.get(path).text).all("input") if field.get("autocomplete") == "username"]
    assert name["value"] == "alice" and "name" not in name and name["type"] == "text"
    assert '<div hidden>\n<label for="username">' in alice.get(path).text
    answer = alice.post(path, password="wrong", new="a longer one")
    assert answer.status == 401 and error_in(answer.text)


def test_a_button_is_called_what_it_shows(pages):
    """Who speaks to a browser says what he reads. WCAG 2.5.3."""
    for page in pages:
        assert [button for button in page.all("button") if "aria-label" in button] == []
        described = {button["aria-describedby"] for button in page.all("button") if "aria-describedby" in button}
        assert described <= {attributes.get("id") for _, attributes in page.elements}


def test_buttons_that_do_the_same_to_different_people_say_to_whom(house):
    queen = house.guest()
    queen.log_in("queen")
    shown = re.findall(r"<button[^>]*>(.*?)</button>", queen.get("/admin").text)
    for name in DEMO_USERS:
        assert f"Log out everywhere: {name}" in shown and f"Change the role of {name}" in shown
    assert len({*shown}) == len(shown)


def test_a_time_is_shown_as_people_say_it(house, alice):
    """The session keeps it in seconds since 1970; who reads the page wants a date."""
    text = alice.get("/dashboard").text + alice.get("/devices").text
    assert not re.search(r"\d{10}", re.sub(r'value="[^"]*"|proof = \w+', "", text))
    assert ("confirmed = 15 Jan 2027, 08:00 (UTC)" in text) is (house.step < 8)


TIPS = re.compile(r'<section aria-labelledby="try">.*?</section>', re.DOTALL)
NAMED = re.compile(r"\b(alice|queen)\b|<code>([\w-]+)</code>")


def pages_of(step, guest, names):
    """Every page that a step shows to strangers and to these users, by path."""
    for name in (None, *names):
        if name and step >= 3:
            guest.log_in(name)
        for path, since in PATHS.items():
            answer = guest.get(path) if step >= since else None
            if answer and answer.status != 303:
                yield path, answer.text
        if name and step >= 4:
            guest.post("/logout")


@since(1)
def test_a_page_says_of_which_step_it_is(site):
    """And where that step's lesson is, which is there."""
    folder = STEPS[site.step].folder
    title = folder.partition("_")[2]
    for path, text in pages_of(site.step, site.guest, site.names):
        assert re.findall(r"Step (\d) · (\w+)", text) == [(str(site.step), title)], path
        assert f"This is the server of step {site.step}." in text
        (lesson,) = re.findall(r"notebooks/\S+\.ipynb", text)
        assert lesson == f"notebooks/{site.step}_{title}.ipynb" and (ROOT / lesson).is_file()


@since(1)
def test_every_tip_is_true_where_it_stands(site):
    """It names users who are there, this server's own address, this step's command, and pages that can be opened."""
    seen = 0
    for path, text in pages_of(site.step, site.guest, site.names):
        for tips in TIPS.findall(text):
            seen += 1
            assert {user for user, _ in NAMED.findall(tips) if user} <= {*site.names}, path
            addresses = re.findall(r"https?://[^/<\s]*/?", tips)
            assert {*addresses} <= {"http://127.0.0.1:4711/"}, path
            assert {*re.findall(r"make step-(\d)", tips)} <= {str(site.step)}, path
            for link in re.findall(r'href="([^"]+)"', tips):
                assert site.guest.get(link).status in (200, 303, 403), link
    assert (seen > 0) is (site.step < 8)


@since(8)
def test_production_shows_nothing_of_what_it_holds(site):
    """No session, no cookie, no tip, and nobody of the lessons: whoever looks over a shoulder learns nothing."""
    for path, text in pages_of(site.step, site.guest, site.names):
        assert "knows about you" not in text and "<aside" not in text, path
        for word in ("alice", "queen", "follow-the-rabbit", "off-with-their-heads", "Try this"):
            assert word not in text, path
        assert not site.guest.id or site.guest.id[:8] not in text, path


def luminance(colour):
    channels = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), [("ink", "paper"), ("soft", "paper"), ("soft", "card"), ("leaf", "card")])
def test_text_stands_out_from_its_ground(scheme, text, ground):
    """WCAG 1.4.3: a contrast of at least 4.5 to 1, in both colour schemes. Buttons are `leaf` on `card` inverted."""
    colours = {
        name: pair for name, *pair in re.findall(r"--(\w+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", STYLE)
    }
    light, dark = sorted((luminance(colours[name][scheme]) for name in (text, ground)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_what_is_dark_on_the_screen_prints_dark_on_light():
    """Printers leave backgrounds out: pale letters would stand on white paper, those of buttons too."""
    printed = re.search(r"@media print \{ (.*) \}$", STYLE, flags=re.M)[1]
    dark = STYLE.index(":root[data-theme=dark] { color-scheme: dark; }")
    assert STYLE.index(":root[data-theme] { color-scheme: light; }") > dark  # as specific, so the later one holds
    assert "button { color: var(--leaf); background: none; }" in printed
