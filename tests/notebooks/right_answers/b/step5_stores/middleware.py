class SessionMiddleware:
    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        def start(status: str, headers: Headers, exc_info: Any = None) -> Any:
            more = (exc_info,) if exc_info else ()
            error = environ.get(FAILURE) or (exc_info and exc_info[1])
            if not failure(error):
                return start_response(status, headers, *more)
            environ[FAILURE] = error
            start_response(*refusal(error), *more)
            return lambda chunk: None  # what an app writes itself is no part of a refusal

        try:
            body = super().__call__(environ, start)
        except tuple(ANSWERS) as error:
            environ.setdefault(FAILURE, error)
            start("", [], sys.exc_info())
            body = []
        return or_refusal(environ, body, start)

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
        if FAILURE in environ:
            return []
        try:
            return super().close(environ, session, sent)
        except tuple(ANSWERS) as error:
            environ[FAILURE] = error
            return []
