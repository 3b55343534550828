"""Take home: one file and one package, whose help() is enough for who has never seen the workbook."""

import inspect
import pydoc
import re
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_string
from types import SimpleNamespace

import pytest
from flit_core import buildapi

from tests.conftest import at_home
from tests.support import ROOT
from tests.support.calling import call
from workbook import package, take_home

NAMES = take_home.public()
OF_SESSIONS = ("save", "reload", "regenerate", "destroy", "touch", "id", "is_new", "ended", "cookie", "expires")
SETTINGS = {"path": "/", "domain": None, "secure": None, "http_only": True, "same_site": None, "partitioned": None}
SETTINGS |= {"priority": None, "max_age": None, "expires": None, "original_max_age": None}
NOT_CALLED = (
    "OwnedSession",
    "OwningStore",
    "Session",
    "SessionCookie",
    "SessionEnded",
    "Store",
    "StoreError",
    "TooManySessions",
)  # by users
RAISED = {  # what each may raise, so that its docstring says so
    "HashedIds": "TypeError",
    "RedisStore": "TypeError",
    "SQLiteStore": "StoreError",
    "Session": "TypeError ValueError StoreError SessionEnded",
    "SessionCookie": "ValueError TypeError",
    "SessionMiddleware": "TypeError ValueError",
    "atomically": "SessionEnded StoreError TypeError ValueError",
    "open_store": "ValueError StoreError TypeError",
    "serialize_cookie": "ValueError",
    "sign": "ValueError",
}


@pytest.fixture(scope="module")
def home():
    """The library as it is taken home."""
    return at_home()


def entry(told, name):
    """What a list in a docstring says of a name: to the next name, or to an empty line."""
    found = re.search(rf"^{name}(\(.*?\))?  +(.*(?:\n  +.*)*)", told, flags=re.M)
    assert found, f"{name} is not in the list"
    return found[2]


def own_doc(kind, name):
    """What is said of a method or attribute, unless it is Python's own."""
    value = inspect.getattr_static(kind, name)
    ours = next(each for each in kind.__mro__ if name in vars(each)).__module__ not in ("builtins", "typing")
    return ours and callable(getattr(kind, name)), inspect.getdoc(value)


# Help


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_says_what_it_is(home, name):
    """With its parameters, each by its name, and what it raises."""
    public = getattr(home, name)
    told = inspect.getdoc(public) or ""
    assert len(told) > 40
    if isinstance(public, type):
        told += inspect.getdoc(public.__init__) or ""
    if name not in NOT_CALLED:
        parameters = inspect.signature(public).parameters
        assert [each for each in parameters if not re.search(rf"\b{each}", told, flags=re.I)] == []
    assert [error for error in RAISED.get(name, "").split() if error not in told] == []


@pytest.mark.parametrize("name", [name for name in NAMES if name[0].isupper()])
def test_every_public_method_says_what_it_does(home, name):
    """What is shown by help() has a sentence."""
    kind = getattr(home, name)
    methods = [each for each in dir(kind) if not each.startswith("_")]
    assert [each for each in methods if own_doc(kind, each)[0] and not own_doc(kind, each)[1]] == []


def test_every_option_has_its_default_in_the_list(home):
    """Who opens help(SessionMiddleware) need not read its code."""
    told = inspect.getdoc(home.SessionMiddleware)
    for option in list(inspect.signature(home.SessionMiddleware).parameters.values())[1:]:
        default = option.default
        written = f'"{default}"' if isinstance(default, str) else getattr(default, "__name__", str(default))
        shown = {"secret": "must be given", "clock": "time.time"}.get(option.name, written)
        assert entry(told, option.name).startswith(shown) or option.name == "secret", option
        assert shown in entry(told, option.name), option


def test_every_setting_of_the_cookie_has_its_default_in_the_list(home):
    """And the list tells the truth: so is a new cookie."""
    told = inspect.getdoc(home.SessionCookie)
    cookie = home.SessionCookie()
    assert {name: getattr(cookie, name) for name in SETTINGS} == SETTINGS
    for name, default in SETTINGS.items():
        assert entry(told, name).startswith(f'"{default}"' if isinstance(default, str) else str(default))
        assert isinstance(getattr(home.SessionCookie, name), object)  # as help() looks for it


