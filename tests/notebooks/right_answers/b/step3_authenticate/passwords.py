def hash_password(password: str) -> str:
    return HASHER.hash(_bytes(password))


def verify_password(password: str, hashed: str | None) -> bool:
    try:
        HASHER.verify(NOBODY if hashed is None else hashed, _bytes(password))
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False
    return hashed is not None  # whoever guesses nobody's password is still nobody


def needs_rehash(hashed: str) -> bool:
    return HASHER.check_needs_rehash(hashed)
