"""Owners: a store that knows whose a session is finds all of one owner's, and ends them, without a look at any other.

Whose it is lies beside the row, which stays as Express writes it. What expires or is destroyed leaves the owner's list.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from steps.step5_stores import failures
from steps.step5_stores.refusals import REFUSALS, Refusal
from steps.step5_stores.store import Store, name_in_log

LONGEST = 1024  # bytes of an owner's name: PostgreSQL's indexes take some more, if not much
METHODS = ("set_owned", "owner_of", "of_owner", "end_owned")


class TooManySessions(Exception):
    """The owner has as many sessions as `limit_per_owner` allows, and `at_limit` is "refuse": this one is not begun."""


REFUSALS[TooManySessions] = Refusal(
    "409 Conflict",
    "You are logged in on as many devices as you may be, so nothing was saved. Please log out on one of them first.",
)


class Limit(NamedTuple):
    """How many sessions an owner may have, and whether one more is refused; else the oldest ends."""

    most: int | None = None
    refuse: bool = False


class Claim(NamedTuple):
    """Whose a row shall be, None for nobody's; and the limit that this owner has."""

    owner: str | None
    limit: Limit = Limit()

    def refused(self) -> TooManySessions:
        """The error of one that goes beyond the limit."""
        return TooManySessions(f"{self.owner!r} has {self.limit.most} sessions already")


class OwnedRow(NamedTuple):
    """A live row of an owner's, and what lies beside it: when it became that owner's, and when it was last used.

    Both in seconds since 1970.
    """

    id: str
    row: str
    created: float
    seen: float


def latest_first(rows: list[OwnedRow]) -> list[OwnedRow]:
    """Rows that come in the order of their beginning, the last seen first; of those seen at once, the last to come."""
    return sorted(rows, key=lambda each: (each.seen, each.created))[::-1]


class OwningStore(Store, Protocol):
    """A store that also knows whose the sessions are. Each method is one step, which takes effect as a whole or not.

    `set` leaves the owner as it is; a row that begins with it is nobody's. `set` and `touch` move `seen`.
    """

    def set_owned(self, id: str, row: str, *, expected: str | None, expires: float | None, claim: Claim) -> bool:
        """As `set`; and in the same step note whose the row is. False, and nothing, as `set` has it.

        Beyond the claim's limit the owner's oldest sessions end; or what it has `refused` is raised, and nothing done.
        A row that is this owner's already is never refused.
        """

    def owner_of(self, id: str) -> str | None:
        """Whose the live row is; None for nobody's, and if there is none."""

    def of_owner(self, owner: str) -> list[OwnedRow]:
        """The live rows of an owner, the last seen first, and of those seen at once the last created."""

    def end_owned(self, owner: str, *, but: str | None = None, only: str | None = None) -> int:
        """End all rows of an owner, but the one with this id; or only the one with that id.

        Return how many of them were live. Those that are not, by this store's clock, end as well.
        """


def write_owned(
    ask: Callable[..., Any], says: Any, write: Callable[[], bool], *, id: Any, owner: Any, claim: Claim, is_live: bool
) -> bool:
    """`set_owned`, as an SQL database does it within one transaction.

    ask      puts one of the statements, which `says` has: OWNER, DISOWN, OWN, OLDEST and DESTROY
    write    compares, and writes the row itself
    id       of the row, and so the `owner`, as the database holds them
    is_live  whether the row is there after that: one whose end has passed takes nobody's place
    """
    before = ask(says.OWNER, id=id).fetchone()
    if not write():
        return False
    if owner is None:
        ask(says.DISOWN, id=id)
        return True
    if before not in (None, (owner,)):
        ask(says.DISOWN, id=id)  # and so it is the newest of its new owner's
    ask(says.OWN, id=id, owner=owner)
    if claim.limit.most is not None and is_live:
        oldest = ask(says.OLDEST, id=id, owner=owner, others=claim.limit.most - 1).fetchall()
        if oldest and claim.limit.refuse and before != (owner,):
            raise claim.refused()
        for (each,) in oldest:
            ask(says.DESTROY, id=each)
    return True


def keeps_owners(store: Any) -> bool:
    """Whether a store knows whose sessions are. One around another says so by an attribute of this name."""
    said: bool | None = getattr(store, "keeps_owners", None)
    return all(callable(getattr(store, name, None)) for name in METHODS) if said is None else said


def owning(store: Any) -> Any:
    """The store, if it knows whose sessions are; TypeError with the remedy, if it does not."""
    if keeps_owners(store):
        return store
    raise TypeError(
        f"the store cannot say whose a session is: it needs {', '.join(METHODS)}, as MemoryStore, SQLiteStore, "
        "RedisStore and PostgresStore of `from steps import …` have, or what open_store() of there opens"
    )


def checked_owner(owner: Any) -> str:
    """The owner's name. TypeError for what is no text, ValueError for one that is empty, or too long for an index, and
    one that UTF-8 cannot write.
    """
    if not isinstance(owner, str):
        raise TypeError(f"an owner is a text, such as a user's name, not {owner!r}; write str(…)")
    if not owner:
        raise ValueError("an owner has a name; None is nobody")
    if len(owner.encode()) > LONGEST:  # UnicodeEncodeError is a ValueError
        raise ValueError(f"an owner's name has {LONGEST} bytes at most; take a user's number, or a hash")
    return owner


def known_as(store: Any, id: str) -> str:
    """The id as a store keeps it. One around another that gives it another name has a method of this name."""
    name = getattr(store, "known_as", None)
    return id if name is None else str(name(id))


def handle_of(store: Any, id: str) -> str:
    """A name for a session that may be shown to its owner: it opens nothing."""
    return name_in_log(known_as(store, id))


class FailFast(failures.FailFast):
    """Step 5's, for a store that knows whose sessions are, too."""

    @property
    def keeps_owners(self) -> bool:
        """As the store's."""
        return keeps_owners(self.store)

    def known_as(self, id: str) -> str:
        """As the store's, which is not asked for it."""
        return known_as(self.store, id)

    def set_owned(self, id: str, row: str, **options: Any) -> bool:
        """As the store's."""
        return bool(self._ask(self.store.set_owned, id, row, **options))

    def owner_of(self, id: str) -> str | None:
        """As the store's."""
        owner: str | None = self._ask(self.store.owner_of, id)
        return owner

    def of_owner(self, owner: str) -> list[OwnedRow]:
        """As the store's."""
        return list(self._ask(self.store.of_owner, owner))

    def end_owned(self, owner: str, *, but: str | None = None, only: str | None = None) -> int:
        """As the store's."""
        return int(self._ask(self.store.end_owned, owner, but=but, only=only))
