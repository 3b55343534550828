"""Sessions: whose each of them is. So one user's can be listed, ended and limited, and one be had without a request."""

import dataclasses
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Self
from wsgiref.util import setup_testing_defaults

from steps import step5_stores
from steps.step2_middleware.middleware import ID, App, Environ
from steps.step2_middleware.session import UNKNOWN, Snapshot
from steps.step4_destroy import expiry
from steps.step4_destroy.endings import SessionEnded
from steps.step4_destroy.expiry import Clock
from steps.step5_stores.store import SPOILT, Store, StoreError, drop_spoilt, refuse_old_store
from steps.step6_access.owned_memory import MemoryStore
from steps.step6_access.owners import Claim, FailFast, Limit, checked_owner, handle_of, keeps_owners, owning

UNSAID: Any = object()  # of an owner: nobody has said, or asked, who it is
AT_LIMIT = ("end_oldest", "refuse")


@dataclass(frozen=True)
class OwnedSession:
    """A session as its owner may see it: nothing in it lets anybody be that person.

    handle   names the session; it is not its id, and opens nothing
    created  since when it has been this owner's, in seconds since 1970
    seen     when it was last used
    data     its items
    """

    handle: str
    created: float
    seen: float
    data: dict[str, Any]


class NotingOwner:
    """The store, for one write: whose the row is, is noted with it."""

    def __init__(self, store: Any, claim: Claim) -> None:
        self.store = store
        self.claim = claim

    def set(self, id: str, row: str, *, expected: str | None, expires: float | None) -> bool:
        """As the store's, in one step with the note."""
        return bool(self.store.set_owned(id, row, expected=expected, expires=expires, claim=self.claim))


@dataclass(frozen=True)
class Rules(expiry.Rules):
    """What an application has decided about its sessions: step 4's rules, and how many an owner may have."""

    limit: Limit


class Session(step5_stores.Session):
    """A session that knows whose it is.

    It adds `owner` to step 5's, and changes what it has to do with: `settle`, `replace`, `load`, `caught_up`,
    `regenerate`, `take_away` and `destroy`.

    claim  whose it shall be, from the next write on; UNSAID if nothing has to be noted
    known  whose it is, as far as the store was asked; UNSAID if it was not
    """

    ATTRIBUTES = step5_stores.Session.ATTRIBUTES | {"owner", "claim", "known"}
    rules: Rules
    claim: Any = UNSAID
    known: Any = UNSAID

    @property
    def owner(self) -> str | None:
        """Whose the session is, for example a user's name; None: nobody's. Reading it asks the store, once.

        It is set at the login, behind `regenerate`, and noted in the same step in which the row is written. Setting it
        raises TypeError for what is no text, and for a store that does not know of owners.
        """
        return self.whose()

    @owner.setter
    def owner(self, name: str | None) -> None:
        if name is not None:
            checked_owner(name)
            owning(self.store)
        if not self.ended and name != self.whose():
            self.claim, self.held = name, UNKNOWN  # and so it is written, whatever else it says

    def whose(self) -> str | None:
        """What `owner` says."""
        if self.claim is UNSAID and self.known is UNSAID:
            may_ask = self.row is not None and not self.ended and keeps_owners(self.store)
            self.known = self.store.owner_of(self.id) if may_ask else None  # type: ignore[attr-defined]
        owner: str | None = self.known if self.claim is UNSAID else self.claim
        return owner

    @property
    def handle(self) -> str:
        """The name by which `sessions_of` lists this session: not its id, and it opens nothing."""
        return handle_of(self.store, self.id)

    def settle(self) -> None:
        """Make the store hold what it should. Of a session that has ended meanwhile, a new owner is a change, too."""
        super().settle()
        if self.claim is not UNSAID and self.held is None and not self.ended:
            raise SessionEnded("the session has ended while this request was busy, so it is nobody's")

    def replace(self, wanted: Snapshot) -> bool:
        """Write over the row that we know; and in the same step, if that has been said, whose it is."""
        if self.claim is UNSAID:
            return super().replace(wanted)
        store = self.store
        self.store = NotingOwner(store, Claim(self.claim, self.rules.limit))  # type: ignore[assignment]  # replace only sets
        try:
            done = super().replace(wanted)
        finally:
            self.store = store
        if done:
            self.known, self.claim = self.claim, UNSAID
        return done

    def load(self, cookie: dict[str, Any], data: str) -> None:
        """Take over the two parts of a row. Whose that is, nobody has asked or said."""
        super().load(cookie, data)
        vars(self).update(claim=UNSAID, known=UNSAID)

    def caught_up(self) -> Snapshot:
        """Take over the newest row with our changes on top. The owner is ours if we have set it, else theirs."""
        claim = self.claim
        both = super().caught_up()
        self.claim = claim
        return both

    def regenerate(self, keep: Iterable[str] = ()) -> None:
        """End the session and begin another under a new id: its owner's, if anything is kept; else nobody's.

        So a session that goes on under a new id is found as before, and one that begins anew is not. One that goes on
        is written before the old one ends: who ends all of its owner's meanwhile finds one of the two, at least.
        """
        keep = keep if isinstance(keep, str) else [*keep]
        goes_on = not isinstance(keep, str) and any(key in self for key in keep)
        heir = self.heir(keep) if goes_on and self.claim is UNSAID else None
        claim, self.claim = self.claim, self.claim if goes_on else UNSAID
        try:
            super().regenerate(keep)
        except BaseException:
            self.claim = claim
            if heir is not None:
                with suppress(StoreError):  # which may be why
                    heir.destroy()
            raise
        self.known, self.claim = None, UNSAID if self.claim is None else self.claim
        if heir is not None and any(key in self for key in keep):
            self.id, self.row, self.held, self.known = heir.id, heir.row, heir.held, heir.known
            self.cookie, self.born = heir.cookie, heir.born
        elif heir is not None:
            heir.destroy()

    def heir(self, keep: Iterable[str]) -> Self | None:
        """A session of the same owner with what is kept of this one, written; None if this is nobody's.

        It is no more than before, once this one has ended: so no limit counts it.
        """
        self.known = UNSAID  # another request may have said so since
        owner = self.whose()
        if owner is None:
            return None
        id = self.rules.genid(self.environ)
        rules = dataclasses.replace(self.rules, limit=Limit())
        heir = type(self)(id, self.store, None, rules, self.environ)  # type: ignore[arg-type]  # as in `as_of`
        heir.update({key: self[key] for key in keep if key in self})
        heir.claim = owner
        heir.save()
        return heir

    def take_away(self) -> bool:
        """Remove our row, if it is there. Of one that has ended meanwhile, the owner is not kept, either."""
        alive = super().take_away()
        if not alive:
            self.claim = None
        return alive

    def destroy(self) -> None:
        """End the session, as before: it is nobody's from here on."""
        super().destroy()
        self.claim = self.known = UNSAID


