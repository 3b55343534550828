class Logins:
    def begin(self, session: Session, name: str, user_agent: str) -> None:
        words = browser(user_agent)
        session["browser"] = words
        session.owner = name

    def of(self, name: str, proof: str) -> list[OwnedSession]:
        good = (each for each in self.app.sessions_of(name) if each.data.get("proof", "") == proof)
        return sorted(good, key=lambda login: (login.seen, login.created), reverse=True)

    def end(self, name: str, handle: str) -> bool:
        known = any(each.handle == handle for each in self.app.sessions_of(name))
        return known and self.app.end_sessions(name, only=handle) == 1
