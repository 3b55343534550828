"""Failures: a store that cannot answer is told quickly and clearly, and nobody is logged out by it."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, NoReturn, ParamSpec, TypeVar

from steps.step2_middleware.middleware import Environ
from steps.step5_stores.ends import Row
from steps.step5_stores.promises import Session
from steps.step5_stores.refusals import MET, refusal_for
from steps.step5_stores.store import Store, StoreError

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")
SLOW = 0.1  # seconds; a failure that took longer is one that others should not wait for
PAUSE = 0.5  # seconds for which a store that failed slowly is not asked again


class FailFast:
    """A store that is not asked for a moment after it has failed slowly, so that one request waits for it, and not all.

    pause  how long that moment is, in seconds
    """

    def __init__(self, store: Store, *, pause: float = PAUSE, clock: Callable[[], float] = time.monotonic) -> None:
        self.store: Any = store
        self.pause = pause
        self.clock = clock
        self.resting_until = 0.0

    def get(self, id: str) -> str | None:
        """As the store's."""
        row: str | None = self._ask(self.store.get, id)
        return row

    def set(self, id: str, row: str, *, expected: str | None, expires: float | None) -> bool:
        """As the store's."""
        return bool(self._ask(self.store.set, id, row, expected=expected, expires=expires))

    def touch(self, id: str, expires: float | None) -> bool:
        """As the store's."""
        return bool(self._ask(self.store.touch, id, expires))

    def destroy(self, id: str) -> None:
        """As the store's."""
        self._ask(self.store.destroy, id)

    @property
    def get_with_end(self) -> Callable[[str], Row | None]:
        """As the store's, if it has it."""
        return partial(self._ask, self.store.get_with_end)

    def clear(self) -> None:
        """As the store's."""
        self._ask(self.store.clear)

    def __len__(self) -> int:
        return self._ask(len, self.store)

    def __iter__(self) -> Iterator[str]:
        return self._ask(iter, self.store)

    def _ask(self, question: Callable[Asked, Answer], *args: Asked.args, **kwargs: Asked.kwargs) -> Answer:
        """The store's answer, or its StoreError; after one that took longer than SLOW, nothing else for a pause."""
        begun = self.clock()
        if begun < self.resting_until:
            raise StoreError("the store has failed a moment ago, and is not asked again yet")
        try:
            return question(*args, **kwargs)
        except StoreError:
            if self.clock() - begun > SLOW:
                self.resting_until = self.clock() + self.pause
            raise


class Unavailable(Session):
    """Stands in for a session that could not be read: whoever uses it gets the StoreError, who does not goes on.

    Whatever a session or a dict can do is such a use, but for what is asked at the end: `settle` and `cookie_wanted`.
    """

    is_unavailable = True
    held = brought = None

    def __init__(self, error: StoreError, environ: Environ) -> None:
        vars(self).update(error=error, environ=environ)
        dict.__setitem__(self, "unavailable", True)  # what is empty, json.dumps would write as {} without a question

    def settle(self) -> None:
        """There is nothing to be written."""

    def cookie_wanted(self, sent: str, is_current: bool) -> None:
        """Nor is there anything to be told to the browser."""

    def __getattr__(self, name: str) -> NoReturn:
        _fail(self)


def _fail(stand_in: Unavailable, *args: Any, **kwargs: Any) -> NoReturn:
    environ, error = vars(stand_in)["environ"], vars(stand_in)["error"]
    environ[MET] = error
    raise error.with_traceback(None)  # or each use lengthens it, and who looks at it all, as Django does, never ends


for _kind in Session.__mro__[:-1]:
    for _name in {*vars(_kind), "__setattr__", "__delattr__"} - {*vars(Unavailable), "__new__", "__getattribute__"}:
        if not _name.startswith("__"):
            setattr(Unavailable, _name, property(_fail))
        elif callable(getattr(_kind, _name)):
            setattr(Unavailable, _name, _fail)


class OneLine:
    """The server's log of errors, where a traceback of ours is one line: in an outage, each request would have one."""

    def __init__(self, errors: Any) -> None:
        self.errors = errors
        self.told: Any = None  # the error that has its line

    def __getattr__(self, name: str) -> Any:
        return getattr(self.errors, name)

    def write(self, text: str) -> Any:
        """Write what the server gets from a framework that is handling an error; a traceback may come in pieces."""
        error = sys.exc_info()[1]
        if refusal_for(error) and (error is self.told or "Traceback" in text):
            text, self.told = "" if error is self.told else f"{type(error).__name__}: {error}\n", error
        return self.errors.write(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write them all."""
        self.write("".join(lines))
