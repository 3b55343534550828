"""Middleware: the row and the cookie wanted and held, now that a session has a time to live and may end."""

import time
from collections.abc import Mapping
from typing import Any

from steps import step2_middleware
from steps.step2_middleware.middleware import App, Environ, Headers
from steps.step4_destroy.endings import Session
from steps.step4_destroy.expiry import LAST_MOMENT, Clock, Rules
from steps.step4_destroy.store import MemoryStore, Store


class SessionMiddleware(step2_middleware.SessionMiddleware):
    """Give each request of a WSGI app its session, which ends when it should.

    It adds the options about time to step 2's, and changes `make_session`, `find` and `drop`.
    """

    store: Store
    session_class: type[Session] = Session

    def __init__(
        self,
        app: App,
        *,
        store: Store | None = None,
        cookie: Mapping[str, Any] | None = None,  # {"max_age": seconds of silence that a session survives}
        rolling: bool = False,  # set the cookie with every answer, so that in the browser, too, the time starts anew
        unset: str = "keep",  # what environ["session"] = None means for the row: "keep" or "destroy" it
        absolute_timeout: float | None = None,  # seconds after which a session ends, however busy its visitor
        clock: Clock = time.time,
        **options: Any,  # step 2's: secret, name, genid, resave, save_uninitialized
    ) -> None:
        """Raise ValueError or TypeError for options that cannot work."""
        super().__init__(app, store=MemoryStore(clock=clock) if store is None else store, **options)
        if unset not in ("keep", "destroy"):
            raise ValueError(f'unset must be "keep" or "destroy", not {unset!r}')
        if not isinstance(rolling, bool):
            raise TypeError(f"rolling must be True or False, not {rolling!r}")
        if not (callable(clock) and isinstance(clock(), int | float)):
            raise TypeError(f"clock must be a function that gives seconds since 1970, such as time.time, not {clock!r}")
        life = absolute_timeout
        if not (life is None or (isinstance(life, int | float) and life is not True and 0 < life <= LAST_MOMENT)):
            raise ValueError(f"absolute_timeout must be a positive number of seconds or None, not {absolute_timeout!r}")
        if not isinstance(cookie, Mapping | None):
            raise TypeError(f'cookie must be a mapping of settings, such as {{"max_age": 3600}}, not {cookie!r}')
        if unknown := set(cookie or {}) - {"max_age"}:
            raise ValueError(f"cookie has no setting {', '.join(sorted(unknown))}; it knows max_age")
        self.unset = unset
        self.rules = Rules((cookie or {}).get("max_age"), absolute_timeout, rolling, clock, self.genid)
        self.rules.new_cookie({})  # a max_age that cannot work raises now, not at the first visitor

    def make_session(self, environ: Environ, id: str, row: str | None = None) -> Session:
        """The session of this id, from its row if it has one."""
        return self.session_class(id, self.store, row, self.rules, environ)

    def find(self, environ: Environ, id: str) -> step2_middleware.Session | None:
        """The session of an id that we have signed, unless its absolute time is over."""
        session = super().find(environ, id)
        if isinstance(session, Session) and session.is_over:
            self.store.destroy(id)
            return None
        return session

    def drop(self, session: step2_middleware.Session) -> Headers:
        """The handler wants no session from here on: forget what it changed, and the row, if `unset` says so.

        The browser is told nothing, even then: this request has no session, so there is no cookie to set or to clear.
        """
        if self.unset == "destroy":
            self.store.destroy(session.id)
        return []
