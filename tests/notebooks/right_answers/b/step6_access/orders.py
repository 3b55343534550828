def pour(session: Session, tea: str) -> int:
    """One more cup, into this session."""
    cups = session.get("order", {})
    if cups.get(tea, 0) < MOST:
        cups = {**cups, tea: cups.get(tea, 0) + 1}
    session["order"] = cups
    return int(cups[tea])


def add(session: Session, tea: str) -> int:
    if tea in TEAS:
        return atomically(session, lambda current: pour(current, tea))
    raise ValueError("That is not on our menu.")


def notice(session: Earlier, text: str) -> None:
    waiting = session.setdefault("notices", [])
    waiting.append(text[:LONGEST_NOTICE])
    del waiting[:-MOST_NOTICES]


def take_notices(session: Earlier) -> list[str]:
    try:
        return session.pop("notices")
    except KeyError:
        return []
