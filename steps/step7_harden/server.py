"""Server 7: the tea house, open to strangers. Every form has a token, every answer its headers, guessing its limit."""

import os
import sys
import time
from collections.abc import Callable, Mapping
from functools import wraps
from types import MappingProxyType
from typing import Any

from bottle import HTTPResponse, request, response

from steps.step2_middleware import server as step2
from steps.step2_middleware.middleware import App, Environ
from steps.step3_authenticate.auth import current_user, see_other
from steps.step3_authenticate.users import Users
from steps.step4_destroy.expiry import Clock
from steps.step4_destroy.server import LIFETIMES
from steps.step5_stores.server import RefusalPages, chosen_store
from steps.step5_stores.store import Store
from steps.step6_access import server as step6
from steps.step6_access.logins import Logins
from steps.step6_access.open_store import open_store
from steps.step6_access.owned_memory import MemoryStore
from steps.step6_access.server import DEMO_ROLES
from steps.step7_harden import csrf
from steps.step7_harden.certificate import make_certificate
from steps.step7_harden.forms import guard, local_path
from steps.step7_harden.hashed_owners import HashedIds
from steps.step7_harden.headers import Proxy, SecurityHeaders, allow_style
from steps.step7_harden.middleware import SessionMiddleware
from steps.step7_harden.throttle import ThrottledUsers
from steps.tea_house import BUILD, TeaHouse, building, field, page, run

SECURE_NAME = "__Host-connect.sid"  # over HTTPS: no other host and no plain HTTP can set a cookie of this name
NEXT = "tea.next"  # in the environ: where the login leads, if it is a page of ours


class GoOn:
    """A plugin of Bottle, for the login alone: after it, go on to the page of ours that `next` names."""

    name, api = "go on", 2

    def apply(self, handler: Callable[..., Any], route: Any) -> Callable[..., Any]:
        """The handler of a route, or what takes its place."""
        return go_on(handler) if route.rule == "/login" else handler


def go_on(handler: Callable[..., Any]) -> Callable[..., Any]:
    """After the handler, go on to the page of ours that `next` names."""

    @wraps(handler)
    def going_on(*args: Any, **kwargs: Any) -> Any:
        wanted = (field("next") if request.method == "POST" else "") or query("next")
        request.environ[NEXT] = local_path(wanted, otherwise="")
        answer = handler(*args, **kwargs)
        if isinstance(answer, HTTPResponse) and request.environ[NEXT]:
            answer.set_header("Location", request.environ[NEXT])
        return answer

    return going_on


def lead_on(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Whoever sends a form from before is told so, and led on; nothing else is done.

    Who is out, or in, already gets to where that leads: it was a second tab's form. The others get a 403 with a link.
    """

    @wraps(handler)
    def leading_on(*args: Any, **kwargs: Any) -> Any:
        try:
            return handler(*args, **kwargs)
        except csrf.Stale:
            user = request.session and current_user(request.session)
            if request.path == "/logout" and not user:
                return see_other("/login")
            if request.path == "/login" and user and field(csrf.FIELD):
                return see_other("/dashboard")
            response.status = 403
            return page("stale", room="" if request.path == "/logout" else request.path.split("/")[1])

    return leading_on


def query(name: str) -> str:
    """A value from the address, or nothing if it is missing or not UTF-8."""
    try:
        return str(request.query.getunicode(name, "") or "")
    except ValueError:
        return ""


def leads_to() -> dict[str, str]:
    """For the login's form: where to go afterwards."""
    return {"next": request.environ.get(NEXT, "")}


def demo_users(clock: Clock) -> ThrottledUsers:
    """The users of the lessons. Who has used up the guesses may begin anew with the server; in production, not."""
    users = ThrottledUsers(step6.demo_users().path, clock=clock)
    with users.connect() as database:
        database.execute("DELETE FROM attempts")
    return users


def create_site(
    users: Users | None = None,
    *,
    logins: Logins,
    roles: Mapping[str, str] = MappingProxyType(DEMO_ROLES),
    clock: Clock = time.time,
) -> TeaHouse:
    """The pages of step 6, behind a guard."""
    known = demo_users(clock) if users is None else ThrottledUsers(users.path, clock=clock)
    site = step6.create_site(known, logins=logins, roles=roles)
    site.enter(__file__)
    site.shows(leads_to)
    site.finishes(csrf.stamp)
    site.finishes(allow_style)
    site.install(lead_on)  # installed first, it stands outermost
    site.install(guard)
    site.install(GoOn())
    return site


class ByScheme:
    """The same site over HTTP and HTTPS, with two cookies: what an open line has carried opens nothing over HTTPS."""

    def __init__(self, site: App, *, store: Store | None, cookie: dict[str, Any], **options: Any) -> None:
        shared = {"store": MemoryStore() if store is None else store, **options}
        secure = {**cookie, "secure": True, "same_site": "lax"}
        self.app = site
        self.http = SessionMiddleware(site, cookie={"same_site": "lax", **cookie}, **shared)
        self.https = SessionMiddleware(site, **{**shared, "name": SECURE_NAME, "cookie": secure})

    def __call__(self, environ: Environ, start_response: Any) -> Any:
        """Answer one request."""
        middleware = self.https if environ["wsgi.url_scheme"] == "https" else self.http
        return middleware(environ, start_response)


def create_app(
    *,
    store: Store | None = None,
    users: Users | None = None,
    trust_proxy: bool = False,
    clock: Clock = time.time,
    **options: Any,
) -> Proxy:
    """The site inside all that protects it; `options` are the session middleware's."""
    logins = Logins()
    site = create_site(users, logins=logins, clock=clock)
    options = {"secret": step2.SECRET, "clock": clock, **LIFETIMES, **options}
    by_scheme = ByScheme(site, store=store, **options)
    logins.ask(by_scheme.http)  # reads the sessions of both: to the other, a cookie that is not Secure is none
    pages = RefusalPages(by_scheme, site)
    return Proxy(SecurityHeaders(pages), believed=trust_proxy)


def seconds(name: str) -> float | None:
    """A time to live from the environment; if it is none, one sentence and exit status 1."""
    text = os.environ.get(name)
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value < 1e9:
        sys.exit(f"{name} must be a number of seconds, such as 1800, not {text!r}.")
    return value


def chosen_options() -> dict[str, Any]:
    """What the environment says: SECRET, IDLE_TIMEOUT and ABSOLUTE_TIMEOUT in seconds, TRUST_PROXY=1."""
    options: dict[str, Any] = {"trust_proxy": os.environ.get("TRUST_PROXY") == "1"}
    if secret := os.environ.get("SECRET"):
        options["secret"] = secret.split(",")  # the newest first, so that an old one can be retired
    if idle := seconds("IDLE_TIMEOUT"):
        options["cookie"] = {"max_age": idle}
    if absolute := seconds("ABSOLUTE_TIMEOUT"):
        options["absolute_timeout"] = absolute
    return options


if __name__ == "__main__":
    with building():
        certificate = make_certificate(BUILD / "https")[:2] if os.environ.get("HTTPS") == "1" else None
        app = create_app(store=HashedIds(chosen_store(open_store)), **chosen_options())
    run(app, certificate=certificate)
