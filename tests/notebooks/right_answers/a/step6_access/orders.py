def add(session: Session, tea: str) -> int:
    if tea not in TEAS:
        raise ValueError(f"we do not pour {tea!r}, but {', '.join(TEAS)}")

    def pour(newest: Session) -> int:
        order = dict(newest.get("order", {}))
        order[tea] = min(order.get(tea, 0) + 1, MOST)
        newest["order"] = order
        return order[tea]

    return atomically(session, pour)


def notice(session: Earlier, text: str) -> None:
    session["notices"] = (session.get("notices", []) + [text[:LONGEST_NOTICE]])[-MOST_NOTICES:]


def take_notices(session: Earlier) -> list[str]:
    return session.pop("notices", [])
