"""Reading: a session knows whether anybody has looked into it, for an answer made from it is its visitor's alone."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from steps.step6_access import sessions


def noting(name: str, *, is_reading: bool = True) -> Callable[..., Any]:
    """A session's method of this name that notes that the session was read; or that was not, whatever it looks at."""
    method = getattr(sessions.Session, name)

    @wraps(method)
    def working(self: "ReadNoting", *args: Any, **kwargs: Any) -> Any:
        was_read = is_reading or self.was_read
        try:
            return method(self, *args, **kwargs)
        finally:
            vars(self)["was_read"] = was_read

    return working


def noted(name: str, meaning: str) -> Any:
    """A session's attribute of this name: whoever asks for it has read the session."""

    def read(self: "ReadNoting") -> Any:
        own = vars(self)
        own["was_read"] = True
        return own[name]

    return property(read, lambda self, value: vars(self).update({name: value}), doc=meaning)


class ReadNoting(sessions.Session):
    """A session that notes when it is read: an item, its length or truth, even in vain, or whose it is.

    All methods by which a dict is read do so, `id`, `is_new`, `expires` and `whose`; its other methods read for nobody.

    was_read  whether that has happened
    """

    ATTRIBUTES = sessions.Session.ATTRIBUTES | {"was_read"}
    was_read = False

    id = noted("id", "Names the session: a text. Whoever knows it is the visitor.")
    is_new = noted("is_new", "Whether this request began the session.")
    __getitem__, __delitem__, __contains__ = noting("__getitem__"), noting("__delitem__"), noting("__contains__")
    __len__, __iter__, __reversed__ = noting("__len__"), noting("__iter__"), noting("__reversed__")
    __eq__, __ne__, __or__, __ror__ = noting("__eq__"), noting("__ne__"), noting("__or__"), noting("__ror__")
    __repr__, get, keys, values, items = map(noting, ("__repr__", "get", "keys", "values", "items"))
    copy, pop, popitem, setdefault = map(noting, ("copy", "pop", "popitem", "setdefault"))
    whose = noting("whose")

    @property
    def expires(self) -> float | None:
        """When the row ends: with the cookie, or with the absolute timeout if that is sooner."""
        vars(self)["was_read"] = True
        return super().expires

    now, save, replace, reload, regenerate, destroy = (
        noting(name, is_reading=False) for name in ("now", "save", "replace", "reload", "regenerate", "destroy")
    )
