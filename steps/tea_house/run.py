"""Run: serve an app on 127.0.0.1, at $PORT or 8080 (0: at any port that is free)."""

import errno
import logging
import os
import sys
from collections.abc import Callable
from typing import Any

from waitress.server import create_server

THREADS = 16  # requests answered at the same time; idle connections take none of them


def run(app: Callable[..., Any]) -> None:
    """Serve until Ctrl-C. What cannot work ends with one sentence on standard error and exit status 1."""
    logging.basicConfig(format="%(message)s")
    port = os.environ.get("PORT", "8080")
    if not (port.isascii() and port.isdecimal() and int(port) < 65536):
        sys.exit(f"PORT must be a number up to 65535, not {port!r}.")
    try:
        server = create_server(app, host="127.0.0.1", port=int(port), threads=THREADS, ident=None)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            sys.exit(
                f"Port {port} is taken, perhaps by another step: end that one, or put PORT=8081 before the command."
            )
        sys.exit(f"Cannot listen on port {port}: {error.strerror}. Put PORT=8081 before the command.")
    port = server.effective_port  # type: ignore[union-attr]  # the stubs do not know it
    print(f"The tea house is open: http://127.0.0.1:{port}/   (Ctrl-C closes it)", flush=True)
    server.run()
