class MemoryStore:
    def set(  # type: ignore[override]  # stricter than step 4's on purpose: a write without `expected` is the mistake
        self, id: str, row: str, *, expected: str | None, expires: float | None
    ) -> bool:
        with self._lock:
            if self._live(id) != expected:
                return False
            self._keep(id, row, expires)
            return True
