"""Events: a line in the log for each login, failed login, refused access and logout, in which nobody's key stands."""

import json
import logging
import time
from collections.abc import Callable, Iterable
from typing import Any

from steps.step2_middleware.middleware import App, Environ, Headers
from steps.step3_authenticate.users import Users
from steps.step5_stores.failures import FAILURE, name_in_log

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
        if getattr(session, "is_unavailable", False):
            session = None
        id, user = ("", None) if session is None else (session.id, session.get("user"))
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")

        def start(status: str, *rest: Any, **more: Any) -> Any:
            write = start_response(status, *rest, **more)
            code = int(status[:3])
            event = EVENTS.get((method, path, code)) or REFUSED.get(code)
            if (
                event and not environ.get(FAILURE) and happened(event, session, id, user)
            ):  # what could not be saved has not happened
                self.note(event, code, environ, session, id, user)
            return write

        return self.app(environ, start)

    def note(self, event: str, code: int, environ: Environ, session: Any, id: str, user: str | None) -> None:
        """Write the line, as LOG.info: `id` and `user` are those of before the app was called.

        Its keys: at (seconds), event, user, session, from (the address) and asked ("POST /login"). The user is who is
        logged in, now or before; after a wrong password (401) or too many (429) who was `tried`; else null. The session
        is `name_in_log` of its id. At a login the session has become another: the new one is named.
        """
        if event == "login" and session is not None:
            id = session.id
        if code in (401, 429) and environ.get("PATH_INFO") == "/login":
            user = self.tried(environ)
        elif session is not None:
            user = session.get("user") or user
        line = {
            "at": round(self.clock(), 3),
            "event": event,
            "user": user,
            "session": name_in_log(id) if id else None,
            "from": environ.get("REMOTE_ADDR", ""),
            "asked": f"{environ['REQUEST_METHOD']} {environ.get('PATH_INFO', '')}",
        }
        LOG.info("%s", json.dumps(line))

    def tried(self, environ: Environ) -> str | None:
        """The user whose password was tried, if there is such a user: the field `username` of the form for /login.

        Bottle has read that form: it is `environ["bottle.request"].forms`.
        """
        try:
            name = environ["bottle.request"].forms.getunicode("username", "")
            known = self.users.password_hash(name) is not None
        except (LookupError, ValueError):  # no form that can be read, or no text
            return None
        return name if known else None
