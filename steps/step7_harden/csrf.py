"""CSRF: a form counts only if it came from a page of ours. Two witnesses: the browser, and a token that we gave out.

The browser says from where a request comes (Sec-Fetch-Site, or else Origin), and other sites cannot make it lie. The
token stands in each form, and belongs to the cookie: another site can send our form, but cannot read it. ASVS 3.5.1.
"""

import hmac
import re
from secrets import token_urlsafe

from bottle import HTTPError, request

from steps.step2_middleware.middleware import Environ
from steps.step7_harden.hashed_ids import hashed
from steps.step7_harden.middleware import Session
from steps.tea_house import field
from steps.tea_house.site import session_shown

FIELD = "csrf_token"  # the form's hidden field
SALT = 16  # characters
FORM = re.compile(r'<form\b[^>]*\bmethod="post"[^>]*>', re.IGNORECASE)


class Stale(HTTPError):  # type: ignore[misc]  # Bottle ships no types
    """A form with a wrong token, or none: most often its page is from before a login or a logout."""

    default_status = 403


def token_of(session: Session, salt: str) -> str:
    """The token of a session, with this salt: the salt, and a hash of the salt and of the id in the browser's cookie.

    Only that browser knows the id, and nobody comes back to it from the hash, so no row has to keep the token: a bot
    that asks for forms leaves none. `kept` says whether the session has a row, or will have one; one that has `ended`
    has none. The id is the session's own if it is kept; else the one that the browser holds already,
    `session.cookie_id`, if it holds one. `kept` is in the hash, too: what was shown to a login is worth nothing
    without it. StoreError if the session cannot be read.
    """
    kept = (bool(session) or session.held is not None) and not session.ended
    id = session.id if kept else session.cookie_id or session.id
    return salt + hashed(f"{salt} {id} {kept}")


def stamp(html: str) -> str:
    """Put the token into every form of a page that is sent with POST: none can be forgotten.

    Each answer has a salt of its own: of a fixed text, the length of compressed answers would tell one letter after the
    other, to whoever can make the browser ask and can see how much comes back (BREACH).
    """
    session = session_shown()
    if session is None or not FORM.search(html):
        return html
    session.is_offered = session.cookie_id is None
    hidden = f'<input type="hidden" name="{FIELD}" value="{token_of(session, token_urlsafe(SALT * 3 // 4))}">'
    return FORM.sub(lambda form: form[0] + hidden, html)


def is_from_here(environ: Environ) -> bool:
    """Whether the browser says that a page of this origin has sent the request; True if it says nothing at all.

    Sec-Fetch-Site decides where there is one, Origin else, which is the request's own scheme, "://" and Host; one that
    is there and empty is wrong. "none" is a person who typed the address, or opened a bookmark. A sibling host
    ("same-site") is not us.
    """
    site = environ.get("HTTP_SEC_FETCH_SITE")
    if site is not None:
        return site in ("same-origin", "none")
    origin = environ.get("HTTP_ORIGIN")
    return origin is None or origin == f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', '')}"


def is_right(token: str, session: Session | None) -> bool:
    """Whether this is the session's token, with any salt. Compared as bytes and in constant time, as a signature is.

    False, and no error, for any other text, and without a session. StoreError if the session cannot be read.
    """
    if session is None:
        return False
    known = token_of(session, token[:SALT])
    return hmac.compare_digest(*(text.encode("utf-8", "surrogatepass") for text in (token, known)))


def require_token() -> None:
    """Answer 403 to a form that another site has sent, and `Stale`, a 403 too, to one whose token is not right.

    The session is `request.session`, and not what is shown of it: one that cannot be read is the store's fault, a 503.
    """
    if not is_from_here(request.environ):
        raise HTTPError(403)
    if not is_right(field(FIELD), request.session):
        raise Stale
