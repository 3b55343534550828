class MemoryStore:
    def get(self, id: str) -> str | None:
        with self._lock:
            found = [self._live(id)]
        return found[0]

    def set(self, id: str, row: str, *, expires: float | None = None) -> None:
        self._lock.acquire()
        try:
            self._keep(id, row, expires)
        finally:
            self._lock.release()

    def touch(self, id: str, expires: float | None) -> bool:
        with self._lock:
            self._sweep()
            if self._live(id) is None:
                return False
            self._schedule(id, expires)
            return True

    def destroy(self, id: str) -> None:
        with self._lock:
            if id in self._rows:
                del self._rows[id]
                self._schedule(id, None)

    def __iter__(self) -> Iterator[str]:
        living = []
        with self._lock:
            now = self.clock()
            for id in self._rows:
                end = self._expires.get(id)
                if end is None or now < end:
                    living.append(id)
        return iter(living)

    def _live(self, id: str) -> str | None:
        if id in self._expires and self._expires[id] <= self.clock():
            return None
        return self._rows.get(id)

    def _keep(self, id: str, row: str, expires: float | None) -> None:
        self._rows[id] = row
        self._schedule(id, expires)
        self._sweep()

    def _sweep(self) -> None:
        left = BITE
        while left and self._seconds and self._seconds[0] <= self.clock():
            left -= 1
            first = self._seconds[0]
            if not self._due[first]:
                heappop(self._seconds)
                del self._due[first]
                continue
            id = self._due[first].pop()
            self._rows.pop(id)
            self._expires.pop(id)
