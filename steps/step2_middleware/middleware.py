"""Middleware: after each request, the store and the browser hold what they should.

    open     the cookie names a session that we signed and the store holds: that one; anything else: a new one
    close    the row the session wants    against the row held     -> write it, or leave it
             the cookie the session wants against the cookie sent  -> Set-Cookie, or nothing

What this does not do yet: no session ends, by the clock or on purpose (step 4).
"""

import inspect
import re
from collections.abc import Callable, Iterable
from functools import partial
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

ID = re.compile(r"[^\ud800-\udfff]{1,300}", re.DOTALL)  # but for the code points that UTF-8 cannot write

# Bottle looks for request.session here. A property, so that it always is what environ["session"] is.
BOTTLE_REQUEST_SESSION = "bottle.request.ext.session"
FROM_ENVIRON = property(lambda request: request.environ.get("session"))


def new_id(environ: Environ) -> str:
    """Make a session id: 24 bytes from the system's random source, as 32 characters. Nobody guesses 192 bits."""
    return token_urlsafe(24)


def checked_id(id: Any) -> str:
    """The id that a genid has made. ValueError for one that no cookie can hold: its visitor would never be known."""
    if not isinstance(id, str) or not ID.fullmatch(id):
        raise ValueError(f"genid must return a text of 1 to 300 letters, so that a cookie can hold it, not {id!r}")
    return id


def is_async(app: Any) -> bool:
    """Whether calling it gives something to be awaited, and no answer: so does a function, or an object's __call__."""
    while isinstance(app, partial):
        app = app.func
    tests = (inspect.iscoroutinefunction, inspect.isasyncgenfunction)
    return any(test(each) for test in tests for each in (app, type(app).__call__))


def failing_for_good(close: Callable[..., Headers]) -> Callable[..., Headers]:
    """The same function, which raises again what it has raised once.

    A store that could not save may work a moment later: then an error's page would carry the cookie of a session that
    its visitor was told is not saved.
    """
    failure: Exception | None = None

    def closing(*args: Any) -> Headers:
        nonlocal failure
        if failure:
            raise failure
        try:
            return close(*args)
        except Exception as error:
            failure = error
            raise

    return closing


class SessionMiddleware:
    """Give each request of a WSGI app its session, as `environ["session"]`; in Bottle also `request.session`.

    A handler that sets `environ["session"]` to None, or deletes it, wants none from here on: its changes are dropped.
    """

    session_class: type[Session] = Session

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
        if not callable(app) or is_async(app):
            raise TypeError(f"WSGI only: app must be callable and not async, as Bottle() is, not {app!r}")
        if not callable(genid) or is_async(genid):
            raise TypeError(f"genid must be a function from environ to a new id, not {genid!r}")
        if isinstance(store, type) or not (store is None or (hasattr(store, "get") and hasattr(store, "set"))):
            raise TypeError(f"store must have get and set, as MemoryStore() has, not be of {type(store)}")
        for option, value in {"resave": resave, "save_uninitialized": save_uninitialized}.items():
            if not isinstance(value, bool):
                raise TypeError(f"{option} must be True or False, not {value!r}")
        serialize_cookie(name, "")  # a name that no cookie can have is a ValueError now, not at the first visitor
        self.app = app
        self.secrets = secrets_of(secret)
        self.store = MemoryStore() if store is None else store
        self.name = name
        self.genid = genid if genid is new_id else lambda environ: checked_id(genid(environ))
        self.resave = resave
        self.save_uninitialized = save_uninitialized

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answer one request. The session is saved before the headers leave, on every way out of the app.

        If it cannot be saved, there is an error and no cookie: what `close` raises goes on to the app, and again if the
        app answers all the same: `failing_for_good`. What the app gives to start_response, exc_info too, what it gets
        from there, and its body are handed on as they come; its own list of headers stays as it is.
        """
        sent = parse_cookies(environ.get("HTTP_COOKIE", "")).get(self.name, "")
        session = environ["session"] = self.open(environ, sent)
        environ[BOTTLE_REQUEST_SESSION] = FROM_ENVIRON
        close = failing_for_good(self.close)

        def start_response_with_session(status: str, headers: Headers, exc_info: Any = None) -> Any:
            return start_response(status, [*headers, *close(environ, session, sent)], exc_info)

        return self.app(environ, start_response_with_session)

    # Open: which session is this request's?

    def open(self, environ: Environ, sent: str) -> Session:
        """The session that the cookie names. A cookie we did not sign, or without a row, is a new visitor's."""
        id = self.id_from(sent)
        session = None if id is None else self.find(environ, id)
        return self.new_session(environ) if session is None else session

    def find(self, environ: Environ, id: str) -> Session | None:
        """The session of an id that we have signed; None if the store does not know it. Its errors go on."""
        row = self.store.get(id)
        if row is None:
            return None
        session = self.make_session(environ, id, row)
        if self.resave:
            session.held = UNKNOWN
        return session

    def new_session(self, environ: Environ) -> Session:
        """Begin a session for a visitor we do not know: written in any case if save_uninitialized says so."""
        session = self.make_session(environ, self.genid(environ))
        if self.save_uninitialized:
            session.held = UNKNOWN
        return session

    def make_session(self, environ: Environ, id: str, row: str | None = None) -> Session:
        """The session of this id, from its row if it has one."""
        return self.session_class(id, self.store, row)

    def id_from(self, cookie: str) -> str | None:
        """The id in a cookie's value, if it is "s:" and an id that we have signed; else None."""
        return unsign(cookie[2:], self.secrets) if cookie.startswith("s:") else None

    def cookie_for(self, session: Session) -> str:
        """The cookie's value for a session: "s:" and its id, signed with the newest secret."""
        return "s:" + sign(session.id, self.secrets)

    # Close: do the store and the browser hold what they should?

    def close(self, environ: Environ, session: Session, sent: str) -> Headers:
        """Close both differences, and return the headers that it takes.

        `environ["session"]` is still the session; or None, or deleted: then `drop`. Any other object there is a
        TypeError, since nothing that is put into it would be saved.
        """
        if environ.get("session") is None:
            return self.drop(session)
        if environ["session"] is not session:
            raise TypeError('environ["session"] stays the session it was, or becomes None: change its items instead')
        session.settle()
        return self.close_browser(session, sent)

    def drop(self, session: Session) -> Headers:
        """The handler has set `environ["session"]` to None, or deleted it: forget what it changed."""
        return []

    def close_browser(self, session: Session, sent: str) -> Headers:
        """Set the cookie that the session wants, if it wants one; else no header.

        `cookie_wanted` gives its attributes. If a "value" is among them, that is the cookie's value: step 4 sets an
        empty one when a session has ended. If not, it is the one sent, if that is current, or what `cookie_for` makes.
        """
        is_current = self.is_current(session, sent)
        attributes = session.cookie_wanted(sent, is_current)
        if attributes is None:
            return []
        value = sent if is_current else self.cookie_for(session)
        return [("Set-Cookie", serialize_cookie(self.name, **{"value": value, **attributes}))]

    def is_current(self, session: Session, sent: str) -> bool:
        """Whether the cookie sent is the session's own. With a single secret, an id has a single signature."""
        own = session.brought is not None and session.brought.id == session.id
        return own and (len(self.secrets) == 1 or sent == self.cookie_for(session))
