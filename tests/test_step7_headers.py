"""Headers: what every answer tells the browser."""

import base64
import hashlib
import re
import sys

import pytest

import steps
from steps.step7_harden.headers import ALWAYS, STYLE, YEAR, SecurityHeaders
from tests.support.calling import call, site

EVERYWHERE = ["/", "/login", "/dashboard", "/nowhere", "/logout", "/whoami", "/menu", "/admin"]


@pytest.mark.asvs("3.4.1", "3.4.3", "3.4.4", "3.4.5", "3.4.6", "3.4.8")
@pytest.mark.parametrize("path", EVERYWHERE)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_every_answer_has_its_headers(house, path, scheme):
    """Redirects and errors included; HSTS over HTTPS only."""
    told = call(house.app, path, **{"wsgi.url_scheme": scheme}).by_name
    assert {name: told.get(name) for name in ALWAYS} == ALWAYS
    assert "no-store" in directives(told.get("Cache-Control", ""), ",")
    lasting = directives(told.get("Strict-Transport-Security", ""))
    assert lasting[:1] == ([f"max-age={YEAR}"] if scheme == "https" else [""])


@pytest.mark.parametrize("before", [{"wsgi.url_scheme": "https"}, {"HTTP_X_FORWARDED_PROTO": "https"}])
def test_an_answer_over_http_has_no_word_of_https(before):
    """Whatever was answered before, and whoever says so: to be asked by HTTPS for a year would lock visitors out."""
    app = SecurityHeaders(site(lambda session: None))
    call(app, **before)
    told = call(app, **{**before, "wsgi.url_scheme": "http"}).by_name
    assert told.get("Strict-Transport-Security") is None


@pytest.mark.asvs("14.3.2")
@pytest.mark.parametrize("path", ["/dashboard", "/order", "/preferences", "/devices", "/password", "/admin"])
def test_back_after_a_logout_finds_no_page(house, path):
    """A browser shows a page that it has kept without asking: on a shared computer, to the next who presses Back."""
    guest = house.guest()
    guest.log_in("queen")
    page = guest.get(path)
    assert page.status == 200 and "no-store" in directives(page.by_name["Cache-Control"], ",")


def directives(value, mark=";"):
    """The parts of a header's value."""
    return [part.strip() for part in value.split(mark)]


POLICY = ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'", "form-action 'self'"]


@pytest.mark.asvs("3.4.3", "3.4.6")
@pytest.mark.parametrize("path", ["/", "/dashboard", "/nowhere"])
def test_every_answer_has_its_policy(house, path):
    """What is not allowed is forbidden: frames, other sites' forms, plug-ins, scripts."""
    policy = call(house.app, path).by_name.get("Content-Security-Policy", "")
    assert [part for part in POLICY if part in directives(policy)] == POLICY
    assert "unsafe" not in policy


def headers_of(app, **environ):
    """The headers of an answer, as a list of pairs with names in small letters."""
    answer = call(SecurityHeaders(app), **environ)
    return [(name.lower(), value) for name, value in answer.headers]


def test_a_header_that_the_app_has_set_stays():
    """A page that may be kept for a while says so itself."""

    def app(environ, start):
        start(
            "200 OK",
            [("Content-Type", "text/plain"), ("Cache-control", "max-age=60"), ("X-FRAME-OPTIONS", "SAMEORIGIN")],
        )
        return [b""]

    told = headers_of(app)
    assert [value for name, value in told if name == "cache-control"] == ["max-age=60"]
    assert [value for name, value in told if name == "x-frame-options"] == ["SAMEORIGIN"]
    assert [value for name, value in told if name == "x-content-type-options"] == ["nosniff"]


@pytest.mark.parametrize(("style", "allowed"), [(None, "'none'"), ("'sha256-x'", "'sha256-x'")])
def test_a_page_without_a_style_sheet_allows_none(style, allowed):
    """Only the page itself knows whether it has one, and says so while it answers."""

    def app(environ, start):
        if style:
            environ[STYLE] = style
        start("200 OK", [("Content-Type", "text/plain")])
        return [b""]

    assert f"style-src {allowed}" in directives(dict(headers_of(app)).get("content-security-policy", ""))


def test_what_an_app_says_of_a_failure_is_passed_on():
    """An app may start again with the error that has happened meanwhile (WSGI's exc_info); the server must hear it."""
    heard, sent = [], set()

    def app(environ, start):
        try:
            raise RuntimeError("spilled")
        except RuntimeError:
            start("500 Internal Server Error", [("Content-Type", "text/plain")], sys.exc_info())
        return [b""]

    def start_response(status, headers, exc_info=None):
        heard.append((status, exc_info and exc_info[0]))
        sent.update(name.lower() for name, _ in headers)

    SecurityHeaders(app)({"wsgi.url_scheme": "http", "REQUEST_METHOD": "GET", "PATH_INFO": "/"}, start_response)
    assert heard == [("500 Internal Server Error", RuntimeError)]
    wanted = (*ALWAYS, "Content-Security-Policy")
    assert [name for name in wanted if name.lower() not in sent] == [], "(which headers this answer lacks)"


def test_the_old_way_to_write_an_answer_stays_open():
    """WSGI's start_response returns a function that writes; whoever stands in its place returns it, too."""
    written = []

    def app(environ, start):
        write = start("200 OK", [("Content-Type", "text/plain")])
        assert callable(write), (
            f"{write!r}, from the start_response that the app was given, in place of a function write()"
        )
        write(b"tea")
        return []

    environ = {"wsgi.url_scheme": "http", "REQUEST_METHOD": "GET", "PATH_INFO": "/"}
    SecurityHeaders(app)(environ, lambda status, headers, exc_info=None: written.append)
    assert written == [b"tea"]


@pytest.mark.sentence("Refusals have the headers, too")
def test_refusals_have_the_headers_too(house, alice):
    """403, 413, 415, 429 and 503 are answers like any other."""

    def fail(*args, **kwargs):
        raise steps.StoreError("out of order")

    answer = alice.post("/order", csrf_token="x")
    assert (answer.status, "Content-Security-Policy" in answer.by_name) == (403, True)
    house.store.get = fail
    answer = alice.get("/dashboard")
    assert (answer.status, "Content-Security-Policy" in answer.by_name) == (503, True)


def test_the_policy_allows_no_style_but_that_of_the_page(house, alice):
    """By its hash, which is that of the sheet in the page."""
    answer = alice.get("/dashboard")
    sheet = re.search(r"<style>(.*?)</style>", answer.text, re.DOTALL)[1]
    known = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    assert f"style-src 'sha256-{known}'" in directives(answer.by_name.get("Content-Security-Policy", ""))
    assert re.findall("style=|<script", answer.text) == []
