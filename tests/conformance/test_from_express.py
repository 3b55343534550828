"""The page for those who come from Express names everything of both sides, and what differs as the tests see it."""

import inspect
import re

import pytest

import steps
from steps.step5_stores.store import Store
from steps.step7_harden.session_cookie import AFTER, BEFORE, TIMES
from tests import marked
from tests.conformance import page
from tests.conformance.differences import DECLARED
from workbook.express import FOLDER, MISSING, is_installed

THERE = {
    title: set(names.split())
    for title, names in {
        "Options": "secret name key store genid resave saveUninitialized rolling unset proxy cookie",
        "The session": "save touch resetMaxAge reload regenerate destroy",
        "The cookie's settings": """maxAge originalMaxAge expires path domain secure httpOnly sameSite partitioned
            priority data serialize toJSON""",
        "A store": "get set touch destroy length all clear generate regenerate load createSession",
    }.items()
}
HERE = {
    "Options": set(inspect.signature(steps.SessionMiddleware).parameters) - {"app"},
    "The session": {"save", "touch", "reload", "regenerate", "destroy", "is_new", "id", "cookie", "atomically"},
    "The cookie's settings": {*BEFORE, *AFTER, *TIMES, "original_max_age"},
    "A store": {name for name in vars(Store) if not name.startswith("_")},
}


@pytest.mark.parametrize("title", THERE)
def test_the_page_names_all_that_express_has(title):
    assert THERE[title] <= page.named(title, column=0)


@pytest.mark.parametrize("title", THERE)
def test_the_page_names_all_that_we_have(title):
    assert HERE[title] <= page.named(title, column=1)


def test_the_page_names_all_that_the_library_exports():
    """A new name has to come to the page, or to be left out on purpose."""
    words = re.findall(r"\w+", " ".join(marked.texts(page.PAGE)))
    assert set(steps.__all__) - set(words) == {"Session", "Store"}  # what the others make, and a type


def test_each_declared_difference_is_told():
    shown = marked.shown(page.PAGE, "differences")
    assert page.differences() == shown
    assert all(name in shown for name in DECLARED)


def test_what_we_think_express_does_in_a_stack_is_what_it_does():
    """Scenarios have one middleware and paths in ASCII; its source says what it does with others."""
    if not is_installed():
        pytest.skip(MISSING)
    source = (FOLDER / "node_modules" / "express-session" / "index.js").read_text(encoding="utf-8")
    assert re.search(r"if \(req\.session\) \{\s+next\(\)\s+return\s+\}", source)
    assert "originalPath.indexOf(resolvedCookieOptions.path || '/') !== 0" in source


def test_what_we_think_express_has_is_what_it_has():
    """Read from its source, where it is installed."""
    if not is_installed():
        pytest.skip(MISSING)
    package = FOLDER / "node_modules" / "express-session"
    options = set(re.findall(r"\bopts\.(\w+)", (package / "index.js").read_text(encoding="utf-8")))
    methods = set(
        re.findall(r"defineMethod\(Session\.prototype, '(\w+)'", (package / "session" / "session.js").read_text())
    )
    assert options == THERE["Options"]
    assert methods == THERE["The session"]
    cookie = (package / "session" / "cookie.js").read_text(encoding="utf-8")
    data = cookie[cookie.index("get data()") : cookie.index("serialize:")]
    assert set(re.findall(r"(\w+): this\.", data)) <= THERE["The cookie's settings"]
    stores = "".join((package / "session" / name).read_text(encoding="utf-8") for name in ("store.js", "memory.js"))
    assert (
        set(re.findall(r"Store\.prototype\.(\w+) = function", stores)) | {"generate"} == THERE["A store"]
    )  # which index.js adds
