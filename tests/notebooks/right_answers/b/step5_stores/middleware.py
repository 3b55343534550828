class SessionMiddleware:
    def find(self, environ: Environ, id: str) -> step2_middleware.Session | None:
        try:
            return self.find_whole(environ, id)
        except StoreError as error:
            return Unavailable(error, environ)

    def find_whole(self, environ: Environ, id: str) -> step2_middleware.Session | None:
        try:
            return super().find(environ, id)
        except SPOILT as error:
            drop_spoilt(self.store, id, error)
            return None

    def close(self, environ: Environ, session: Session, sent: str) -> Headers:
        if REFUSAL in environ:
            return []
        try:
            return super().close(environ, session, sent)
        except tuple(REFUSALS) as error:
            environ[REFUSAL] = refusal_for(error)
            return []
