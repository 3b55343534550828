"""Promises: what has ended stays ended, and of two requests at once neither undoes what the other has done."""

import json
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from steps import step4_destroy
from steps.step2_middleware.session import DEEPEST, EMPTY, UNKNOWN, Snapshot, put_first, split_row, to_json
from steps.step4_destroy.endings import SessionEnded
from steps.step5_stores.store import LOG, SPOILT, Store, StoreError, drop_spoilt

Data = dict[str, Any]
Result = TypeVar("Result")
PAST = 0.0  # an end that has passed


def merge(base: Data, ours: Data, theirs: Data) -> Data:
    """Put what we have changed since `base` on top of `theirs`, by top-level key. To one key, the last wins whole.

    Changed is what is new, what is other JSON than before (True is not 1), and what is gone.
    """
    changed = {key: value for key, value in ours.items() if key not in base or to_json(value) != to_json(base[key])}
    kept = {key: value for key, value in theirs.items() if key in ours or key not in base}
    return {**kept, **changed}


def refuse_halves(value: Any, path: str = "") -> None:
    """Raise ValueError for the first half of a surrogate pair in there, with the path to it."""
    if isinstance(value, str) and value != value.encode("utf-8", "ignore").decode():
        raise ValueError(f"{ascii(path)[1:-1]}: half of a letter (a surrogate), which no page could show")
    if isinstance(value, dict | list | tuple):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            here = f"{path}.{key}" if path else f"{key}"
            refuse_halves(key, here)
            refuse_halves(each, here)


class Session(step4_destroy.Session):
    """A session that writes only over the row that it knows.

    It adds that row to step 4's, and changes `read`, `data`, `newest`, `settle`, `write`, `regenerate`
    and `extend`.

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
        data = self.held.data if self.held else EMPTY
        if row[-len(data) :][:2] != ("}}" if data == EMPTY else ',"'):
            raise ValueError("a row is its cookie, and then its data")
        row.encode()
        if "\\u" in row or row.count("{") + row.count("[") > DEEPEST:  # seldom, so that it may take its time
            json.dumps(self, ensure_ascii=False).encode()  # not half a surrogate pair
            self.data()
        self.row = row

    def data(self) -> str:
        """The data as JSON. ValueError also for what `read` would not take again."""
        text = super().data()
        if "\\u" in text:  # seldom, as above
            refuse_halves(self)
        return text

    def newest(self) -> str | None:
        """The row that the store holds by now; None if there is none, or one that cannot be read: it is dropped."""
        try:
            return None if (row := super().newest()) is None else self.as_of(row).row
        except SPOILT as error:
            drop_spoilt(self.store, self.id, error)
            return None

    def as_of(self, row: str) -> "Session":
        """Another session, for whatever is to be known of a row."""
        return type(self)(self.id, self.store, row, self.rules, self.environ)  # type: ignore[arg-type]  # as `store`

    def settle(self) -> None:
        """Make the store hold what it should. One that ended meanwhile is missed only by a request that changed it."""
        try:
            super().settle()
        except SessionEnded:
            known = self.as_of(self.row or "")  # Express, for one, writes the same in other ways
            if self.cookie.state != known.cookie.state or to_json(self) != to_json(known):
                raise
            self.held = None

    def write(self, wanted: Snapshot) -> None:
        """Let the store hold this, together with what others have written meanwhile.

        Raises SessionEnded if the session has ended meanwhile: what has ended does not come back.
        """
        while not self.replace(wanted):
            wanted = self.caught_up()

    def replace(self, wanted: Snapshot) -> bool:
        """Write over the row that we know. False if the store holds another by now, or none.

        It begins with `touch`: the time of silence begins when the page is ready.
        """
        self.touch()
        row = put_first("cookie", self.cookie.to_json(), wanted.data)
        if not self.store.set(self.id, row, expected=self.row, expires=self.expires):
            return False
        self.row, self.held = row, wanted
        return True

    def caught_up(self) -> Snapshot:
        """Take over the `newest` row, which the store holds by now, with our changes on top; return what both make.

        The cookie's settings are theirs, unless we have changed them: its `state` is not that of the row we knew, whose
        cookie `rules.cookie_from` makes. Raises SessionEnded if the row is gone, and StoreError if we know of none but
        there is one: the id is somebody else's. What both make is not `held` before it is written: UNKNOWN.
        """
        known, row = self.row, self.newest()
        if known is None:
            raise StoreError("genid has made an id that is in use already; make it long and random")
        if row is None:
            raise SessionEnded("the session has ended while this request was busy, so nothing was saved")
        (settings, base), ours, cookie = split_row(known), json.loads(self.data()), self.cookie
        is_ours = cookie.state != self.rules.cookie_from(settings).state
        settings, theirs = split_row(row)
        self.load(settings, to_json(merge(json.loads(base), ours, json.loads(theirs))))
        self.cookie = cookie if is_ours else self.cookie
        self.row, self.held = row, UNKNOWN
        return self.now()

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
        """Move the row's end. If the store cannot, that is worth a line in the log, but not an answer's failure.

        Then nobody knows whether the row is still there; but what this request has saved itself keeps its cookie.
        """
        try:
            return super().extend()
        except StoreError as error:
            LOG.warning("A session's end could not be moved: %s", error)
            return self.held != self.brought


Kind = TypeVar("Kind", bound=Session)


def atomically(session: Kind, change: Callable[[Kind], Result]) -> Result:
    """Let `change` work on the newest data of a session, and save that before anybody else has written.

    Where somebody has, `change` is called again with what is there by then: it may be called several times. Changes
    made before are saved first. Returns what `change` returns; if it raises, so does this, and the session is as it was
    before: even where there is no row by now, or no store that answers. Raises SessionEnded, StoreError, TypeError and
    ValueError as `save` does.
    """
    if session.now() != session.held and session.wanted() is not None:
        session.save()
    while True:
        held, before = session.held, put_first("cookie", session.cookie.to_json(), session.now().data)
        try:
            result = change(session)
        except BaseException:
            session.load(*split_row(before))
            session.held = held
            raise
        if session.row is None:
            session.save()
            return result
        if session.replace(session.now()):
            return result
        session.reload()
