"""Access: who may do what, pages that know their visitor, and a list of one's logins, each of which can be ended."""

from steps.step5_stores import SessionCookie, SessionEnded, Store, StoreError, atomically
from steps.step6_access.logins import Logins
from steps.step6_access.open_store import open_store
from steps.step6_access.owned_memory import MemoryStore
from steps.step6_access.owned_postgres import PostgresStore
from steps.step6_access.owned_redis import RedisStore
from steps.step6_access.owned_sqlite import SQLiteStore
from steps.step6_access.owners import FailFast, OwningStore, TooManySessions
from steps.step6_access.preferences import KeptPreferences, Preferences
from steps.step6_access.roles import Account, Roles, current_account, require_role
from steps.step6_access.sessions import OwnedSession, Session, SessionMiddleware

__all__ = [
    "Account",
    "FailFast",
    "KeptPreferences",
    "Logins",
    "MemoryStore",
    "OwnedSession",
    "OwningStore",
    "PostgresStore",
    "Preferences",
    "RedisStore",
    "Roles",
    "SQLiteStore",
    "Session",
    "SessionCookie",
    "SessionEnded",
    "SessionMiddleware",
    "Store",
    "StoreError",
    "TooManySessions",
    "atomically",
    "current_account",
    "open_store",
    "require_role",
]
