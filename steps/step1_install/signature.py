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
    Raises ValueError for an empty secret. Source: RFC 2104; npm's `cookie-signature`.
    """
    return f"{value}.{_signature(value, secrets_of(secret)[0]).decode()}"


def unsign(signed: str, secret: Secret) -> str | None:
    """Return the value if one of the secrets signed it, else None, and never raise for what a visitor can send.

    The last dot parts value and signature: a text without one has no signature.
    Signatures are compared by `hmac.compare_digest`: the time that == takes tells a forger how far a guess is right.
    """
    value, dot, signature = signed.rpartition(".")
    for each in secrets_of(secret):
        # compare_digest takes as long for a near miss as for a far one, so its time tells a forger nothing.
        # It compares bytes, because text that is not ASCII would be a TypeError: one odd cookie, one crash.
        if hmac.compare_digest(_signature(value, each), _bytes(signature)) and dot:
            return value
    return None


def secrets_of(secret: Secret) -> Sequence[str | bytes]:
    """One secret or several, always as a sequence.

    No secret at all, which None is, too, or an empty one among several, is a ValueError: everybody could sign with it.
    One that is neither text nor bytes is a TypeError (or a ValueError, if it is None or empty), and so are several
    without an order.
    """
    several = [secret] if isinstance(secret, (str, bytes)) else secret
    # lists first, since that is the quickest to be told
    if not isinstance(several or [], (list, tuple, Sequence)) or isinstance(secret, (bytearray, memoryview)):
        raise TypeError(f"secret must be text, bytes, or a list of these, not {type(secret).__name__}")
    if not several or not all(several):
        raise ValueError("secret must not be empty: pass a long random text, or several with the newest first")
    for each in several:
        if not isinstance(each, (str, bytes)):
            raise TypeError(f"secret must be text, bytes, or a list of these, not {type(each).__name__}")
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
