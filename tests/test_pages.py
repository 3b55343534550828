"""The pages: for everybody, with eyes or ears, mouse or keyboard, in light and in dark, with and without scripts."""

import re
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest

from tests.support import ROOT, STEPS
from tests.support.calling import DEMO_USERS, Guest

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


@pytest.fixture(params=[step for step in STEPS if step >= 5])
def kept(request, users):
    """A site with a store that can fail, and Alice, who has logged in and has a form open."""
    step, library = request.param, STEPS[5].load()
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
