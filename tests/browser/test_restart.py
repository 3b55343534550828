"""The browser is closed and opened again: who is still logged in, and for how long."""

import time

import pytest

from tests.support.chromium import Chromium, skip_where_missing
from workbook.serving import Clock

pytestmark = pytest.mark.browser
DAY = 24 * 60 * 60  # seconds


def test_a_restart_with_and_without_remember_me(serving, tmp_path):
    """Until step 3 a cookie goes with the browser. Then it stays half an hour, or two weeks for who asks for it."""
    skip_where_missing()
    clock = Clock()
    third = serving(3, name="third").url
    briefly, remembered = (serving(6, name=name, clock=clock).url for name in ("briefly", "remembered"))
    browser = Chromium(tmp_path)
    browser.log_in(third)
    browser.log_in(briefly)
    browser.log_in(remembered, remember=True)
    browser.close()

    browser = Chromium(tmp_path)
    browser.open(f"{third}/dashboard")
    assert browser.path == "/login"
    for url in (briefly, remembered):
        browser.open(f"{url}/dashboard")
        assert browser.heading == "Your table, alice"
    left = {name: cookie["expiry"] - time.time() for name, cookie in browser.cookies().items() if "expiry" in cookie}
    assert 29 * 60 < left["briefly"] <= 30 * 60 + 1
    assert 13.9 * DAY < left["remembered"] <= 14 * DAY + 1
    clock.move(days=13)
    browser.open(f"{briefly}/dashboard")
    assert browser.path == "/login"
    browser.open(f"{remembered}/dashboard")
    assert browser.heading == "Your table, alice"
    browser.close()
