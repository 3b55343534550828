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

    Those of ALWAYS; the Content-Security-Policy, whose style-src is what STYLE names, or else 'none'; over HTTPS
    Strict-Transport-Security, for a YEAR. And `Cache-Control: no-store`, session or not: no cache keeps any answer
    (ASVS 14.3.2). A header that the app has set itself stays, in whatever letters.
    """

    def __init__(self, app: App) -> None:
        self.app = app

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        secure = environ["wsgi.url_scheme"] == "https"

        def start(status: str, headers: Headers, *rest: Any) -> Any:
            ours = {
                **ALWAYS,
                "Content-Security-Policy": POLICY.format(environ.get(STYLE, "'none'")),
                "Cache-Control": "no-store",
            }
            if secure:
                ours["Strict-Transport-Security"] = f"max-age={YEAR}"
            set_already = {name.lower() for name, _ in headers}
            more = [(name, value) for name, value in ours.items() if name.lower() not in set_already]
            return start_response(status, [*headers, *more], *rest)

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
    since that one the proxy itself has added. Believed or not, every header that begins with one of FORWARDED is taken
    away then: nobody behind us reads another tale.
    """

    def __init__(self, app: App, *, believed: bool) -> None:
        self.app = app
        self.believed = believed

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        if self.believed:
            environ["wsgi.url_scheme"] = "https" if is_secure(environ, True) else "http"
            last = environ.get("HTTP_X_FORWARDED_FOR", "").split(",")[-1].strip()
            if last:
                environ["REMOTE_ADDR"] = last
        for name in [name for name in environ if name.startswith(FORWARDED)]:
            del environ[name]
        return self.app(environ, start_response)
