"""Middleware: what cannot be read or saved becomes an answer that says so, and never one that lies."""

import time
from collections.abc import Iterable
from typing import Any

from steps import step2_middleware, step4_destroy
from steps.step2_middleware.middleware import App, Environ, Headers
from steps.step4_destroy.expiry import Clock
from steps.step5_stores.failures import FailFast, OneLine, Unavailable
from steps.step5_stores.promises import Session
from steps.step5_stores.refusals import REFUSAL, REFUSALS, or_refusal, refusal_for
from steps.step5_stores.store import SPOILT, MemoryStore, Store, StoreError, drop_spoilt, refuse_old_store


class SessionMiddleware(step4_destroy.SessionMiddleware):
    """Give each request of a WSGI app its session, and keep the promises P1 to P7 with it.

    A request that has changed a session which ended meanwhile is answered 409, one that needs a store which does not
    answer 503, both with a sentence; nothing is saved then, and no cookie set or cleared. That is what it adds to step
    4's; it changes `__call__`, `open`, `find` and `close`.
    """

    session_class = Session

    def __init__(self, app: App, *, store: Store | None = None, clock: Clock = time.time, **options: Any) -> None:
        """Raise ValueError or TypeError for options that cannot work."""
        kept = MemoryStore(clock=clock) if store is None else store
        refuse_old_store(kept)
        guarded: Any = kept if isinstance(kept, FailFast) else FailFast(kept)
        super().__init__(app, store=guarded, clock=clock, **options)

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answer one request, with a refusal where session and answer do not agree."""
        return or_refusal(super().__call__, environ, start_response)

    def open(self, environ: Environ, sent: str) -> step2_middleware.Session:
        """The session that the cookie names, or a new one. What a framework writes of our errors is OneLine each."""
        environ["wsgi.errors"] = OneLine(environ["wsgi.errors"])
        return super().open(environ, sent)

    def find(self, environ: Environ, id: str) -> step2_middleware.Session | None:
        """The session of an id that we have signed, or a stand-in if the store does not answer."""
        try:
            return self.find_whole(environ, id)
        except StoreError as error:
            return Unavailable(error, environ)

    def find_whole(self, environ: Environ, id: str) -> step2_middleware.Session | None:
        """The session of this id. A row that cannot be read is a new visitor's and a line in the log, not an error.

        Such a row makes an error of SPOILT. `drop_spoilt` destroys it, and writes the line.
        """
        try:
            return super().find(environ, id)
        except SPOILT as error:
            drop_spoilt(self.store, id, error)
            return None

    def close(self, environ: Environ, session: step2_middleware.Session, sent: str) -> Headers:
        """Close both differences; if that cannot be done, the answer must not leave: its place takes a REFUSAL.

        The error is not raised: the app that has called start_response can do nothing about it.
        """
        try:
            return super().close(environ, session, sent)
        except tuple(REFUSALS) as error:
            environ[REFUSAL] = refusal_for(error)
            return []
