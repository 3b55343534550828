"""Changes of step 5's solutions that change nothing that is promised, each with the reason."""

LEAVES = "the body leaves at once, by return or raise, so that it is done once at most"
ASKED = "who asks wants to know only whether it is true"
MOMENT = "it counts in one single moment of a clock that measures in fractions of a second"
EQUIVALENT = {
    "step5_stores.store": [
        ("while self._live(id) != expected", LEAVES),
    ],
    "step5_stores.promises": [
        (
            "+    if session.wanted() is not None:",
            "one write more: a test of ours counts them, and no check of a learner's",
        ),
        ("while not self.store.set(", LEAVES),
        ("-            return False\n+            return None", ASKED),
        ("while known is None", LEAVES),
        ("while row is None", LEAVES),
        ("if not known:", "an empty row cannot be read, so no session knows one"),
        ("if not row:", "nobody writes an empty row: the least that a session writes is its cookie"),
        ("while session.now() != session.held", "after it has been saved, it is what is held"),
        ("while session.replace(session.now())", LEAVES),
    ],
    "step5_stores.failures": [
        ("while begun < self.resting_until", LEAVES),
        ("if begun <= self.resting_until", MOMENT),
        ("self.clock() - begun >= SLOW", MOMENT),
    ],
    "step5_stores.sqlite_store": [
        ("return None if not found else", "a row that was found has one column, so it is not empty"),
        ("found[-1]", "there is one column: the first is the last"),
        ("while expected is not None", LEAVES),
        ("while not self._writing.acquire(", LEAVES),
    ],
}
