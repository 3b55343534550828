def sign(value: str, secret: Secret) -> str:
    newest = secrets_of(secret)[0]
    return value + "." + _signature(value, newest).decode("ascii")


def unsign(signed: str, secret: Secret) -> str | None:
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
