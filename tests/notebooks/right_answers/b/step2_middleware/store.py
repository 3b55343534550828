class MemoryStore:
    def get(self, id: str) -> str | None:
        with self._lock:
            return self._rows.get(id)

    def set(self, id: str, row: str) -> None:
        with self._lock:
            self._rows[id] = row

    def clear(self) -> None:
        with self._lock:
            self._rows.clear()

    def __len__(self) -> int:
        with self._lock:
            return len(self._rows)

    def __iter__(self) -> Iterator[str]:
        with self._lock:
            return iter(list(self._rows))
