class SecurityHeaders:
    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        def with_ours(status: str, headers: Headers, *exc_info: Any) -> Any:
            told = dict(ALWAYS)
            told["Cache-Control"] = "no-store"
            told["Content-Security-Policy"] = POLICY.format(environ.get(STYLE) or "'none'")
            if is_secure(environ, False):
                told["Strict-Transport-Security"] = f"max-age={YEAR}"
            for name, _ in headers:
                for ours in list(told):
                    if ours.casefold() == name.casefold():
                        del told[ours]
            return start_response(status, headers + list(told.items()), *exc_info)

        return self.app(environ, with_ours)


class Proxy:
    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        secure = is_secure(environ, self.believed)
        *_, last = environ.get("HTTP_X_FORWARDED_FOR", "").split(",")
        if self.believed:
            environ["REMOTE_ADDR"] = last.strip() or environ.get("REMOTE_ADDR", "")
        environ["wsgi.url_scheme"] = "https" if secure else "http"
        for tale in [name for name in environ if name.startswith(FORWARDED)]:
            environ.pop(tale)
        return self.app(environ, start_response)
