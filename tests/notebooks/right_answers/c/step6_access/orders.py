def add(session: Session, tea: str) -> int:
    if tea not in TEAS:
        raise ValueError(f"we do not pour {tea!r}")

    def one_more(session: Session) -> int:
        order = session.get("order", {})
        cups: int = order.get(tea, 0)
        if cups >= MOST:
            return cups
        session["order"] = {**order, tea: cups + 1}
        return cups + 1

    return atomically(session, one_more)


def notice(session: Earlier, text: str) -> None:
    session["notices"] = [*session.get("notices", [])[1 - MOST_NOTICES :], text[:LONGEST_NOTICE]]


def take_notices(session: Earlier) -> list[str]:
    notices: list[str] = session.pop("notices", [])
    return notices
