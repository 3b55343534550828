"""Orders and notices: what a session carries through a visit, and what it says once."""

from steps.step4_destroy.endings import Session as Earlier
from steps.step5_stores.promises import Session, atomically

TEAS = ("green", "black", "herbal")
MOST = 20  # cups of one tea
MOST_NOTICES = 5
LONGEST_NOTICE = 200  # letters


def add(session: Session, tea: str) -> int:
    """Put one more cup into the order; return how many there are of it. ValueError for a tea that we do not pour.

    Two clicks at once are two cups: the order is one key, so they must not overwrite each other.
    """
    if tea not in TEAS:
        raise ValueError(f"we do not pour {tea!r}, but {', '.join(TEAS)}")

    def pour(newest: Session) -> int:
        order = dict(newest.get("order", {}))
        order[tea] = min(order.get(tea, 0) + 1, MOST)
        newest["order"] = order
        return order[tea]

    return atomically(session, pour)


def notice(session: Earlier, text: str) -> None:
    """Say something on the next page that is shown, whichever that is: after a form, the answer is another page."""
    session["notices"] = (session.get("notices", []) + [text[:LONGEST_NOTICE]])[-MOST_NOTICES:]


def take_notices(session: Earlier) -> list[str]:
    """What there is to be said; it is said once."""
    return session.pop("notices", [])
