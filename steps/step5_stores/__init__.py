"""Stores: sessions that outlive the process, and promises that hold with many requests at once."""

from steps.step4_destroy import SessionCookie, SessionEnded
from steps.step5_stores.failures import FailFast
from steps.step5_stores.middleware import SessionMiddleware
from steps.step5_stores.open_store import Store, open_store
from steps.step5_stores.postgres_store import PostgresStore
from steps.step5_stores.promises import Session, atomically
from steps.step5_stores.redis_store import RedisStore
from steps.step5_stores.sqlite_store import SQLiteStore
from steps.step5_stores.store import MemoryStore, StoreError

__all__ = [
    "FailFast",
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
