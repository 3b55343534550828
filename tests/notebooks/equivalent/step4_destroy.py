"""What changes nothing in step 4's exercises, and why: pieces of the changed lines, as `mutants.py` writes them."""

EQUIVALENT = {
    "step4_destroy.endings": [
        ("while isinstance(keep, str):", "the body raises: it is never gone through twice"),
        ("while row is None:", "the body raises: it is never gone through twice"),
        ("if not row:", "nobody writes an empty row: the least that a session writes is its cookie"),
        ("while self.ended:", "the body raises: it is never gone through twice"),
        ("while wanted is None:", "the body returns: it is never gone through twice"),
        ("if not wanted:", "data in JSON are never empty: the least is {}"),
    ],
    "step4_destroy.middleware": [
        ("while not session.ended:", "the body returns: it is never gone through twice"),
        ("while session.held is None or", "the body returns: it is never gone through twice"),
        ("if not session.held or", "after the session has been settled, `held` is None or JSON, which is never empty"),
        ("return session.held", "after the session has been settled, `held` is None or JSON, which is never empty"),
        ("(modified and session.cookie.expires)", "only an end in 1970 counts otherwise: no session has it"),
    ],
    "step4_destroy.store": [
        ("while live and expires != self._expires.get(id):", "once it is scheduled, it has this end"),
        ("if live:", "to schedule a row for the end that it has already changes nothing"),
        ("while not self._seconds or", "the body returns: it is never gone through twice"),
        ("self._seconds[0] >= self.clock()", "a row that nobody sees any more leaves memory a second later"),
    ],
}
