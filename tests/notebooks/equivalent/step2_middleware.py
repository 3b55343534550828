"""Changes of step 2's solutions that change nothing that is promised, each with the reason."""

LEAVES = "the body leaves at once, by return or raise, so that it is done once at most"
QUICKER = "only spares the signing: with one secret an id has one signature, so the same comes out"
TRUE = "a snapshot is never false, since it has three fields; nor are attributes, of which there are two"
NO_COOKIE = "a text without a session's cookie in it, as the empty one is"
EQUIVALENT = {
    "step2_middleware.session": [
        ("while 'cookie' in self", LEAVES),
        ("while wanted is not None", "after the write, wanted and held are the same"),
        ("if wanted != self.held", "wanted is None only where held is None, too"),
        ("if wanted and wanted != self.held", TRUE),
        ("if self.held or self else None", TRUE),
        ("if is_current or not self.held else", TRUE),
    ],
    "step2_middleware.middleware": [
        ("environ.get('HTTP_COOKIE', 'x')", NO_COOKIE),
        (".get(self.name, 'x')", NO_COOKIE),
        ("session = None if not id", "nobody has an empty id, and to find none is to begin a new session"),
        ("if not row", "there is no empty row: a row holds its cookie at the least"),
        ("while row is None", LEAVES),
        ("while environ.get('session') is None", LEAVES),
        ("while environ['session'] is not session", LEAVES),
        ("len(self.secrets) == 0", QUICKER),
        ("return own and sent == self.cookie_for", QUICKER),
        ("value = self.cookie_for(session)", QUICKER),
        ("while attributes is None", LEAVES),
        ("if not attributes:", TRUE),
        ("own = session.brought and", TRUE),
    ],
}
