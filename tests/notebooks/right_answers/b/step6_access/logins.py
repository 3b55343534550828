class Logins:
    def begin(self, session: Session, name: str, user_agent: str) -> None:
        session["browser"], session.owner = browser(user_agent), name

    def of(self, name: str, proof: str) -> list[OwnedSession]:
        def is_good(session):
            return "proof" in session.data and session.data["proof"] == proof

        return list(filter(is_good, self.app.sessions_of(name)))

    def end(self, name: str, handle: str) -> bool:
        return bool(handle) and bool(self.app.end_sessions(name, only=handle))
