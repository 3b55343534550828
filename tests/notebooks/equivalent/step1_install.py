"""Changes of step 1's solutions that change nothing that is promised, each with the reason."""

SETTINGS = ("name", "max_age", "domain", "path", "expires", "priority", "same_site")
WORDS = "the setting's name is a word of the error, and those are the learner's own"
LEAVES = "the body leaves at once, by return or raise, so that it is done once at most"
EQUIVALENT = {
    "step1_install.cookies": [
        ("while len(header) < 2", LEAVES),
        ("while '%' not in value", LEAVES),
        ("if BROKEN_PERCENT.search(value)", "a value without a percent sign is decoded to itself, a little later"),
        ("if '' not in value", "a value without a percent sign is decoded to itself, a little later"),
    ],
    "step1_install.set_cookie": [
        (f"('{wrong}', {setting}", WORDS) for setting in SETTINGS for wrong in ("", f"{setting}x")
    ],
    "step1_install.signature": [
        ("while hmac.compare_digest", LEAVES),
        ("while not several", LEAVES),
        ("while not isinstance", LEAVES),
    ],
}
