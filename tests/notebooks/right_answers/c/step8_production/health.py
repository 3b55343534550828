class Health:
    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        if environ.get("PATH_INFO") != PATH or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self.app(environ, start_response)
        status, says = "200 OK", {"status": "ok", "store": "answers"}
        try:
            try_out(self.store)
        except StoreError:
            status, says = "503 Service Unavailable", {"status": "unwell", "store": "does not answer"}
        body = json.dumps(says).encode()
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
