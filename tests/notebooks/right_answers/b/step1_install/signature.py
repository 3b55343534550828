def sign(value: str, secret: Secret) -> str:
    return f"{value}.{_signature(value, secrets_of(secret)[0]).decode()}"


def unsign(signed: str, secret: Secret) -> str | None:
    value, dot, signature = signed.rpartition(".")
    if not dot:
        return None
    given = _bytes(signature)
    known = any([hmac.compare_digest(given, _signature(value, one)) for one in secrets_of(secret)])
    return value if known else None


def secrets_of(secret: Secret) -> Sequence[str | bytes]:
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
