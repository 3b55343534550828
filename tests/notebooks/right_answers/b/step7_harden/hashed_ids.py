def hashed(id: str) -> str:
    if isinstance(id, Hash):
        return id
    digest = sha256(id.encode(errors="surrogatepass"))
    return str(urlsafe_b64encode(digest.digest())[:43], "ascii")


class HashedIds:
    def get(self, id: str) -> str | None:
        return self.store.get(hashed(id))

    def set(self, id: str, row: str, *, expected: str | None, expires: float | None) -> bool:
        kept_under = hashed(id)
        return self.store.set(kept_under, row, expected=expected, expires=expires)

    def touch(self, id: str, expires: float | None) -> bool:
        return self.store.touch(hashed(id), expires)

    def destroy(self, id: str) -> None:
        return self.store.destroy(hashed(id))
