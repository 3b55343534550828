class MemoryStore:
    def get(self, id: str) -> str | None:
        with self._lock:
            return self._live(id)

    def set(self, id: str, row: str, *, expires: float | None = None) -> None:
        with self._lock:
            self._keep(id, row, expires)

    def touch(self, id: str, expires: float | None) -> bool:
        with self._lock:
            if live := self._live(id) is not None:
                self._schedule(id, expires)
            self._sweep()
            return live

    def destroy(self, id: str) -> None:
        with self._lock:
            self._rows.pop(id, None)
            self._schedule(id, None)

    def __iter__(self) -> Iterator[str]:
        with self._lock:
            return iter([id for id in self._rows if self._live(id) is not None])

    def _live(self, id: str) -> str | None:
        expires = self._expires.get(id)
        if expires is not None and expires <= self.clock():
            return None
        return self._rows.get(id)

    def _keep(self, id: str, row: str, expires: float | None) -> None:
        self._rows[id] = row
        self._schedule(id, expires)
        self._sweep()

    def _sweep(self) -> None:
        now = self.clock()
        for _ in range(BITE):
            if not self._seconds or self._seconds[0] > now:
                return
            ids = self._due[self._seconds[0]]
            if ids:
                id = ids.pop()
                del self._rows[id], self._expires[id]
            if not ids:
                del self._due[heappop(self._seconds)]
