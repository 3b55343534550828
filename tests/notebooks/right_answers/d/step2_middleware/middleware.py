"""Middleware: after each request, the store and the browser hold what they should.

    open     the cookie names a session that we signed and the store holds: that one; anything else: a new one
    close    the row the session wants    against the row held     -> write it, or leave it
             the cookie the session wants against the cookie sent  -> Set-Cookie, or nothing

What this does not do yet: no session ends, by the clock or on purpose (step 4).
"""

from collections.abc import Callable, Iterable
from secrets import token_urlsafe
from typing import Any

from steps.step1_install.cookies import parse_cookies
from steps.step1_install.set_cookie import serialize_cookie
from steps.step1_install.signature import Secret, secrets_of, sign, unsign
from steps.step2_middleware.session import UNKNOWN, Session
from steps.step2_middleware.store import MemoryStore, Store

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
App = Callable[[Environ, Any], Iterable[bytes]]

# Bottle looks for request.session here. A property, so that it always is what environ["session"] is.
BOTTLE_REQUEST_SESSION = "bottle.request.ext.session"
FROM_ENVIRON = property(lambda request: request.environ["session"])


def new_id(environ: Environ) -> str:
    """Make a session id: 24 bytes from the system's random source, as 32 characters. Nobody guesses 192 bits."""
    from secrets import token_bytes
    from base64 import urlsafe_b64encode

    return urlsafe_b64encode(token_bytes(24)).decode("ascii")


class SessionMiddleware:
    """Give each request of a WSGI app its session, as `environ["session"]`; in Bottle also `request.session`.

    A handler that sets `environ["session"] = None` wants no session from here on: its changes are dropped.
    """

    def __init__(
        self,
        app: App,
        *,
        secret: Secret,  # signs the cookies; of several, the first signs and all are believed
        store: Store | None = None,  # None: a MemoryStore
        name: str = "connect.sid",  # of the cookie
        genid: Callable[[Environ], str] = new_id,
        resave: bool = False,  # write every session, changed or not, unless its handler has saved it as it is
        save_uninitialized: bool = False,  # store a new session that nobody has put anything into
    ) -> None:
        """Raise ValueError or TypeError for options that cannot work."""
        if not callable(genid):
            raise TypeError(f"genid must be a function from environ to a new id, not {genid!r}")
        if store is not None and not (hasattr(store, "get") and hasattr(store, "set")):
            raise TypeError(f"store must have get and set, as MemoryStore() has, not be {store!r}")
        serialize_cookie(name, "")  # a name that no cookie can have is a ValueError now, not at the first visitor
        self.app = app
        self.secrets = secrets_of(secret)
        self.store = MemoryStore() if store is None else store
        self.name = name
        self.genid = genid
        self.resave = resave
        self.save_uninitialized = save_uninitialized

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answer one request. The session is saved before the headers leave, on every way out of the app.

        If it cannot be saved, there is an error and no cookie: what `close` raises goes on to the app. What the app
        gives to start_response, exc_info too, and what it gets from there is handed on.
        """
        cookies = parse_cookies(environ.get("HTTP_COOKIE") or "")
        sent = cookies[self.name] if self.name in cookies else ""
        session = self.open(environ, sent)
        environ.update({"session": session, BOTTLE_REQUEST_SESSION: FROM_ENVIRON})

        close = self.close

        def begin(status: str, headers: Headers, *exc_info: Any) -> Any:
            nonlocal close
            now, close = close, lambda *args: []  # once it has raised, there is nothing more to be added
            ours = now(environ, session, sent)
            close = now
            return start_response(status, list(headers) + list(ours), *exc_info)

        return self.app(environ, begin)

    # Open: which session is this request's?

    def open(self, environ: Environ, sent: str) -> Session:
        """The session that the cookie names. A cookie we did not sign, or without a row, is a new visitor's."""
        id = self.id_from(sent)
        if id is not None:
            known = self.find(environ, id)
            if known is not None:
                return known
        return self.new_session(environ)

    def find(self, environ: Environ, id: str) -> Session | None:
        """The session of an id that we have signed; None if the store does not know it, or no longer."""
        if (row := self.store.get(id)) is None:
            return None
        found = self.make_session(environ, id, row)
        found.cookie_id = found.id
        found.held = UNKNOWN if self.resave else found.held
        return found

    def new_session(self, environ: Environ) -> Session:
        """Begin a session for a visitor we do not know: written in any case if save_uninitialized says so."""
        new = self.make_session(environ, self.genid(environ))
        new.held = UNKNOWN if self.save_uninitialized else None
        return new

    def make_session(self, environ: Environ, id: str, row: str | None = None) -> Session:
        """The session of this id, from its row if it has one."""
        return Session(id, self.store, row)

    def id_from(self, cookie: str) -> str | None:
        """The id in a cookie's value, if it is "s:" and an id that we have signed; else None."""
        mark, signed = cookie[:2], cookie[2:]
        return None if mark != "s:" else unsign(signed, self.secrets)

    def cookie_for(self, session: Session) -> str:
        """The cookie's value for a session: "s:" and its id, signed with the newest secret."""
        return "s:{}".format(sign(session.id, self.secrets))

    # Close: do the store and the browser hold what they should?

    def close(self, environ: Environ, session: Session, sent: str) -> Headers:
        """Close both differences, and return the headers that it takes.

        `environ["session"]` is still the session, or None; any other object there is a TypeError, since nothing that
        is put into it would be saved.
        """
        now = environ.get("session")
        if now is None:
            return self.drop(session)
        if now is session:
            session.settle()
            return self.close_browser(session, sent)
        raise TypeError("this is not the session that was opened")

    def drop(self, session: Session) -> Headers:
        """The handler has set `environ["session"]` to None: forget what it changed."""
        return []

    def close_browser(self, session: Session, sent: str) -> Headers:
        """Set the cookie, if the browser should hold another than it sent."""
        headers: Headers = []
        if self.should_set_cookie(session, sent):
            headers.append(("Set-Cookie", self.set_cookie(session)))
        return headers

    def should_set_cookie(self, session: Session, sent: str) -> bool:
        """A session in the store has its cookie in the browser, signed with the newest secret."""
        if session.held is None:
            return False
        return not self.is_current(session, sent)

    def is_current(self, session: Session, sent: str) -> bool:
        """Whether the cookie sent is the session's own. With a single secret, an id has a single signature."""
        return sent == self.cookie_for(session) and not session.is_new

    def set_cookie(self, session: Session) -> str:
        """The Set-Cookie header's value: for the whole site (Path), and out of reach of scripts (HttpOnly)."""
        return serialize_cookie(self.name, self.cookie_for(session), path="/", http_only=True)
