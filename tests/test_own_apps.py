"""Apps of one's own: the package in a clean environment, in the apps of the README, and in a project with types."""

import json
import os
import re
import socket
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
import requests

from tests.support import ROOT
from workbook import package, take_home

pytestmark = pytest.mark.slow
LOCK = ROOT / "tests" / "support" / "frameworks.lock"
OFFLINE = re.compile(r"No matching distribution|Failed to establish|ConnectTimeout|Max retries|Name or service")
VARIABLES = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}
VARIABLES |= {"SECRET": "0123456789abcdef" * 4}


def run(*command, cwd, **variables):
    """What a program prints; if it fails, so does the test."""
    done = subprocess.run(
        [*map(str, command)], cwd=cwd, env={**VARIABLES, **variables}, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def blocks():
    """The README's apps, by framework: one piece of code, or two for Django."""
    folded = re.findall(r"<details><summary><b>(\w+)</b>(.*?)</details>", package.section("Use it in your app"), re.S)
    return {name: re.findall(r"^```python\n(.*?)^```", text, re.M | re.S) for name, text in folded}


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """The Python of a clean environment, in which the wheel is installed and nothing else."""
    folder = tmp_path_factory.mktemp("clean")
    wheel, _ = package.build(take_home.sessions_py(package.MODULE), folder)
    run(sys.executable, "-m", "venv", folder / "env", cwd=folder)
    python = folder / "env" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    run(python, "-m", "pip", "install", "-q", "--no-index", folder / wheel, cwd=folder)
    return python


@pytest.fixture(scope="module")
def with_frameworks(python, tmp_path_factory):
    """The same, with Bottle, Flask and Django; skipped where no package index answers."""
    folder = tmp_path_factory.mktemp("frameworks")
    run(sys.executable, "-m", "venv", "--without-pip", folder / "env", cwd=folder)
    there = folder / "env" / python.relative_to(python.parents[1])
    pip = [python, "-m", "pip", "--python", there, "install", "-q"]
    run(*pip, "--no-index", next(python.parents[2].glob("*.whl")), cwd=folder)
    command = [*pip, "--require-hashes", "-r", LOCK]
    done = subprocess.run([*map(str, command)], env=VARIABLES, capture_output=True, text=True)
    if done.returncode and OFFLINE.search(done.stderr):
        pytest.skip("no package index answers, so the apps of the README are not tested")
    assert done.returncode == 0, done.stderr
    return there


# The package


def test_the_package_works_where_nothing_else_is_installed(python, tmp_path):
    """Not even redis-py: it is asked for by who wants a RedisStore."""
    told = run(python, "-m", "pip", "list", "--format=json", cwd=tmp_path)
    assert {each["name"] for each in json.loads(told)} - {"pip", "setuptools"} in (
        {"tea-house-sessions"},
        {"tea_house_sessions"},
    )
    program = (
        "import tea_house_sessions as home; from importlib.metadata import version, files\n"
        "assert home.__version__ == version('tea-house-sessions')\n"
        "assert any(file.name == 'py.typed' for file in files('tea-house-sessions'))\n"
        "store = home.open_store('sqlite:///sessions.sqlite3')\n"
        "app = home.SessionMiddleware(lambda environ, start: [start('200 OK', []), b''][1:], secret='k', store=store)\n"
        "print(len(store), home.__version__)\n"
        "for url in ('redis://127.0.0.1', 'postgresql:///'):\n"
        "    try: home.open_store(url)\n"
        "    except ModuleNotFoundError as error: print(error)"
    )
    assert run(python, "-W", "error", "-c", program, cwd=tmp_path).splitlines() == [
        f"0 {package.version()}",
        'this store needs a package: pip install "redis"',
        'this store needs a package: pip install "psycopg[binary,pool]"',
    ]


@pytest.mark.parametrize("way", ["clone", "tarball"])
def test_two_clean_copies_give_the_same_bytes(tmp_path, way):
    """Made by two people, with other rights for their files, from one commit or from one tarball of it."""
    if not package.commit():
        pytest.skip("not a git checkout: there is nothing to make a copy of")
    made = []
    for name, umask in (("one", 0o022), ("another", 0o077)):
        copy = tmp_path / name
        if way == "clone":
            run("git", "clone", "-q", ROOT, copy, cwd=tmp_path)
        else:
            run("git", "archive", "-o", tmp_path / "source.tar", "HEAD", cwd=ROOT)
            with tarfile.open(tmp_path / "source.tar") as files:
                files.extractall(copy, filter="data")
        program = f"import os; os.umask({umask}); from workbook import take_home; take_home.take_home()"
        told = run(sys.executable, "-c", program, cwd=tmp_path, PYTHONPATH=str(copy / "notebooks"))
        assert ("names no commit" in told) == (way == "tarball")
        made.append({path.name: path.read_bytes() for path in (copy / "build").iterdir()})
    assert made[0] == made[1]
    assert len(made[0]) == 3
    version = f"1.0+g{package.commit()[:12]}" if way == "clone" else "1.0"
    assert f"tea_house_sessions-{version}.tar.gz" in made[0]


# Types

PROJECT = '''
"""A project whose rules are strict."""

from collections.abc import Iterable
from wsgiref.simple_server import make_server
from wsgiref.types import StartResponse, WSGIEnvironment

from tea_house_sessions import (
    HashedIds,
    MemoryStore,
    Session,
    SessionEnded,
    SessionMiddleware,
    SQLiteStore,
    Store,
    StoreError,
    atomically,
    flash,
    flashed,
    open_store,
)


def add(session: Session) -> int:
    """One more cup."""
    cups: int = session.get("cups", 0) + 1
    session["cups"] = cups
    return cups


def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """All that a session can do."""
    session: Session = environ["session"]
    try:
        cups: int = atomically(session, add)
        atomically(session, lambda newest: newest.update(more=1))
        session.regenerate(keep=["cups"])
        session.cookie.max_age = None if session.is_new else 3600
        session.cookie.secure = True
        session.save()
        session.reload()
        flash(session, f"{cups} cups")
    except (SessionEnded, StoreError):
        session.destroy()
    said: list[str] = flashed(session)
    start_response("200 OK", [])
    return [each.encode() for each in said]


class Own:
    """A store with the four methods that sessions need."""

    def get(self, id: str) -> str | None:
        """As in Store."""
        return None

    def set(self, id: str, row: str, *, expected: str | None, expires: float | None) -> bool:
        """As in Store."""
        return True

    def touch(self, id: str, expires: float | None) -> bool:
        """As in Store."""
        return False

    def destroy(self, id: str) -> None:
        """As in Store."""


opened: Store = open_store("memory:")
stores: list[Store] = [opened, MemoryStore(), SQLiteStore("sessions.sqlite3"), HashedIds(opened)]
rows = {id: store.get(id) for store in stores for id in store if len(store)}
opened.clear()
inner = SessionMiddleware(app, secret="k", store=Own(), cookie=lambda environ: {"max_age": 60}, name="inner")
outer = SessionMiddleware(inner, secret=["new", b"old"], store=opened, cookie={"same_site": "lax"}, rolling=True)
make_server("127.0.0.1", 0, outer).server_close()
'''.lstrip()


def mypy(file, python):
    """What mypy --strict says of a file, in a project that uses this Python."""
    return subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file=", "--strict", f"--python-executable={python}", file.name],
        cwd=file.parent,
        capture_output=True,
        text=True,
    ).stdout


