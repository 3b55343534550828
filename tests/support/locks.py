"""Locks: whether a store keeps other threads out while it works, found with certainty and not by luck.

Each look at the store's dicts lets another thread try the store's methods at that very moment. Who does not hold the
lock is found at once, however quick the method; any right way to lock passes: a Lock, an RLock, helpers, several locks.
"""

import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from types import ModuleType
from typing import Any

from tests.support.calling import Unexpected

WRITES = {"__setitem__", "__delitem__", "__ior__", "pop", "popitem", "clear", "update", "setdefault"}
READS = {"__getitem__", "__contains__", "__iter__", "__len__", "__reversed__", "__or__", "__eq__"}
READS |= {"get", "keys", "values", "items", "copy"}
PATIENCE = 2  # seconds until another thread counts as kept out by a lock that could not be found in the store


class KeptOut(BaseException):
    """Another thread came to a lock that is held."""


class GotIn(BaseException):
    """Another thread came as far as the store's dicts. It goes no further, so that it changes nothing."""


class Door:
    """A store's lock, at which another thread does not wait: it is told that it is kept out."""

    def __init__(self, lock: Any, watch: "Watch") -> None:
        self.lock, self.watch = lock, watch

    def acquire(self, *args: Any, **options: Any) -> Any:
        if self.watch.is_another():
            if not self.lock.acquire(blocking=False):
                raise KeptOut
            return True
        if self.watch.let_go:
            self.watch.come_between()
        return self.lock.acquire(*args, **options)

    def release(self) -> None:
        self.lock.release()
        self.watch.let_go = self.watch.let_go or not self.watch.is_another()

    def __enter__(self) -> Any:
        return self.acquire()

    def __exit__(self, *error: object) -> None:
        self.release()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.lock, name)


class Watch:
    """Who is in a store: the thread that is tested, or another that tries to get in."""

    def __init__(self, others: dict[str, Callable[[], Any]], between: Callable[[], Any] | None = None) -> None:
        self.others, self.between = others, between
        self.tested = threading.get_ident()
        self.let_go = False  # the call has held a lock, and let it go
        self.found: dict[str, str] = {}  # who got in, and when: "reads _rows"

    def is_another(self) -> bool:
        return threading.get_ident() != self.tested

    def looked(self, name: str, writes: bool) -> None:
        """A dict of the store has been looked at, or is about to be changed."""
        if self.is_another():
            if self.between is None:
                raise GotIn
            return
        for other, work in self.others.items():
            if other not in self.found and self.gets_in(work):
                self.found[other] = f"{'changes' if writes else 'reads'} {name}"

    def gets_in(self, work: Callable[[], Any]) -> bool:
        """Whether another thread gets in now."""
        inside: list[bool] = []

        def try_it() -> None:
            try:
                work()
            except GotIn:
                inside.append(True)
            except KeptOut:
                pass

        self.in_another_thread(try_it)
        return bool(inside)

    def come_between(self) -> None:
        """Let another thread do its work to the end: the call under test holds no lock at this moment."""
        between, self.let_go = self.between, False
        if between is None:
            return

        def do_it() -> None:
            with suppress(KeptOut):
                between()

        self.in_another_thread(do_it)

    def in_another_thread(self, work: Callable[[], Any]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        thread.join(PATIENCE)


def watched_dict(name: str, plain: Any, watch: Watch) -> Any:
    """The same dict, of the same kind, which tells of each look at it."""
    kind = type(plain)

    def method(called: str) -> Callable[..., Any]:
        def watched(self: Any, *args: Any, **options: Any) -> Any:
            watch.looked(name, called in WRITES)
            return getattr(kind, called)(self, *args, **options)

        return watched

    methods = {called: method(called) for called in WRITES | READS if hasattr(kind, called)}
    watched: Any = type(kind.__name__, (kind,), {"__hash__": None, **methods})
    made = watched(plain.default_factory) if issubclass(kind, defaultdict) else watched()
    for key, value in list(kind.items(plain)):
        kind.__setitem__(made, key, value)
    return made


def owners(store: Any) -> Iterator[Any]:
    """Where a store may keep its dicts and locks: itself, stores inside it, its classes and their modules."""
    waiting, seen = [store], set()
    while waiting:
        owner = waiting.pop()
        if id(owner) in seen:
            continue
        seen.add(id(owner))
        yield owner
        classes = [each for each in type(owner).__mro__ if each is not object]
        ours = {each.__module__ for each in classes}
        for each in [*classes, *(sys.modules.get(name) for name in ours)]:
            if each is not None and id(each) not in seen:
                seen.add(id(each))
                yield each
        waiting += [inner for inner in getattr(owner, "__dict__", {}).values() if type(inner).__module__ in ours]


@contextmanager
def watching(store: Any, watch: Watch) -> Iterator[Watch]:
    """The store with watched dicts and doors for as long as the block lasts. Its rows stay."""
    undo: list[Callable[[], None]] = []
    try:
        for owner in list(owners(store)):
            is_instance = not isinstance(owner, type | ModuleType)
            for name, value in list(getattr(owner, "__dict__", {}).items()):
                if hasattr(value, "acquire") and hasattr(value, "release") and not isinstance(value, type):
                    setattr(owner, name, Door(value, watch))
                    undo.append(partial(setattr, owner, name, value))
                elif is_instance and isinstance(value, dict):
                    setattr(owner, name, watched_dict(name, value, watch))
                    undo.append(partial(unwatch, owner, name, value))
            if is_instance and hasattr(owner, "__dict__"):
                undo.append(partial(setattr, owner, "__class__", type(owner)))
                owner.__class__ = watched_class(type(owner), watch)
        yield watch
    finally:
        watch.others, watch.between = {}, None
        for step in reversed(undo):
            step()


def watched_class(kind: Any, watch: Watch) -> Any:
    """The same class, which tells when a dict is put in another's place: so can a store be cleared, too."""

    def set_attribute(self: Any, name: str, value: Any) -> None:
        if isinstance(value, dict):
            watch.looked(name, writes=True)
            value = watched_dict(name, value, watch)
        kind.__setattr__(self, name, value)

    return type(kind.__name__, (kind,), {"__setattr__": set_attribute, "__module__": kind.__module__})


def unwatch(owner: Any, name: str, plain: Any) -> None:
    """Put the plain dict back, with what the watched one holds now."""
    now = list(vars(owner)[name].items())
    plain.clear()
    plain.update(now)
    setattr(owner, name, plain)


def keep_out(store: Any, name: str, call: Callable[[], Any], **others: Callable[[], Any]) -> None:
    """Let the others try to get into the store in another thread at each look of the call at its dicts: nobody may."""
    with watching(store, Watch(others)) as watch:
        call()
    if watch.found:
        when = next(iter(watch.found.values()))
        who = " and ".join(f"{each}()" for each in watch.found)
        is_open = len(watch.found) == len(others) > 1  # to all: then it is not they who do not wait
        who, why = ("any other", f"{name} does not hold the lock") if is_open else (who, "the lock is not waited for")
        raise Unexpected(
            f"in another thread, {who} can get in while {name} {when}: {why}",
            f"each of {', '.join(others)} waits until {name} has ended",
        )


def with_another_between(store: Any, call: Callable[[], Any], another: Callable[[], Any]) -> Any:
    """What the call returns, if another thread does its work whenever the call lets a lock go and takes it again.

    A call that compares and writes in one hold leaves no such moment, and the other does not come.
    """
    with watching(store, Watch({}, another)):
        return call()
