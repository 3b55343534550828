"""Headers: what a browser is told to refuse on our behalf, on every answer; and whom to believe about the request."""

import re
from base64 import b64encode
from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256
from typing import Any

from bottle import request

from steps.step2_middleware.middleware import App, Environ, Headers
from steps.step7_harden.policy import is_secure

STYLE = "tea.style"  # in the environ: which style sheet this page may use, as its hash
SHEET = re.compile(r"<style>(.*?)</style>", re.DOTALL)
FORWARDED = ("HTTP_X_FORWARDED", "HTTP_FORWARDED")
YEAR = 365 * 24 * 60 * 60  # seconds
ALWAYS = {
    "X-Content-Type-Options": "nosniff",  # a text is no script, whatever it looks like
    "Referrer-Policy": "same-origin",  # other sites do not see our addresses; "no-referrer" would blank Origin, too
    "Cross-Origin-Opener-Policy": "same-origin",  # who opens us in a window gets no hold of it
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",  # for browsers that do not know frame-ancestors
}
POLICY = (
    "default-src 'none'; style-src {}; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
)


class SecurityHeaders:
    """Tell the browser with every answer, errors and redirects included, what to refuse. Source: OWASP ASVS 3.4.

    A header that the app has set itself stays. Pages that carry a session are kept by no cache (ASVS 14.3.2).
    """

    def __init__(self, app: App) -> None:
        self.app = app

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answer one request."""

        def start(status: str, headers: Headers, exc_info: Any = None) -> Any:
            style = environ.get(STYLE, "'none'")
            wanted = {**ALWAYS, "Content-Security-Policy": POLICY.format(style)}
            if is_secure(environ, None):
                wanted["Strict-Transport-Security"] = f"max-age={YEAR}; includeSubDomains"
            if "session" in environ:  # even None: it was there, and the page may say so
                wanted["Cache-Control"] = "no-store"
            there = {name.lower() for name, value in headers}
            headers = [*headers, *((name, value) for name, value in wanted.items() if name.lower() not in there)]
            if exc_info:
                return start_response(status, headers, exc_info)
            return start_response(status, headers)

        return self.app(environ, start)


def allow_style(html: str) -> str:
    """Let this answer's policy name the page's own style sheet by its hash: any other, slipped in, is refused."""
    if sheet := SHEET.search(html):
        request.environ[STYLE] = source(sheet[1])
    return html


@lru_cache(maxsize=64)
def source(sheet: str) -> str:
    """A style sheet as a Content-Security-Policy names it: by its hash."""
    return f"'sha256-{b64encode(sha256(sheet.encode()).digest()).decode()}'"


class Proxy:
    """Let the app see the request as it came to the proxy before us, or not be told tales by anybody.

    Believed: the first X-Forwarded-Proto says whether that was HTTPS, the last X-Forwarded-For from which address,
    since that one the proxy itself has added. Not believed: every X-Forwarded header is taken away, whoever reads it.
    """

    def __init__(self, app: App, *, believed: bool) -> None:
        self.app = app
        self.believed = believed

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        if self.believed:
            if is_secure(environ, True):
                environ["wsgi.url_scheme"] = "https"
            address = environ.get("HTTP_X_FORWARDED_FOR", "").split(",")[-1].strip()
            if address:
                environ["REMOTE_ADDR"] = address
        for name in list(environ):
            if name.startswith(FORWARDED):
                del environ[name]
        return self.app(environ, start_response)
