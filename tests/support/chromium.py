"""Chromium: a real browser, driven as a person would: it opens pages, fills in forms and presses buttons.

Debian's chromium and chromedriver, as they are; nothing is downloaded.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from tests.support import ROOT

AXE = ROOT / "tests" / "conformance" / "express" / "node_modules" / "axe-core" / "axe.min.js"
PROGRAMS = ("chromium", "chromedriver")
PATIENCE = 60  # seconds, for whatever must come; nothing waits so long where all is well
AS_IN_PRIVATE = "about:blank"


def missing() -> str:
    """What this machine lacks for these tests, in a sentence; empty if it has all."""
    lacks = [name for name in PROGRAMS if not shutil.which(name)]
    return f"{' and '.join(lacks)} are missing: sudo apt install chromium chromium-driver" if lacks else ""


class Chromium:
    """A browser with a profile of its own. `folder`: where the profile is kept, for one that is opened again."""

    def __init__(self, folder: Path | None = None, *options: str) -> None:
        chosen = webdriver.ChromeOptions()
        chosen.binary_location = str(shutil.which("chromium"))
        chosen.accept_insecure_certs = True  # the tests' certificates are made on the spot
        chosen.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        for option in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1280,1024", *options):
            chosen.add_argument(option)
        if folder:
            chosen.add_argument(f"--user-data-dir={folder}")
        service = Service(str(shutil.which("chromedriver")), log_output=os.devnull)
        self.driver = webdriver.Chrome(options=chosen, service=service)
        self.driver.set_script_timeout(PATIENCE)
        self.driver.set_page_load_timeout(PATIENCE)

    # What a person does

    def open(self, address: str) -> None:
        """Type an address."""
        self.driver.get(address)

    def fill_in(self, **fields: str) -> None:
        """Write into fields of the page, by their ids."""
        for id, text in fields.items():
            field = self.driver.find_element(By.ID, id)
            field.clear()
            field.send_keys(text)

    def press(self, words: str) -> None:
        """Press the button that says this, and wait for the page that comes."""
        button = self.driver.find_element(By.XPATH, f"//button[normalize-space()={words!r}]")
        self.leaving(button.click)

    def follow(self, words: str) -> None:
        """Follow the link that says this."""
        self.leaving(self.driver.find_element(By.LINK_TEXT, words).click)

    def back(self) -> None:
        """The Back button."""
        self.leaving(self.driver.back)

    def reload(self) -> None:
        self.driver.refresh()

    def log_in(
        self, url: str, name: str = "alice", password: str = "follow-the-rabbit", *, remember: bool = False
    ) -> None:
        """Log in with the form."""
        self.open(f"{url}/login")
        self.fill_in(username=name, password=password)
        if remember:
            self.driver.find_element(By.NAME, "remember").click()
        self.press("Log in")
        assert self.path == "/dashboard", self.text

    def keys(self, *keys: str) -> None:
        """Press keys, wherever the focus is."""
        webdriver.ActionChains(self.driver).send_keys(*keys).perform()

    # What a person sees

    @property
    def path(self) -> str:
        """The page's address, without the site's."""
        return str(self.run("return location.pathname"))

    @property
    def title(self) -> str:
        return self.driver.title

    @property
    def text(self) -> str:
        """What can be read on the page."""
        return str(self.run("return document.body.innerText"))

    @property
    def heading(self) -> str:
        return str(self.run("return document.querySelector('h1').innerText"))

    @property
    def focus(self) -> str:
        """What has the focus, in its own words: those of a button or a link, or a field's id."""
        return str(self.run("const at = document.activeElement; return at.id || at.innerText"))

    def cookies(self) -> dict[str, dict[str, Any]]:
        """The cookies that the browser holds for this page, by name, with their flags."""
        return {cookie["name"]: cookie for cookie in self.driver.get_cookies()}

    def said(self) -> list[str]:
        """What has come to the console since this was last asked."""
        return [entry["message"] for entry in self.driver.get_log("browser")]  # type: ignore[attr-defined]

    # What a person has no hands for

    def run(self, script: str, *arguments: Any) -> Any:
        """Run JavaScript in the page, and return what it returns; a promise is waited for."""
        return self.driver.execute_script(script, *arguments)

    def tells(self, command: str, **arguments: Any) -> Any:
        """Speak to the browser itself, in the words of the Chrome DevTools Protocol."""
        return self.driver.execute_cdp_cmd(command, arguments)

    def wait(self, condition: Callable[[], Any], what: str = "what was expected") -> Any:
        """Wait until the condition is true, and return what it returned."""
        ignored = [WebDriverException]
        waiting = WebDriverWait(self.driver, PATIENCE, poll_frequency=0.05, ignored_exceptions=ignored)
        return waiting.until(lambda _: condition(), f"{what} has not come")

    def leaving(self, act: Callable[[], Any]) -> None:
        """Do what leads to another page, and wait until that is there."""
        page = self.driver.find_element(By.TAG_NAME, "html")
        act()
        self.wait(lambda: has_gone(page), "the next page")
        self.wait(lambda: self.run("return document.readyState") == "complete", "the whole page")

    def looks(self, *, width: int = 1280, zoom: int = 1, scheme: str = "light") -> None:
        """Look at pages in a window of this width, zoomed, in light or dark. Zoom takes its part of the width."""
        size = {"width": width // zoom, "height": 1024 // zoom, "deviceScaleFactor": zoom, "mobile": False}
        self.tells("Emulation.setDeviceMetricsOverride", **size)
        self.tells("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    @contextmanager
    def second_tab(self) -> Iterator[None]:
        """Another tab of the same browser, for a while."""
        first = self.driver.current_window_handle
        self.driver.switch_to.new_window("tab")
        try:
            yield
        finally:
            self.driver.close()
            self.driver.switch_to.window(first)

    def forget(self) -> None:
        """Be as new: one empty tab, no cookie, nothing in the console."""
        first, *others = self.driver.window_handles
        for other in others:
            self.driver.switch_to.window(other)
            self.driver.close()
        self.driver.switch_to.window(first)
        self.open(AS_IN_PRIVATE)
        self.tells("Network.clearBrowserCookies")
        self.tells("Network.clearBrowserCache")
        self.looks()
        self.said()

    def close(self) -> None:
        self.driver.quit()


def has_gone(element: Any) -> bool:
    """Whether an element's page is no longer the one that is shown."""
    try:
        element.is_enabled()
    except StaleElementReferenceException:
        return True
    except WebDriverException as error:  # in between two pages
        return "does not belong to the document" in str(error) or "stale" in str(error)
    return False


def skip_where_missing() -> None:
    """One sentence on a learner's machine; in CI, a skip is a failure."""
    if lacks := missing():
        pytest.skip(lacks)
