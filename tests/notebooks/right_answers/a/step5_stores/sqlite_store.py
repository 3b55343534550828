class SQLiteStore:
    def get(self, id: str) -> str | None:
        found = self._ask(GET, id=id).fetchone()
        if found is None:
            return None
        return found[0] if isinstance(found[0], str) else ""

    def set(self, id: str, row: str, *, expected: str | None, expires: float | None) -> bool:
        if expected is None:
            self._write(SWEEP)
            return self._write(INSERT, id=id, row=row, expires=expires) > 0
        return self._write(UPDATE, id=id, row=row, expires=expires, expected=expected) > 0

    def touch(self, id: str, expires: float | None) -> bool:
        return self._write(TOUCH, id=id, expires=expires) > 0

    def destroy(self, id: str) -> None:
        self._write(DESTROY, id=id)

    def _write(self, command: str, **values: Any) -> int:
        if not self._writing.acquire(timeout=PATIENCE):
            raise StoreError(f"{self.path} is busy: another thread has been writing for {PATIENCE} seconds")
        try:
            return self._ask(command, **values).rowcount
        finally:
            self._writing.release()

    def _ask(self, command: str, **values: Any) -> sqlite3.Cursor:
        try:
            return self._database.execute(command, {"now": self.clock(), **values})
        except sqlite3.Error as error:
            self.close()
            raise StoreError(f"{self.path} does not answer: {error}") from error
