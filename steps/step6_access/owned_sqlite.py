"""Owned SQLite: whose each row is, in a table beside the rows. A trigger clears it, whoever deletes a row."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from steps import step5_stores
from steps.step4_destroy.expiry import Clock
from steps.step5_stores.connections import PATIENCE, Cursor, OfThread
from steps.step5_stores.sqlite_store import DESTROY, INSERT, LIVE, SWEEP, TOUCH, UPDATE
from steps.step5_stores.store import StoreError
from steps.step6_access.owners import Claim, OwnedRow, write_owned

OWNERS = """
CREATE TABLE IF NOT EXISTS owners (id TEXT PRIMARY KEY, owner TEXT NOT NULL, created REAL NOT NULL, seen REAL NOT NULL);
CREATE INDEX IF NOT EXISTS owners_by_name ON owners (owner, created);
CREATE TRIGGER IF NOT EXISTS owner_goes_with_session AFTER DELETE ON sessions
    BEGIN DELETE FROM owners WHERE id = old.id; END;
"""
MAKE_ROOM = f"{DESTROY} AND NOT {LIVE}"
SEE = "UPDATE owners SET seen = :now WHERE id = :id"


class SQLiteStore(step5_stores.SQLiteStore):
    """A store in an SQLite database, which knows whose the sessions are. One thread writes at a time.

    It changes step 5's `set` and `touch`, each of which is one transaction now; a file of step 5's goes on.

    path   the database's file; its folder must be there. StoreError for one that cannot be used
    clock  time.time, or another function that gives the seconds since 1970
    """

    DESTROY = DESTROY
    DISOWN = "DELETE FROM owners WHERE id = :id"
    OWN = "INSERT INTO owners VALUES (:id, :owner, :now, :now) ON CONFLICT (id) DO UPDATE SET seen = :now"
    OWNER = f"SELECT owner FROM owners JOIN sessions USING (id) WHERE id = :id AND {LIVE}"
    OF = f"SELECT id, row, created, seen FROM owners JOIN sessions USING (id) WHERE owner = :owner AND {LIVE}"
    LATEST = f"{OF} ORDER BY seen DESC, created DESC, owners.rowid DESC"
    OLDEST = f"SELECT id FROM ({OF} AND id != :id ORDER BY owners.rowid DESC LIMIT -1 OFFSET :others)"
    COUNT = f"SELECT count(*) FROM ({OF} AND id IS NOT :but AND id = ifnull(:only, id))"
    END = """DELETE FROM sessions WHERE id IN (SELECT id FROM owners WHERE owner = :owner)
        AND id IS NOT :but AND id = ifnull(:only, id)"""  # whoever else has a clock that is behind

    def __init__(self, path: str | Path, *, clock: Clock = time.time) -> None:
        super().__init__(path, clock=clock)
        self._connections.table += OWNERS  # for those that are opened from now on: so far, none is

    def set(self, id: str, row: str, *, expected: str | None, expires: float | None) -> bool:
        """Write if the live row still is `expected` (None: if there is none). A row that begins is nobody's."""
        with self._whole() as work:
            return work.write(id, row, expected, expires)

    def touch(self, id: str, expires: float | None) -> bool:
        """Move the end of a live row, and note that it was seen. False if there is none."""
        with self._whole() as work:
            is_live = work(TOUCH, id=id, expires=expires) == 1
            work(SEE, id=id)
            return is_live

    def set_owned(self, id: str, row: str, *, expected: str | None, expires: float | None, claim: Claim) -> bool:
        """Write as `set` does, and note whose the row is. Beyond the limit the oldest end, or this is refused."""
        with self._whole() as work:
            is_live = expires is None or expires > work.now
            written = partial(work.write, id, row, expected, expires)
            return write_owned(work.ask, self, written, id=id, owner=claim.owner, claim=claim, is_live=is_live)

    def owner_of(self, id: str) -> str | None:
        """Whose the live row is; None for nobody's, and if there is none."""
        found = self._ask(self.OWNER, id=id).fetchone()
        return None if found is None else str(found[0])

    def of_owner(self, owner: str) -> list[OwnedRow]:
        """The live rows of an owner, the last seen first, and of those seen at once the last created."""
        found = self._ask(self.LATEST, owner=owner).fetchall()
        return [OwnedRow(id, row if isinstance(row, str) else "", *times) for id, row, *times in found]

    def end_owned(self, owner: str, *, but: str | None = None, only: str | None = None) -> int:
        """End all rows of an owner, but the one with this id; or only the one with that id. Return how many."""
        with self._whole() as work:
            which = {"owner": owner, "but": but, "only": only}
            [live] = work.ask(self.COUNT, **which).fetchone()
            work(self.END, **which)
            return int(live)

    @contextmanager
    def _whole(self) -> Iterator["Work"]:
        """A transaction: what is done in it happens as one step; not at all, if there is an error.

        As in `_write`, who waits for other writers for PATIENCE gets a StoreError.
        """
        if not self._writing.acquire(timeout=PATIENCE):
            raise StoreError(f"{self.path} is busy: other writers are waiting already")
        try:
            with work_on(self._database, self.clock()) as work:
                yield work
        except sqlite3.Error as error:
            self.close()
            raise StoreError(f"{self.path} does not answer: {error}") from error
        finally:
            self._writing.release()


class Work:
    """What can be done in a transaction. Each command gets the time at which that began, as `now`."""

    def __init__(self, database: OfThread, now: float) -> None:
        self.database = database
        self.now = now

    def ask(self, command: str, **values: Any) -> Cursor:
        """The answer to a command."""
        return self.database.execute(command, {"now": self.now, **values})

    def __call__(self, command: str, **values: Any) -> int:
        """Do it; return how many rows it has met."""
        return self.ask(command, **values).rowcount

    def write(self, id: str, row: str, expected: str | None, expires: float | None) -> bool:
        """Compare, and write. False if that row is not there. A new one takes with it what has expired under its id."""
        if expected is not None:
            if not self(UPDATE, id=id, row=row, expected=expected, expires=expires):
                return False
            self(SEE, id=id)
            return True
        self(SWEEP)
        self(MAKE_ROOM, id=id)
        return self(INSERT, id=id, row=row, expires=expires) == 1


@contextmanager
def work_on(database: OfThread, now: float) -> Iterator[Work]:
    """A transaction of this connection, which has ended when this has, whatever happens."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield Work(database, now)
        database.execute("COMMIT")
    finally:
        if database.database.in_transaction:
            with suppress(sqlite3.Error):
                database.execute("ROLLBACK")
