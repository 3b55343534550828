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
    """The token of a session, made when the first form asks for it, of 128 random bits or more.

    A login begins a session, and so a token.
    """
    token = session.get(KEY)
    if not isinstance(token, str) or not token:
        token = session[KEY] = token_urlsafe(16)
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

    Sec-Fetch-Site decides where there is one, Origin else, which is the request's own scheme, "://" and Host; one that
    is there and empty is wrong. "none" is a person who typed the address, or opened a bookmark. A sibling host
    ("same-site") is not us.
    """
    site, origin = environ.get("HTTP_SEC_FETCH_SITE"), environ.get("HTTP_ORIGIN")
    if site is not None:
        return site in ("same-origin", "none")
    if origin is None:
        return True
    return bool(origin == f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', '')}")


def is_right(token: str, session: Session | None) -> bool:
    """Whether this is the session's token. Compared as bytes and in constant time, as a signature is.

    False, and no error, for any other text, for a session without a token or with one that is no text, and for None.
    """
    known = None if session is None else session.get(KEY)
    if not isinstance(known, str) or not known:
        return False
    return hmac.compare_digest(*(text.encode("utf-8", "surrogatepass") for text in (token, known)))


def require_token() -> None:
    """Answer 403 to a form that did not come from a page of ours."""
    if not (is_from_here(request.environ) and is_right(field(FIELD), session_shown())):
        raise HTTPError(403)
