"""The keyboard alone: through login, order and logout; each stop can be seen, and after an error the focus is there."""

import pytest
from selenium.webdriver.common.keys import Keys

from tests.support import STEPS

pytestmark = pytest.mark.browser
OUTLINE = "return getComputedStyle(document.activeElement).outlineStyle"


def tab_to(browser, words):
    """Press Tab until the focus is there; each stop on the way can be seen."""
    for _ in range(40):
        browser.keys(Keys.TAB)
        assert browser.run(OUTLINE) == "solid", browser.focus
        if browser.focus == words:
            return
    raise AssertionError(f"Tab does not come to {words!r}")


def enter(browser):
    browser.leaving(lambda: browser.keys(Keys.ENTER))


@pytest.mark.parametrize("step", [step for step in STEPS if step >= 4])
def test_the_keyboard_is_enough(browser, serving, step):
    """In, a wrong password first, a cup of tea, and out again."""
    url = serving(step).url
    browser.open(url)
    tab_to(browser, "Log in")
    enter(browser)
    tab_to(browser, "username")
    browser.keys("alice", Keys.TAB, "wrong")
    enter(browser)

    assert browser.title.startswith("Error: wrong name or password")
    assert browser.focus.startswith("Wrong name or password")
    assert browser.run(OUTLINE) == "solid"
    browser.keys(Keys.TAB)
    assert (browser.focus, browser.run("return document.activeElement.value")) == ("username", "alice")
    browser.keys(Keys.TAB, "follow-the-rabbit")
    enter(browser)
    assert browser.heading == "Your table, alice"

    if step >= 6:
        tab_to(browser, "Menu")
        enter(browser)
        if step == 6:
            tab_to(browser, "A cup, please")
        else:
            tab_to(browser, "To the order")
            enter(browser)
            tab_to(browser, "Order")  # the link in the navigation; the button is the next of that name
            tab_to(browser, "tea")
            tab_to(browser, "Order")
        enter(browser)
        assert "1 cup of green tea" in browser.text
    tab_to(browser, "Log out")
    enter(browser)
    assert browser.path == "/login"


def test_the_first_stop_leads_past_the_navigation(browser, serving):
    """Who comes to each page by Tab need not walk through the links of all pages each time."""
    browser.open(f"{serving(7).url}/login")
    browser.keys(Keys.TAB)
    assert browser.focus == "Skip to the page"
    assert browser.run("return document.activeElement.getBoundingClientRect().left") >= 0  # and then it can be seen
    browser.keys(Keys.ENTER, Keys.TAB)
    assert browser.focus == "username"


@pytest.mark.parametrize("path", ["/password", "/confirm"])
def test_after_an_error_the_focus_is_on_it(browser, serving, path):
    """Also in forms whose answer is the same form again: who hears the page begins where the news is."""
    url = serving(7).url
    browser.log_in(url)
    browser.open(url + path)
    browser.fill_in(password="wrong", **({"new": "long enough"} if path == "/password" else {}))
    browser.press("Go on" if path == "/confirm" else "Change it")
    assert browser.title.startswith("Error: ")
    assert browser.run("return document.activeElement.getAttribute('role')") == "alert"
