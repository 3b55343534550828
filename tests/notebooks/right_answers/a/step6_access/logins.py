class Logins:
    def begin(self, session: Session, name: str, user_agent: str) -> None:
        session.owner = name
        session.update(browser=browser(user_agent))

    def of(self, name: str, proof: str) -> list[Login]:
        logins = []
        for found in self.app.sessions_of(name):
            if found.data.get("proof") == proof:
                logins.append(Login(found.handle, found.data.get("browser", ""), began=found.created, seen=found.seen))
        return logins

    def end(self, name: str, handle: str) -> bool:
        return self.app.end_sessions(name, only=handle) > 0

    def end_all(self, name: str, *, but: Session | None = None) -> int:
        return self.app.end_sessions(name, but=but)