@pytest.mark.parametrize("name", OF_SESSIONS)
def test_all_that_a_handler_uses_is_in_the_list(home, name):
    """Session has many methods, since eight lessons have built it; these are for handlers."""
    assert entry(inspect.getdoc(home.Session), name)
    assert hasattr(home.Session, name) or name == "cookie"


def test_help_begins_with_what_one_has_to_do(home):
    """An app of each kind, what is promised, where it comes from; then every name."""
    told = pydoc.plain(pydoc.render_doc(home))
    for word in ("Bottle", "Flask", "Django", "WSGI only", "FastAPI", "LocalProxy", "A view that raises still saves"):
        assert word in " ".join(told.split())
    assert all(promise in told for promise in package.promises().splitlines()[2:])
    assert home.__version__ in told.partition("class")[0]
    assert [name for name in NAMES if not re.search(rf"^    (class )?{name}\b", told, flags=re.M)] == []
    assert "](" not in home.__doc__ and "```" not in home.__doc__ and "<" not in home.__doc__.partition("WHAT IT")[0]


def test_only_what_is_public_is_exported(home):
    """`from sessions import *` brings what the library is, and nothing that it is made of."""
    assert home.__all__ == NAMES
    assert all(hasattr(home, name) for name in NAMES)


# What the docstring of Session says


def shop(home, **options):
    """An app whose handler is exchanged, on a store of its own: `ask(handler)` is an answer, with the cookie so far."""
    asked = SimpleNamespace(handler=None, cookie="")

    def app(environ, start_response):
        asked.result = asked.handler(environ["session"])
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b""]

    application = home.SessionMiddleware(app, secret="k", **options)

    def ask(handler):
        asked.handler = handler
        answer = call(application, cookie=asked.cookie)
        asked.cookie = answer.cookie or asked.cookie
        return asked.result

    return ask


@pytest.mark.parametrize(
    ("safely", "left"), [(False, {"green": 1, "milk": 1}), (True, {"green": 1, "black": 1, "milk": 1})]
)
def test_inside_one_key_only_atomically_loses_nothing(home, safely, left):
    """Two forms sent at once, each with something for the cart: as the docstring of Session says."""
    ask = shop(home)
    ask(lambda session: session.update(cart={"green": 1}))

    def put(session, tea):
        if safely:
            home.atomically(session, lambda session: session["cart"].update({tea: 1}))
        else:
            session["cart"][tea] = 1

    cookie = {}

    def while_another_comes(session):
        session["cart"]  # has been read
        cookie["other"] = ask(lambda other: put(other, "black"))
        put(session, "milk")

    ask(while_another_comes)
    assert ask(lambda session: session["cart"]) == left


@pytest.mark.parametrize(
    ("ending", "said"),
    [
        (lambda session: session.destroy(), []),
        (lambda session: session.regenerate(), ["Goodbye"]),
        (lambda session: (session.destroy(), session.regenerate()), ["Goodbye"]),
    ],
    ids=["destroy", "regenerate", "both"],
)
def test_what_is_said_after_the_end_needs_a_new_session(home, ending, said):
    """A good-bye on the next page: the docstring of Session says how."""
    ask = shop(home)
    ask(lambda session: session.update(user="alice"))
    ask(lambda session: (ending(session), home.flash(session, "Goodbye")))
    assert ask(lambda session: (session.get("user"), home.flashed(session))) == (None, said)
    assert ask(home.flashed) == []


def test_a_flash_is_bounded(home):
    """The last five, of each two hundred letters: a program may never look at a page."""
    ask = shop(home)
    ask(lambda session: [home.flash(session, f"{number}" * 300) for number in range(7)])
    assert ask(home.flashed) == [f"{number}" * 200 for number in range(2, 7)]
    assert ask(home.flashed) == []


# The file and the package


def test_the_version_names_the_commit(home):
    """In the file, in the package, and to be asked for by a program."""
    commit = package.commit()
    assert bool(commit) == (ROOT / ".git").exists()
    expected = rf"1\.0\+g{commit[:12]}(\.dirty)?" if commit else r"1\.0"
    assert re.fullmatch(expected, home.__version__)
    assert commit in home.__doc__


