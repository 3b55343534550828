"""Bad input: whatever is sent, no server crashes, tells its insides, or takes anybody for somebody else.

The inputs stand in bad_input.json, a line each. `{}` in a body or header is replaced by `repeat`, a text and how often.
"""

import json
import socket
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from tests.support import ROOT, STEPS

INPUTS = json.loads((ROOT / "tests" / "bad_input.json").read_text(encoding="utf-8"))
GROUPS = sorted({entry["group"] for entry in INPUTS})


def request_bytes(entry):
    """The request as it goes over the wire, as odd as the entry says."""
    text, times = entry.get("repeat", ("", 0))
    fill = [lambda part: part.replace("{}", text * times), lambda part: part]["repeat" not in entry]
    body = fill(entry.get("body", "")).encode("latin-1")
    headers = [(name, fill(value)) for name, value in entry.get("headers", [])]
    if "Host" not in dict(headers):
        headers.append(("Host", "127.0.0.1"))
    if body and not entry.get("own_length"):
        headers.append(("Content-Length", str(len(body))))
    head = [f"{entry.get('method', 'GET')} {entry.get('path', '/')} HTTP/1.1", *(": ".join(pair) for pair in headers)]
    return "\r\n".join([*head, "Connection: close", "", ""]).encode("latin-1") + body


def send(url, data):
    """Send bytes, and return all that comes back."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        with suppress(OSError):  # the server may refuse, and close, before it has read everything; it has answered then
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
        chunks = []
        with suppress(ConnectionResetError):  # what it said is in `chunks`
            while chunk := connection.recv(65536):
                chunks.append(chunk)
    return b"".join(chunks).decode("latin-1")


@pytest.fixture
def logged_in(server, visitors):
    """A good visitor, who must notice nothing."""
    good = visitors()
    good.get("/")
    if server.step >= 3:
        good.log_in()
    return good


@pytest.mark.asvs("16.5.1")
@pytest.mark.parametrize("group", GROUPS)
def test_bad_input_is_refused_or_ignored(server, logged_in, group):
    """Never 5xx, never a traceback, never another's session; and who was logged in before still is."""
    before = logged_in.whoami() if server.step >= 2 else None
    for entry in (entry for entry in INPUTS if entry["group"] == group):
        answer = send(server.url, request_bytes(entry))
        status = answer.split(" ", 2)[1] if answer.startswith("HTTP/1.") else answer[:80]
        allowed = range(200, 500) if group not in ("length", "method") else (*range(200, 500), 501)
        assert status.isdecimal() and int(status) in allowed, f"{entry['name']}: {status!r}"
        assert "Traceback" not in answer and "steps/" not in answer, entry["name"]
        assert "<script>alert" not in answer, entry["name"]
        assert "\r\nSet-Cookie: x=1" not in answer, entry["name"]
        assert '"user": "alice"' not in answer and "Your table" not in answer, entry["name"]
    if server.step >= 2:
        assert logged_in.whoami() == before


@pytest.mark.sentence("Bad forms are refused behind a good token, too")
@pytest.mark.asvs("16.5.1")
def test_bad_forms_behind_a_good_token(servers):
    """From step 7 on, a form without a token is refused at the door: here is what comes behind it."""
    for step in (step for step in STEPS if step >= 7):
        stranger = servers[step].visitor()
        token = stranger.token()
        cookie = "; ".join(f"{cookie.name}={cookie.value}" for cookie in stranger.http.cookies)
        for entry in (entry for entry in INPUTS if entry["group"] in ("form", "value") and entry.get("body")):
            headers = [pair for pair in entry.get("headers", []) if pair[0] != "Cookie"]
            body = f"csrf_token={token}&{entry['body']}"
            answer = send(
                servers[step].url, request_bytes({**entry, "headers": [*headers, ["Cookie", cookie]], "body": body})
            )
            assert answer.split(" ", 2)[1][0] in "234", f"{entry['name']}: {answer[:80]!r}"
            assert "Traceback" not in answer and "<script>alert" not in answer, entry["name"]
        stranger.close()


def test_the_corpus_is_large():
    assert len(INPUTS) >= 150 and len(set(map(str, INPUTS))) == len(INPUTS)


def test_bad_neighbours_do_not_log_a_good_visitor_out(server, logged_in):
    """The browser sends all cookies of the host in one header: ours must be found among whatever there is."""
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in logged_in.http.cookies)
    path = "/whoami" if server.step >= 2 else "/no-such-page"
    before = logged_in.get(path).text
    for entry in INPUTS:
        neighbours = [value for name, value in entry.get("headers", []) if name == "Cookie"]
        if len(neighbours) != 1 or any(own in neighbours[0] for own in ("connect.sid", "visits")):
            continue  # more than one header, or a cookie that is no neighbour but ours
        beside = {**entry, "path": path, "headers": [["Cookie", f"{neighbours[0]}; {cookies}"]]}
        answer = send(server.url, request_bytes(beside))
        assert answer.startswith("HTTP/1."), entry["name"]
        assert server.step == 1 or answer.endswith(before) or answer.startswith("HTTP/1.1 431"), entry["name"]
