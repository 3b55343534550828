class SessionMiddleware:
    def find(self, environ: Environ, id: str) -> step2_middleware.Session | None:
        try:
            return self.find_whole(environ, id)
        except StoreError as error:
            return Unavailable(error)

    def find_whole(self, environ: Environ, id: str) -> step2_middleware.Session | None:
        try:
            return super().find(environ, id)
        except SPOILT as error:
            self.store.destroy(id)
            LOG.warning("Session %s is dropped: its row cannot be read (%s)", name_in_log(id), type(error).__name__)
            return None

    def close(self, environ: Environ, session: Session, sent: str) -> Headers:
        if REFUSAL in environ:
            return []
        try:
            return super().close(environ, session, sent)
        except tuple(REFUSALS) as error:
            environ[REFUSAL] = refusal_for(error)
            return []
