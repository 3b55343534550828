"""Endings: a session ends in the store, in the request and in the browser."""

from collections.abc import Iterable
from typing import Any

from steps import step2_middleware
from steps.step2_middleware.middleware import Environ
from steps.step2_middleware.session import UNKNOWN, Snapshot, put_first
from steps.step4_destroy.expiry import Rules, checked_time
from steps.step4_destroy.store import Store

BORN = "createdAt"  # the row's note of when the session began, in milliseconds; kept only for an absolute timeout


class SessionEnded(LookupError):
    """The session is no longer there to be saved or loaded."""


class Session(step2_middleware.Session):
    """A session that knows when it ends, and can be ended.

    It adds the endings and the time to step 2's, and changes what they have to do with: `save`, `settle`, `load`,
    `data`, `snapshot`, `write` and `cookie_wanted`.

    cookie  the settings of its cookie; `session.cookie.max_age = 3600` keeps this visitor for an hour of silence
    ended   destroyed in this request: it wants no row and no cookie, and what is put into it is dropped
    born    when it began, in seconds since 1970
    """

    ATTRIBUTES = step2_middleware.Session.ATTRIBUTES | {"cookie", "ended", "born", "rules", "environ"}
    store: Store
    rules: Rules
    environ: Environ
    ended = False

    def __init__(self, id: str, store: Store, row: str | None, rules: Rules, environ: Environ) -> None:
        # a copy of the environ, as that will hold this session, and such a circle is slow to be freed
        vars(self).update(rules=rules, environ=environ.copy())
        if row is None:
            self.begin()
        super().__init__(id, store, row)

    def begin(self) -> None:
        """Start both clocks: the cookie's, and that of the absolute timeout."""
        self.cookie = self.rules.new_cookie(self.environ)
        self.born = self.clock()

    def clock(self) -> float:
        """What time it is, in seconds since 1970."""
        return self.rules.clock()

    # Endings

    def destroy(self) -> None:
        """End the session: nobody is logged in by its id any more, and this answer clears the browser's cookie."""
        self.store.destroy(self.id)
        self.clear()
        self.ended = True

    def regenerate(self, keep: Iterable[str] = ()) -> None:
        """End the session and begin another, which `is_new`, under a new id, with the data of the keys to keep.

        At login, an id that somebody else may know becomes worthless by it. TypeError if `keep` is one text: its
        letters would be the keys. Source: OWASP ASVS 7.2.4.
        """
        if isinstance(keep, str):
            raise TypeError(f"keep must be several keys, not one text: keep=[{keep!r}]")
        kept = {key: self[key] for key in keep if key in self}
        self.store.destroy(self.id)
        self.clear()
        self.update(kept)
        self.id = self.rules.genid(self.environ)
        self.held, self.is_new, self.ended = UNKNOWN, True, False
        self.begin()

    def newest(self) -> str | None:
        """The row that the store holds by now, or None."""
        return self.store.get(self.id)

    def reload(self) -> None:
        """Take the data of the `newest` row, and drop what has changed since. SessionEnded if there is none.

        A session that is written in any case (`held` is UNKNOWN) still is, after it.
        """
        row = self.newest()
        if row is None:
            raise SessionEnded("the session cannot be loaded again: it has ended, or was never saved")
        held = self.held
        self.read(row)
        if held == UNKNOWN:  # and so to be written in any case, as before
            self.held = UNKNOWN

    def save(self) -> None:
        """Write to the store now. SessionEnded if the session was destroyed: it does not come back this way."""
        if self.ended:
            raise SessionEnded("a destroyed session cannot be saved; regenerate() begins a new one")
        super().save()

    # Time

    @property
    def expires(self) -> float | None:
        """When the row ends: with the cookie, or with the absolute timeout if that is sooner."""
        last, expires = self.last_moment, self.cookie.expires
        return expires if last is None else last if expires is None else min(expires, last)

    @property
    def last_moment(self) -> float | None:
        """When the absolute timeout ends the session."""
        timeout = self.rules.absolute_timeout
        return None if timeout is None else self.born + timeout

    @property
    def is_over(self) -> bool:
        """Whether that moment has passed, though the store may not know: the timeout may have been shortened since."""
        last = self.last_moment
        return last is not None and last <= self.clock()

    def touch(self) -> None:
        """The visitor is here: the time of silence that the session survives starts anew."""
        self.cookie.touch()

    # The cookie

    def cookie_wanted(self, sent: str, is_current: bool) -> dict[str, Any] | None:
        """The attributes of the cookie to be set; None if the browser needs none.

        One that has ended wants its cookie, if one came with the request, cleared: the same attributes, the "value" an
        empty text, and "expires" long ago. All others want it where step 2 says so, with the cookie's end. For step 2,
        a session that `is_told_anew` is one whose cookie is not current.
        """
        if self.ended:
            return {**self.cookie.attributes, "value": "", "expires": 0} if sent else None
        if super().cookie_wanted(sent, is_current and not self.is_told_anew) is None:
            return None
        return {**self.cookie.attributes, "expires": self.cookie.expires}

    @property
    def is_told_anew(self) -> bool:
        """Whether a browser that holds the right id must hear more, for one of three reasons.

        The option `rolling` wants it with each answer. Or the store now holds something else than what the request
        `brought`: another setting of the cookie; or whatever it is, if the cookie has an end, which begins anew.
        """
        known = self.brought.cookie if self.brought else None
        changed = self.held != self.brought and (self.cookie.state != known or self.cookie.expires is not None)
        return self.rules.rolling or changed

    # The row

    def snapshot(self, data: str) -> Snapshot:
        """The session with this data, and with its cookie's settings, but for the moment when it ends."""
        return Snapshot(self.id, data, self.cookie.state)

    def settle(self) -> None:
        """Write the row if it should say something else; if not, move its end, which costs less.

        Something else: other data, or other settings of the cookie. A row that has gone meanwhile is not `held` any
        more, so that no cookie is set for it.
        """
        wanted = None if self.ended else self.wanted()
        if wanted is None:
            return
        if wanted != self.held:
            self.write(wanted)
        elif not self.extend():
            self.held = None

    def extend(self) -> bool:
        """Move the row's end, as far as the time of silence goes. False if the row has gone meanwhile."""
        self.touch()
        return self.store.touch(self.id, self.expires)

    def load(self, cookie: dict[str, Any], data: str) -> None:
        """Take over the two parts of a row."""
        self.cookie = self.rules.cookie_from(cookie)
        super().load(cookie, data)
        if self.rules.absolute_timeout is not None:
            self.born = checked_time(BORN, self.pop(BORN, self.clock() * 1000) / 1000)

    def data(self) -> str:
        """The data as JSON, with the birth in front where there is an absolute timeout."""
        if self.rules.absolute_timeout is None:
            return super().data()
        if BORN in self:
            raise ValueError(f'session["{BORN}"] is taken: the absolute timeout counts from it; choose another key')
        return put_first(BORN, str(round(self.born * 1000)), super().data())

    def write(self, wanted: Snapshot) -> None:
        """Let the store hold this, and know how long: the time of silence begins now."""
        self.touch()
        self.store.set(self.id, put_first("cookie", self.cookie.to_json(), wanted.data), expires=self.expires)
        self.held = wanted
