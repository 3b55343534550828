"""Harden: every option, and the defences of a site that strangers will test."""

from steps.step5_stores import SessionEnded, Store, StoreError, atomically
from steps.step6_access.open_store import open_store
from steps.step6_access.owned_memory import MemoryStore
from steps.step6_access.owned_redis import RedisStore
from steps.step6_access.owned_sqlite import SQLiteStore
from steps.step6_access.owners import FailFast, OwningStore, TooManySessions
from steps.step7_harden.hashed_owners import HashedIds
from steps.step7_harden.middleware import Session, SessionMiddleware
from steps.step7_harden.session_cookie import SessionCookie

__all__ = [
    "FailFast",
    "HashedIds",
    "MemoryStore",
    "OwningStore",
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
