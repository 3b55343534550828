"""The readable edition, opened from its files in a browser that has no network."""

import json

import pytest
from selenium.webdriver.common.by import By

from tests.support.chromium import AXE
from workbook import book

MADE = []
OTHER_CODE = (*(f"step{n}_" for n in range(2, 9)), "tea_house")  # what differs from step 1's page is text only
pytestmark = pytest.mark.browser


@pytest.fixture
def site(tmp_path_factory):
    """The book's folder; it is made once."""
    if not MADE:
        folder = tmp_path_factory.mktemp("book")
        book.book(folder)
        MADE.append(folder)
    return MADE[0]


@pytest.fixture
def reader(driver):
    """The browser, offline, at a size and in a scheme of one's choice."""

    def look(page, width=1280, scheme="light"):
        media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        driver.get(page if isinstance(page, str) else page.as_uri())
        return driver

    driver.execute_cdp_cmd("Network.enable", {})
    offline = {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
    driver.execute_cdp_cmd("Network.emulateNetworkConditions", offline)
    yield look
    driver.execute_cdp_cmd("Network.emulateNetworkConditions", {**offline, "offline": False})
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (320, "dark")])
def test_every_page_is_whole_and_for_everybody(site, reader, width, scheme):
    """Nothing comes from outside the folder, nothing scrolls sideways, and axe finds nothing: WCAG's rules and best
    practice, with all that is folded opened, too.
    """
    for page in sorted(site.glob("*.html")):
        browser = reader(page, width, scheme)
        asked = browser.execute_script("return performance.getEntriesByType('resource').map(each => each.name)")
        assert [each for each in asked if not each.startswith((site.as_uri(), "data:"))] == [], page.name
        assert [each for each in browser.get_log("browser") if each["level"] == "SEVERE"] == [], page.name
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width, page.name
        if page.name != "whole.html" and not page.name.startswith(OTHER_CODE):
            assert (found := violations(browser)) == [], f"{page.name}: {json.dumps(found, indent=1)}"


def violations(browser):
    """What axe finds on the page that is open."""
    browser.execute_script("document.querySelectorAll('details').forEach(each => each.open = true)")
    browser.set_script_timeout(120)
    browser.execute_script(AXE.read_text(encoding="utf-8"))
    return browser.execute_async_script(
        "axe.run({preload: false, resultTypes: ['violations']}).then(done => arguments[0](done.violations.map("
        "each => [each.id, each.nodes.length, each.nodes[0].html, each.nodes[0].failureSummary])))"
    )


def test_the_first_lesson_is_a_click_away(site, reader):
    """Who opens the first page reads within ten seconds: it says what this is, and the way in is in sight."""
    browser = reader(site / "index.html", 320)
    way = browser.find_element(By.LINK_TEXT, "Begin to read: lesson 1")
    assert way.location["y"] < 900
    way.click()
    assert browser.title.startswith("1 · Install")
    timing = "return performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
    assert browser.execute_script(timing) < 10_000


def test_an_exchange_is_stepped_through_by_keys(site, reader):
    """Request, answer, store, one after the other; at first and at last all of it is there."""
    browser = reader(site / "2_middleware.html")
    figure = browser.find_elements(By.CSS_SELECTOR, ".exchange")[1]
    back, on = figure.find_elements(By.TAG_NAME, "button")

    def shown():
        return [each.get_attribute("class") for each in figure.find_elements(By.TAG_NAME, "li") if each.is_displayed()]

    assert shown() == ["request", "answer", "store"]
    for expected in (["request"], ["request", "answer"], ["request", "answer", "store"]):
        on.send_keys("\n")
        assert shown() == expected
    back.send_keys(" ")
    assert shown() == ["request", "answer"]
    assert "2 of 3: server → Alice" in figure.text


def test_a_prediction_opens_by_a_click(site, reader):
    """Without a kernel."""
    browser = reader(site / "2_middleware.html")
    choice = next(
        each for each in browser.find_elements(By.TAG_NAME, "details") if each.text.startswith("B the row is written")
    )
    assert "✓ Right." not in choice.text
    choice.find_element(By.TAG_NAME, "summary").click()
    assert "✓ Right." in choice.text


def test_the_search_finds_what_is_asked_for(site, reader):
    """From any page, with nothing but files."""
    browser = reader(site / "1_install.html")
    browser.find_element(By.NAME, "q").send_keys("compare-and-swap\n")
    assert browser.title.startswith("compare-and-swap · Search")
    first = browser.find_element(By.CSS_SELECTOR, "#results a")
    assert first.text == "Glossary: compare-and-swap"
    first.click()
    assert browser.current_url.endswith("glossary.html#compare-and-swap")
    browser = reader((site / "search.html").as_uri() + "?q=%3Cimg%20src%3Dx%3E")
    assert browser.find_element(By.ID, "found").text == "No parts have “<img src=x>”."


def test_all_is_there_without_scripts_and_on_paper(site):
    """Scripts only add: what they show by steps is there at once; the PDF has every lesson in its outline."""
    page = (site / "2_middleware.html").read_text(encoding="utf-8")
    assert "<li hidden" not in page and "<button>Search" in page
    printed = (site / "book.pdf").read_bytes()
    assert printed.startswith(b"%PDF-") and printed.count(b"/Type /Page\n") > 100
    assert printed.count(b"/Type /Outlines") == 1
