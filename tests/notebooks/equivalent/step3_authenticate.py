"""Changes of step 3's solutions that change nothing that is promised, each with the reason."""

LEAVES = "the body leaves at once, by return or raise, so that it is done once at most"
AS_FALSE = "whoever asks takes it as true or false, and this is as true, or as false"
NO_EMPTY_HASH = "no hash is an empty text"
EQUIVALENT = {
    "step3_authenticate.passwords": [
        ("+        return None", AS_FALSE),
    ],
    "step3_authenticate.users": [
        ("while self.password_hash(name) is None", "once added, the name has a hash"),
        ("if not self.password_hash(name)", NO_EMPTY_HASH),
        ("while not verify_password", LEAVES),
        ("+            return None", AS_FALSE),
        ("if needs_rehash(hashed)", "who has the right password has a hash"),
        ("row[-1]", "the row has one column, the first and the last"),
    ],
    "step3_authenticate.server": [
        ("while not users.verify", LEAVES),
    ],
}
