"""Events: a line in the log for each login, failed login, refused access and logout, in which nobody's key stands."""

import json
import logging
import time
from collections.abc import Callable, Iterable
from typing import Any

from steps.step2_middleware.middleware import App, Environ, Headers
from steps.step3_authenticate.users import Users
from steps.step5_stores.failures import name_in_log

LOG = logging.getLogger("tea_house.events")
EVENTS = {
    ("POST", "/login", 303): "login",
    ("POST", "/login", 401): "login failed",
    ("POST", "/logout", 303): "logout",
}
REFUSED = {403: "refused", 413: "refused", 415: "refused", 429: "too many tries"}


def happened(event: str, session: Any, id: str, user: str | None) -> bool:
    """Whether it did: a second tab's form leads to where the first one's did, but nobody logs in or out by it."""
    if event == "login":
        return bool(session.id != id)
    return event != "logout" or user is not None


class EventLog:
    """Stands around the site, inside the session middleware, and tells what happens to logins. ASVS 16.2.5, 16.3.1.

    A line is JSON: what somebody typed cannot begin a second one. Sessions are named by a hash of their id; a name that
    is no user's is not written, since people type passwords into that field.
    """

    def __init__(self, app: App, users: Users, *, clock: Callable[[], float] = time.time) -> None:
        self.app = app
        self.users = users
        self.clock = clock

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answer one request, and note it if it is an event: EVENTS by method, path and status, REFUSED by status.

        Where there is no session, or none that can be read (`is_unavailable`), the app answers all the same. What it
        gives to `start_response` goes on as it is, `exc_info` included.
        """
        session = environ.get("session")
        if session is None or getattr(session, "is_unavailable", False):
            return self.app(environ, start_response)
        id, user = session.id, session.get("user")

        def begin(status: str, headers: Headers, *exc_info: Any) -> Any:
            code = int(status.partition(" ")[0])
            place = environ["REQUEST_METHOD"], environ["PATH_INFO"], code
            for event in (EVENTS.get(place), REFUSED.get(code)):
                if event and happened(event, session, id, user):
                    self.note(event, code, environ, session, id, user)
                    break
            return start_response(status, headers, *exc_info)

        return self.app(environ, begin)

    def note(self, event: str, code: int, environ: Environ, session: Any, id: str, user: str | None) -> None:
        """Write the line, as LOG.info: `id` and `user` are those of before the app was called.

        Its keys: at (seconds), event, user, session, from (the address) and asked ("POST /login"). The user is who is
        logged in, now or before; after a wrong password (401) or too many (429) who was `tried`; else null. The session
        is `name_in_log` of its id. At a login the session has become another: the new one is named.
        """
        if event == "login":
            id, user = session.id, session["user"]
        if user is None and event in ("login failed", "too many tries"):
            user = self.tried(environ)
        LOG.info(
            json.dumps(
                dict(
                    asked=environ["REQUEST_METHOD"] + " " + environ["PATH_INFO"],
                    at=int(self.clock()),
                    event=event,
                    session=name_in_log(id),
                    user=user,
                    **{"from": environ["REMOTE_ADDR"]},
                )
            )
        )

    def tried(self, environ: Environ) -> str | None:
        """The user whose password was tried, if there is such a user: the field `username` of the form for /login.

        Bottle has read that form: it is `environ["bottle.request"].forms`.
        """
        form = environ["bottle.request"].forms
        typed = form.getunicode("username")
        if typed and self.users.password_hash(typed) is not None:
            return typed
        return None
