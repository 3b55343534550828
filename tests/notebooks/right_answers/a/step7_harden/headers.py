class SecurityHeaders:
    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        def start(status: str, headers: Headers, exc_info: Any = None) -> Any:
            style = environ.get(STYLE, "'none'")
            wanted = {**ALWAYS, "Content-Security-Policy": POLICY.format(style)}
            if is_secure(environ, None):
                wanted["Strict-Transport-Security"] = f"max-age={YEAR}; includeSubDomains"
            if "session" in environ:  # even None: it was there, and the page may say so
                wanted["Cache-Control"] = "no-store"
            there = {name.lower() for name, value in headers}
            headers = [*headers, *((name, value) for name, value in wanted.items() if name.lower() not in there)]
            if exc_info:
                return start_response(status, headers, exc_info)
            return start_response(status, headers)

        return self.app(environ, start)
