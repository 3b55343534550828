"""Signature: a value that visitors may carry and read, but not change.

A signature hides nothing. It proves that whoever wrote the value knows the secret.
"""

import hmac
from binascii import b2a_base64
from collections.abc import Sequence
from functools import lru_cache

Secret = str | bytes | Sequence[str | bytes]


def sign(value: str, secret: Secret) -> str:
    """Put a signature behind a value: "hello" becomes "hello.DGDUkGlIkCzPz+C0B064FNgHdEjox7ch8tOBGslZ5QI".

    The signature is HMAC-SHA256 in base64 without "=", 43 characters. Of several secrets the first signs.
    Source: RFC 2104; npm's `cookie-signature`.
    """
    newest = secrets_of(secret)[0]
    return value + "." + _signature(value, newest).decode("ascii")


def unsign(signed: str, secret: Secret) -> str | None:
    """Return the value if one of the secrets signed it, else None."""
    secrets = secrets_of(secret)
    value, dot, claimed = signed.rpartition(".")
    if not dot:
        return None
    claimed_bytes = _bytes(claimed)
    for one in secrets:
        if hmac.compare_digest(_signature(value, one), claimed_bytes):
            return value
    return None


def secrets_of(secret: Secret) -> Sequence[str | bytes]:
    """One secret or several, always as a sequence. An empty one is a ValueError: everybody could sign with it."""
    secrets = [secret] if isinstance(secret, str | bytes) else secret
    if secrets is not None and not isinstance(secrets, Sequence):
        raise TypeError(f"a secret is text, bytes or a list of them, not {secret!r}")
    if not secrets or not all(secrets):
        raise ValueError("the secret is empty, so everybody could sign with it")
    for one in secrets:
        if not isinstance(one, str | bytes):
            raise TypeError(f"a secret is text or bytes, not {one!r}")
    return secrets


def _signature(value: str, secret: str | bytes) -> bytes:
    keyed = _keyed(secret).copy()
    keyed.update(_bytes(value))
    return b2a_base64(keyed.digest(), newline=False).rstrip(b"=")


@lru_cache(maxsize=64)
def _keyed(secret: str | bytes) -> hmac.HMAC:
    """The key set up once: a copy of it costs less than half of a new one."""
    return hmac.new(_bytes(secret), digestmod="sha256")


def _bytes(text: str | bytes) -> bytes:
    return text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
