"""Tokens: signed claims as in a JWT, in plain Python, and a reader that lets the token choose how it is checked.

Its RSA is a toy: everybody knows these primes. What is wrong with the reader is wrong with any key.
"""

import base64
import hashlib
import hmac
import json
from typing import Any

P, Q, E = 2**521 - 1, 2**607 - 1, 65537  # two primes, and the exponent that everybody takes
MODULUS, PRIVATE = P * Q, pow(E, -1, (P - 1) * (Q - 1))
PUBLIC_KEY = str(MODULUS)  # as it lies about for whoever wants to check a token


def packed(data: dict[str, Any]) -> str:
    """As a part of a token: JSON in base64, which anybody can read."""
    return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")


def unpacked(part: str) -> Any:
    """What a part says."""
    return json.loads(base64.urlsafe_b64decode(part + "=="))


def number_of(text: str) -> int:
    """The hash of a text, as RSA wants it."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest())


def hs256(text: str, secret: str) -> str:
    """A signature by a secret."""
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def token(claims: dict[str, Any]) -> str:
    """Claims, signed with the private key."""
    text = f"{packed({'alg': 'RS256'})}.{packed(claims)}"
    return f"{text}.{pow(number_of(text), PRIVATE, MODULUS):x}"


def claims_in(token: str, key: str = PUBLIC_KEY) -> dict[str, Any]:
    """What a token claims; nothing if it is not signed as its own header says: that is the mistake."""
    text, _, signature = token.rpartition(".")
    header, _, claims = text.partition(".")
    check = {
        "RS256": lambda: pow(int(signature, 16), E, int(key)) == number_of(text),
        "HS256": lambda: hmac.compare_digest(signature, hs256(text, key)),  # the same key, and it is public
        "none": lambda: True,
    }[unpacked(header)["alg"]]
    return dict(unpacked(claims)) if check() else {}
