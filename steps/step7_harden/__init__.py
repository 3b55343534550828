"""Harden: every option, and the defences of a site that strangers will test."""

from steps.step5_stores import (
    FailFast,
    MemoryStore,
    PostgresStore,
    RedisStore,
    SessionEnded,
    SQLiteStore,
    Store,
    StoreError,
    atomically,
    open_store,
)
from steps.step7_harden.hashed_ids import HashedIds
from steps.step7_harden.middleware import Session, SessionMiddleware
from steps.step7_harden.session_cookie import SessionCookie

__all__ = [
    "FailFast",
    "HashedIds",
    "MemoryStore",
    "PostgresStore",
    "RedisStore",
    "SQLiteStore",
    "Session",
    "SessionCookie",
    "SessionEnded",
    "SessionMiddleware",
    "Store",
    "StoreError",
    "atomically",
    "open_store",
]
