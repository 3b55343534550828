"""Step 8's workers: several processes that share their guests, are exchanged, and wait for no guest."""

import signal
import subprocess
import threading

import pytest
import requests

from tests.support.servers import Server, wait_until

pytest.importorskip("gunicorn.app.base", reason="gunicorn needs Unix", exc_type=ImportError)
from steps.tea_house.patience import is_whole, to_come
from steps.tea_house.run import LARGEST_BODY


@pytest.mark.parametrize("body", [b"", b"a=1&b=2"])
@pytest.mark.parametrize("length", ["content-length:{}", "Content-Length:   {}  ", "CONTENT-LENGTH: {}"])
def test_a_request_is_whole_when_its_last_byte_is_here(body, length):
    """Not before, however it is cut; and what comes behind it is the next one."""
    request = f"POST / HTTP/1.1\r\nHost: x\r\n{length.format(len(body))}\r\n\r\n".encode() + body
    assert [is_whole(request[:n]) for n in range(len(request))] == [False] * len(request)
    assert is_whole(request) and is_whole(request + b"GET / HT")


@pytest.mark.parametrize(
    "head", [f"Content-Length: {LARGEST_BODY + 1}", "Content-Length: " + "9" * 5000, "Transfer-Encoding: chunked"]
)
def test_a_body_that_is_refused_unread_is_not_waited_for(head):
    """Its head is enough to say so, and the connection is not kept for what else may come."""
    came = f"POST / HTTP/1.1\r\n{head}\r\n\r\n".encode()
    assert is_whole(came) and to_come(came) > 0
    assert not is_whole(came[:-1])
    assert not is_whole(f"POST / HTTP/1.1\r\nContent-Length: {LARGEST_BODY}\r\n\r\n".encode())


def log_in(server):
    visitor = server.visitor()
    assert visitor.log_in().status_code == 303
    return visitor


def test_workers_share_their_guests(tmp_path):
    """Two processes, one store: whoever is logged in at one is logged in at the other."""
    server = Server.start(8, WORKERS="2", STORE=f"sqlite:///{tmp_path}/s.sqlite3")
    try:
        alice = log_in(server)
        cookies = {"connect.sid": alice.cookie}
        seen = [requests.get(server.url + "/whoami", cookies=cookies, timeout=10).json()["user"] for _ in range(20)]
        assert seen == ["alice"] * 20
    finally:
        server.stop()


def test_a_rolling_restart_loses_no_request_and_no_session(tmp_path):
    """SIGHUP exchanges the workers one after another, while guests keep asking."""
    server = Server.start(8, WORKERS="2", STORE=f"sqlite:///{tmp_path}/s.sqlite3")
    try:
        alice = log_in(server)
        answers, done = [], threading.Event()

        def ask():
            with requests.Session() as http:
                while not done.is_set():
                    cookies = {"connect.sid": alice.cookie}
                    answers.append(http.get(server.url + "/whoami", cookies=cookies, timeout=10).json()["user"])

        guests = [threading.Thread(target=ask) for _ in range(3)]
        for guest in guests:
            guest.start()
        first = workers_of(server)
        wait_until(lambda: len(answers) > 50)
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: first.isdisjoint(now := workers_of(server)) and len(now) == 2)
        with_new_ones = len(answers)
        wait_until(lambda: len(answers) > with_new_ones + 50)
        done.set()
        for guest in guests:
            guest.join()
        assert len(answers) > 100 and set(answers) == {"alice"}
    finally:
        server.stop()


def test_a_stop_lets_answers_finish(tmp_path):
    """SIGTERM: who is being answered still is, and the exit status is 0."""
    server = Server.start(8, STORE=f"sqlite:///{tmp_path}/s.sqlite3")
    log_in(server).close()
    server.process.terminate()
    assert server.process.wait(timeout=15) == 0
    server.stop()


def workers_of(server):
    """The process ids of a server's workers."""
    return set(subprocess.run(["pgrep", "-P", str(server.process.pid)], capture_output=True, text=True).stdout.split())
