"""Redis: a server of one's own, in a folder of its own, for as long as it is wanted."""

import atexit
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress

from redis import Redis

from workbook import leash
from workbook.missing import Missing

MISSING = (
    "Redis is not installed here, so the cells with it do nothing. To get it: apt install redis-server, "
    "brew install redis, or docker run -p 127.0.0.1:6379:6379 redis."
)
KEEPING = {
    "append-only": ("--appendonly", "yes", "--save", ""),  # every write goes to a file before it is answered
    "snapshots": ("--appendonly", "no", "--save", "3600 1000000"),  # a copy of everything, from time to time
}


class RedisServer:
    """A Redis server at a free port.

    keeping  how it keeps its data over a restart: "append-only" or "snapshots"
    """

    def __init__(self, keeping: str = "append-only") -> None:
        self.options = KEEPING[keeping]
        self.folder = tempfile.mkdtemp(prefix="redis-")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()
        atexit.register(self.stop)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", self.folder]
        # A session of its own: an interrupt, or a notebook that ends, is for us, and we end it.
        self.process = subprocess.Popen([*command, *self.options], stdout=subprocess.DEVNULL, start_new_session=True)
        leash.hold(self.process.pid)
        with Redis(port=self.port, socket_timeout=1, socket_connect_timeout=1) as client:
            for _ in range(500):
                with suppress(Exception):
                    if client.ping():
                        return
                time.sleep(0.02)
        raise RuntimeError("redis-server did not start")

    def snapshot(self) -> None:
        """Let it write its snapshot now."""
        with Redis(port=self.port) as client:
            client.save()

    def freeze(self) -> None:
        """Let it hold its breath: connections stay open, and nothing answers."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """The end of that."""
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it without a chance to tidy up: kill -9."""
        self.process.kill()
        self.process.wait(timeout=10)
        leash.let_go(self.process.pid)

    def stop(self) -> None:
        """End it, and forget its data."""
        if self.process.poll() is None:
            self.go_on()
            self.process.terminate()
            self.process.wait(timeout=10)
            leash.let_go(self.process.pid)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __repr__(self) -> str:
        return f"Redis is running at {self.url}"


def start_redis(keeping: str = "append-only") -> RedisServer | Missing:
    """Start a Redis server for the lesson, if it is installed."""
    return RedisServer(keeping) if shutil.which("redis-server") else Missing(MISSING)
