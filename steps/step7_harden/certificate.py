"""Certificate: one for 127.0.0.1, made on the spot, so that HTTPS can be seen working on any machine."""

from pathlib import Path

import trustme

NAMES = ("127.0.0.1", "localhost")


def make_certificate(folder: Path) -> tuple[Path, Path, Path]:
    """Write a certificate, its key, and the certificate of the authority that signed it; return the three paths.

    The authority exists for this one signature: its own key is forgotten at once. Only who is told to trust the third
    file trusts the certificate, so a browser warns, and `curl --cacert` does not.
    """
    authority = trustme.CA(organization_name="The Tea House, for lessons only")
    issued = authority.issue_cert(*NAMES)
    folder.mkdir(parents=True, exist_ok=True)
    certificate, key, ca = folder / "certificate.pem", folder / "key.pem", folder / "ca.pem"
    key.touch(mode=0o600)
    issued.private_key_pem.write_to_path(key)
    certificate.write_bytes(b"".join(part.bytes() for part in issued.cert_chain_pems))
    authority.cert_pem.write_to_path(ca)
    return certificate, key, ca
