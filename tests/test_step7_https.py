"""HTTPS, proxies, settings: what stands around the site, and what it is told from outside."""

import os
import re
import socket
import ssl
import subprocess
import sys
import time
from contextlib import ExitStack, closing, suppress
from secrets import token_hex
from urllib.parse import unquote, urlsplit

import pytest
import requests

from steps.step1_install import sign
from steps.step7_harden.certificate import make_certificate
from steps.step7_harden.headers import Proxy
from steps.step7_harden.throttle import OF_NAME
from steps.tea_house.https import Https
from tests.support import ROOT, STEPS
from tests.support.calling import HTTPS, Bench, Guest, call
from tests.support.faults import DAWDLERS, dawdling, never_reading
from tests.support.servers import Server


@pytest.mark.asvs("3.3.1", "3.3.2", "3.3.3", "3.3.4", "3.3.5")
def test_https_has_a_cookie_of_its_own(house):
    """Over HTTPS a __Host- name, which no other host and no plain HTTP can set."""
    guest = house.guest(**HTTPS)
    guest.log_in()
    cookie = guest.post("/preferences", theme="dark").cookies[0]
    assert re.fullmatch(
        r"__Host-connect\.sid=s%3A[^;]{70,}; Path=/; Expires=[^;]+; HttpOnly; Secure; SameSite=Lax", cookie
    )
    assert len(cookie) < 4096


PROXIED = {"HTTP_X_FORWARDED_PROTO": "https"}
NAMES = ["connect.sid", "__Host-connect.sid", "__Secure-connect.sid", "__host-connect.sid"]


@pytest.mark.asvs("3.3.1", "3.3.3")
@pytest.mark.parametrize("remember", ["", "yes"])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("begun", "tried"), [({}, HTTPS), ({}, PROXIED), (HTTPS, {}), (PROXIED, {}), (PROXIED, HTTPS)])
def test_what_one_scheme_has_carried_opens_nothing_in_the_other(house, begun, tried, name, remember):
    """Whoever listens to an open line learns an id with its signature, but no key to the site over HTTPS."""
    app = house.open_app(trust_proxy=True, secret=["new", "old"])
    owner, thief = house.guest(**begun), house.guest(**tried)
    owner.app = thief.app = app
    owner.log_in(remember=remember)
    thief.cookie = f"{name}={owner.cookie.partition('=')[2]}"
    is_the_same = bool(begun) == bool(tried) and owner.cookie == thief.cookie
    assert thief.user() == ("alice" if is_the_same else None)
    assert owner.user() == "alice"


@pytest.mark.sentence("One list has the logins of both schemes")
@pytest.mark.parametrize("asked", [{}, HTTPS])
def test_one_list_has_the_logins_of_both_schemes(house, asked):
    """Two middlewares, two cookies, one store: who looks at the list, or ends a login, reads the rows of both."""
    guests = [house.guest(**environ) for environ in ({}, HTTPS, asked)]
    for guest in guests:
        guest.log_in()
    assert len(guests[2].handles()) == 3
    assert [guest.user() for guest in guests] == ["alice"] * 3
    guests[2].post("/devices/end-others")
    assert [guest.user() for guest in guests] == [None, None, "alice"]


@pytest.mark.parametrize("secret", ["k", b"k", ["new", "k"]])
@pytest.mark.parametrize("given", NAMES)
@pytest.mark.parametrize("made", NAMES)
def test_a_name_that_browsers_keep_to_https_is_signed_with_the_id(library, made, given, secret):
    """With one store and one secret, too. A plain name is signed as by Express, and an Express app may share it."""
    store, seen = library.MemoryStore(), []
    begun = Bench(library, name=made, store=store, secret="k", cookie={"secure": True})
    sent = begun.request(lambda session: session.update(user="alice"), **HTTPS).cookies[0]
    value = sent.partition(";")[0].partition("=")[2]
    bench = Bench(library, name=given, store=store, secret=secret, cookie={"secure": True})
    bench.request(lambda session: seen.append(session.get("user")), cookie=f"{given}={value}", **HTTPS)
    assert seen == ["alice" if given == made else None]
    id = next(iter(store))
    assert (unquote(value) == f"s:{sign(id, 'k')}") is (made == "connect.sid")


def shown(cookies):
    """Each cookie that was set: its name, and whether it is secure."""
    return [f"{cookie.partition('=')[0]}, {'secure' if 'Secure' in cookie else 'not secure'}" for cookie in cookies]


