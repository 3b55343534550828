"""Promises: what has ended stays ended, and of two requests at once neither undoes what the other has done."""

import json
import logging
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from steps import step4_destroy
from steps.step2_middleware.session import DEEPEST, put_first, split_row, to_json
from steps.step4_destroy.endings import BORN, SessionEnded
from steps.step5_stores.store import Store, StoreError

Data = dict[str, Any]
Result = TypeVar("Result")
PAST = 0.0  # an end that has passed
LOG = logging.getLogger("sessions")


def merge(base: Data, ours: Data, theirs: Data) -> Data:
    """Put what we have changed since `base` on top of `theirs`, by top-level key. To one key, the last wins whole."""
    merged = dict(theirs)
    for key, value in ours.items():
        if key not in base or to_json(base[key]) != to_json(value):  # as JSON: for Python, 1, 1.0 and True are equal
            merged[key] = value
    for key in base:
        if key not in ours:
            merged.pop(key, None)
    return merged


class Session(step4_destroy.Session):
    """A session that writes only over the row that it knows.

    row  the text in the store, as this session last knew it; None: it has no row
    """

    ATTRIBUTES = step4_destroy.Session.ATTRIBUTES | {"row"}
    store: Store  # type: ignore[assignment]  # whose set compares
    row: str | None = None

    def read(self, row: str) -> None:
        """Become what a row says. ValueError if that could not be written again, or no page could show it."""
        super().read(row)
        if "cookie" in self:
            raise ValueError("a row has one cookie")
        row.encode()
        if "\\u" in row or row.count("{") + row.count("[") > DEEPEST:  # seldom, so that it may take its time
            json.dumps(self, ensure_ascii=False).encode()  # not half a surrogate pair
            to_json(self)
        self.row = row

    def settle(self) -> None:
        """Make the store hold what it should. One that ended meanwhile is missed only by a request that changed it."""
        try:
            super().settle()
        except SessionEnded:
            if self.data() != self.original or self.cookie.state != self.told:
                raise
            self.held = None

    def write(self, data: str) -> None:
        """Let the store hold this data, together with what others have written meanwhile.

        Raises SessionEnded if the session has ended meanwhile: what has ended does not come back.
        """
        while not self.replace(data):
            data = self.caught_up()

    def replace(self, data: str) -> bool:
        """Write over the row that we know. False if the store holds another by now, or none."""
        self.touch()
        row = put_first("cookie", self.cookie.to_json(), data)
        if not self.store.set(self.id, row, expected=self.row, expires=self.expires):
            return False
        self.row = row
        self.held = data
        self.noted = self.cookie.state
        return True

    def caught_up(self) -> str:
        """Take over the row that the store holds by now, with our changes on top; return the data of both."""
        if self.row is None:  # we begin it: a row that is there already is another visitor's
            raise StoreError("a new session's id is in use already: nothing was saved")
        row = self.store.get(self.id)
        if row is None:
            raise SessionEnded("the session has ended meanwhile: nothing was saved")

        # What both began with, and what we have made of it.
        our_data, our_cookie = json.loads(self.data()), self.cookie
        our_birth = None if self.rules.absolute_timeout is None else self.born
        base_data, base_state = json.loads(split_row(self.row)[1]), self.noted
        their_data = json.loads(split_row(row)[1])
        both = merge(base_data, our_data, their_data)

        # Become theirs, then put ours on top.
        self.clear()
        self.read(row)
        if our_cookie.state != base_state:
            self.cookie = our_cookie
        if our_birth is not None:
            both.pop(BORN, None)  # the birth is no data; of two, the earlier counts
            self.born = min(self.born, our_birth)
        self.clear()
        self.update(both)
        return self.data()

    def regenerate(self, keep: Iterable[str] = ()) -> None:
        """End the session and begin another under a new id. Of one that has ended meanwhile, nothing is kept."""
        alive = isinstance(keep, str) or self.take_away()
        super().regenerate(keep if alive else ())
        self.row = None

    def take_away(self) -> bool:
        """Remove our row, if it is the one that we know: then nobody else has ended it, or can. False if it is gone."""
        try:
            while self.row is not None and not self.store.set(self.id, self.row, expected=self.row, expires=PAST):
                self.caught_up()
        except SessionEnded:
            return False
        return True

    def extend(self) -> bool:
        """Move the row's end. If the store cannot, that is worth a line in the log, but not an answer's failure."""
        try:
            return super().extend()
        except StoreError as error:
            LOG.warning("A session's end could not be moved: %s", error)
            return False


def atomically(session: Session, change: Callable[[Session], Result]) -> Result:
    """Let `change` work on the newest data of a session, and save that before anybody else has written.

    Where somebody has, `change` is called again with what is there by then: it may be called several times. Changes
    made before are saved first. Returns what `change` returns; if it raises, what it has changed is dropped.
    """
    if session.row is None or session.wanted() != session.held or session.cookie.state != session.noted:
        session.save()  # what was changed before
    else:
        session.reload()  # the newest
    while True:
        try:
            result = change(session)
            if session.replace(session.data()):
                return result
            session.reload()
        except BaseException:
            session.clear()
            if session.row is not None:
                session.read(session.row)
            raise
