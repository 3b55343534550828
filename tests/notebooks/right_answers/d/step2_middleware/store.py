class MemoryStore:
    def get(self, id: str) -> str | None:
        self._lock.acquire()
        try:
            return self._rows[id] if id in self._rows else None
        finally:
            self._lock.release()

    def set(self, id: str, row: str) -> None:
        with self._lock:
            self._rows.update({id: row})

    def clear(self) -> None:
        with self._lock:
            self._rows = {}

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __iter__(self) -> Iterator[str]:
        with self._lock:
            ids = tuple(self._rows.keys())
        yield from ids
