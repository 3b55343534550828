"""Two tabs of one browser, or two browsers of one person: what one of them does, the other meets."""

import pytest

from tests.support import STEPS
from tests.support.calling import Visitor

pytestmark = pytest.mark.browser


def since(first):
    return pytest.mark.parametrize("step", [step for step in STEPS if step >= first])


@since(3)
def test_two_tabs_log_in_one_after_the_other(browser, serving, step):
    """The second form is from before the login; its owner is in already, and gets to the same page."""
    url = serving(step).url
    browser.open(f"{url}/login")
    with browser.second_tab():
        browser.log_in(url)
    browser.fill_in(username="alice", password="follow-the-rabbit")
    browser.press("Log in")
    assert (browser.path, browser.heading) == ("/dashboard", "Your table, alice")


@since(4)
def test_two_tabs_log_out_one_after_the_other(browser, serving, step):
    """Who is out already gets to where a logout leads; no error, and nobody is in."""
    url = serving(step).url
    browser.log_in(url)
    with browser.second_tab():
        browser.open(url)
        browser.press("Log out")
        assert browser.path == "/login"
    browser.press("Log out")
    assert (browser.path, browser.heading) == ("/login", "Log in")
    browser.open(f"{url}/dashboard")
    assert browser.path == "/login"


@since(6)
def test_a_form_from_before_another_login_is_not_done(browser, serving, step):
    """Alice's form, open in a tab, must not be sent as the queen's: from step 7 on its token is of another session."""
    url = serving(step).url
    browser.log_in(url)
    browser.open(f"{url}/preferences")
    browser.run("document.getElementById('theme').value = 'dark'")
    with browser.second_tab():
        browser.open(url)
        browser.press("Log out")
        browser.log_in(url, "queen", "off-with-their-heads")
    browser.press("Keep")
    if step < 7:
        assert browser.heading == "As you like it"
        return
    assert browser.heading == "This form is from before"
    browser.follow("Open the page anew")
    assert browser.run("return document.getElementById('theme').value") == "auto"  # nothing was done
    browser.press("Keep")
    assert "It is as you like it now." in browser.text


@since(6)
def test_a_login_that_was_ended_elsewhere_is_out_at_the_next_click(browser, serving, step):
    """A person ends it from another browser; here the next page is the login's, and says nobody's name."""
    house = serving(step)
    browser.log_in(house.url)
    elsewhere = Visitor(house.url, tokens=step >= 7)
    elsewhere.log_in()
    assert elsewhere.post("/devices/end-others").status_code == 303
    elsewhere.close()
    browser.follow("Devices")
    assert browser.path == "/login"
    assert "alice’s table" not in browser.text
