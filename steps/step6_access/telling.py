"""Telling: a page that has done what somebody may have to be asked about says so, for whoever keeps a log (step 8)."""

from bottle import request

TOLD = "tea.told"  # in the environ: the event and its details, by name


def tell(event: str, **details: str) -> None:
    """Say what has happened, in words that go into a log: names of users and roles, nothing that somebody has typed."""
    request.environ[TOLD] = {"event": event, **details}
