"""PostgreSQL's connections: psycopg's pool, which knows nothing of our second, made to keep to it.

psycopg is imported where it is used: who has another store needs not have it, nor wait for it.
"""

import logging
import os
import re
from contextlib import suppress
from selectors import EVENT_READ, DefaultSelector
from threading import Lock
from typing import TYPE_CHECKING, Any

from steps.step5_stores.connections import LOCKS

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg_pool import ConnectionPool

PATIENCE = 0.4  # seconds to wait for a connection, and as long for an answer
SERVERS = 300  # milliseconds of the server's own patience: less than ours, so that it can say what it has waited for
CONNECTIONS = 8  # connections of a process
LIMITS: Any = {"min_size": 0, "max_size": CONNECTIONS, "timeout": PATIENCE, "reconnect_timeout": PATIENCE}
FOR_WHO_LISTENS = logging.NullHandler()  # the pool's log; without a handler of one's own, the StoreErrors are enough
URL = re.compile(r"postgres(ql)?://[^\0]*")
OPTIONS = f"-c statement_timeout={SERVERS} -c default_transaction_isolation=read\\ committed"


class Pools:
    """A pool for each process. One that a fork has brought along is left alone: its connections are the parent's."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.by_process: dict[int, ConnectionPool[Any]] = {}
        self.opening = Lock()
        LOCKS.add(self.opening)

    @property
    def own(self) -> "ConnectionPool[Any]":
        """This process's."""
        with self.opening:
            if os.getpid() not in self.by_process:
                self.by_process[os.getpid()] = open_pool(self.place)
            return self.by_process[os.getpid()]

    def close(self) -> None:
        """Close this process's. The next question opens another."""
        with self.opening:
            pool = self.by_process.pop(os.getpid(), None)
        if pool:
            pool.close()


def place_of(url: str) -> str:
    """Which database a URL names, in libpq's words. ValueError, without the password, if it names none."""
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    try:
        known = conninfo_to_dict(url if URL.fullmatch(url) else "?")
        ports = str(known.get("port") or 5432).split(",")
        is_host = "@" not in str(known.get("host"))[1:]  # else a part of the password, which has a bare @
        if is_host and all(port.isascii() and port.isdecimal() and 0 < int(port) < 65536 for port in ports if port):
            options = f"{known.get('options', '')} {OPTIONS}"
            least = 2  # seconds; our pool waits for less
            place: str = make_conninfo(url, options=options, connect_timeout=least)
            return place
    except ProgrammingError:
        pass
    raise ValueError("a PostgreSQL database is named postgresql://user:password@host:port/name")


def says_something(connection: "Connection[Any]") -> bool:
    """Whether there is word from the server. Where nobody has asked, it is a farewell."""
    with DefaultSelector() as selector:
        selector.register(connection, EVENT_READ)
        return bool(selector.select(0))


def kind_of_connection() -> Any:
    """psycopg's class of connections, which wait no longer for an answer than PATIENCE, and are closed after that."""
    from psycopg import Connection, Error, OperationalError

    class Impatient(Connection[Any]):  # type: ignore[misc, unused-ignore]  # where psycopg is not there, nor its types
        failed = ""  # why none could be made the last time, in words: the error itself would hold the pool

        @classmethod
        def connect(cls, *args: Any, **kwargs: Any) -> Any:
            try:
                made = super().connect(*args, **kwargs)
                cls.failed = ""
                return made
            except Error as error:
                cls.failed = str(error)
                raise

        def wait(self, gen: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                return super().wait(gen, timeout=PATIENCE)
            except OperationalError:
                self.close()
                raise

    return Impatient


def open_pool(place: str) -> "ConnectionPool[Any]":
    """A pool of connections that are made when they are needed, by threads of its own."""
    from psycopg_pool import ConnectionPool, PoolTimeout

    class Pool(ConnectionPool[Any]):  # type: ignore[misc, unused-ignore]
        """It gives nobody a connection that the server has closed meanwhile, and says why there is none."""

        def getconn(self, timeout: float | None = None) -> Any:
            try:
                connection = super().getconn(timeout)
                if says_something(connection):
                    connection.close()
                    self.putconn(connection)
                    self.drain()
                    connection = super().getconn(timeout)
                return connection
            except PoolTimeout:
                raise PoolTimeout(kind.failed or "all connections are busy") from None

        def __del__(self) -> None:
            with suppress(RuntimeError):  # a thread of its own, if that is the last to let go, cannot wait for itself
                super().__del__()

    kind = kind_of_connection()
    logging.getLogger("psycopg.pool").addHandler(FOR_WHO_LISTENS)
    return Pool(place, connection_class=kind, kwargs={"autocommit": True}, open=True, **LIMITS)
