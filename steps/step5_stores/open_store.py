"""Open store: which store, as one line of text, so that it can be chosen where the program is started."""

import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol
from urllib.parse import unquote_to_bytes

from steps.step4_destroy.expiry import Clock
from steps.step5_stores import store
from steps.step5_stores.postgres_store import PostgresStore
from steps.step5_stores.redis_store import RedisStore
from steps.step5_stores.sqlite_store import SQLiteStore
from steps.step5_stores.store import MemoryStore

CHOICES = (
    '"memory:", "sqlite:///file.db" (a fourth / for an absolute path), "redis://host:port/0" '
    'or "postgresql://user@host:port/name"'
)
REDIS = re.compile(r"rediss?://[^/?#]*(/[0-9]*)?(\?.*)?|unix://.*")  # the path is the number of a database


class Store(store.Store, Protocol):
    """What each of our stores is: the four methods that sessions need, and three for tests and for people.

    A store of one's own may do without the three.
    """

    def clear(self) -> None:
        """Forget every row."""

    def __len__(self) -> int:
        """How many live rows there are."""

    def __iter__(self) -> Iterator[str]:
        """The ids of the live rows."""


@contextmanager
def needing(package: str) -> Iterator[None]:
    """Who has another store can do without this package; who has not hears how it is installed."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(f'this store needs a package: pip install "{package}"', name=error.name) from None


Kinds = Mapping[str, Callable[..., Store]]
KINDS: Kinds = MappingProxyType(
    {
        "memory": MemoryStore,
        "sqlite": SQLiteStore,
        "redis": RedisStore,
        "postgresql": PostgresStore,
    }
)


def open_store(url: str, *, clock: Clock = time.time, kinds: Kinds = KINDS) -> Store:
    """The store that a URL names.

    "memory:", "sqlite:///file.db", "sqlite:////absolute/file.db", "redis://host:port/db", "postgresql://host:port/name".
    A file without that fourth / is in the folder where the program runs. As in every URL, %20 is a space; and
    "sqlite:///~/file.db" is in one's home. Raises ValueError for any other URL, StoreError for a file that cannot be
    used, ModuleNotFoundError if redis-py or psycopg is missing; TypeError for what is no text. No server is asked yet.

    clock  time.time, or another function that gives the seconds since 1970
    kinds  the class of each kind of store: step 6 has its own
    """
    if not isinstance(url, str):
        raise TypeError(f"a store is named by a text, one of {CHOICES}, not by {type(url)}")
    scheme, _, place = url.partition(":")
    if url in ("memory:", "sqlite:///:memory:"):
        return kinds["memory"](clock=clock)
    if scheme == "sqlite" and place.startswith("///") and place != "///" and not {"?", "#"} & {*place}:
        file = os.fsdecode(unquote_to_bytes(place.removeprefix("///")))
        home = Path(os.path.expanduser(file))  # noqa: PTH111  # which leaves a home that there is not as it is
        if "\0" in file or (file.startswith("~") and str(home) == file):
            raise ValueError(f"there is no file {file!r} to keep sessions in")
        return kinds["sqlite"](home, clock=clock)
    if REDIS.fullmatch(url):
        with needing("redis"):
            from redis import BlockingConnectionPool, Redis, RedisError

        try:
            pool: Any = BlockingConnectionPool.from_url(url)  # beyond max_connections, wait a little
            pool.make_connection()  # which asks nobody yet
            return kinds["redis"](Redis.from_pool(pool), clock=clock)
        except (ValueError, TypeError, LookupError, RedisError):  # whose words may hold a password
            raise ValueError("a Redis server is named redis://host:port/db, ?options are redis-py's") from None
    if scheme in ("postgresql", "postgres"):
        with needing("psycopg[binary,pool]"):
            return kinds["postgresql"](url, clock=clock)
    raise ValueError(f"a store is one of {CHOICES}")
