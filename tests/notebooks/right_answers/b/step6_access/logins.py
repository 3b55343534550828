class Logins:
    def begin(self, session: Session, name: str, user_agent: str) -> None:
        session["browser"], session.owner = browser(user_agent), name

    def of(self, name: str, proof: str) -> list[Login]:
        def is_good(session):
            return "proof" in session.data and session.data["proof"] == proof

        good = filter(is_good, self.app.sessions_of(name))
        return [Login(one.handle, one.data["browser"], one.created, one.seen) for one in good]

    def end(self, name: str, handle: str) -> bool:
        return bool(handle) and bool(self.app.end_sessions(name, only=handle))

    def end_all(self, name: str, *, but: Session | None = None) -> int:
        own = but.handle if but else None
        handles = [one.handle for one in self.app.sessions_of(name) if one.handle != own]
        return sum(self.end(name, handle) for handle in handles)
