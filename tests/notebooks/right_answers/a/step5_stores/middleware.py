from steps.step1_install.cookies import parse_cookies
from steps.step2_middleware.middleware import BOTTLE_REQUEST_SESSION, FROM_ENVIRON


class SessionMiddleware:
    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        environ.pop(FAILURE, None)
        sent = parse_cookies(environ.get("HTTP_COOKIE", "")).get(self.name, "")
        session = self.open(environ, sent)
        environ["session"] = session
        environ[BOTTLE_REQUEST_SESSION] = FROM_ENVIRON

        def start(status: str, headers: Headers, exc_info: Any = None) -> Any:
            if exc_info and failure(exc_info[1]) is not None:
                environ[FAILURE] = exc_info[1]
            headers = [*headers, *self.close(environ, session, sent)]
            if FAILURE in environ:
                status, headers = refusal(environ[FAILURE])
            if exc_info:
                return start_response(status, headers, exc_info)
            return start_response(status, headers)

        try:
            body = self.app(environ, start)
        except Exception as error:
            if failure(error) is None:
                raise
            environ[FAILURE] = error
            start_response(*refusal(error), sys.exc_info())
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
            LOG.warning("Session %s is dropped: its row cannot be read (%s)", name_in_log(id), type(error).__name__)
            self.store.destroy(id)
            return None

    def close(self, environ: Environ, session: Session, sent: str) -> Headers:
        if FAILURE in environ:
            return []
        if isinstance(session, Unavailable) and environ["session"] is not None:
            return []
        try:
            return super().close(environ, session, sent)
        except tuple(ANSWERS) as error:
            environ[FAILURE] = error
            return []
