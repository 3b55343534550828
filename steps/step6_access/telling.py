"""Telling: a page that has done what somebody may have to be asked about says so, for whoever keeps a log (step 8).

It says so once that is done. What is told within a transaction is done with it, or undone: so it is kept, or forgotten.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from bottle import request

TOLD = "tea.told"  # in the environ: the event and its details, by name


def tell(event: str, **details: str) -> None:
    """Say what has happened, in words that go into a log: names of users and roles, nothing that somebody has typed."""
    request.environ[TOLD] = {"event": event, **details}


@contextmanager
def forgotten_if_undone() -> Iterator[None]:
    """Around a transaction: if it raises, nothing of what was told in it has happened."""
    try:
        yield
    except BaseException:
        request.environ.pop(TOLD, None)
        raise