@pytest.mark.parametrize("has_redis", [False, True])
def test_the_file_is_as_mypy_wants_it(python, tmp_path, has_redis):
    """No error and no unused ignore, whether or not redis-py is there."""
    (tmp_path / "sessions.py").write_text(take_home.sessions_py(), encoding="utf-8")
    said = mypy(tmp_path / "sessions.py", sys.executable if has_redis else python)
    assert said == "Success: no issues found in 1 source file\n"


def test_a_strict_project_can_use_the_package(python, tmp_path):
    """As its checkers read it, and as Python does."""
    (tmp_path / "project.py").write_text(PROJECT, encoding="utf-8")
    assert mypy(tmp_path / "project.py", python) == "Success: no issues found in 1 source file\n"
    run(sys.executable, "-m", "ruff", "check", "--isolated", "project.py", cwd=tmp_path)
    run(python, "project.py", cwd=tmp_path)


# The README's apps


@contextmanager
def serving(*command, cwd) -> Iterator[str]:
    """The address of a development server, once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    started = [str(part).replace("PORT", port) for part in command]
    log = (cwd / "server.log").open("w+")
    server = subprocess.Popen(started, cwd=cwd, env={**VARIABLES, "PORT": port}, stdout=log, stderr=log)
    until = time.monotonic() + 60
    try:
        while time.monotonic() < until and server.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", int(port)), timeout=1):
                break
            time.sleep(0.05)
        assert server.poll() is None, (cwd / "server.log").read_text()
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)
        log.close()


def a_visit(url):
    """A stranger logs in, is known, and logs out: what the first page says each time; and to a thief at the end."""
    said = []
    with requests.Session() as visitor:
        for ask in (None, "/login", "/logout"):
            if ask == "/logout":
                stolen = visitor.cookies.get_dict()
            if ask:
                assert visitor.post(url + ask).status_code == 200
            said.append(visitor.get(url).text)
    return [*said, requests.get(url, cookies=stolen).text]


WANTED = ["Hello, stranger.", "Hello, alice.", "Hello, stranger.", "Hello, stranger."]
CLIENT = """
from werkzeug.test import Client
{imported}
client = {client}
said = [client.get("/").text]
for path in ("/login", "/logout"):
    assert client.post(path).status_code == 200
    said.append(client.get("/").text)
