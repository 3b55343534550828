class Health:
    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        if environ.get("PATH_INFO") != PATH or environ.get("REQUEST_METHOD") not in ("GET", "HEAD"):
            return self.app(environ, start_response)
        try:
            try_out(self.store)
            status, says = "200 OK", {"status": "ok", "store": "answers"}
        except StoreError:
            status, says = "503 Service Unavailable", {"status": "unwell", "store": "does not answer"}
        body = json.dumps(says).encode()
        headers = [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
        ]
        start_response(status, headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
