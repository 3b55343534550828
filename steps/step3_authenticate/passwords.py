"""Passwords: kept so that whoever steals the table still does not know them."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# argon2id at OWASP's least cost: 19 MiB of memory, twice over. A guess costs a thief what it costs us, about 30 ms.
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# The hash of "nobody's password", made at this cost: it gives an unknown name the same work to do.
NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$OI2jEo0ulFhsRUzXQz+22g$VCVw7KVbADNIjB2GsWpD2HG2n1CNS6g1HhXLI7ZOWpQ"


def hash_password(password: str) -> str:
    """Turn a password into what may be stored: salted, so that equal passwords look different, and slow to guess."""
    return HASHER.hash(_bytes(password))


def verify_password(password: str, hashed: str | None) -> bool:
    """Whether this is the password that was hashed. None, for a user who does not exist, takes as long to say no."""
    try:
        HASHER.verify(hashed or NOBODY, _bytes(password))
    except (InvalidHashError, UnicodeEncodeError, VerificationError):
        return False
    return bool(hashed)


def needs_rehash(hashed: str) -> bool:
    """Whether the hash was made at another cost than today's. Only at login do we have the password to mend it."""
    return HASHER.check_needs_rehash(hashed)


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")
