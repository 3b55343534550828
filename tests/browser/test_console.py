"""The console: a whole tour leaves it empty; and what is slipped into a page is reported there, and does nothing."""

import pytest

from steps.tea_house import page
from tests.support import STEPS

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("step", "https"), [*((step, False) for step in STEPS), (7, True), (8, True)])
def test_a_whole_tour_leaves_the_console_empty(browser, serving, step, https):
    """No error, no warning, no report of a policy: also none about the styles and pictures of our own pages."""
    house = serving(step, **({"https": True} if https else {}))
    browser.open(house.url)
    browser.reload()
    if step >= 3:
        browser.log_in(house.url, "queen", "off-with-their-heads")
    if step >= 5:
        browser.open(f"{house.url}/menu")
    if step >= 6:
        for name in ("Preferences", "Devices", "Guests"):
            browser.follow(name)
        browser.press("Change the role of alice")
        browser.open(f"{house.url}/password")
        browser.open(f"{house.url}/confirm")
        browser.fill_in(password="off-with-their-heads")
        browser.press("Go on")
        browser.open(f"{house.url}/order")
    if step >= 4:
        browser.press("Log out")
    assert browser.said() == []


SLIPPED = {
    "a script": "<script>window.slipped = true</script>",
    "a handler": '<svg onload="window.slipped = true"></svg><img src="data:," alt="" onerror="window.slipped = true">',
    "a style sheet": "<style>h1 { letter-spacing: 9px }</style>",
    "a style": '<p style="letter-spacing: 9px" id="spaced">x</p>',
    "a form to elsewhere": '<form action="http://127.0.0.2:9/" id="theirs"><button>Win</button></form>',
    "a base": '<base href="http://127.0.0.2:9/">',
}
DOES = """const spaced = each => each && getComputedStyle(each).letterSpacing === "9px";
    return !!window.slipped || spaced(document.querySelector("h1")) || spaced(document.getElementById("spaced"))
        || document.baseURI.includes("127.0.0.2") || false"""


@pytest.mark.parametrize("kind", SLIPPED)
@pytest.mark.parametrize("step", [6, 7, 8])
def test_what_is_slipped_into_a_page_does_nothing(browser, serving, step, kind):
    """Where some page of ours forgets to escape, the policy is the second wall: from step 7 on."""

    def forgetful():
        return page("menu").replace("</main>", SLIPPED[kind] + "</main>")

    def add(app):
        site = getattr(app, "app", app)  # in production, inside the log
        site.get("/slip", callback=forgetful)

    url = serving(step, pages=add).url
    browser.open(f"{url}/slip")
    if kind == "a form to elsewhere":
        if step >= 7:
            browser.run("document.getElementById('theirs').submit()")
            browser.wait(lambda: "form-action" in "".join(browser.said()), "the report")
            assert browser.path == "/slip"
        return
    assert browser.run(DOES) is (step < 7)
    assert ("Content Security Policy" in "".join(browser.said())) is (step >= 7)
