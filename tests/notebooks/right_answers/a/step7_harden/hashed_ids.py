def hashed(id: str) -> str:
    if isinstance(id, Hash):
        return id
    digest = sha256(id.encode("utf-8", "surrogatepass")).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


class HashedIds:
    def get(self, id: str) -> str | None:
        return self.store.get(hashed(id))

    def set(self, id: str, row: str, *, expected: str | None, expires: float | None) -> bool:
        return self.store.set(hashed(id), row, expected=expected, expires=expires)

    def touch(self, id: str, expires: float | None) -> bool:
        return self.store.touch(hashed(id), expires)

    def destroy(self, id: str) -> None:
        self.store.destroy(hashed(id))
