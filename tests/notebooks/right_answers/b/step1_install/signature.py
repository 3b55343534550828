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
    return f"{value}.{_signature(value, secrets_of(secret)[0]).decode()}"


def unsign(signed: str, secret: Secret) -> str | None:
    """Return the value if one of the secrets signed it, else None, and never raise for what a visitor can send.

    Signatures are compared by `hmac.compare_digest`: the time that == takes tells a forger how far a guess is right.
    """
    value, dot, signature = signed.rpartition(".")
    if not dot:
        return None
    given = _bytes(signature)
    known = any([hmac.compare_digest(given, _signature(value, one)) for one in secrets_of(secret)])
    return value if known else None


def secrets_of(secret: Secret) -> Sequence[str | bytes]:
    """One secret or several, always as a sequence.

    No secret at all, or an empty one among several, is a ValueError: everybody could sign with it. One that is neither
    text nor bytes is a TypeError (or a ValueError, if it is None or empty).
    """
    several = [secret] if secret is None or isinstance(secret, str | bytes) else secret
    if not isinstance(several, Sequence):
        raise TypeError(f"a secret must be text or bytes, or a list of them, not a {type(secret).__name__}")
    if not several or any(one is None or (isinstance(one, str | bytes) and not one) for one in several):
        raise ValueError("a secret must not be empty: everybody could sign with it")
    if wrong := [type(one).__name__ for one in several if not isinstance(one, str | bytes)]:
        raise TypeError(f"a secret must be text or bytes, not a {wrong[0]}")
    return several


def _signature(value: str, secret: str | bytes) -> bytes:
    mac = _keyed(secret).copy()
    mac.update(_bytes(value))
    return b2a_base64(mac.digest(), newline=False).rstrip(b"=")


@lru_cache(maxsize=64)
def _keyed(secret: str | bytes) -> hmac.HMAC:
    """The key set up once: a copy of it costs less than half of a new one."""
    return hmac.new(_bytes(secret), digestmod="sha256")


def _bytes(text: str | bytes) -> bytes:
    return text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
