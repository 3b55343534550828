"""Orders and notices: what a session carries through a visit, and what it says once."""

from steps.step4_destroy.endings import Session as Earlier
from steps.step5_stores.promises import Session, atomically

TEAS = ("green", "black", "herbal")
MOST = 20  # cups of one tea
MOST_NOTICES = 5
LONGEST_NOTICE = 200  # letters


def pour(session: Session, tea: str) -> int:
    """One more cup, into this session."""
    cups = session.get("order", {})
    if cups.get(tea, 0) < MOST:
        cups = {**cups, tea: cups.get(tea, 0) + 1}
    session["order"] = cups
    return int(cups[tea])


def add(session: Session, tea: str) -> int:
    """Put one more cup into the order; return how many there are of it. ValueError for a tea that we do not pour.

    The order is `session["order"]`, cups by tea: {"green": 2}. At MOST cups of one tea, a click more changes nothing.
    Two clicks at once are two cups: the order is one key, so they must not overwrite each other.
    """
    if tea in TEAS:
        return atomically(session, lambda current: pour(current, tea))
    raise ValueError("That is not on our menu.")


def notice(session: Earlier, text: str) -> None:
    """Say something on the next page that is shown, whichever that is: after a form, the answer is another page.

    What is to be said waits in `session["notices"]`, a list of texts.
    """
    waiting = session.setdefault("notices", [])
    waiting.append(text[:LONGEST_NOTICE])
    del waiting[:-MOST_NOTICES]


def take_notices(session: Earlier) -> list[str]:
    """What there is to be said; it is said once. A session without notices is left as it is."""
    try:
        return session.pop("notices")
    except KeyError:
        return []
