"""Patience: a request gets a thread when all of it is here, so that who sends it slowly keeps nobody else waiting.

Gunicorn's threads read from the guest themselves: sixteen guests who begin a request and do not go on would have them
all. Here one loop collects what comes from everybody, as nginx does; so it is a matter of memory how many may dawdle.
"""

import math
import re
import selectors
import socket
import time
from concurrent.futures import Future
from functools import partial
from struct import pack
from typing import Any

from gunicorn import util
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, ThreadWorker

from steps.tea_house.run import LARGEST_BODY

PATIENCE = 10  # seconds for a whole request, from the first byte to the last
READING = 0.5  # seconds; a guest who takes nothing of an answer for so long, with all buffers full, gets no more of it
LONGEST_HEADER = 64 * 1024  # bytes; a longer one is answered 431
LONGEST_HEAD = 4 * LONGEST_HEADER  # bytes; of all headers together
HEAD_ENDS = b"\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]+)[ \t]*\r\n", re.IGNORECASE)


def is_whole(came: bytes) -> bool:
    """Whether a request can be answered without waiting for more: its head is here, and its body, if it will be read.

    A body without a length, or over LARGEST_BODY, is for the app to refuse unread (step 7).
    """
    _, head_ends, body = came.partition(HEAD_ENDS)
    missing = to_come(came)
    return bool(head_ends) and (missing == 0 or len(body) + missing > LARGEST_BODY)


def to_come(came: bytes) -> float:
    """How many bytes of the body are not here yet; without end where nobody says how many there are."""
    head, _, body = came.partition(HEAD_ENDS)
    length = LENGTH.search(head + b"\r\n")
    if b"\r\ntransfer-encoding:" in head.lower() or (length and len(length[1]) > 9):
        return math.inf
    return max(0, int(length[1]) - len(body)) if length else 0


class PatientWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn's, which ships no types
    """Gunicorn's worker with threads, which wait for no guest: neither for a request, nor for a farewell."""

    def enqueue_req(self, conn: Any) -> None:
        """A connection has been opened, or a request has begun on one: wait for the whole of it."""
        conn.came = conn.parser.unreader.take_buffered() if conn.parser else b""
        conn.sock.setblocking(False)
        self.on_more(conn, conn.sock)

    def wait(self, conn: Any, readable: Any, seconds: float) -> None:
        """Call `readable` when something comes from the guest; close the connection when the time is over."""
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + seconds
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(readable, conn))

    def on_more(self, conn: Any, sock: socket.socket) -> None:
        """Take what has come; a request that is whole, or whose guest has gone, is a thread's to answer."""
        more = received(sock)
        conn.came += more or b""
        if more == b"" or is_whole(conn.came):
            self.forget(conn)
            conn.data_ready = True
            conn.init()
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, pack("ll", 0, int(READING * 1e6)))
            conn.parser.unreader.unread(conn.came)
            super().enqueue_req(conn)
        elif len(conn.came) > LONGEST_HEAD and HEAD_ENDS not in conn.came:
            util.write_error(sock, 431, "Request Header Fields Too Large", "")
            self.leave(conn)
        elif conn not in self.pending_conns:
            self.wait(conn, self.on_more, PATIENCE)

    def _keepalive_after(self, conn: Any, keepalive: bool) -> bool:
        """Whether the connection can have another request: not where gunicorn would wait for the rest of this one."""
        return bool(super()._keepalive_after(conn, keepalive and not to_come(conn.came)))

    def finish_request(self, conn: Any, answered: "Future[Any]") -> None:
        """Keep the connection for the next request, or say farewell; gunicorn's own waits for the guest to hang up."""
        if not answered.cancelled() and not answered.exception() and answered.result() is False:
            self.leave(conn)
        else:
            super().finish_request(conn, answered)

    def leave(self, conn: Any) -> None:
        """Say that nothing more comes, and close when the guest has: closed at once, it might cut off the answer."""
        self.forget(conn)
        try:
            conn.sock.shutdown(socket.SHUT_WR)
            self.wait(conn, self.on_farewell, STOP_KEEPALIVE_LINGER)
        except OSError:
            self.close(conn)

    def on_farewell(self, conn: Any, sock: socket.socket) -> None:
        """What comes now is not read any more; nothing is the guest's own farewell."""
        if received(sock) == b"":
            self.forget(conn)
            self.close(conn)

    def forget(self, conn: Any) -> None:
        """Wait no longer."""
        if conn in self.pending_conns:
            self.pending_conns.remove(conn)
            self.poller.unregister(conn.sock)

    def close(self, conn: Any) -> None:
        """Close the connection."""
        self.nr_conns -= 1
        conn.close()

    def _cap_keepalive(self, deadline: float) -> None:
        """A worker that stops waits for nobody longer than this."""
        super()._cap_keepalive(deadline)
        for conn in self.pending_conns:
            conn.timeout = min(conn.timeout, deadline)


def received(sock: socket.socket) -> bytes | None:
    """What has come; nothing if the guest has gone, and None if it was a false alarm."""
    try:
        return sock.recv(64 * 1024)
    except BlockingIOError:
        return None
    except OSError:
        return b""
