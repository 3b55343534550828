def hash_password(password: str) -> str:
    return HASHER.hash(_bytes(password))


def verify_password(password: str, hashed: str | None) -> bool:
    if hashed is None:
        verify_password(password, NOBODY)  # the same work, whatever comes of it
        return False
    try:
        return HASHER.verify(hashed, _bytes(password))
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False


def needs_rehash(hashed: str) -> bool:
    return HASHER.check_needs_rehash(hashed)
