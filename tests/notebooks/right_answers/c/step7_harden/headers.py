class SecurityHeaders:
    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        secure = environ["wsgi.url_scheme"] == "https"

        def start(status: str, headers: Headers, *rest: Any) -> Any:
            ours = {
                **ALWAYS,
                "Content-Security-Policy": POLICY.format(environ.get(STYLE, "'none'")),
                "Cache-Control": "no-store",
            }
            if secure:
                ours["Strict-Transport-Security"] = f"max-age={YEAR}"
            set_already = {name.lower() for name, _ in headers}
            more = [(name, value) for name, value in ours.items() if name.lower() not in set_already]
            return start_response(status, [*headers, *more], *rest)

        return self.app(environ, start)
