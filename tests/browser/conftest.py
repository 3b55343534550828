"""A browser for all tests of a worker, and the houses that it visits: each step's site, served by this process."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support import chromium
from tests.support.chromium import Chromium
from workbook.serving import House, serve

SECRET = "a secret for the tests, which is long enough"


@pytest.fixture(scope="session")
def opened() -> Iterator[Chromium]:
    """The browser, started once."""
    chromium.skip_where_missing()
    browser = Chromium()
    yield browser
    browser.close()


@pytest.fixture
def browser(opened: Chromium) -> Iterator[Chromium]:
    """A browser that knows nothing yet."""
    opened.forget()
    yield opened


@pytest.fixture
def serving(users: Any) -> Iterator[Callable[..., House]]:
    """Serve a step's site, with the demo users; in production, too, where the tests need somebody."""
    houses: list[House] = []

    def open_house(step: int, **options: Any) -> House:
        known = {"users": users} if step >= 3 else {}
        own = {"secret": SECRET, "roles": {"queen": "admin", "alice": "user"}} if step >= 8 else {}
        houses.append(serve(step, **{**known, **own, **options}))
        return houses[-1]

    yield open_house
    for house in houses:
        house.close()
