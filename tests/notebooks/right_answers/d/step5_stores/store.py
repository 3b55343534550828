class MemoryStore:
    def set(  # type: ignore[override]  # stricter than step 4's on purpose: a write without `expected` is the mistake
        self, id: str, row: str, *, expected: str | None, expires: float | None
    ) -> bool:
        self._lock.acquire()
        try:
            fits = self._live(id) == expected
            if fits:
                self._keep(id, row, expires)
            return fits
        finally:
            self._lock.release()
