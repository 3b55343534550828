"""Middleware: what cannot be read or saved becomes an answer that says so, and never one that lies."""

# mypy: disable-error-code="override"
# The sessions given to these methods are the ones that make_session makes.

import inspect
import logging
import sys
import time
from collections.abc import Iterable
from typing import Any

from steps import step2_middleware, step4_destroy
from steps.step1_install.cookies import parse_cookies
from steps.step2_middleware.middleware import BOTTLE_REQUEST_SESSION, FROM_ENVIRON, App, Environ, Headers
from steps.step4_destroy.expiry import Clock
from steps.step5_stores.failures import (
    ANSWERS,
    FAILURE,
    FailFast,
    OneLine,
    Unavailable,
    failure,
    name_in_log,
    or_refusal,
    refusal,
)
from steps.step5_stores.promises import Session
from steps.step5_stores.store import MemoryStore, Store, StoreError

LOG = logging.getLogger("sessions")
SPOILT = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)  # what bad rows cause


class SessionMiddleware(step4_destroy.SessionMiddleware):
    """Give each request of a WSGI app its session, and keep the promises P1 to P7 with it.

    A request that has changed a session which ended meanwhile is answered 409, one that needs a store which does not
    answer 503, both with a sentence; nothing is saved then, and no cookie set or cleared.
    """

    def __init__(self, app: App, *, store: Store | None = None, clock: Clock = time.time, **options: Any) -> None:
        """Raise ValueError or TypeError for options that cannot work."""
        kept = MemoryStore(clock=clock) if store is None else store
        takes = inspect.signature(getattr(kept, "set", lambda: None)).parameters.values()
        if not any(parameter.name == "expected" or parameter.kind is parameter.VAR_KEYWORD for parameter in takes):
            raise TypeError(f"store must have a set that takes expected, as MemoryStore() has, not be {store!r}")
        guarded: Any = kept if isinstance(kept, FailFast) else FailFast(kept)
        super().__init__(app, store=guarded, clock=clock, **options)

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answer one request; if session and answer do not agree, with a refusal in place of the answer."""
        environ.pop(FAILURE, None)
        sent = parse_cookies(environ.get("HTTP_COOKIE", "")).get(self.name, "")
        session = self.open(environ, sent)
        environ["session"] = session
        environ[BOTTLE_REQUEST_SESSION] = FROM_ENVIRON

        def start(status: str, headers: Headers, exc_info: Any = None) -> Any:
            if exc_info and failure(exc_info[1]) is not None:
                environ[FAILURE] = exc_info[1]
            headers = [*headers, *self.close(environ, session, sent)]
            if FAILURE in environ:
                status, headers = refusal(environ[FAILURE])
            if exc_info:
                return start_response(status, headers, exc_info)
            return start_response(status, headers)

        try:
            body = self.app(environ, start)
        except Exception as error:
            if failure(error) is None:
                raise
            environ[FAILURE] = error
            start_response(*refusal(error), sys.exc_info())
            body = []
        return or_refusal(environ, body, start_response)

    def open(self, environ: Environ, sent: str) -> step2_middleware.Session:
        """The session that the cookie names, or a new one. What a framework writes of our errors is OneLine each."""
        environ["wsgi.errors"] = OneLine(environ["wsgi.errors"])
        return super().open(environ, sent)

    def find(self, environ: Environ, id: str) -> step2_middleware.Session | None:
        """The session of an id that we have signed, or a stand-in if the store does not answer."""
        try:
            return self.find_whole(environ, id)
        except StoreError as error:
            return Unavailable(error)

    def find_whole(self, environ: Environ, id: str) -> step2_middleware.Session | None:
        """The session of this id. A row that cannot be read is a new visitor's and a line in the log, not an error."""
        try:
            return super().find(environ, id)
        except SPOILT as error:
            LOG.warning("Session %s is dropped: its row cannot be read (%s)", name_in_log(id), type(error).__name__)
            self.store.destroy(id)
            return None

    def make_session(self, environ: Environ, id: str, row: str | None = None) -> Session:
        """The session of this id, from its row if it has one."""
        return Session(id, self.store, row, self.rules, environ)

    def close(self, environ: Environ, session: Session, sent: str) -> Headers:
        """Close both differences; if that cannot be done, the answer must not leave."""
        if FAILURE in environ:
            return []
        if isinstance(session, Unavailable) and environ["session"] is not None:
            return []
        try:
            return super().close(environ, session, sent)
        except tuple(ANSWERS) as error:
            environ[FAILURE] = error
            return []
