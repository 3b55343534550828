"""Reading: a session knows whether anybody has looked into it, for an answer made from it is its visitor's alone."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from steps import step5_stores


def noting(name: str) -> Callable[..., Any]:
    """A session's method of this name that notes that the session was read."""
    method = getattr(step5_stores.Session, name)

    @wraps(method)
    def reading(self: "ReadNoting", *args: Any, **kwargs: Any) -> Any:
        if not self.was_read:
            self.was_read = True
        return method(self, *args, **kwargs)

    return reading


class ReadNoting(step5_stores.Session):
    """A session that notes when an item, its length or truth is asked for, even in vain, or when it is looped over.

    All methods by which a dict is read do so; of step 5's own, it changes `data`, which reads for nobody.

    was_read  whether that has happened
    """

    ATTRIBUTES = step5_stores.Session.ATTRIBUTES | {"was_read"}
    was_read = False

    __getitem__, __delitem__, __contains__ = noting("__getitem__"), noting("__delitem__"), noting("__contains__")
    __len__, __iter__, __reversed__ = noting("__len__"), noting("__iter__"), noting("__reversed__")
    __eq__, __ne__, __or__, __ror__ = noting("__eq__"), noting("__ne__"), noting("__or__"), noting("__ror__")
    __repr__, get, keys, values, items = map(noting, ("__repr__", "get", "keys", "values", "items"))
    copy, pop, popitem, setdefault = map(noting, ("copy", "pop", "popitem", "setdefault"))

    def data(self) -> str:
        """The data as JSON. That we look at it ourselves, to write it, is nobody's reading."""
        was_read = self.was_read
        try:
            return super().data()
        finally:
            if not was_read:
                self.was_read = False
