"""The cookies as the browser holds them, over HTTP and HTTPS: names, flags and times; and no script sees them."""

import time

import pytest

from tests.support import STEPS

pytestmark = pytest.mark.browser
FLAGS = ("name", "path", "domain", "httpOnly", "secure", "sameSite", "session")


def held(browser):
    """The cookies that the browser holds, by name, each as it was told."""
    return {each["name"]: each for each in browser.tells("Network.getAllCookies")["cookies"]}


def flags(cookie):
    return {flag: cookie.get(flag) for flag in FLAGS}


@pytest.mark.parametrize("step", [step for step in STEPS if step >= 2])
def test_the_cookie_over_http(browser, serving, step):
    """SameSite is said from step 7 on, an end from step 4 on: half an hour. Scripts see nothing in any step."""
    browser.open(serving(step).url)
    (cookie,) = held(browser).values()
    common = {"name": "connect.sid", "path": "/", "domain": "127.0.0.1", "httpOnly": True, "secure": False}
    assert flags(cookie) == {**common, "sameSite": "Lax" if step >= 7 else None, "session": step < 4}
    if step >= 4:
        assert 29 * 60 < cookie["expires"] - time.time() <= 30 * 60
    assert browser.run("return document.cookie") == ""


@pytest.mark.parametrize("step", [7, 8])
def test_the_cookie_over_https_is_another_one(browser, serving, step):
    """Secure, for this host alone, and beside the one that an open line has carried, which opens nothing here."""
    house, safe = serving(step), serving(step, https=True)
    browser.open(house.url)
    browser.open(safe.url)
    cookies = held(browser)
    assert {*cookies} == {"connect.sid", "__Host-connect.sid"}
    common = {"path": "/", "domain": "127.0.0.1", "httpOnly": True, "sameSite": "Lax", "session": False}
    assert flags(cookies["__Host-connect.sid"]) == {"name": "__Host-connect.sid", "secure": True, **common}
    assert browser.run("return document.cookie") == ""
    browser.log_in(safe.url)
    assert "Log out" in browser.text
    browser.open(f"{house.url}/dashboard")
    assert browser.path == "/login"


def test_the_count_of_step_1_is_the_browsers(browser, serving):
    """There the cookie is the count itself; scripts do not see it either."""
    url = serving(1).url
    browser.open(url)
    browser.reload()
    cookie = held(browser)["visits"]
    assert (cookie["value"], cookie["httpOnly"], browser.run("return document.cookie")) == ("2", True, "")