@pytest.mark.sentence("X-Forwarded headers are believed only where we say so.")
def test_x_forwarded_is_believed_only_where_we_say_so(house):
    """A spoofed header makes no secure cookie and no other address; behind a proxy of ours, it does."""
    spoofed = {
        "HTTP_X_FORWARDED_PROTO": "https",
        "HTTP_X_FORWARDED_FOR": "192.0.2.1",
        "HTTP_X_FORWARDED_HOST": "evil.example",
    }
    guest = house.guest(**spoofed)
    answer = guest.get("/login")
    assert shown(answer.cookies) == ["connect.sid, not secure"]
    assert "Strict-Transport-Security" not in answer.by_name
    behind = house.open_app(trust_proxy=True)
    answer = call(behind, "/login", **spoofed)
    assert shown(answer.cookies) == ["__Host-connect.sid, secure"]
    assert "Strict-Transport-Security" in answer.by_name
    assert "evil.example" not in str(guest.log_in().headers)


TOLD = {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_FOR": "10.9.8.7, 192.0.2.66"}
TALES = {"HTTP_X_FORWARDED_HOST": "evil.example", "HTTP_FORWARDED": "host=evil.example"}


@pytest.mark.parametrize(
    ("believed", "told", "scheme", "address"),
    [
        (False, TOLD, "http", "192.0.2.1"),
        (True, TOLD, "https", "192.0.2.66"),
        (True, {"HTTP_X_FORWARDED_PROTO": "http", "HTTP_X_FORWARDED_FOR": "2001:db8::1"}, "http", "2001:db8::1"),
        (True, {"HTTP_X_FORWARDED_FOR": ""}, "http", "192.0.2.1"),
        (True, {}, "http", "192.0.2.1"),
        (False, {}, "http", "192.0.2.1"),
    ],
)
def test_no_app_inside_is_told_tales(believed, told, scheme, address):
    """Bottle builds addresses from X-Forwarded-Host: whoever reads such a header inside finds none."""
    seen = {}
    app = Proxy(lambda environ, start: seen.update(environ) or [], believed=believed)
    app({"wsgi.url_scheme": "http", "REMOTE_ADDR": "192.0.2.1", **told, **TALES}, lambda *args: None)
    assert seen == {"wsgi.url_scheme": scheme, "REMOTE_ADDR": address}


def test_a_proxy_takes_no_https_away():
    """What this server has seen itself needs nobody's word."""
    seen = {}
    app = Proxy(lambda environ, start: seen.update(environ) or [], believed=False)
    app({"wsgi.url_scheme": "https", "REMOTE_ADDR": "192.0.2.1"}, lambda *args: None)
    assert seen["wsgi.url_scheme"] == "https"


@pytest.mark.sentence("Behind a proxy, guesses count by the address of the guest")
def test_behind_a_proxy_guesses_count_by_the_address_of_the_guest(house):
    """The last address is the one that the proxy has added; those before it anybody can write."""
    app = house.open_app(trust_proxy=True)
    for n in range(OF_NAME + 1):
        mallory = Guest(app, tokens=True, HTTP_X_FORWARDED_FOR=f"10.0.0.{n}, 192.0.2.66")
        answer = mallory.post("/login", username="alice", password="wrong")
    assert answer.status == 429
    alice = Guest(app, tokens=True, HTTP_X_FORWARDED_FOR="192.0.2.1")
    assert alice.log_in().status == 303


def test_an_old_secret_is_retired_without_logging_anybody_out(house):
    """The newest signs, all are believed, and whoever comes by gets a cookie signed with the newest."""
    old, both, new = (house.open_app(secret=secret) for secret in (["old"], ["new", "old"], ["new"]))
    guest = house.guest()
    guest.app = old
    guest.log_in()
    before, guest.app = guest.cookie, both
    assert guest.get("/dashboard").status == 200
    assert guest.cookie != before
    guest.app = new
    assert guest.user() == "alice"
    guest.cookie = before
    assert guest.user() is None


def test_the_server_speaks_https(tmp_path):
    """A certificate made on the spot: trusted by whoever is given its authority, and by nobody else."""
    server = Server.start_https(7, SECRET="a secret from outside")
    try:
        ca = server.authority()
        visitor = server.visitor()
        visitor.http.verify = ca
        assert visitor.log_in().status_code == 303
        (cookie,) = visitor.http.cookies
        assert (cookie.name, cookie.secure) == ("__Host-connect.sid", True)
        assert visitor.whoami()["user"] == "alice"
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(server.url, timeout=10)
    finally:
        server.stop()


def test_the_certificate_is_for_this_machine(tmp_path):
    certificate, key, ca = make_certificate(tmp_path)
    assert key.stat().st_mode & 0o077 == 0
    context = ssl.create_default_context(cafile=str(ca))
    context.load_verify_locations(cafile=str(certificate))
    assert b"PRIVATE" not in certificate.read_bytes() + ca.read_bytes()


@pytest.mark.parametrize("variables", [{"IDLE_TIMEOUT": "soon"}, {"ABSOLUTE_TIMEOUT": "-1"}, {"IDLE_TIMEOUT": "nan"}])
def test_a_wrong_setting_is_one_sentence(variables, monkeypatch):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    command = [sys.executable, "-m", STEPS[7].server]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20)
    assert done.returncode == 1
    assert next(iter(variables)) in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("step", [3, 4, 5, 6, 7, 8])
