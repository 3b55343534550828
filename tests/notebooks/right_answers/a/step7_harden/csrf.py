"""CSRF: a form counts only if it came from a page of ours. Two witnesses: the browser, and a token that we gave out.

The browser says from where a request comes (Sec-Fetch-Site, or else Origin), and other sites cannot make it lie. The
token stands in each form and in the session: another site can send our form, but cannot read it. OWASP ASVS 3.5.1.
"""

import hmac
import re
from secrets import token_urlsafe

from bottle import HTTPError, request

from steps.step2_middleware.middleware import Environ
from steps.step2_middleware.session import Session
from steps.tea_house import field
from steps.tea_house.site import session_shown

FIELD = "csrf_token"  # the form's hidden field
KEY = "csrf"  # the session's
FORM = re.compile(r'<form\b[^>]*\bmethod="post"[^>]*>', re.IGNORECASE)


def token_of(session: Session) -> str:
    """The token of a session, made when the first form asks for it. A login begins a session, and so a token."""
    token = session.get(KEY)
    if not token:
        token = session[KEY] = token_urlsafe(24)
    return token


def stamp(html: str) -> str:
    """Put the token into every form of a page that is sent with POST: none can be forgotten."""
    session = session_shown()
    if session is None or not FORM.search(html):
        return html
    hidden = f'<input type="hidden" name="{FIELD}" value="{token_of(session)}">'
    return FORM.sub(lambda form: form[0] + hidden, html)


def is_from_here(environ: Environ) -> bool:
    """Whether the browser says that a page of this origin has sent the request; True if it says nothing at all.

    "none" is a person who typed the address, or opened a bookmark. A sibling host ("same-site") is not us.
    """
    site = environ.get("HTTP_SEC_FETCH_SITE")
    if site is not None:
        return site in ("same-origin", "none")
    origin = environ.get("HTTP_ORIGIN")
    if origin is None:
        return True
    scheme = environ["wsgi.url_scheme"]
    host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    default_port = ":443" if scheme == "https" else ":80"
    ours = f"{scheme}://{host.removesuffix(default_port)}"
    return origin.lower().removesuffix(default_port) == ours.lower()


def is_right(token: str, session: Session | None) -> bool:
    """Whether this is the session's token. Compared as bytes and in constant time, as a signature is."""
    kept = None if session is None else session.get(KEY)
    if not isinstance(kept, str) or not kept:
        return False
    return hmac.compare_digest(token.encode("utf-8", "surrogatepass"), kept.encode("utf-8", "surrogatepass"))


def require_token() -> None:
    """Answer 403 to a form that did not come from a page of ours."""
    # Not session_shown(): a session that cannot be read answers 503 here, not 403.
    session = request.environ.get("session")
    if not is_from_here(request.environ) or not is_right(field(FIELD), session):
        raise HTTPError(403)
