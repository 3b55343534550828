"""A browser for the tests: Chromium without a window, skipped with a sentence where there is none."""

import shutil

import pytest


@pytest.fixture(scope="session")
def browser():
    """Chromium, driven by selenium."""
    webdriver = pytest.importorskip("selenium.webdriver")
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (program and driver):
        pytest.skip("chromium or chromedriver is not installed: nothing can be opened in a browser")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for each in ("--headless", "--no-sandbox", "--disable-gpu"):
        options.add_argument(each)
    opened = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield opened
    opened.quit()
