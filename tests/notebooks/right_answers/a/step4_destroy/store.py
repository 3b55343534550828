class MemoryStore:
    def get(self, id: str) -> str | None:
        with self._lock:
            return self._live(id)

    def set(self, id: str, row: str, *, expires: float | None = None) -> None:
        with self._lock:
            self._keep(id, row, expires)

    def touch(self, id: str, expires: float | None) -> bool:
        with self._lock:
            row = self._live(id)
            if row is None:
                return False
            self._keep(id, row, expires)
            return True

    def destroy(self, id: str) -> None:
        with self._lock:
            self._rows.pop(id, None)
            self._schedule(id, None)

    def __iter__(self) -> Iterator[str]:
        with self._lock:
            ids = [id for id in self._rows if self._live(id) is not None]
        return iter(ids)

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
        for _ in range(BITE):  # each time round, one row goes, or one second whose rows were all moved away
            if not self._seconds or self._seconds[0] > now:
                return
            second = self._seconds[0]
            ids = self._due[second]
            if ids:
                id = ids.pop()
                del self._rows[id]
                del self._expires[id]
            if not ids:
                heappop(self._seconds)
                del self._due[second]
