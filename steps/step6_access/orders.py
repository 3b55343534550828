"""Orders and notices: what a session carries through a visit, and what it says once."""

from steps.step4_destroy.endings import Session as Earlier
from steps.step5_stores.promises import Session, atomically

TEAS = ("green", "black", "herbal")
MOST = 20  # cups of one tea
MOST_NOTICES = 5
LONGEST_NOTICE = 200  # letters


def add(session: Session, tea: str) -> int:
    """Put one more cup into the order; return how many there are of it. ValueError for a tea that we do not pour.

    The order is `session["order"]`, cups by tea: {"green": 2}. At MOST cups of one tea, a click more changes nothing.
    Two clicks at once are two cups: the order is one key, so they must not overwrite each other.
    """
    if tea not in TEAS:
        raise ValueError(f"We do not pour {tea[:40]!r}.")

    def one_more(session: Session) -> int:
        order = session.setdefault("order", {})
        order[tea] = min(order.get(tea, 0) + 1, MOST)
        return int(order[tea])

    return atomically(session, one_more)


def notice(session: Earlier, text: str) -> None:
    """Say something on the next page that is shown, whichever that is: after a form, the answer is another page.

    What is to be said waits in `session["notices"]`, a list of texts: the last MOST_NOTICES (5), and of each the first
    LONGEST_NOTICE letters (200). A program sends forms without end, and never looks at a page. What is said after
    destroy() is dropped.
    """
    session["notices"] = [*session.get("notices", []), text[:LONGEST_NOTICE]][-MOST_NOTICES:]


def take_notices(session: Earlier) -> list[str]:
    """What there is to be said; it is said once. A session without notices is left as it is."""
    return session.pop("notices") if "notices" in session else []
