class Health:
    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        match environ["REQUEST_METHOD"], environ["PATH_INFO"]:
            case ("GET" | "HEAD") as method, "/healthz":
                pass
            case _:
                return self.app(environ, start_response)
        try:
            try_out(self.store)
        except StoreError:
            status = "503 Unwell"
            body = b'{"status": "unwell", "store": "does not answer"}'
        else:
            status = "200 Well"
            body = b'{"status":"ok","store":"answers"}'
        start_response(
            status, [("Content-Length", f"{len(body)}"), ("Content-Type", "application/json; charset=utf-8")]
        )
        return [body if method == "GET" else b""]
