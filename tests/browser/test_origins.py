"""Another site, open in the same browser: its frame, form, picture and link, before and after step 7.

One such site is another host, and one the same host at another port: browsers call that the same site, and send it
cookies with SameSite, too.
"""

from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

pytestmark = pytest.mark.browser
STEPS = pytest.mark.parametrize("step", [6, 7, 8])


class Page(BaseHTTPRequestHandler):
    """Answers every request with one text."""

    def __init__(self, html, *args):
        self.html = html
        super().__init__(*args)

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(self.html.encode())

    def log_message(self, *args):
        pass


@pytest.fixture(params=["127.0.0.2", "127.0.0.1"], ids=["another host", "another port"])
def elsewhere(request):
    """Serve a page from another origin; returns its address."""
    servers = []

    def serve(html):
        servers.append(ThreadingHTTPServer((request.param, 0), partial(Page, f"<!doctype html><title>x</title>{html}")))
        Thread(target=servers[-1].serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return f"http://{request.param}:{servers[-1].server_port}/"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


@STEPS
def test_a_frame(browser, serving, elsewhere, step):
    """Whoever can put our page into a frame can lay his own buttons over ours. From step 7 on no page lets itself."""
    url = serving(step).url
    browser.log_in(url)
    browser.open(elsewhere(f'<iframe src="{url}/menu"></iframe>'))
    browser.driver.switch_to.frame(0)
    shown = browser.run("return document.body.innerText")
    browser.driver.switch_to.default_content()
    assert ("What we pour" in shown) is (step < 7)


@STEPS
def test_a_forged_form(browser, serving, elsewhere, step):
    """Sent by a page of theirs, with our cookie if the browser sends it along."""
    url = serving(step).url
    browser.log_in(url)
    form = f'<form method="post" action="{url}/order"><input name="tea" value="green"><button>Win</button></form>'
    browser.open(elsewhere(form))
    browser.press("Win")
    assert browser.heading.startswith("Your order" if step < 7 else "403")
    browser.open(f"{url}/order")
    assert ("1 cup of green tea" in browser.text) is (step < 7)


@STEPS
def test_a_picture(browser, serving, elsewhere, step):
    """A picture is a GET, and no GET of ours does anything: whoever is in stays so."""
    url = serving(step).url
    browser.log_in(url)
    browser.open(elsewhere(f'<img src="{url}/logout" alt=""><img src="{url}/devices/end-others" alt="">'))
    assert browser.run("return [...document.images].every(each => each.complete && !each.naturalWidth)")
    browser.open(f"{url}/dashboard")
    assert browser.heading == "Your table, alice"


@STEPS
def test_a_link(browser, serving, elsewhere, step):
    """Whoever follows a link to us is who he was: SameSite=Lax lets that through, Strict would not."""
    url = serving(step).url
    browser.log_in(url)
    browser.open(elsewhere(f'<a href="{url}/dashboard">Tea</a>'))
    browser.follow("Tea")
    assert browser.heading == "Your table, alice"
