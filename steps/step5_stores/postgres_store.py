"""PostgreSQL store: rows in a database that a site has anyway, for many machines. They are bytes there, in UTF-8."""

import time
from collections.abc import Callable, Iterator
from typing import Any

from steps.step4_destroy.expiry import Clock
from steps.step4_destroy.store import BITE
from steps.step5_stores.ends import Row
from steps.step5_stores.postgres_pool import Pools, place_of
from steps.step5_stores.store import StoreError

Ask = Callable[..., Any]
MANY = 10_000  # ids that are read, or removed, with one question


def packed(text: str) -> bytes:
    """A text as the table holds it: to the letter, half a surrogate pair included, whatever the database's encoding."""
    return text.encode("utf-8", "surrogatepass")


class PostgresStore:
    """A store in a PostgreSQL database, whose table is made when it is missed.

    url    which database: postgresql://user:password@host:port/name?sslmode=require, or whatever else libpq knows
    clock  time.time, or another function that gives the seconds since 1970
    """

    TABLE = """SET LOCAL lock_timeout = 300; SET LOCAL statement_timeout = 0;  -- to index a large table takes a while
    SELECT pg_advisory_xact_lock(5);  -- of many who make it at once, one does
    CREATE TABLE IF NOT EXISTS sessions (id bytea PRIMARY KEY, row bytea NOT NULL, expires double precision);
    """
    INDEXES = "CREATE INDEX IF NOT EXISTS sessions_by_end ON sessions (expires) WHERE expires IS NOT NULL;"
    LIVE = "(expires IS NULL OR expires > %(now)s)"
    GET = f"SELECT row, expires FROM sessions WHERE id = %(id)s AND {LIVE}"
    INSERT = """INSERT INTO sessions VALUES (%(id)s, %(row)s, %(expires)s) ON CONFLICT (id)
        DO UPDATE SET row = EXCLUDED.row, expires = EXCLUDED.expires WHERE sessions.expires <= %(now)s"""
    UPDATE = f"""UPDATE sessions SET row = %(row)s, expires = %(expires)s
        WHERE id = %(id)s AND row = %(expected)s AND {LIVE}"""
    TOUCH = f"UPDATE sessions SET expires = %(expires)s WHERE id = %(id)s AND {LIVE}"
    DESTROY = "DELETE FROM sessions WHERE id = %(id)s"
    SWEEP = f"""DELETE FROM sessions WHERE expires <= %(now)s AND id = ANY(array_append(ARRAY(SELECT id FROM sessions
        WHERE expires <= %(now)s ORDER BY expires LIMIT {BITE} FOR UPDATE SKIP LOCKED), %(id)s::bytea))"""
    CLEAR = f"DELETE FROM sessions WHERE id IN (SELECT id FROM sessions LIMIT {MANY})"
    IDS = f"SELECT id FROM sessions WHERE id >= %(first)s AND {LIVE} ORDER BY id LIMIT {MANY}"

    def __init__(self, url: str, *, clock: Clock = time.time) -> None:
        """Raise ValueError for a URL that names no database. The server is not asked yet."""
        self.clock = clock
        self._pools = Pools(place_of(url))

    def get(self, id: str) -> str | None:
        """Return the live row, or None if there is none. A row that is no text comes as an empty one."""
        return self.get_with_end(id)

    def get_with_end(self, id: str) -> Row | None:
        """The same with its end."""
        found = self._ask(self.GET, id=packed(id)).fetchone()
        try:
            return found and Row(str(found[0], "utf-8", "surrogatepass"), found[1])
        except UnicodeDecodeError:
            return Row("", found[1])

    def set(self, id: str, row: str, *, expected: str | None, expires: float | None) -> bool:
        """Write if the live row still is `expected` (None: if there is none). False if it is not.

        Before each new row, SWEEP clears away some that have expired.
        """
        return self._write(self._ask, id, row, expected, expires)

    def touch(self, id: str, expires: float | None) -> bool:
        """Move the end of a live row. False if there is none: touching never brings a row back."""
        return bool(self._ask(self.TOUCH, id=packed(id), expires=expires).rowcount)

    def destroy(self, id: str) -> None:
        """Remove the row. No error if there is none."""
        self._ask(self.DESTROY, id=packed(id))

    def clear(self) -> None:
        """Forget every row."""
        while self._ask(self.CLEAR).rowcount:
            pass

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __iter__(self) -> Iterator[str]:
        """The ids of the live rows: all that are there throughout the loop, others perhaps."""
        ids: list[bytes] = []
        while some := self._ask(self.IDS, first=ids[-1] + b"\0" if ids else b"").fetchall():
            ids += [id for (id,) in some]
        return iter([str(id, "utf-8", "surrogatepass") for id in ids])

    def close(self) -> None:
        """Close all connections. The next question opens another."""
        self._pools.close()

    def _write(self, ask: Ask, id: str, row: str, expected: str | None, expires: float | None) -> bool:
        values = {"id": packed(id), "row": packed(row), "expires": expires}
        if expected is not None:
            return bool(ask(self.UPDATE, expected=packed(expected), **values).rowcount)
        ask(self.SWEEP, id=packed(id))
        return bool(ask(self.INSERT, **values).rowcount)

    def _ask(self, command: str, **values: Any) -> Any:
        """Do it with these values, and with the clock's time as `now`."""
        return self._over_one(lambda connection: self._do(connection, command, **values))

    def _do(self, connection: Any, command: str, **values: Any) -> Any:
        return connection.execute(command, {"now": self.clock(), **values}, binary=True)

    def _over_one(self, work: Callable[[Any], Any]) -> Any:
        """What comes of work with one connection; where its table is missing, with a new one. StoreError if none does.

        After that, the next question goes over a new connection: the old one may lead to a master of former times.
        """
        from psycopg import Error, errors
        from psycopg_pool import PoolTimeout

        try:
            with self._pools.own.connection() as connection:
                try:
                    return work(connection)
                except (errors.UndefinedTable, errors.UndefinedColumn):
                    connection.execute(self.TABLE + self.INDEXES)
                    return work(connection)
        except Error as error:
            if not isinstance(error, PoolTimeout):
                self._pools.own.drain()
            raise StoreError(f"PostgreSQL does not answer: {[*str(error).splitlines(), ''][0]}") from error
