"""Server 4: log out, be forgotten after a while, be remembered if you ask for it."""

from collections.abc import Iterable
from typing import Any

from bottle import HTTPResponse, request

from steps.step2_middleware.server import SECRET
from steps.step3_authenticate import auth
from steps.step3_authenticate import server as step3
from steps.step3_authenticate.server import LogIn
from steps.step3_authenticate.users import Users
from steps.step4_destroy.endings import Session
from steps.step4_destroy.middleware import SessionMiddleware
from steps.step4_destroy.store import Store
from steps.tea_house import TeaHouse, building, field, run
from steps.tea_house.site import session_shown

IDLE_TIMEOUT = 30 * 60  # seconds without a request
REMEMBERED = 14 * 24 * 60 * 60  # seconds without a request, for those who ask to be remembered
ABSOLUTE_TIMEOUT = 30 * 24 * 60 * 60  # seconds from login, however busy the guest
LIFETIMES = {"cookie": {"max_age": IDLE_TIMEOUT}, "rolling": True, "absolute_timeout": ABSOLUTE_TIMEOUT}


def offered(session: Session | None) -> bool:
    """Whether a guest may choose to be remembered. Who runs the house with another IDLE_TIMEOUT has decided for all."""
    return session is not None and session.cookie.original_max_age == IDLE_TIMEOUT


def log_in(session: Session, name: str, keep: Iterable[str] = ("views",)) -> None:
    """Begin a new session for whoever has logged in: an id from before may be known to somebody else.

    `keep` names what comes along. Who has ticked the form's field "remember" is remembered, as long as REMEMBERED says,
    if that is `offered`.
    """
    session.regenerate(keep)
    if field("remember") and offered(session):
        session.cookie.max_age = REMEMBERED
    auth.log_in(session, name)


def logout() -> HTTPResponse:
    """End the session, and lead to /login. Only by POST: a picture on another page must not log anybody out."""
    request.session.destroy()
    return auth.see_other("/login")


def create_site(users: Users | None = None, *, log_in: LogIn = log_in) -> TeaHouse:
    """The pages of step 3, with a login that begins a new session and a way to end it."""
    site = step3.create_site(users, log_in=log_in)
    site.enter(__file__)
    site.shows(lambda: {"remembers": offered(session_shown())})
    site.post("/logout", callback=logout)
    return site


def create_app(*, store: Store | None = None, users: Users | None = None, **options: Any) -> SessionMiddleware:
    """The site inside a session middleware that knows the time; `options` are the middleware's."""
    return SessionMiddleware(create_site(users), **{"secret": SECRET, "store": store, **LIFETIMES, **options})


if __name__ == "__main__":
    with building():
        app = create_app()
    run(app)
