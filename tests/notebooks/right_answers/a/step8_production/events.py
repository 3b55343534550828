"""Events: a line in the log for each login, failed login, refused access and logout, in which nobody's key stands."""

import json
import logging
import time
from collections.abc import Callable, Iterable
from typing import Any

from steps.step2_middleware.middleware import App, Environ, Headers
from steps.step3_authenticate.users import Users
from steps.step5_stores.failures import FAILURE, name_in_log
from steps.tea_house import field

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
        """Answer one request, and note it if it is an event."""
        session = environ.get("session")
        readable = session is not None and not getattr(session, "is_unavailable", False)
        id = session.id if readable else ""
        user = session.get("user") if readable else None
        asked = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")

        def start(status: str, headers: Headers, exc_info: Any = None) -> Any:
            if exc_info:
                write = start_response(status, headers, exc_info)
            else:
                write = start_response(status, headers)
            code = int(status.split()[0])
            event = EVENTS.get((*asked, code)) or REFUSED.get(code)
            if (
                event and FAILURE not in environ and happened(event, session, id, user)
            ):  # what could not be saved has not happened
                self.note(event, code, environ, session if readable else None, id, user)
            return write

        return self.app(environ, start)

    def note(self, event: str, code: int, environ: Environ, session: Any, id: str, user: str | None) -> None:
        """Write the line. At a login the session has become another: the new one is named."""
        if event == "login":
            id, user = session.id, session.get("user")
        elif event == "login failed":
            user = self.tried(environ)
        elif code == 429:
            user = user or self.tried(environ)
        line = {
            "at": round(self.clock(), 2),
            "event": event,
            "user": user,
            "session": name_in_log(id) if id else None,
            "from": environ.get("REMOTE_ADDR"),
            "asked": f"{environ['REQUEST_METHOD']} {environ.get('PATH_INFO', '')}",
        }
        if event == "refused":
            line["status"] = code
        LOG.info(json.dumps(line))

    def tried(self, environ: Environ) -> str | None:
        """The user whose password was tried, if there is such a user."""
        name = field("username")
        if not name or self.users.password_hash(name) is None:
            return None
        return name
