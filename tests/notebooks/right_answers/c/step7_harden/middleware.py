"""Middleware: all options at last. The cookie is a policy, and an answer that sets it is kept out of every cache."""

# mypy: disable-error-code="override"
# The sessions given to these methods are the ones that make_session makes.

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from steps import step2_middleware, step5_stores
from steps.step1_install.set_cookie import serialize_cookie
from steps.step1_install.signature import Secret
from steps.step2_middleware.middleware import BOTTLE_REQUEST_SESSION, FROM_ENVIRON, App, Environ, Headers, new_id
from steps.step4_destroy import expiry
from steps.step4_destroy.expiry import Clock
from steps.step5_stores.store import Store
from steps.step7_harden.policy import CookieOption, Policy, SessionCookie, is_secure, refuse_ignored


@dataclass(frozen=True)
class Rules(expiry.Rules):
    """What an application has decided about its sessions, their cookies included."""

    policy: Policy


class Session(step5_stores.Session):
    """A session whose cookie follows the policy of its request.

    is_offered  the cookie goes out though there is no row: a form of the page belongs to it
    """

    rules: Rules
    cookie: SessionCookie
    is_offered = False

    def begin(self) -> None:
        """Start both clocks, with the cookie that the policy wants for this request."""
        self.cookie = self.rules.policy.new_cookie(self.environ)
        self.born = self.rules.clock()

    def load(self, cookie: dict[str, Any], data: str) -> None:
        """Take over the two parts of a row, all settings of the cookie included."""
        super().load(cookie, data)
        self.cookie = SessionCookie.from_row(cookie, self.rules.clock)
        self.noted = self.cookie.state

    @property
    def may_travel(self) -> bool:
        """Whether the cookie may be sent with this answer: a Secure one is not shown to an open line."""
        return not self.cookie.secure or is_secure(self.environ, self.rules.policy.proxy)

    def replace(self, data: str) -> bool:
        """Write over the row that we know; without one, and without a cookie that may travel, write none.

        Nobody could find that. It counts as done: True, as `write` goes on until it is.
        """
        if self.row is None and not self.may_travel:
            return True
        return super().replace(data)


class SessionMiddleware(step5_stores.SessionMiddleware):
    """Give each request of a WSGI app its session, as `environ["session"]`; in Bottle also `request.session`.

    Requests outside the cookie's path get no session: `environ["session"]` is None there.
    """

    def __init__(
        self,
        app: App,
        *,
        secret: Secret,  # signs the cookies; of several, the first signs and all are believed
        store: Store | None = None,  # None: a MemoryStore
        name: str = "connect.sid",  # of the cookie; "__Host-sid" lets browsers insist on HTTPS and on this host
        cookie: CookieOption = None,  # settings such as {"max_age": 3600}, or a function from environ to settings
        resave: bool = False,  # write every session, changed or not
        save_uninitialized: bool = False,  # store a new session that nobody has put anything into
        rolling: bool = False,  # set the cookie with every answer, so that in the browser, too, the time starts anew
        unset: str = "keep",  # what environ["session"] = None means for the row: "keep" or "destroy" it
        genid: Callable[[Environ], str] = new_id,
        proxy: bool | None = None,  # True: believe the first X-Forwarded-Proto, where a proxy of yours sets it
        absolute_timeout: float | None = None,  # seconds after which a session ends, however busy its visitor
        clock: Clock = time.time,
    ) -> None:
        """Raise ValueError or TypeError for options that cannot work, or that browsers would ignore."""
        super().__init__(
            app,
            secret=secret,
            store=store,
            name=name,
            resave=resave,
            save_uninitialized=save_uninitialized,
            rolling=rolling,
            unset=unset,
            genid=genid,
            absolute_timeout=absolute_timeout,
            clock=clock,
        )
        self.policy = Policy(name, cookie, proxy, clock)
        self.rules = Rules(None, absolute_timeout, clock, genid, self.policy)

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answer one request, with a session if it lies below the cookie's path."""
        if self.policy.covers(environ):
            return super().__call__(environ, start_response)
        environ.setdefault("session", None)
        environ[BOTTLE_REQUEST_SESSION] = FROM_ENVIRON
        return self.app(environ, start_response)

    def make_session(self, environ: Environ, id: str, row: str | None = None) -> Session:
        """The session of this id, from its row if it has one."""
        return Session(id, self.store, row, self.rules, environ)

    def open(self, environ: Environ, sent: str) -> step2_middleware.Session:
        """The session that the cookie names. Of a cookie of ours without a row, the new session knows the id, too."""
        session = super().open(environ, sent)
        if isinstance(session, Session) and session.is_new:
            session.cookie_id = self.id_from(sent)
        return session

    def close_browser(self, session: Session, sent: str) -> Headers:
        """Set or clear the cookie, if the line is good enough for it, and let no cache keep that answer for others.

        It says `Vary: Cookie` and `Cache-Control: no-store` then; where no cookie is set or cleared, nothing.
        """
        headers = super().close_browser(session, sent)
        if not headers or not session.may_travel:
            return []
        if session.ended:
            headers = [("Set-Cookie", self.set_cookie(session))]
        return [*headers, ("Vary", "Cookie"), ("Cache-Control", "no-store")]

    def should_set_cookie(self, session: Session, sent: str) -> bool:
        """As before, or because it is offered; if the cookie may travel at all. A stand-in, no Session, offers none."""
        if isinstance(session, Session) and session.is_offered:
            return session.may_travel
        return super().should_set_cookie(session, sent) and session.may_travel

    def set_cookie(self, session: Session) -> str:
        """The Set-Cookie header's value, with all settings; for a session that has ended, the same ones, long expired.

        Browsers ignore the clearing of a `__Host-` cookie that is not Secure and for the path "/". ASVS 3.3.1 to 3.3.4.
        Raises ValueError, as `refuse_ignored` does, where a handler has changed a setting so that browsers would drop a
        cookie of this name.
        """
        settings = session.cookie.settings
        refuse_ignored(self.name, settings)
        if session.ended:
            return serialize_cookie(self.name, "", expires=0, **settings)
        return serialize_cookie(self.name, self.cookie_for(session), expires=session.expires, **settings)
