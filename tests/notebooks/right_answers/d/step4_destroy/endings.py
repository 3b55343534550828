"""Endings: a session ends in the store, in the request and in the browser."""

from collections.abc import Iterable
from typing import Any

from steps import step2_middleware
from steps.step2_middleware.middleware import Environ
from steps.step2_middleware.session import UNKNOWN, put_first
from steps.step4_destroy.expiry import Rules, SessionCookie
from steps.step4_destroy.store import Store

BORN = "createdAt"  # the row's note of when the session began, in milliseconds; kept only for an absolute timeout


class SessionEnded(LookupError):
    """The session is no longer there to be saved or loaded."""


class Session(step2_middleware.Session):
    """A session that knows when it ends, and can be ended.

    cookie    the settings of its cookie; `session.cookie.max_age = 3600` keeps this visitor for an hour of silence
    ended     destroyed in this request: it wants no row and no cookie, and what is put into it is dropped
    noted     the cookie's settings as the row holds them
    told      the same as the browser knows them
    original  the data as the request found it
    born      when it began, in seconds since 1970
    """

    MORE = ("cookie", "ended", "noted", "told", "original", "born", "rules", "environ")
    ATTRIBUTES = step2_middleware.Session.ATTRIBUTES | {*MORE}
    store: Store
    ended = False
    noted: Any = None

    def __init__(self, id: str, store: Store, row: str | None, rules: Rules, environ: Environ) -> None:
        self.rules = rules
        self.environ = environ.copy()  # not the dict that will hold this session: such a circle is slow to be freed
        if row is None:
            self.begin()
        super().__init__(id, store, row)
        self.original = self.held
        self.told = self.cookie.state

    def begin(self) -> None:
        """Start both clocks: the cookie's, and that of the absolute timeout."""
        self.cookie = self.rules.new_cookie()
        self.born = self.rules.clock()

    # Endings

    def destroy(self) -> None:
        """End the session: nobody is logged in by its id any more, and this answer clears the browser's cookie."""
        store, me = self.store, self.id
        store.destroy(me)
        self.ended = True
        for key in list(self):
            del self[key]

    def regenerate(self, keep: Iterable[str] = ()) -> None:
        """End the session and begin another, which `is_new`, under a new id, with the data of the keys to keep.

        At login, an id that somebody else may know becomes worthless by it. TypeError if `keep` is one text: its
        letters would be the keys. Source: OWASP ASVS 7.2.4.
        """
        if type(keep) is str:
            raise TypeError("keep takes a list of keys")
        wanted = list(keep)
        before = dict(self)
        self.store.destroy(self.id)
        self.id = self.rules.genid(self.environ)
        self.clear()
        for key in wanted:
            if key in before:
                self[key] = before[key]
        self.begin()
        self.is_new = True
        self.ended = False
        self.held = UNKNOWN

    def reload(self) -> None:
        """Take the data from the store again, and drop what has changed since. SessionEnded if the row is gone.

        A session that is written in any case (`held` is UNKNOWN: it is new, or `resave` says so) still is, after it.
        """
        found = self.store.get(self.id)
        if found is None:
            raise SessionEnded
        in_any_case = self.held == UNKNOWN
        self.read(found)
        self.held = UNKNOWN if in_any_case else self.held

    def save(self) -> None:
        """Write to the store now. SessionEnded if the session was destroyed: it does not come back this way."""
        if not self.ended:
            return super().save()
        raise SessionEnded

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
        return last is not None and last <= self.rules.clock()

    def touch(self) -> None:
        """The visitor is here: the time of silence that the session survives starts anew."""
        self.cookie.touch()

    # The row

    def settle(self) -> None:
        """Write the row if it should say something else; if not, move its end, which costs less.

        Something else: other data than `held`, or other settings of the cookie than `noted`. A row that has gone
        meanwhile is not `held` any more, so that no cookie is set for it.
        """
        data = None if self.ended else self.wanted()
        if data is not None:
            same = data == self.held and self.noted == self.cookie.state
            if not same:
                self.write(data)
            elif self.extend() is False:
                self.held = None

    def extend(self) -> bool:
        """Move the row's end, as far as the time of silence goes. False if the row has gone meanwhile."""
        self.touch()
        return self.store.touch(self.id, self.expires)

    def load(self, cookie: dict[str, Any], data: str) -> None:
        """Take over the two parts of a row."""
        super().load(cookie, data)
        self.cookie = SessionCookie.from_row(cookie, self.rules.clock)
        self.noted = self.cookie.state
        if self.rules.absolute_timeout is not None:
            self.born = self.pop(BORN, self.rules.clock() * 1000) / 1000

    def data(self) -> str:
        """The data as JSON, with the birth in front where there is an absolute timeout."""
        if self.rules.absolute_timeout is None:
            return super().data()
        if BORN in self:
            raise ValueError(f'session["{BORN}"] is taken: the absolute timeout counts from it; choose another key')
        return put_first(BORN, str(round(self.born * 1000)), super().data())

    def write(self, data: str) -> None:
        """Let the store hold this data, and know how long: the time of silence begins now."""
        self.cookie.touch()
        text = put_first("cookie", self.cookie.to_json(), data)
        self.store.set(self.id, text, expires=self.expires)
        self.noted = self.cookie.state
        self.held = data
