"""The Back button after a logout: whether the next one at this computer sees the last one's pages."""

import pytest

from tests.support.chromium import Chromium, skip_where_missing

pytestmark = pytest.mark.browser
NOTE = "addEventListener('pageshow', shown => { window.cameBackAlive = shown.persisted })"


@pytest.fixture(scope="module")
def forgetful():
    """A browser without a back-forward cache: Back asks its HTTP cache, or the server."""
    skip_where_missing()
    browser = Chromium(None, "--disable-features=BackForwardCache")
    yield browser
    browser.close()


@pytest.fixture(params=["with", "without"])
def either(request):
    """A browser with the back-forward cache, in which whole pages stay alive, and one without."""
    kind = "browser" if request.param == "with" else "forgetful"
    chosen = request.getfixturevalue(kind)
    chosen.forget()
    chosen.keeps = request.param == "with"
    return chosen


@pytest.mark.parametrize("step", [4, 6, 7, 8])
def test_back_after_the_logout_shows_nothing_of_it(either, serving, step):
    """From step 7 on every answer says no-store; until then Back shows the table as it was, as lesson 7 says."""
    url = serving(step).url
    either.log_in(url)
    either.press("Log out")
    assert either.path == "/login"
    either.back()
    if step < 7:
        assert either.heading == "Your table, alice"
        either.reload()  # it is a picture of it only
    assert either.path == "/login"
    assert "alice’s table" not in either.text


def test_the_browser_does_keep_pages_alive(browser, serving):
    """Else the test above would show nothing: what may be kept comes back as it was left."""
    url = serving(5).url
    browser.open(f"{url}/menu")
    script = browser.tells("Page.addScriptToEvaluateOnNewDocument", source=NOTE)
    browser.run(NOTE)
    browser.open(f"{url}/login")
    browser.back()
    browser.tells("Page.removeScriptToEvaluateOnNewDocument", **script)
    assert browser.heading == "What we pour"
    assert browser.run("return window.cameBackAlive") is True
