class SQLiteStore:
    def get(self, id: str) -> str | None:
        rows = self._ask(GET, id=id).fetchall()
        if not rows:
            return None
        return rows[0][0] if isinstance(rows[0][0], str) else ""

    def set(self, id: str, row: str, *, expected: str | None, expires: float | None) -> bool:
        if expected is None:
            self._write(SWEEP)
            return self._write(INSERT, id=id, row=row, expires=expires) > 0
        return self._write(UPDATE, id=id, row=row, expected=expected, expires=expires) > 0

    def touch(self, id: str, expires: float | None) -> bool:
        return self._write(TOUCH, id=id, expires=expires) > 0

    def destroy(self, id: str) -> None:
        self._write(DESTROY, id=id)

    def _write(self, command: str, **values: Any) -> int:
        if not self._writing.acquire(timeout=PATIENCE):
            raise StoreError(f"{self.path}: other threads have been writing for {PATIENCE} seconds")
        try:
            return self._ask(command, **values).rowcount
        finally:
            self._writing.release()

    def _ask(self, command: str, **values: Any) -> sqlite3.Cursor:
        try:
            return self._database.execute(command, {**values, "now": self.clock()})
        except sqlite3.Error as error:
            self.close()
            raise StoreError(f"{self.path}: {error}") from error