print(said)
"""
SERVERS = {
    "Bottle": ("-m", "bottle", "-b", "127.0.0.1:PORT", "shop:application"),
    "Flask": ("-m", "flask", "--app", "shop", "run", "--port", "PORT"),
    "Django": ("manage.py", "runserver", "--noreload", "127.0.0.1:PORT"),
    "WSGI": ("shop.py",),
}
URLS = """
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from mysite import views

def broken(request):
    request.environ["session"]["kept"] = "kept"
    raise ZeroDivisionError

def kept(request):
    return HttpResponse(request.environ["session"].get("kept"))

urlpatterns = [path("", views.home), path("login", csrf_exempt(views.login)), path("logout", csrf_exempt(views.logout))]
urlpatterns += [path("broken", broken), path("kept", kept)]
"""


@pytest.fixture
def app(request, with_frameworks, tmp_path):
    """A folder with one of the README's apps: its code as it stands there."""
    code = blocks()[request.param]
    if request.param == "Django":
        run(with_frameworks, "-m", "django", "startproject", "mysite", tmp_path, cwd=tmp_path)
        for name, text in {"wsgi": code[0], "views": code[1], "urls": URLS}.items():
            (tmp_path / "mysite" / f"{name}.py").write_text(text, encoding="utf-8")
    else:
        (tmp_path / "shop.py").write_text("".join(code), encoding="utf-8")
    return tmp_path


@pytest.mark.sentence("The README's app runs on its development server")
@pytest.mark.parametrize("app", SERVERS, indirect=True)
def test_the_readmes_app_runs_on_its_development_server(request, app, with_frameworks):
    """Log in, be known, log out; and the cookie of before opens nothing."""
    name = request.node.callspec.params["app"]
    with serving(with_frameworks, *SERVERS[name], cwd=app) as url:
        assert a_visit(url) == WANTED
    assert len(blocks()) == len(SERVERS)


@pytest.mark.sentence("The README's app can be tested")
@pytest.mark.parametrize("app", SERVERS, indirect=True)
def test_the_readmes_app_can_be_tested(request, app, with_frameworks):
    """With Flask's own client; elsewhere with the one that the README names."""
    clients = {
        "Flask": ("from shop import app", "app.test_client()"),
        "Django": ("from mysite.wsgi import application", "Client(application)"),
    }
    imported, client = clients.get(
        request.node.callspec.params["app"], ("from shop import application", "Client(application)")
    )
    told = run(with_frameworks, "-c", CLIENT.format(imported=imported, client=client), cwd=app)
    assert told == f"{WANTED[:3]}\n"


@pytest.mark.sentence("Flask's proxy is a session for the library's functions")
@pytest.mark.parametrize("app", ["Flask"], indirect=True)
def test_flasks_proxy_is_a_session_for_the_librarys_functions(app, with_frameworks):
    """atomically() and flash() take it, and `session.user = …` is refused as ever."""
    program = (
        "from shop import app, session\n"
        "from tea_house_sessions import Session, atomically, flash, flashed\n"
        "def add(newest):\n"
        "    newest['cups'] = newest.get('cups', 0) + 1\n"
        "    return newest['cups']\n"
        "@app.get('/cups')\n"
        "def cups():\n"
        "    flash(session, f'{atomically(session, add)} cups')\n"
        "    return flashed(session)\n"
        "@app.get('/attribute')\n"
        "def attribute():\n"
        "    assert isinstance(session, Session)\n"
        "    try: session.user = 'alice'\n"
        "    except AttributeError as error: return str(error)\n"
        "client = app.test_client()\n"
        "print(client.get('/cups').json, client.get('/cups').json, client.get('/attribute').text)"
    )
    told = run(with_frameworks, "-c", program, cwd=app)
    assert told == "['1 cups'] ['2 cups'] a session keeps items, not attributes: session[\"user\"] = …\n"