def test_without_git_there_is_no_commit_and_that_is_said(monkeypatch, tmp_path, capsys):
    """From a tarball, in whose folder git may find another repository's commits."""
    subprocess.run(["git", "init", "-q", tmp_path], check=False)
    folder = tmp_path / "within"
    folder.mkdir()
    for name in ("README.md", "LICENSE", "pyproject.toml"):
        (folder / name).write_bytes((ROOT / name).read_bytes())
    monkeypatch.setattr(package, "ROOT", folder)
    monkeypatch.setattr(package, "git", package.git.__wrapped__)
    monkeypatch.setattr(take_home, "TARGET", folder / "build" / "sessions.py")
    take_home.take_home()
    assert (folder / "build" / "tea_house_sessions-1.0-py3-none-any.whl").is_file()
    assert '__version__ = "1.0"\n' in (folder / "build" / "sessions.py").read_text(encoding="utf-8")
    assert "no git repository here, so `__version__` names no commit" in capsys.readouterr().out


def test_the_package_is_the_same_to_the_byte_and_holds_little(tmp_path, monkeypatch):
    """Built twice, over another one, and from the sdist: one module with its types, without a need of others."""
    built, module = [], take_home.sessions_py("tea_house_sessions")
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        (folder / "tea_house_sessions-0.9-py3-none-any.whl").touch()
        names = package.build(module, folder)
        assert sorted(path.name for path in folder.iterdir()) == sorted(names)
        built.append([(folder / name).read_bytes() for name in names])
    assert built[0] == built[1]
    wheel, sdist = (tmp_path / "a" / name for name in names)
    with zipfile.ZipFile(wheel) as files:
        assert {name for name in files.namelist() if "dist-info" not in name} == {
            "tea_house_sessions/__init__.py",
            "tea_house_sessions/py.typed",
        }
        told = message_from_string(files.read(next(n for n in files.namelist() if n.endswith("METADATA"))).decode())
    assert (told["Name"], told["License-Expression"], told["Requires-Python"]) == (
        "tea-house-sessions",
        "MIT",
        ">=3.11",
    )
    assert all("; extra == " in needed for needed in told.get_all("Requires-Dist"))
    assert sorted(told.get_all("Provides-Extra")) == ["postgres", "redis"]
    assert "Typing :: Typed" in told.get_all("Classifier")
    assert "SessionMiddleware" in told.get_payload()
    with tarfile.open(sdist) as files:
        files.extractall(tmp_path, filter="data")
        assert [name.partition("/")[2] for name in files.getnames()] == [
            "LICENSE", "README.md", "pyproject.toml", "tea_house_sessions/__init__.py",
            "tea_house_sessions/py.typed", "PKG-INFO",
        ]  # fmt: skip
    monkeypatch.chdir(tmp_path / sdist.name.removesuffix(".tar.gz"))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", package.epoch())
    assert (tmp_path / buildapi.build_wheel(str(tmp_path))).read_bytes() == built[0][0]


@pytest.mark.parametrize("options", [["check", "--isolated"], ["format", "--isolated", "--line-length=120", "--check"]])
def test_the_file_is_as_ruff_wants_it(home, options):
    """In a project that has its own rules, a file that was taken home is no trouble."""
    done = subprocess.run([sys.executable, "-m", "ruff", *options, home.__file__], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_store_that_people_use_can_be_counted_and_emptied(home):
    """Each of ours can; what a middleware is given needs four methods only."""
    store = home.open_store("memory:")
    assert {"clear", "__len__", "__iter__", "get", "set", "touch", "destroy"} <= {*dir(home.Store)}

    class Four:
        get, set, touch, destroy = store.get, store.set, store.touch, store.destroy

    ask = shop(home, store=Four())
    ask(lambda session: session.update(user="alice"))
    assert ask(lambda session: session["user"]) == "alice"
    assert (len(store), len([*store])) == (1, 1)
    store.clear()
    assert ask(lambda session: session.get("user")) is None
