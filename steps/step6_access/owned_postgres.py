"""Owned PostgreSQL: whose each row is, in columns beside it, which go with it, whoever ends it."""

from collections.abc import Callable
from functools import partial
from hashlib import sha256
from typing import Any

from steps.step5_stores import postgres_store
from steps.step5_stores.connections import as_text
from steps.step5_stores.postgres_store import Ask, packed
from steps.step6_access.owners import Claim, OwnedRow, write_owned

PLAIN = postgres_store.PostgresStore


class PostgresStore(postgres_store.PostgresStore):
    """A store in a PostgreSQL database, which knows whose the sessions are.

    It changes statements of step 5's, and no method; a table of step 5's gets the columns that it has not. They come
    before its indexes: who locks a table lightly, and harder later, is in a deadlock with those who read it.

    url    which database: postgresql://user:password@host:port/name?sslmode=require, or whatever else libpq knows
    clock  time.time, or another function that gives the seconds since 1970
    """

    TABLE = f"""{PLAIN.TABLE}
    ALTER TABLE sessions ADD COLUMN IF NOT EXISTS owner bytea, ADD COLUMN IF NOT EXISTS created double precision,
        ADD COLUMN IF NOT EXISTS seen double precision, ADD COLUMN IF NOT EXISTS turn bigint;"""
    INDEXES = f"""{PLAIN.INDEXES}
    CREATE INDEX IF NOT EXISTS sessions_by_owner ON sessions (owner, created) WHERE owner IS NOT NULL;"""
    UPDATE = PLAIN.UPDATE.replace("SET row", "SET seen = %(now)s, row")
    TOUCH = PLAIN.TOUCH.replace("SET expires", "SET seen = %(now)s, expires")
    LOCK = "SELECT pg_advisory_xact_lock(%(key)s)"  # who begins or ends an owner's sessions waits for who does, too
    OWN = """UPDATE sessions SET owner = %(owner)s, seen = %(now)s,
        created = CASE WHEN owner = %(owner)s THEN created ELSE %(now)s END,
        turn = CASE WHEN owner = %(owner)s THEN turn ELSE txid_current() END WHERE id = %(id)s"""
    DISOWN = "UPDATE sessions SET owner = NULL WHERE id = %(id)s"
    OWNER = f"SELECT owner FROM sessions WHERE id = %(id)s AND owner IS NOT NULL AND {PLAIN.LIVE}"
    LATEST = f"""SELECT id, row, created, seen FROM sessions WHERE owner = %(owner)s AND {PLAIN.LIVE}
        ORDER BY seen DESC, created DESC, turn DESC"""
    OLDEST = f"""SELECT id FROM sessions WHERE owner = %(owner)s AND {PLAIN.LIVE} AND id <> %(id)s
        ORDER BY turn DESC OFFSET %(others)s"""
    END = f"""WITH ended AS (DELETE FROM sessions WHERE owner = %(owner)s AND id IS DISTINCT FROM %(but)s
        AND id = coalesce(%(only)s, id) RETURNING expires)  -- whoever else has a clock that is behind
        SELECT count(*) FROM ended WHERE {PLAIN.LIVE}"""
    INSERT = PLAIN.INSERT.replace("SET row", "SET owner = NULL, row")

    def set_owned(self, id: str, row: str, *, expected: str | None, expires: float | None, claim: Claim) -> bool:
        """Write as `set` does, and note whose the row is. Beyond the limit the oldest end, or this is refused."""

        is_live = expires is None or expires > self.clock()
        owner = None if claim.owner is None else packed(claim.owner)

        def work(ask: Ask) -> bool:
            written = partial(self._write, ask, id, row, expected, expires)
            return write_owned(ask, self, written, id=packed(id), owner=owner, claim=claim, is_live=is_live)

        return bool(self._whole(claim.owner, work))

    def owner_of(self, id: str) -> str | None:
        """Whose the live row is; None for nobody's, and if there is none."""
        found = self._ask(self.OWNER, id=packed(id)).fetchone()
        return None if found is None else as_text(found[0])

    def of_owner(self, owner: str) -> list[OwnedRow]:
        """The live rows of an owner, the last seen first, and of those seen at once the last created."""
        found = self._ask(self.LATEST, owner=packed(owner)).fetchall()
        return [OwnedRow(str(id, "utf-8", "surrogatepass"), as_text(row), *times) for id, row, *times in found]

    def end_owned(self, owner: str, *, but: str | None = None, only: str | None = None) -> int:
        """End all rows of an owner, but the one with this id; or only the one with that id. Return how many."""
        ids = {name: None if id is None else packed(id) for name, id in (("but", but), ("only", only))}
        return int(self._whole(owner, lambda ask: ask(self.END, owner=packed(owner), **ids).fetchone()[0]))

    def _whole(self, owner: str | None, work: Callable[[Ask], Any]) -> Any:
        """What comes of some work, which happens as one step: not at all, if there is an error.

        Of those that concern one owner, one is at work at a time.
        """

        def whole(connection: Any) -> Any:
            ask = partial(self._do, connection)
            with connection.transaction():
                if owner is not None:
                    ask(self.LOCK, key=int.from_bytes(sha256(packed(owner)).digest()[:8], signed=True))
                return work(ask)

        return self._over_one(whole)