class SessionMiddleware(step5_stores.SessionMiddleware):
    """Give each request of a WSGI app its session; and find sessions by their owner, or by their id.

    It adds `sessions_of`, `end_sessions` and `session` to step 5's, with two options.
    """

    session_class = Session

    def __init__(
        self,
        app: App,
        *,
        store: Store | None = None,
        clock: Clock = time.time,
        limit_per_owner: int | None = None,  # sessions that one owner may have; None: as many as he likes
        at_limit: str = "end_oldest",  # what one more does: "end_oldest", or "refuse" the login, which is a 409
        **options: Any,  # step 5's
    ) -> None:
        """Raise ValueError or TypeError for options that cannot work."""
        kept = MemoryStore(clock=clock) if store is None else store
        refuse_old_store(kept)
        super().__init__(app, store=kept if isinstance(kept, FailFast) else FailFast(kept), clock=clock, **options)
        most = limit_per_owner
        if not (most is None or (isinstance(most, int) and not isinstance(most, bool))):
            raise TypeError(f"limit_per_owner must be a whole number or None, not {most!r}")
        if most is not None and most < 1:
            raise ValueError(f"limit_per_owner must be 1 or more, or None for no limit, not {most!r}")
        if at_limit not in AT_LIMIT:
            raise ValueError(f'at_limit must be "end_oldest" or "refuse", not {at_limit!r}')
        if most is not None:
            owning(self.store)
        self.rules = Rules(**vars(self.rules), limit=Limit(most, at_limit == "refuse"))

    # Sessions of one owner

    def sessions_of(self, owner: str) -> list[OwnedSession]:
        """The live sessions of an owner, the last seen first. StoreError; TypeError if the store knows no owners."""
        store = owning(self.store)
        known = [(each, self.looked_into(each.id, each.row)) for each in store.of_owner(checked_owner(owner))]
        return [
            OwnedSession(handle_of(store, each.id), each.created, each.seen, dict(session))
            for each, session in known
            if session is not None
        ]

    def looked_into(self, id: str, row: str) -> Session | None:
        """The session of a row that was found; None if its absolute time is over, or the row cannot be read."""
        try:
            session = self.make_session(no_request(), id, row)
        except SPOILT as error:
            drop_spoilt(self.store, id, error)
            return None
        return session if isinstance(session, Session) and not session.is_over else None

    def end_sessions(self, owner: str, *, but: Session | None = None, only: str = UNSAID) -> int:
        """End all sessions of an owner, but the one given; or `only` the one with this handle. Return how many.

        When this has returned, no request is authenticated by them, and none that is still busy brings one back: if it
        has ended this request's own, what that changes is a 409, so call its destroy() or regenerate() instead. A
        handle of somebody else's ends none. StoreError; TypeError if the store knows no owners, or for no handle: None,
        for example, which a form without that field has.
        """
        store, name, spared = owning(self.store), checked_owner(owner), None if but is None else but.id
        if only is not UNSAID and not isinstance(only, str):
            raise TypeError(f"only= is the handle of one session, a text, not {only!r}; without it, all are ended")
        if only is UNSAID:
            return int(store.end_owned(name, but=spared))
        ids = [each.id for each in store.of_owner(name) if handle_of(store, each.id) == only]
        return sum(store.end_owned(name, but=spared, only=id) for id in ids)

    # A session without a request

    @contextmanager
    def session(self, id: str) -> Iterator[Any]:
        """The session with this id, for a job or a command: saved at the end if it was changed, and no cookie is set.

        Raises SessionEnded if there is none, or if it was changed and has ended by the end of the block; StoreError;
        TooManySessions. After any error in the block nothing is saved. A session that was not changed is not touched,
        without `resave`: its visitor was not here. A handle of `sessions_of` is no id: keep `session.id` for a job.
        """
        if not isinstance(id, str):
            raise TypeError(f"a session's id is a text, not {id!r}")
        session = self.find_whole(no_request(), id) if ID.fullmatch(id) else None
        if not isinstance(session, Session):
            raise SessionEnded("no session has this id: it has ended, or never began. The value of a cookie is no id")
        yield session
        if session.now() != session.held:
            session.settle()


def no_request() -> Environ:
    """An environ for what asks for one where there is no request: as complete as one to "/", over HTTPS."""
    environ: Environ = {"HTTPS": "on"}
    setup_testing_defaults(environ)
    return environ
