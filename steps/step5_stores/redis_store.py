"""Redis store: rows on a server of their own, which many machines ask. Keys, rows and times are connect-redis's.

Every operation concerns one key only, so that it is whole by itself, in a cluster, too.
"""

import inspect
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from math import ceil
from typing import TYPE_CHECKING, Any

from steps.step4_destroy.expiry import Clock
from steps.step5_stores.ends import Row
from steps.step5_stores.store import StoreError

if TYPE_CHECKING:  # else redis-py is imported where a client of it is used: nobody else needs to have it, or to wait
    from redis import Redis

PATIENCE = 0.4  # seconds to wait for a connection, and as long for an answer
WITHOUT_END = 86_400  # seconds that a row without an end is kept, as by connect-redis
FOR_EVER = -1  # what Redis says of a key that has no end
COMPARE_AND_SWAP = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if tonumber(ARGV[3]) > 0 then redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3]) else redis.call('DEL', KEYS[1]) end
return 1
"""


def refuse_other_client(client: Any) -> None:
    """Raise TypeError for what is no client that answers at once: an async one would lose every session in silence."""
    asking = getattr(client, "execute_command", None)
    if isinstance(client, type) or not callable(asking) or inspect.iscoroutinefunction(asking):
        raise TypeError(f"client must be like redis.Redis(), not async, not {type(client)}; open_store() takes a URL")


class RedisStore:
    """A store on a Redis or Valkey server, in Express's format, so that an Express app may share it.

    client  says which server; it is asked through connections of the store's own, which do not wait for a second.
            TypeError for one that is async, or no client
    prefix  "sess:" stands before the id in each key
    clock   time.time, or another function that gives the seconds since 1970
    """

    needs = "GET, SET, EXISTS, EXPIRE, PTTL, DEL, SCAN and EVALSHA, SCRIPT LOAD (+@scripting)"  # commands

    def __init__(self, client: "Redis", *, prefix: str = "sess:", clock: Clock = time.time) -> None:
        refuse_other_client(client)
        self.client = impatient(client)
        self.prefix = prefix
        self.clock = clock
        self._swap = self.client.register_script(COMPARE_AND_SWAP)

    def get(self, id: str) -> str | None:
        """Return the live row, or None if there is none. A row that is no text comes as an empty one."""
        row: str | None = self._ask(lambda: decoded(self.client.get(self.prefix + id)))
        return row

    def get_with_end(self, id: str) -> Row | None:
        """The live row with its end, or None if there is none: two questions in one trip.

        The end comes first: if somebody moves it before the row is there, the one that is known is too early.
        """
        row, left = self._ask(self._row_and_rest, self.prefix + id) or ("", 0)
        if row is None:
            return None
        return Row(row, None if left == FOR_EVER else self.clock() + left / 1000, without_end=WITHOUT_END)

    def _row_and_rest(self, key: str) -> tuple[str | None, int]:
        """The row, and the milliseconds that it has left."""
        with self.client.pipeline(transaction=False) as questions:
            questions.pttl(key)
            questions.get(key)
            left, row = questions.execute()
        return decoded(row), left

    def set(self, id: str, row: str, *, expected: str | None, expires: float | None) -> bool:
        """Write if the live row still is `expected` (None: if there is none). False if it is not."""
        key, life = self.prefix + id, self._life(expires)
        if expected is not None:
            return bool(self._ask(self._swap, keys=[key], args=[expected, row, life]))
        if life <= 0:
            return not self._ask(self.client.exists, key)
        return bool(self._ask(self.client.set, key, row, nx=True, ex=life))

    def touch(self, id: str, expires: float | None) -> bool:
        """Move the end of a live row. False if there is none: touching never brings a row back."""
        return bool(self._ask(self.client.expire, self.prefix + id, self._life(expires)))

    def destroy(self, id: str) -> None:
        """Remove the row. No error if there is none."""
        self._ask(self.client.delete, self.prefix + id)

    def clear(self) -> None:
        """Forget every row of this prefix."""
        for id in self:
            self.destroy(id)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __iter__(self) -> Iterator[str]:
        """The ids of the live rows. Redis shows all that are there throughout the loop, others perhaps."""
        pattern = re.sub(r"([*?\[\]\\])", r"\\\1", self.prefix) + "*"
        keys = self._ask(lambda: set(self.client.scan_iter(pattern, count=1000)))
        names = (key.decode("utf-8", "replace") if isinstance(key, bytes) else key for key in keys)
        return (name.removeprefix(self.prefix) for name in names)

    def _life(self, expires: float | None) -> int:
        """How many seconds a row has to live; connect-redis rounds up, too."""
        return WITHOUT_END if expires is None else ceil(expires - self.clock())

    def _ask(self, command: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """The server's answer; an empty one if the key holds something else than a row.

        After an error the next question goes over a new connection: the old one may lead to a master of former times.
        """
        from redis.exceptions import NoPermissionError, RedisError

        try:
            return command(*args, **kwargs)
        except UnicodeDecodeError:
            return ""
        except RedisError as error:
            if isinstance(error, NoPermissionError) or "executing the script can't run" in str(error):
                raise StoreError(f"Redis forbids what sessions need, {self.needs}: {error}") from error
            if "WRONGTYPE" in str(error):
                return ""
            with suppress(AttributeError):  # a cluster has several
                self.client.connection_pool.disconnect(inuse_connections=False)
            raise StoreError(f"Redis does not answer: {error}") from error


def decoded(row: Any) -> str | None:
    """A row as the client gives it, bytes unless it has been told to decode, as a text."""
    return row.decode() if isinstance(row, bytes) else row


def impatient(client: "Redis") -> "Redis":
    """A client for the same server that gives up in time. Redis's own waits for seconds, and then asks again."""
    from redis import BlockingConnectionPool, ConnectionPool, Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry
    from redis.sentinel import SentinelConnectionPool

    pool = getattr(client, "connection_pool", None)
    if not isinstance(pool, ConnectionPool) or isinstance(pool, SentinelConnectionPool):
        return client  # one that finds its servers by itself, as Sentinel's or a cluster's does, keeps its own times
    derived = ("maint_", "orig_", "himport_")  # what redis-py has worked out itself, timeouts among it
    settings = {name: value for name, value in pool.connection_kwargs.items() if not name.startswith(derived)}
    limits = {"socket_timeout": PATIENCE, "retry": Retry(NoBackoff(), 0), "max_connections": pool.max_connections}
    if isinstance(pool, BlockingConnectionPool):
        limits["timeout"] = PATIENCE
    if "socket_connect_timeout" in settings:  # not for a socket in the file system
        limits["socket_connect_timeout"] = PATIENCE
    # from_pool: the connections are closed with the client, not whenever the garbage is collected
    return Redis.from_pool(type(pool)(connection_class=pool.connection_class, **{**settings, **limits}))
