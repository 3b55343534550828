"""Run: serve an app on 127.0.0.1, at $PORT or 8080 (0: at any port that is free)."""

import errno
import logging
import os
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

# Where servers keep what they make: the demo users, certificates. Tests give each server a folder of its own.
BUILD = Path(os.environ.get("BUILD_FOLDER") or Path(__file__).parents[2] / "build")
THREADS = 16  # requests answered at the same time; idle connections take none of them
MOST_CONNECTIONS = 800  # a process may have 1024 open files, on most systems
PATIENCE = 20  # seconds without a word, after which a connection is closed
LARGEST_BODY = 256 * 1024  # bytes; what is larger is answered 413, and kept neither in memory nor on disk
App = Callable[..., Any]


def chosen_port() -> int:
    """The port that $PORT names; if it is none, one sentence and exit status 1."""
    port = os.environ.get("PORT", "8080")
    if not (port.isascii() and port.isdecimal() and int(port) < 65536):
        sys.exit(f"PORT must be a number up to 65535, not {port!r}.")
    return int(port)


def refuse_taken(port: int) -> NoReturn:
    """Say that the port is taken, and exit with status 1."""
    sys.exit(f"Port {port} is taken, perhaps by another step: end that one, or put PORT=8081 before the command.")


@contextmanager
def building() -> Iterator[None]:
    """Around what is made before a server runs: where it cannot be written, say so, and exit with status 1."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        sys.exit(f"{BUILD} cannot be written ({error}). Put BUILD_FOLDER=, and a folder that can, before the command.")


def run(app: App, *, certificate: tuple[Path, Path] | None = None) -> None:
    """Serve until Ctrl-C, with HTTPS if there is a certificate (its file, and its key's).

    What cannot work ends with one sentence on standard error and exit status 1.
    """
    logging.basicConfig(format="%(message)s")
    port = chosen_port()
    try:
        scheme, server = (
            ("https", open_https(app, port, certificate)) if certificate else ("http", open_http(app, port))
        )
    except OSError as error:
        if error.errno == errno.EADDRINUSE or "already in use" in str(error):
            refuse_taken(port)
        sys.exit(f"Cannot listen on port {port}: {error.strerror or error}. Put PORT=8081 before the command.")
    print(f"The tea house is open: {scheme}://127.0.0.1:{server.effective_port}/   (Ctrl-C closes it)", flush=True)
    server.run()


def open_http(app: App, port: int, scheme: str = "http") -> Any:
    """A server that listens. X-Forwarded headers reach the app, which decides whom it believes (step 7).

    One loop collects requests, and a thread answers each that is whole: who sends slowly keeps nobody waiting, up to
    MOST_CONNECTIONS of them. Beyond that, a proxy must stand in front, and is the only one that this server is open to.
    """
    from waitress.server import create_server

    options: dict[str, Any] = {"threads": THREADS, "ident": None, "clear_untrusted_proxy_headers": False}
    options |= {"connection_limit": MOST_CONNECTIONS, "channel_timeout": PATIENCE, "cleanup_interval": 1}
    return create_server(
        app, host="127.0.0.1", port=port, url_scheme=scheme, max_request_body_size=LARGEST_BODY, **options
    )


def open_https(app: App, port: int, certificate: tuple[Path, Path]) -> Any:
    """A server that listens and speaks TLS."""
    from steps.tea_house.https import Https

    return Https(open_http(app, 0, "https"), port, certificate, PATIENCE)
