class SessionMiddleware:
    def find(self, environ: Environ, id: str) -> step2_middleware.Session | None:
        session = super().find(environ, id)
        if session is None:
            return None
        if session.is_over:
            session.destroy()
            return None
        return session

    def drop(self, session: step2_middleware.Session) -> Headers:
        if self.unset == "destroy":
            session.destroy()
        return []
