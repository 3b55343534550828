"""Events: a line in the log for each login, failed login, refused access and logout, in which nobody's key stands."""

import json
import logging
import time
from collections.abc import Callable, Iterable
from typing import Any

from steps.step2_middleware.middleware import App, Environ, Headers
from steps.step3_authenticate.users import Users
from steps.step5_stores.refusals import REFUSAL
from steps.step5_stores.store import name_in_log
from steps.step6_access.telling import TOLD

LOG = logging.getLogger("tea_house.events")
EVENTS = {
    ("POST", "/login", 303): "login",
    ("POST", "/login", 401): "login failed",
    ("POST", "/logout", 303): "logout",
    ("POST", "/confirm", 401): "confirmation failed",
    ("POST", "/password", 401): "password not changed",
}
IN_THE_ROW = ("login", "confirmed")
REFUSED = {403: "refused", 413: "refused", 415: "refused", 429: "too many tries"}


def happened(event: str, environ: Environ, session: Any, id: str, user: str | None) -> bool:
    """Whether it did, as far as can be known now that the answer has left.

    IN_THE_ROW is what has not happened if the session could not be saved, and a REFUSAL has left in the answer's place.
    All else is done by then, in the store or in the users' database, or is an answer itself. And a second tab's form
    leads to where the first one's did, but nobody logs in or out by it.
    """
    if event in IN_THE_ROW and REFUSAL in environ:
        return False
    if event == "login":
        return bool(session.id != id)
    return event != "logout" or user is not None


def told(environ: Environ) -> dict[str, str]:
    """What a page has told: the event, and the details for its line. It is done, even if the answer is an error."""
    found: dict[str, str] = environ.get(TOLD, {})
    return found


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

        And only if it has `happened`, which is known when `start_response` has returned: by then the session is saved,
        or the answer refused. What a page has `told` comes first: its event stands there as "event".
        Where there is no session, or none that can be read (only such a one has `is_unavailable`), the app answers all
        the same. What it gives to `start_response` goes on as it is, `exc_info` included.
        """
        session: Any = environ.get("session")
        there = session is not None and not getattr(session, "is_unavailable", False)
        before = (session.id, session.get("user")) if there else None

        def start(status: str, headers: Headers, exc_info: Any = None) -> Any:
            code = int(status[:3])
            event = EVENTS.get((environ["REQUEST_METHOD"], environ["PATH_INFO"], code)) or REFUSED.get(code)
            event = told(environ).get("event", event)
            write = start_response(status, headers, exc_info)
            if event and before and happened(event, environ, session, *before):
                self.note(event, code, environ, session, *before)
            return write

        return self.app(environ, start)

    def note(self, event: str, code: int, environ: Environ, session: Any, id: str, user: str | None) -> None:
        """Write the line, as LOG.info: `id` and `user` are those of before the app was called.

        Its keys: at (seconds), event, user, session, from (the address), asked ("POST /login"), and what was `told`.
        The user is who is logged in, now or before; after a wrong password (401) or too many (429) who was `tried`;
        else null. The session is `name_in_log` of its id; at a login, which makes another of it, that of the new one.
        """
        line = {
            "at": round(self.clock(), 3),
            "event": event,
            "user": session.get("user") or user or (self.tried(environ) if code in (401, 429) else None),
            "session": name_in_log(session.id if event == "login" else id),
            "from": environ.get("REMOTE_ADDR", ""),
            "asked": f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}",
            **told(environ),
        }
        LOG.info(json.dumps(line))

    def tried(self, environ: Environ) -> str | None:
        """The user whose password was tried, if there is such a user: the field `username` of the form for /login.

        Bottle has read that form: it is `environ["bottle.request"].forms`.
        """
        if "bottle.request" not in environ or environ["PATH_INFO"] != "/login":
            return None
        name = environ["bottle.request"].forms.getunicode("username", "")
        return name if self.users.password_hash(name) else None
