"""Open store: step 5's URLs, and stores that know whose the sessions are."""

import time

from steps import step5_stores
from steps.step4_destroy.expiry import Clock
from steps.step5_stores.open_store import KINDS, Store
from steps.step6_access.owned_memory import MemoryStore
from steps.step6_access.owned_postgres import PostgresStore
from steps.step6_access.owned_redis import RedisStore
from steps.step6_access.owned_sqlite import SQLiteStore

OWNING = {**KINDS, "memory": MemoryStore, "sqlite": SQLiteStore, "redis": RedisStore, "postgresql": PostgresStore}


def open_store(url: str, *, clock: Clock = time.time) -> Store:
    """The store that a URL names.

    "memory:", "sqlite:///file.db", "sqlite:////absolute/file.db", "redis://host:port/db", "postgresql://host:port/name".
    A file without that fourth / is in the folder where the program runs. As in every URL, %20 is a space; and
    "sqlite:///~/file.db" is in one's home. Raises ValueError for any other URL, StoreError for a file that cannot be
    used, ModuleNotFoundError if redis-py or psycopg is missing; TypeError for what is no text. No server is asked yet.

    clock  time.time, or another function that gives the seconds since 1970
    """
    return step5_stores.open_store(url, clock=clock, kinds=OWNING)
