"""Workers: the site in several processes, which gunicorn starts, watches and exchanges. It needs Unix."""

import socket
from collections.abc import Callable, Mapping
from typing import Any

from gunicorn.app.base import BaseApplication

from steps.step2_middleware.middleware import App
from steps.tea_house.patience import LONGEST_HEADER, PatientWorker
from steps.tea_house.run import MOST_CONNECTIONS, refuse_taken

THREADS = 16  # of each worker
GRACE = 10  # seconds that a worker which is asked to stop has for the answers that it is busy with


class Workers(BaseApplication):  # type: ignore[misc]  # gunicorn's, which ships no types
    """Gunicorn with our settings: each worker is a process of its own, made anew after SIGHUP or a crash.

    make  makes the app, in the worker that will use it
    """

    def __init__(self, settings: Mapping[str, Any], make: Callable[[], App]) -> None:
        self.settings = settings
        self.make = make
        super().__init__()

    def load_config(self) -> None:
        """Tell gunicorn what it needs to know."""
        config = {
            "bind": f"127.0.0.1:{self.settings['PORT']}",
            "workers": self.settings["WORKERS"],
            "threads": THREADS,
            "worker_connections": MOST_CONNECTIONS,
            "worker_class": PatientWorker,
            "graceful_timeout": GRACE,
            "limit_request_field_size": LONGEST_HEADER,
            "loglevel": "error",
            "when_ready": say_where,
            "forwarded_allow_ips": "",  # whom to believe is decided by Proxy, nowhere else
            "secure_scheme_headers": {},
        }
        for name, value in config.items():
            self.cfg.set(name, value)

    def load(self) -> App:
        """The app."""
        return self.make()

    def run(self) -> None:
        """Serve, if the port is free; gunicorn itself would go on trying it for a while."""
        ask_for(self.settings["PORT"])
        super().run()


def say_where(server: Any) -> None:
    """Once the port is open, say which one it is."""
    port = server.LISTENERS[0].sock.getsockname()[1]
    print(f"The tea house is open: http://127.0.0.1:{port}/   (Ctrl-C closes it)", flush=True)


def ask_for(port: int) -> None:
    """Exit with a sentence if the port is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            refuse_taken(port)
