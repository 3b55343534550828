class SessionMiddleware:
    def find(self, environ: Environ, id: str) -> step2_middleware.Session | None:
        match super().find(environ, id):
            case Session(is_over=True):
                self.store.destroy(id)
            case session:
                return session

    def drop(self, session: step2_middleware.Session) -> Headers:
        headers: Headers = []
        if self.unset == "destroy":
            self.store.destroy(session.id)
        return headers