ASK = """
from wsgiref.util import setup_testing_defaults
def ask(path, cookie='', method='GET'):
    environ, told = {'PATH_INFO': path, 'HTTP_COOKIE': cookie, 'REQUEST_METHOD': method}, []
    environ['wsgi.errors'] = open('log', 'w')
    setup_testing_defaults(environ)
    body = b''.join(application(environ, lambda *start: told.append(start)))
    return told[-1][0][:3], dict(told[-1][1]).get('Set-Cookie', '').partition(';')[0], body.decode()
"""
RAISING = {
    "Bottle": "from shop import app, application; from bottle import request as asked; get = app.get\n"
    "def session(): return asked.session",
    "Flask": "from shop import app; from flask import request as asked; application = app; get = app.get\n"
    "def session(): return asked.environ['session']",
}


@pytest.mark.parametrize("app", RAISING, indirect=True)
def test_a_view_that_raises_still_saves(request, app, with_frameworks):
    """As with Express: the framework makes a page of the error, and that is an answer like others."""
    program = (
        f"{RAISING[request.node.callspec.params['app']]}\n{ASK}"
        "@get('/broken')\n"
        "def broken(): session()['kept'] = 'kept'; raise ZeroDivisionError\n"
        "@get('/kept')\n"
        "def kept(): return session().get('kept', 'lost')\n"
        "status, cookie, _ = ask('/broken')\n"
        "print(status, ask('/kept', cookie)[2])"
    )
    assert run(with_frameworks, "-c", program, cwd=app) == "500 kept\n"


MET = {
    "Bottle": "from shop import application; sessions = application",
    "Flask": "from shop import app as application; sessions = application.wsgi_app",
    "Django": "from mysite.wsgi import application; sessions = application",
    "WSGI": "from shop import application; sessions = application",
}


@pytest.mark.parametrize("app", MET, indirect=True)
def test_a_store_that_does_not_answer_is_a_503_in_every_framework(request, app, with_frameworks):
    """Also where the framework makes a page of every error; and the visitor is still known when it is back."""
    program = (
        f"{MET[request.node.callspec.params['app']]}\n{ASK}"
        "import logging; logging.disable()\n"
        "from tea_house_sessions import StoreError\n"
        "cookie, get = ask('/login', method='POST')[1], sessions.store.store.get\n"
        "def fail(id): raise StoreError('out of order')\n"
        "sessions.store.store.get = fail\n"
        "status, _, said = ask('/', cookie)\n"
        "sessions.store.store.get = get\n"
        "print(status, said, ask('/', cookie)[2])"
    )
    said = "503 Sessions cannot be reached at the moment. Please try again soon. Hello, alice.\n"
    assert run(with_frameworks, "-c", program, cwd=app) == said


@pytest.mark.parametrize("app", ["Django"], indirect=True)
def test_what_the_readme_says_of_django_is_so(app, with_frameworks):
    """A view that raises saves, with Django's page of the error; and its own test client knows of no session."""
    program = (
        "from werkzeug.test import Client\n"
        "from mysite.wsgi import application\n"
        "client = Client(application)\n"
        "print(client.get('/broken').status_code, client.get('/kept').text)\n"
        "from django.test import Client\n"
        "try: Client().get('/', headers={'host': 'localhost'})\n"
        "except KeyError as error: print(error)"
    )
    assert run(with_frameworks, "-c", program, cwd=app) == "500 kept\n'session'\n"


@pytest.mark.parametrize(
    "app", ["async def app(scope, receive, send): ...", "from django.core.asgi import ASGIHandler; app = ASGIHandler()"]
)
def test_an_asgi_app_is_refused_in_a_sentence(with_frameworks, tmp_path, app):
    """At the start, and not at the first request."""
    program = (
        f"from django.conf import settings; settings.configure()\n{app}\n"
        "from tea_house_sessions import SessionMiddleware\n"
        "try: SessionMiddleware(app, secret='k')\n"
        "except TypeError as error: print(error)"
    )
    assert run(with_frameworks, "-c", program, cwd=tmp_path).startswith("WSGI only")
