class MemoryStore:
    def set(  # type: ignore[override]
        self, id: str, row: str, *, expected: str | None, expires: float | None
    ) -> bool:
        with self._lock:
            same = self._live(id) == expected
            if same:
                self._keep(id, row, expires)
        return same
