"""Changes of step 1's solutions that change nothing that is promised, each with the reason."""

LEAVES = "the body leaves at once, by return or raise, so that it is done once at most"
EQUIVALENT = {
    "step1_install.cookies": [
        ("while len(header) < 2", LEAVES),
        ("while '%' not in value", LEAVES),
        ("if BROKEN_PERCENT.search(value)", "a value without a percent sign is decoded to itself, a little later"),
        ("if '' not in value", "a value without a percent sign is decoded to itself, a little later"),
    ],
    "step1_install.signature": [
        ("while hmac.compare_digest", LEAVES),
        ("while not several", LEAVES),
        ("while not isinstance", LEAVES),
    ],
}
