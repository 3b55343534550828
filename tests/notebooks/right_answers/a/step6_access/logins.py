class Logins:
    def begin(self, session: Session, name: str, user_agent: str) -> None:
        session.owner = name
        session.update(browser=browser(user_agent))

    def of(self, name: str, proof: str) -> list[OwnedSession]:
        logins = []
        for found in self.app.sessions_of(name):
            if found.data.get("proof") == proof:
                logins.append(found)
        return logins

    def end(self, name: str, handle: str) -> bool:
        return self.app.end_sessions(name, only=handle) > 0
