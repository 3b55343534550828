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
