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
        """Answer one request."""
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
