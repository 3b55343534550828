"""The finished library: what the steps have built, up to the last of them."""

from steps.step1_install import parse_cookies, serialize_cookie, sign, unsign
from steps.step4_destroy import MemoryStore, Session, SessionEnded, SessionMiddleware, Store

__all__ = [
    "MemoryStore",
    "Session",
    "SessionEnded",
    "SessionMiddleware",
    "Store",
    "parse_cookies",
    "serialize_cookie",
    "sign",
    "unsign",
]
