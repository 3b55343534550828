"""Health: a page for machines, which ask every few seconds whether this one is well."""

import json
from collections.abc import Iterable
from typing import Any

from steps.step2_middleware.middleware import App, Environ
from steps.step5_stores.store import Store, StoreError, try_out

PATH = "/healthz"


class Health:
    """Answers GET /healthz without a session: 200 if the store answers, 503 if not, so that nobody is sent here.

    Whether it does is found by `try_out`: a store that can still be read may be full, or not ours to write any more.
    """

    def __init__(self, app: App, store: Store) -> None:
        self.app = app
        self.store = store

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answer one request: /healthz by GET or HEAD here, all else by the app.

        The body is JSON, {"status": "ok", "store": "answers"} or {"status": "unwell", "store": "does not answer"}, and
        the headers say so: Content-Type and Content-Length. HEAD gets the status and headers of GET, and no body.
        """
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
