"""Harden: every option, and the defences of a site that strangers will test."""

from steps.step6_access import (
    FailFast,
    MemoryStore,
    OwnedSession,
    OwningStore,
    PostgresStore,
    RedisStore,
    SessionEnded,
    SQLiteStore,
    Store,
    StoreError,
    TooManySessions,
    atomically,
    open_store,
)
from steps.step7_harden.hashed_owners import HashedIds
from steps.step7_harden.middleware import Session, SessionMiddleware
from steps.step7_harden.session_cookie import SessionCookie

__all__ = [
    "FailFast",
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
]
