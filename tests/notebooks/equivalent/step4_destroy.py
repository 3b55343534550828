"""Changes of step 4's solutions that change nothing that is promised, each with the reason."""

LEAVES = "the body leaves at once, by return or raise, so that it is done once at most"
TRUE = "a snapshot is never false, since it has three fields; nor are attributes, of which there are two"
EQUIVALENT = {
    "step4_destroy.endings": [
        ("while isinstance(keep, str)", LEAVES),
        ("while self.ended", LEAVES),
        ("while wanted is None", LEAVES),
        ("if not wanted:", TRUE),
        ("while super().cookie_wanted", LEAVES),
        ("if not super().cookie_wanted", TRUE),
        ("known = self.brought.cookie", "whoever has the right id has brought it"),
        ("or self.cookie.expires)", "only an end in 1970 counts otherwise: who has it is over"),
    ],
    "step4_destroy.middleware": [
        ("while isinstance(session, Session) and session.is_over", LEAVES),
    ],
    "step4_destroy.store": [
        ("while live and expires != self._expires.get(id)", "once it is scheduled, the row has this end"),
        ("if live:", "to schedule a row for the end that it has already changes nothing"),
        ("while not self._seconds", LEAVES),
        ("self._seconds[0] >= self.clock()", "a row that nobody sees any more leaves memory a second later"),
    ],
    "step4_destroy.server": [
        (
            "while field('remember') and offered(session):",
            "the body changes what is offered: it is never gone through twice",
        ),
    ],
}
