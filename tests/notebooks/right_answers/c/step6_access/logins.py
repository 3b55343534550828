class Logins:
    def begin(self, session: Session, name: str, user_agent: str) -> None:
        words = browser(user_agent)
        session["browser"] = words
        session.owner = name

    def of(self, name: str, proof: str) -> list[Login]:
        return sorted(
            (
                Login(handle=each.handle, browser=each.data.get("browser", "?"), began=each.created, seen=each.seen)
                for each in self.app.sessions_of(name)
                if each.data.get("proof", "") == proof
            ),
            key=lambda login: (login.seen, login.began),
            reverse=True,
        )

    def end(self, name: str, handle: str) -> bool:
        known = any(each.handle == handle for each in self.app.sessions_of(name))
        return known and self.app.end_sessions(name, only=handle) == 1

    def end_all(self, name: str, *, but: Session | None = None) -> int:
        if but is None:
            return self.app.end_sessions(name)
        return self.app.end_sessions(name, but=but)
