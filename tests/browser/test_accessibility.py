"""Every page and every error, as axe and a narrow window see them: in light and in dark, at 320 pixels and at 200 %."""

import re

import pytest

from steps.step5_stores import StoreError
from steps.step7_harden.throttle import OF_NAME, ThrottledUsers
from tests.support import STEPS
from tests.support.chromium import AXE

pytestmark = pytest.mark.browser

LOOK = """return axe.run(arguments[0]).then(found => ({
    violations: found.violations.map(each => `${each.id}: ${each.nodes.map(node => node.html).join(" ")}`),
    wider: document.documentElement.scrollWidth - document.documentElement.clientWidth}))"""
ALL = {"preload": False, "resultTypes": ["violations"]}
COLOURS = {**ALL, "runOnly": ["color-contrast", "link-in-text-block"]}  # all other rules find the same in the dark
LOOKS = [(320, 1, "light", ALL), (320, 1, "dark", COLOURS), (1280, 2, "light", ALL), (1280, 2, "dark", COLOURS)]
PATHS = {
    "/": 1,
    "/login": 3,
    "/menu": 5,
    "/preferences": 6,
    "/order": 6,
    "/dashboard": 3,
    "/devices": 6,
    "/password": 6,
    "/confirm": 6,
    "/admin": 6,
}


VARIES = re.compile(r"\d+|<dd>.*?</dd>|(?<=value=).*?(?=>)|alice|queen|Step . · \w+|_\w+(?=\.ipynb)")
KNOWN = set()  # the pages that were looked at in this run, without what varies


@pytest.fixture
def seen(browser):
    """Look at the page that is shown, in all ways. What differs from another page in names and numbers is known."""
    if not AXE.is_file():
        pytest.skip("axe-core is missing: make peer")
    script = browser.tells("Page.addScriptToEvaluateOnNewDocument", source=AXE.read_text(encoding="utf-8"))

    def look(heading):
        assert browser.heading.startswith(heading), f"{browser.heading}, where {heading} was to be seen"
        page = VARIES.sub("", browser.driver.page_source)
        if page in KNOWN:
            return
        for width, zoom, scheme, rules in LOOKS:
            browser.looks(width=width, zoom=zoom, scheme=scheme)
            found = browser.run(LOOK, rules)
            assert found == {"violations": [], "wider": 0}, f"{browser.heading}, {width} px at {zoom}00 %, {scheme}"
        browser.looks()
        KNOWN.add(page)

    yield look
    browser.tells("Page.removeScriptToEvaluateOnNewDocument", **script)


@pytest.mark.parametrize("step", STEPS)
def test_every_page_can_be_used_by_everybody(browser, serving, seen, step):
    """Strangers', users' and admins' pages, with an order, a notice and a second device on them."""
    url = serving(step).url
    for name, password in {"": "", "alice": "follow-the-rabbit", "queen": "off-with-their-heads"}.items():
        if name and step >= 3:
            browser.tells("Network.clearBrowserCookies")
            browser.log_in(url, name, password)
        for path, since in PATHS.items():
            if step < since or (name and step < 3):
                continue
            browser.open(url + path)
            if browser.path == path and not browser.heading.startswith("This room"):  # not led to the login
                seen("")
        if step >= 6:
            browser.open(f"{url}/preferences")
            browser.press("Keep")
            seen("As you like it")
            browser.open(f"{url}/menu")
            if step == 6:
                browser.press("A cup, please")
            else:
                browser.follow("To the order")
                browser.press("Order")
            seen("Your order")


def send(browser, path, *, kind="application/x-www-form-urlencoded", **fields):
    """Send a form that no page of the house has, from the page that is shown."""
    script = """const [path, kind, fields] = arguments, form = document.createElement("form");
        const own = document.querySelector("[name=csrf_token]");
        Object.assign(form, {method: "post", action: path, enctype: kind});
        for (const [name, value] of Object.entries({...own && {csrf_token: own.value}, ...fields})) {
            const field = document.createElement("input");
            Object.assign(field, {type: "hidden", name, value});
            form.append(field);
        }
        document.body.append(form);
        form.submit();"""
    browser.leaving(lambda: browser.run(script, path, kind, fields))


@pytest.mark.parametrize("step", STEPS)
def test_every_error_can_be_understood_by_everybody(browser, serving, seen, users, monkeypatch, step):
    """A page of the house for each status that a person can meet; the heading says which."""
    house = serving(step)
    url = house.url
    browser.open(f"{url}/no-such-room")
    seen("404")
    browser.open(f"{url}/caf%ff")
    seen("400")
    if step >= 3:
        browser.open(f"{url}/login")
        browser.fill_in(username="alice", password="wrong")
        browser.press("Log in")
        seen("Log in")
        with monkeypatch.context() as patched:
            patched.setattr("steps.step3_authenticate.users.verify_password", lambda *_: 1 / 0)
            browser.fill_in(password="wrong")
            browser.press("Log in")
            seen("500")
        browser.log_in(url)
    if step >= 4:
        browser.open(f"{url}/logout")
        seen("405")
    if step >= 5:
        browser.open(f"{url}/")
        with monkeypatch.context() as patched:
            get = house.store.get
            patched.setattr(house.store, "get", lambda id: (get(id), house.store.destroy(id))[0])  # a logout elsewhere
            browser.reload()
            seen("409")
        with monkeypatch.context() as patched:
            patched.setattr(house.store, "get", fail)
            browser.reload()
            seen("503")
        browser.log_in(url)
    if step >= 6:
        browser.open(f"{url}/admin")
        seen("This room is for those with the role admin")
        for path, heading in (("/confirm", "Your password, please"), ("/password", "Change your password")):
            browser.open(url + path)
            fields = {"password": "wrong", **({"new": "a longer one"} if path == "/password" else {})}
            browser.fill_in(**fields)
            browser.press("Go on" if path == "/confirm" else "Change it")
            seen(heading)
    if step >= 7:
        browser.open(f"{url}/order")
        send(browser, "/order", csrf_token="of another session", tea="green")
        seen("This form is from before")
        browser.open(f"{url}/order")
        send(browser, "/order", tea="x" * 70_000)
        seen("413")
        browser.open(f"{url}/order")
        send(browser, "/order", kind="text/plain", tea="green")
        seen("415")
        throttled = ThrottledUsers(users.path)
        for _ in range(OF_NAME):
            throttled.wait("alice", "127.0.0.1")
        browser.open(f"{url}/confirm")
        browser.fill_in(password="wrong")
        browser.press("Go on")
        seen("429")
        browser.open("data:text/html,<h1>Elsewhere</h1>")
        send(browser, f"{url}/logout")
        seen("403")


def fail(*args, **kwargs):
    raise StoreError("out of order")
