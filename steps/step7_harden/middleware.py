"""Middleware: all options at last. The cookie is a policy, and an answer that sets it is kept out of every cache."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from steps import step2_middleware
from steps.step1_install.signature import Secret, sign, unsign
from steps.step2_middleware.middleware import BOTTLE_REQUEST_SESSION, FROM_ENVIRON, App, Environ, Headers, new_id
from steps.step2_middleware.session import Snapshot
from steps.step4_destroy.expiry import Clock
from steps.step5_stores.ends import Row
from steps.step5_stores.refusals import MET
from steps.step5_stores.store import LOG, Store
from steps.step6_access import sessions
from steps.step7_harden.by_turns import ByTurns
from steps.step7_harden.policy import CookieOption, Policy, is_secure, refuse_ignored
from steps.step7_harden.reading import ReadNoting
from steps.step7_harden.session_cookie import SessionCookie
from steps.step7_harden.touching import checked_touch_after, is_worth_moving, telling_ends

VARY = ("Vary", "Cookie")
TWICE = "Two session middlewares around one app have the cookie {}: the inner one does nothing. Give it another name."
OPEN_LINE = (
    "A session was not kept: its cookie is Secure, and the request came over plain HTTP. Behind a proxy that speaks "
    'HTTPS and sets X-Forwarded-Proto, pass proxy=True; without HTTPS, no secure, or secure="auto".'
)


@dataclass(frozen=True)
class Rules(sessions.Rules):
    """What an application has decided about its sessions: step 6's rules, and a policy that changes `new_cookie`.

    `cookie_from` takes all settings out of a row.
    """

    policy: Policy
    touch_after: float

    def new_cookie(self, environ: Environ) -> SessionCookie:
        """The cookie that the policy wants for this request."""
        return self.policy.new_cookie(environ)

    def cookie_from(self, settings: dict[str, Any]) -> SessionCookie:
        """The cookie that a row notes, with all its settings."""
        return SessionCookie.from_row(settings, self.clock)


class Session(ReadNoting):
    """One visitor's session: a dict whose keys are text, and whose values are what JSON knows.

    What is changed in it is saved when the answer's headers leave. The key "cookie" is taken, and with an absolute
    timeout "createdAt". For a handler there are also:

    save()            save now. TypeError or ValueError with the path to what JSON would not give back; StoreError;
                      SessionEnded if it has ended meanwhile
    reload()          drop what has changed, and take what the store holds by now; SessionEnded, StoreError
    regenerate(keep)  at a login: end this session, and begin another with a new id, and the data of the keys to keep.
                      It is its owner's as before, if there are keys to keep; else nobody's.
                      TypeError if keep is one text; StoreError
    owner             whose it is, a text such as a user's name, or None; to be set at a login, after regenerate().
                      TypeError for what is no text, and for a store that does not know of owners; StoreError
    handle            the name by which the middleware's sessions_of() lists it, which opens nothing
    destroy()         at a logout: end it, in the store, in this request and in the browser; StoreError
    touch()           begin the time of silence anew; each request does
    id                a text; whoever knows it is the visitor
    is_new            whether this request began it
    ended             whether this request has destroyed it
    cookie            the settings of its cookie, as attributes: SessionCookie; cookie.max_age = 3600 is an hour
    expires           when it ends, in seconds since 1970, if nobody comes; None: with the browser

    Two requests at once that change different keys are both saved. If they change different things inside one key, as
    session["cart"]["tea"] and session["cart"]["milk"], the last that is saved wins whole, and the other's change is
    lost: make such changes by atomically(). What is put into it after destroy() is dropped, also a notice (a flash) for
    the next page: to say good-bye there, call regenerate() in place of destroy(), or after it, and then put it in. With
    keys to keep, it stays its owner's: say `owner = None`, too, where that was a logout.

    This class makes the cookie follow the policy of its request: it changes `replace`, `snapshot`, `cookie_wanted` and
    `extend`. It adds:

    cookie_id         the id that a cookie of ours named, whether or not there is a row; None: none did
    is_offered        whether the cookie goes out though there is no row: a form of the page belongs to it
    is_quiet          whether the answer sets no cookie, so that the row's end may stay where it is
    """

    ATTRIBUTES = ReadNoting.ATTRIBUTES | {"cookie_id", "is_offered", "is_quiet"}
    rules: Rules
    cookie: SessionCookie
    cookie_id: str | None = None
    is_offered = False
    is_quiet = False

    @property
    def may_travel(self) -> bool:
        """Whether the cookie may be sent with this answer: a Secure one is not shown to an open line."""
        return not self.cookie.secure or is_secure(self.environ, self.rules.policy.proxy)

    def replace(self, wanted: Snapshot) -> bool:
        """Write over the row that we know; without one, and without a cookie that may travel, write none.

        Nobody could find that. It counts as done: True, as `write` goes on until it is.
        """
        return super().replace(wanted) if self.row is not None or self.may_travel else True

    def snapshot(self, data: str) -> Snapshot:
        """The session with this data. ValueError, before anything is written, for a cookie that browsers would drop.

        A row with such a one is nobody's. Only names that browsers keep to HTTPS are looked at.
        """
        if self.rules.policy.is_prefixed:
            refuse_ignored(self.rules.policy.name, self.cookie.settings)
        return super().snapshot(data)

    @property
    def is_withheld(self) -> bool:
        """Whether there is something for the browser to know, and it must not be told."""
        if self.ended or self.may_travel:
            return False
        known = None if self.row is None else self.brought
        return self.wanted() is not None if known is None else self.cookie.state != known.cookie

    def cookie_wanted(self, sent: str, is_current: bool) -> dict[str, Any] | None:
        """As before, or because it `is_offered`; if the cookie may travel at all. ASVS 3.3.1 to 3.3.4."""
        if not self.may_travel:
            return None
        wanted = super().cookie_wanted(sent, is_current)
        if wanted is None and self.is_offered and not self.ended:
            return {**self.cookie.attributes, "expires": self.cookie.expires}
        return wanted

    def extend(self) -> bool:
        """Move the row's end, unless it is far enough away as it is. False if the row has gone meanwhile.

        Where a cookie is set, the store is asked in any case: who has been logged out meanwhile gets none.
        """
        if not (self.is_quiet and isinstance(self.row, Row)):
            return super().extend()
        self.touch()
        return not is_worth_moving(self.row, self.expires, self.clock(), self.rules.touch_after) or super().extend()


class SessionMiddleware(sessions.SessionMiddleware):
    """Give each request of a WSGI app its session, as `environ["session"]`; in Bottle also `request.session`.

    After each its default, then what else it may be:

    secret              none, so it must be given: text, bytes, or a list of these; the first signs the cookies, all are
                        believed. Who guesses it is everybody: take secrets.token_hex(32), once
    store               None, which is a MemoryStore, and ends with the process. Or a store, as open_store() makes it.
                        One of your own needs get, set, touch and destroy
    name                "connect.sid". The cookie's; "__Host-sid" lets browsers insist on HTTPS and on this host
    cookie              None. Its settings: a mapping such as {"max_age": 3600}, or a function from environ to one.
                        Times are in seconds; "auto" for secure and same_site is as the request is. See SessionCookie
    resave              False. True: write every session, changed or not
    save_uninitialized  False. True: store a new session that nobody has put anything into
    rolling             False. True: set the cookie with every answer, so that its time starts anew in the browser, too,
                        and not in the store alone, where each request is noted: max_age is an idle timeout then
    unset               "keep". Or "destroy": what becomes of the row when a handler sets `environ["session"] = None`
    genid               new_id: 192 random bits. Or a function from environ to a new id, a text that nobody can guess
    proxy               None. True: believe the first X-Forwarded-Proto, where a proxy of yours sets it
    absolute_timeout    None. The seconds after which a session ends, however busy its visitor is, and whatever max_age
                        says
    limit_per_owner     None. How many sessions may have the same `session.owner` at a time, a whole number of 1 or more
    at_limit            "end_oldest". Or "refuse": then one more is not begun, a TooManySessions, which is answered 409.
                        Give sessions a max_age then: one whose browser was closed counts until it ends
    clock               time.time. Or another function that gives the seconds since 1970, for tests; Redis ends rows by
                        its own
    touch_after         0.0. Or seconds: a request that changes nothing, and sets no cookie, leaves the end of the row
                        where it is unless that is wrong by so many seconds: one trip to the store instead of two. A
                        session may end that much sooner than max_age says, but by no more than half of its life; and
                        what `sessions_of` says of `seen` moves with the end only

    What cannot work, or what browsers would ignore, is a TypeError or ValueError at once.

    Requests outside the cookie's path get no session: `environ["session"]` is None there. Inside another one of these,
    with another name or path, it opens a session of its own; with the same, it only shows that one's. Better another
    name: of two cookies of one name, the first in the header is read.

    sessions_of(owner)               a list of the owner's live sessions, each with handle, created, seen and data
    end_sessions(owner, but=session) end all sessions of an owner, but perhaps one; only=handle ends one. How many
    session(id)                      `with app.session(id) as session:` has one without a request; SessionEnded

    This class adds the cookie's policy to step 6's, and tells caches what depends on a cookie: it changes `__call__`,
    `open`, `close`, `close_browser`, and, for names that browsers keep to HTTPS, `id_from` and `cookie_for`.
    """

    session_class = Session

    def __init__(
        self,
        app: App,
        *,
        secret: Secret,
        store: Store | None = None,
        name: str = "connect.sid",
        cookie: CookieOption = None,
        resave: bool = False,
        save_uninitialized: bool = False,
        rolling: bool = False,
        unset: str = "keep",
        genid: Callable[[Environ], str] = new_id,
        proxy: bool | None = None,
        absolute_timeout: float | None = None,
        limit_per_owner: int | None = None,
        at_limit: str = "end_oldest",
        clock: Clock = time.time,
        touch_after: float = 0.0,
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
            limit_per_owner=limit_per_owner,
            at_limit=at_limit,
            clock=clock,
        )
        self.policy = Policy(name, cookie, proxy, clock)
        self.rules = Rules(**vars(self.rules), policy=self.policy, touch_after=touch_after)
        if checked_touch_after(touch_after, cookie):
            self.store = telling_ends(self.store)
        self.signed_with = f"{name}=" if self.policy.is_prefixed else ""
        self.said: set[str] = set()

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answer one request, with a session if it lies below the cookie's path."""
        is_inside = BOTTLE_REQUEST_SESSION in environ  # another one's turn
        there = environ.setdefault("session", None)
        environ[BOTTLE_REQUEST_SESSION] = FROM_ENVIRON
        if not self.policy.covers(environ):
            return self.app(environ, start_response)
        if not is_inside:
            return super().__call__(environ, start_response)
        place = self.policy.place(environ)
        standing = environ.get(place)
        if there is None or standing is None:
            return ByTurns(super().__call__, environ, start_response, place)
        self.say_once(TWICE.format(self.name))
        if standing is there:
            return self.app(environ, start_response)
        return ByTurns(self.app, environ, start_response, place, standing)

    def say_once(self, sentence: str) -> None:
        """Write a warning into the log, at the first of many requests that give reason for it."""
        if sentence not in self.said:
            self.said.add(sentence)
            LOG.warning(sentence)

    # An id and its signature belong to one name

    def id_from(self, cookie: str) -> str | None:
        """The id in a cookie's value, if we have signed it for a cookie of this name.

        What browsers keep to HTTPS is signed together with its name: a value that an open line has carried, in a cookie
        of another name, opens nothing there. A plain name has Express's signature, so that an Express app may share it.
        """
        signed = unsign(self.signed_with + cookie[2:], self.secrets) if cookie.startswith("s:") else None
        return None if signed is None else signed.removeprefix(self.signed_with)

    def cookie_for(self, session: step2_middleware.Session) -> str:
        """The cookie's value for a session: "s:" and its id, signed with the newest secret."""
        return "s:" + sign(self.signed_with + session.id, self.secrets).removeprefix(self.signed_with)

    # Who reads a session makes a page for one visitor

    def open(self, environ: Environ, sent: str) -> step2_middleware.Session:
        """The session that the cookie names, which nobody has read so far.

        Of a cookie of ours without a row, the session that begins knows the id.
        """
        session = environ[self.policy.place(environ)] = super().open(environ, sent)
        if isinstance(session, Session):
            id = session.brought.id if session.brought else self.id_from(sent)
            vars(session).update(cookie_id=id, was_read=False)
        return session

    def close(self, environ: Environ, session: step2_middleware.Session, sent: str) -> Headers:
        """Close both differences; and where the session was read, tell caches that the answer depends on the cookie.

        So does an answer of one who wanted to read, and met a store that does not answer.
        """
        if not isinstance(session, Session):
            return [*super().close(environ, session, sent), *([VARY] if MET in environ else [])]
        was_read = session.was_read
        if session.rules.touch_after:
            session.is_quiet = session.cookie_wanted(sent, self.is_current(session, sent)) is None
        headers = super().close(environ, session, sent)
        if not headers and environ.get("session") is session and session.is_withheld:
            self.say_once(OPEN_LINE)
        session.was_read = was_read
        return [*headers, VARY] if was_read and VARY not in headers else headers

    def close_browser(self, session: step2_middleware.Session, sent: str) -> Headers:
        """Set or clear the cookie as before, and let no cache keep that answer for others.

        It says `Vary: Cookie` and `Cache-Control: no-store` then; where no cookie is set or cleared, nothing.
        """
        headers = super().close_browser(session, sent)
        return [*headers, VARY, ("Cache-Control", "no-store")] if headers else []