def test_a_folder_that_cannot_be_written_is_one_sentence(step, tmp_path):
    """Exit status 1 and no traceback: somebody else's folder, a full disk, a file where a folder should be."""
    (tmp_path / "build").write_text("no folder")
    folder = {"BUILD_FOLDER": str(tmp_path / "build"), "USERS": str(tmp_path / "build" / "users.sqlite3")}
    environment = {**os.environ, "PORT": "0", "HTTPS": "1", "STORE": "memory:", "SECRET": token_hex(32), **folder}
    command = [sys.executable, "-m", STEPS[step].server]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert re.search("cannot be (written|used)", done.stderr) and "Traceback" not in done.stderr


MANY = 120  # more than there are threads, or than waitress takes unless it is told


@pytest.mark.sentence("Whoever dawdles keeps nobody waiting")
@pytest.mark.parametrize("kind", [kind for kind in DAWDLERS if kind != "half a handshake"])
def test_who_dawdles_keeps_nobody_waiting(server, visitors, kind):
    """Threads answer whole requests: who is silent, sends half of one, or never hangs up, holds a connection only."""
    with dawdling(server, DAWDLERS[kind], MANY):
        visitor = visitors()
        assert visitor.get("/menu", timeout=5).status_code == 200
        assert visitor.log_in().status_code == 303
        if server.step >= 8:
            assert visitor.get("/healthz", timeout=5).status_code == 200


@pytest.mark.sentence("Whoever reads no answer keeps nobody waiting")
def test_who_reads_no_answer_keeps_nobody_waiting(server, visitors):
    """More of them than there are threads: a page that nobody takes is not waited for."""
    with never_reading(server, 40):
        for _ in range(3):
            assert visitors().get("/menu", timeout=8).status_code == 200


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have lower limits of their own")
def test_many_may_knock_at_once(tmp_path):
    """Whoever finds the queue full knocks again after a second: a wait that the next guest would have, too."""
    server = Https(None, 0, make_certificate(tmp_path)[:2], 5)  # which listens, and lets nobody in yet
    with closing(server.loop), ExitStack() as held:
        held.callback(server.listening.close)
        for _ in range(300):
            guest = held.enter_context(socket.create_connection(("127.0.0.1", server.effective_port), timeout=10))
            assert guest.getpeername()


@pytest.mark.sentence("Whoever dawdles over HTTPS keeps nobody waiting, either")
def test_over_https_neither():
    """One who does not shake hands must not keep the others at the door; half a hundred must not, either."""
    server = Server.start_https(7)
    visitor = server.visitor()
    visitor.http.verify = Server.authority()
    stranger = ssl._create_unverified_context()
    try:
        for says in DAWDLERS.values():
            with dawdling(server, says, 50, tls=stranger):
                assert visitor.get("/menu", timeout=5, headers={"Connection": "close"}).status_code == 200
    finally:
        server.stop()


def test_a_large_body_is_refused_before_it_is_kept(server):
    """Neither in memory nor on disk: 413 when the length is told, or when it is reached."""
    address = urlsplit(server.url)
    for length in (b"Content-Length: 300000000", b"Transfer-Encoding: chunked"):
        with socket.create_connection((address.hostname, address.port), timeout=10) as guest:
            guest.sendall(b"POST /order HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n" + length + b"\r\n\r\n")
            with suppress(OSError):  # it may be refused, and closed, before all of this is sent
                for _ in range(10):
                    guest.sendall(b"8000\r\n" + b"x" * 0x8000 + b"\r\n")
            assert guest.recv(20).split()[1] in (b"411", b"413")


@pytest.mark.asvs("7.3.1", "7.3.2")
def test_timeouts_come_from_the_environment():
    """In seconds."""
    server = Server.start(7, IDLE_TIMEOUT="100", ABSOLUTE_TIMEOUT="200", TRUST_PROXY="1")
    try:
        answer = requests.get(server.url + "/login", headers={"X-Forwarded-Proto": "https"}, timeout=10)
        (cookie,) = answer.cookies
        assert cookie.name == "__Host-connect.sid"
        assert 90 < cookie.expires - time.time() <= 101
    finally:
        server.stop()
