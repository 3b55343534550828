"""Middleware: the row and the cookie wanted and held, now that a session has a time to live and may end."""

# mypy: disable-error-code="override"
# The sessions given to these methods are the ones that make_session makes.

import time
from collections.abc import Mapping
from typing import Any

from steps import step2_middleware
from steps.step1_install.set_cookie import serialize_cookie
from steps.step2_middleware.middleware import App, Environ, Headers
from steps.step4_destroy.endings import Session
from steps.step4_destroy.expiry import Clock, Rules
from steps.step4_destroy.store import MemoryStore, Store


class SessionMiddleware(step2_middleware.SessionMiddleware):
    """Give each request of a WSGI app its session, which ends when it should."""

    store: Store

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
        if not (absolute_timeout is None or (isinstance(absolute_timeout, int | float) and absolute_timeout > 0)):
            raise ValueError(f"absolute_timeout must be a positive number of seconds or None, not {absolute_timeout!r}")
        if not isinstance(cookie, Mapping | None):
            raise TypeError(f'cookie must be a mapping of settings, such as {{"max_age": 3600}}, not {cookie!r}')
        if unknown := set(cookie or {}) - {"max_age"}:
            raise ValueError(f"cookie has no setting {', '.join(sorted(unknown))}; it knows max_age")
        self.rolling = rolling
        self.unset = unset
        max_age = (cookie or {}).get("max_age")
        self.rules = Rules(max_age=max_age, absolute_timeout=absolute_timeout, clock=clock, genid=self.genid)
        self.rules.new_cookie()  # a max_age that cannot work raises now, not at the first visitor

    def make_session(self, environ: Environ, id: str, row: str | None = None) -> Session:
        """The session of this id, from its row if it has one."""
        return Session(id, self.store, row, self.rules, environ)

    def find(self, environ: Environ, id: str) -> step2_middleware.Session | None:
        """The session of an id that we have signed, unless its absolute time is over."""
        session = super().find(environ, id)
        if isinstance(session, Session) and session.is_over:
            self.store.destroy(id)
            return None
        return session

    def drop(self, session: Session) -> Headers:
        """The handler has set `environ["session"]` to None: forget what it changed, and the row, if `unset` says so.

        The browser is told nothing, even then: this request has no session, so there is no cookie to set or to clear.
        """
        if self.unset == "destroy":
            session.destroy()
        return []

    def close_browser(self, session: Session, sent: str) -> Headers:
        """Set the cookie if the browser should hold another; clear it if the session has ended in this request.

        `sent` is the value of the cookie that came with the request, empty if there was none.
        """
        if not session.ended:
            return super().close_browser(session, sent)
        return [("Set-Cookie", self.clear_cookie())] if sent else []

    def should_set_cookie(self, session: Session, sent: str) -> bool:
        """Whether the browser holds another cookie than it should. There is none for a session without a row.

        It does if step 2 says so; with `rolling`; if it was `told` other settings; and if the session has changed, so
        that the data held are not the `original` ones, which moves the cookie's end, where it has one.
        """
        if session.held is None:
            return False
        if self.rolling or super().should_set_cookie(session, sent):
            return True
        if session.cookie.state != session.told:
            return True
        return session.cookie.expires is not None and session.held != session.original

    def set_cookie(self, session: Session) -> str:
        """The Set-Cookie header's value, with the cookie's expiry."""
        return self._serialize(self.cookie_for(session), session.cookie.expires)

    def clear_cookie(self) -> str:
        """The Set-Cookie header's value that makes the browser drop the cookie: the same attributes, long expired."""
        return self._serialize("", 0)

    def _serialize(self, value: str, expires: float | None) -> str:
        return serialize_cookie(self.name, value, path="/", expires=expires, http_only=True)
