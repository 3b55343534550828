"""The finished library: what the steps have built, up to the last of them."""

from steps.step1_install import parse_cookies, serialize_cookie, sign, unsign
from steps.step7_harden import (
    HashedIds,
    MemoryStore,
    OwnedSession,
    OwningStore,
    PostgresStore,
    RedisStore,
    Session,
    SessionCookie,
    SessionEnded,
    SessionMiddleware,
    SQLiteStore,
    Store,
    StoreError,
    TooManySessions,
    atomically,
    open_store,
)

__all__ = [
    "HashedIds",
    "MemoryStore",
    "OwnedSession",
    "OwningStore",
    "PostgresStore",
    "RedisStore",
    "SQLiteStore",
    "Session",
    "SessionCookie",
    "SessionEnded",
    "SessionMiddleware",
    "Store",
    "StoreError",
    "TooManySessions",
    "atomically",
    "open_store",
    "parse_cookies",
    "serialize_cookie",
    "sign",
    "unsign",
]
