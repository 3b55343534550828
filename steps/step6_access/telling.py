"""Telling: a page that has done what somebody may have to be asked about says so, for whoever keeps a log (step 8).

It says so once that is done. What is done in a transaction of the users' database may be undone with it: then it is
forgotten. A session that the store has ended stays so, whatever comes after.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from bottle import request

TOLD = "tea.told"  # in the environ: the event and its details, by name
UNDONE = ("role changed",)  # which a transaction that fails takes back


def tell(event: str, **details: str) -> None:
    """Say what has happened, in words that go into a log: names of users and roles, nothing that somebody has typed."""
    request.environ[TOLD] = {"event": event, **details}


@contextmanager
def forgotten_if_undone() -> Iterator[None]:
    """Around a transaction: if it raises, what is UNDONE has not happened."""
    try:
        yield
    except BaseException:
        if request.environ.get(TOLD, {}).get("event") in UNDONE:
            del request.environ[TOLD]
        raise
