"""Headers: what every answer tells the browser."""

import base64
import hashlib
import re

import pytest

import steps
from steps.step7_harden.headers import ALWAYS, SecurityHeaders
from tests.support.calling import call

EVERYWHERE = ["/", "/login", "/dashboard", "/nowhere", "/logout", "/whoami", "/menu", "/admin"]


@pytest.mark.asvs("3.4.1", "3.4.3", "3.4.4", "3.4.5", "3.4.6", "3.4.8")
@pytest.mark.parametrize("path", EVERYWHERE)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_every_answer_has_its_headers(house, path, scheme):
    """Redirects and errors included; HSTS over HTTPS only."""
    answer = call(house.app, path, **{"wsgi.url_scheme": scheme})
    told = answer.by_name
    assert {name: told[name] for name in ALWAYS} == ALWAYS
    assert "no-store" in told["Cache-Control"]
    for part in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'", "form-action"):
        assert part in told["Content-Security-Policy"]
    assert "unsafe" not in told["Content-Security-Policy"]
    assert ("Strict-Transport-Security" in told) is (scheme == "https")


def test_a_header_that_the_app_has_set_stays():
    """A page that may be kept for a while says so itself."""

    def app(environ, start):
        start("200 OK", [("Cache-control", "max-age=60"), ("X-FRAME-OPTIONS", "SAMEORIGIN")])
        return [b""]

    told = call_headers(SecurityHeaders(app))
    assert told.count("cache-control") == told.count("x-frame-options") == 1


def call_headers(app):
    seen = []
    environ = {"wsgi.url_scheme": "http", "REQUEST_METHOD": "GET", "PATH_INFO": "/"}
    app(environ, lambda status, headers, exc_info=None: seen.extend(name.lower() for name, _ in headers))
    return seen


def test_refusals_have_the_headers_too(house, alice):
    """403, 413, 415, 429 and 503 are answers like any other."""

    def fail(*args, **kwargs):
        raise steps.StoreError("out of order")

    assert "Content-Security-Policy" in alice.post("/order", csrf_token="x").by_name
    house.store.get = fail
    answer = alice.get("/dashboard")
    assert answer.status == 503 and "Content-Security-Policy" in answer.by_name


def test_the_policy_allows_the_pages_own_style_only(house, alice):
    """By its hash, which is that of the sheet in the page."""
    answer = alice.get("/dashboard")
    sheet = re.search(r"<style>(.*?)</style>", answer.text, re.DOTALL)[1]
    known = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    assert f"style-src 'sha256-{known}'" in answer.by_name["Content-Security-Policy"]
    assert "style=" not in answer.text and "<script" not in answer.text
