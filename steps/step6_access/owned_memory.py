"""Owned memory: whose each row is, in two dicts beside the rows. What has gone leaves them a few at a time."""

import time
from collections import OrderedDict
from threading import RLock
from typing import NamedTuple

from steps import step5_stores
from steps.step4_destroy.expiry import Clock
from steps.step5_stores.connections import LOCKS
from steps.step6_access.owners import Claim, OwnedRow, latest_first

FEW = 2  # are looked at by each write, whether their rows have gone: it adds one at most, so they do not pile up


class Beside(NamedTuple):
    """What is known of a row besides the row."""

    owner: str
    created: float
    seen: float


class MemoryStore(step5_stores.MemoryStore):
    """A store in a dict whose rows expire, whose writes compare first, and which knows whose the sessions are.

    A process that forks goes on with a copy of its own, which nobody else sees. It changes step 5's `set`, `touch`,
    `destroy` and `clear`. Its lock is one that its holder may take again, so that they do what step 5's do, and what
    lies beside, as one step.

    clock  time.time, or another function that gives the seconds since 1970
    """

    def __init__(self, *, clock: Clock = time.time) -> None:
        super().__init__(clock=clock)
        self._lock = RLock()  # type: ignore[assignment]  # which is taken and let go of like any lock
        LOCKS.add(self._lock)
        self._beside: OrderedDict[str, Beside] = OrderedDict()  # by id; those looked at last are at the end
        self._ids: dict[str, dict[str, None]] = {}  # of each owner, the oldest first

    def set(  # type: ignore[override]  # stricter than step 4's, as step 5's is
        self, id: str, row: str, *, expected: str | None, expires: float | None
    ) -> bool:
        """Write if the live row still is `expected` (None: if there is none). A row that begins is nobody's."""
        with self._lock:
            done = super().set(id, row, expected=expected, expires=expires)
            if done and expected is None:
                self._forget(id)
            elif done:
                self._note_seen(id)
            self._sweep_beside()
            return done

    def touch(self, id: str, expires: float | None) -> bool:
        """Move the end of a live row, and note that it was seen. False if there is none."""
        with self._lock:
            live = super().touch(id, expires)
            if live:
                self._note_seen(id)
            return live

    def destroy(self, id: str) -> None:
        """Remove the row, and what is known of it. No error if there is none."""
        with self._lock:
            super().destroy(id)
            self._forget(id)

    def clear(self) -> None:
        """Forget every row."""
        with self._lock:
            super().clear()
            self._beside.clear()
            self._ids.clear()

    def set_owned(self, id: str, row: str, *, expected: str | None, expires: float | None, claim: Claim) -> bool:
        """Write as `set` does, and note whose the row is. Beyond the limit the oldest end, or this is refused."""
        with self._lock:
            if self.get(id) != expected:
                return False
            owner, (most, refuse) = claim
            known = self._ids_of(owner) if owner else []
            others = [each for each in known if each != id]
            too_many = 0 if most is None else len(others) + 1 - most
            if refuse and too_many > 0 and id not in known:
                raise claim.refused()
            self.set(id, row, expected=expected, expires=expires)
            self._note_owner(id, owner)
            for each in others[: max(too_many, 0)] if self.get(id) is not None else ():
                self.destroy(each)
            return True

    def owner_of(self, id: str) -> str | None:
        """Whose the live row is; None for nobody's, and if there is none."""
        with self._lock:
            return self._beside[id].owner if id in self._beside and self.get(id) is not None else None

    def of_owner(self, owner: str) -> list[OwnedRow]:
        """The live rows of an owner, the last seen first, and of those seen at once the last created."""
        with self._lock:
            found = [OwnedRow(id, self.get(id) or "", *self._beside[id][1:]) for id in self._ids_of(owner)]
        return latest_first(found)

    def end_owned(self, owner: str, *, but: str | None = None, only: str | None = None) -> int:
        """End all rows of an owner, but the one with this id; or only the one with that id. Return how many."""
        with self._lock:
            live = [id for id in self._ids_of(owner) if id != but and only in (None, id)]
            for id in live:
                self.destroy(id)
            return len(live)

    # For those that hold the lock

    def _ids_of(self, owner: str) -> list[str]:
        """The ids of an owner's live rows, the oldest first. The others end: no clock that is put back revives them."""
        for id in [*self._ids.get(owner, ())]:
            if self.get(id) is None:
                self.destroy(id)
        return [*self._ids.get(owner, ())]

    def _note_owner(self, id: str, owner: str | None) -> None:
        """Note whose a row is from now on; if it was this owner's before, it has been since then."""
        if id in self._beside and self._beside[id].owner == owner:
            return
        self._forget(id)
        if owner is not None:
            now = self.clock()
            self._beside[id] = Beside(owner, now, now)
            self._ids.setdefault(owner, {})[id] = None

    def _note_seen(self, id: str) -> None:
        """Note that somebody is here."""
        if id in self._beside:
            owner, created, _ = self._beside[id]
            self._beside[id] = Beside(owner, created, self.clock())

    def _sweep_beside(self) -> None:
        """Clear away a FEW whose rows have gone: who writes does so for those who come no more."""
        for _ in range(min(FEW, len(self._beside))):
            first = next(iter(self._beside))
            self._beside.move_to_end(first)
            if self.get(first) is None:
                self.destroy(first)

    def _forget(self, id: str) -> None:
        """The row is nobody's, or has gone."""
        beside = self._beside.pop(id, None)
        if beside is not None:
            del self._ids[beside.owner][id]
            if not self._ids[beside.owner]:
                del self._ids[beside.owner]
