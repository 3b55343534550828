"""The commands: each does what the map says, and what cannot work ends with one sentence that says what to do."""

import ast
import os
import re
import runpy
import socket
import subprocess
import sys
from types import SimpleNamespace

import pytest

from tests.support import ROOT, STEPS
from tests.support.calling import Visitor, call
from workbook import commands, environment, lessons

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z][\w%-]*):", MAKEFILE, flags=re.M))
PAGES = {
    path: path.read_text(encoding="utf-8")
    for path in (ROOT / "README.md", *sorted(ROOT.glob("[a-z]*/README.md")), *sorted(ROOT.glob(".github/*.md")))
}
README = PAGES[ROOT / "README.md"]


def run(*command, **variables):
    environ = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'notebooks'}", **variables}
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60)


def serve(step, **variables):
    return run(sys.executable, "-m", STEPS[step].server, **variables)


# The map


@pytest.mark.sentence("Each make target has its command, and each command its target")
def test_each_make_target_has_its_command_and_each_command_its_target():
    """`make x` and `python -m workbook x` are twins."""
    assert {target.removesuffix("-%") for target in TARGETS} == set(commands.COMMANDS)


def test_each_make_target_is_one_line():
    """The Makefile is thin: what is done stands in Python, for those without make, too."""
    rules = [line for line in MAKEFILE.splitlines() if re.match(r"[a-z]", line)]
    assert all("; $(WORKBOOK)" in rule for rule in rules)


def test_the_map_names_every_command(capsys):
    """Who types `make` must see what there is, with a sentence each."""
    commands.help([])
    told = capsys.readouterr().out
    for name, (_, command) in commands.COMMANDS.items():
        assert re.search(rf"make {name}\b.*{re.escape(command.__doc__)}", told)
    assert all(step.folder in told for step in STEPS.values())


# What cannot work


@pytest.mark.parametrize("arguments", [["step", "9"], ["step", "x"], ["step"], ["test", "9"], ["brew"]])
def test_an_unknown_step_or_command_is_a_sentence(arguments, monkeypatch):
    """It names what there is."""
    monkeypatch.setattr(environment, "enter", lambda needs, arguments: None)
    with pytest.raises(SystemExit) as stopped:
        commands.main(arguments)
    assert re.fullmatch(r"(There is no .*|Which step\?) Choose one of .*", stopped.value.code)


def test_a_taken_port_is_a_sentence():
    """The most frequent trouble: the last step's server is still running."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        answer = serve(1, PORT=str(other.getsockname()[1]))
    assert answer.returncode == 1
    assert re.fullmatch(r"Port \d+ is taken, .* put PORT=8081 before the command\.\n", answer.stderr)


@pytest.mark.parametrize("port", ["tea", "-1", "70000", "", "８０"])
def test_a_port_that_is_none_is_a_sentence(port):
    """A slip of the finger must not end in a traceback."""
    answer = serve(1, PORT=port)
    assert answer.returncode == 1
    assert answer.stderr == f"PORT must be a number up to 65535, not {port!r}.\n"


@pytest.mark.sentence("Whoever has an old Python is told so")
def test_an_old_python_is_told_so(monkeypatch):
    """The first file that runs must be readable for it, and say what is needed."""
    main = ROOT / "notebooks" / "workbook" / "__main__.py"
    ast.parse(main.read_text(encoding="utf-8"), feature_version=(3, 4))
    monkeypatch.setattr(sys, "version_info", (3, 9, 18))
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer, and this is 3\.9\. .* make PYTHON="):
        runpy.run_path(str(main), run_name="__main__")


@pytest.mark.sentence("Whoever has no Python is told so")
def test_a_missing_python_is_told_so():
    """Before anything of ours can run, make itself has to say it."""
    answer = run("make", "PYTHON=no-such-python", "help")
    assert answer.returncode == 2
    assert "Python is missing: install Python 3.11 or newer" in answer.stdout


@pytest.mark.parametrize("folder", ["steps", "notebooks", "tests"])
def test_make_works_from_the_folders_inside(folder):
    """Learners are where they read; make must not be particular about it."""
    answer = run("make", "-C", folder, f"PYTHON={sys.executable}", "help")
    assert answer.returncode == 0
    assert "make notebooks" in answer.stdout


# The set-up


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """The set-up with a folder of its own, and no programs started."""
    started = []

    def start(command, **options):
        started.append([str(part) for part in command])
        return SimpleNamespace(returncode=1, stdout=b"", stderr=b"")

    monkeypatch.setattr(environment, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(environment, "PYTHON", tmp_path / ".venv/bin/python")
    monkeypatch.setattr(environment.subprocess, "run", start)
    return started


@pytest.mark.sentence("Whoever has no venv module is told so")
def test_a_missing_venv_module_is_told_so(elsewhere, monkeypatch):
    """Debian ships Python without it."""
    monkeypatch.setattr(environment.shutil, "which", lambda name: None)
    with pytest.raises(SystemExit, match="sudo apt install python3-venv"):
        environment.set_up("servers")
    assert not environment.VENV.exists()


@pytest.mark.sentence("A failed installation is told")
def test_a_failed_installation_is_told_so(elsewhere, monkeypatch):
    """Without a network, say so, and try again next time."""
    monkeypatch.setattr(environment, "works", lambda: True)
    monkeypatch.setattr(environment, "tell_why_not", lambda command: None)
    asked = []
    monkeypatch.setattr(environment, "installed", lambda command, count: asked.append((command, count)))
    with pytest.raises(SystemExit, match="Is there a network"):
        environment.set_up("all")
    assert not environment.is_ready("all")
    [(command, count)] = asked
    assert "--require-hashes" in command
    assert count > 100


def test_an_installation_says_how_far_it_is(capsys):
    """400 MB take a while: every 25 packages a line, and none for the few that a server needs."""
    pip = "for n in range(60): print(f'Collecting package{n}==1')\nprint('Installing collected packages: ...')"
    assert environment.installed([sys.executable, "-c", pip], 60)
    assert [line.split(" packages")[0].strip() for line in capsys.readouterr().err.splitlines()] == [
        "25 of 60",
        "50 of 60",
        "All are here, and are being unpacked …",
    ]
    assert environment.installed([sys.executable, "-c", "print('Collecting bottle')\nprint('Installing bottle')"], 12)
    assert not environment.installed([sys.executable, "-c", "raise SystemExit(1)"], 12)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("needs", "pip", "ensurepip", "whose"),
    [
        ("servers", "23.2.1", True, "ours"),
        ("servers", "22.2", True, "its own"),  # knows no --python
        ("servers", None, True, "its own"),
        ("all", "23.2.1", True, "its own"),  # for %pip
        ("all", "23.2.1", False, "ours"),  # Debian without python3-venv
    ],
)
def test_packages_are_installed_by_the_pip_that_costs_least(elsewhere, monkeypatch, needs, pip, ensurepip, whose):
    """To make one for the environment takes longer than all that a server needs."""

    def version(name):
        if pip is None:
            raise environment.PackageNotFoundError
        return pip

    monkeypatch.setattr(environment, "version", version)
    monkeypatch.setattr(environment, "find_spec", lambda name: ensurepip or None)
    made = []
    monkeypatch.setattr(environment, "tell_why_not", made.append)
    command = environment.installer(None, needs)
    assert command[0] == (sys.executable if whose == "ours" else str(environment.PYTHON))
    assert bool(made) == (whose == "its own")
    assert ("--python" in command) == (whose == "ours")


def test_what_is_installed_is_installed_again_only_when_the_lock_changes(elsewhere, tmp_path, monkeypatch):
    """The second start must be fast, and a pulled change of the lock must not be missed."""
    lock = tmp_path / "requirements.lock"
    lock.write_text("bottle==0.13.4")
    monkeypatch.setattr(environment, "LOCKS", {"all": lock, "servers": lock})
    environment.VENV.mkdir()
    environment.stamp("all").write_text(environment.digest("all"))
    assert environment.is_ready("all")
    assert environment.is_ready("servers")
    lock.write_text("bottle==0.14")
    assert not environment.is_ready("all")


def test_the_locks_name_versions_and_hashes_and_no_place():
    """The same bytes everywhere, from wherever a reader's pip gets its packages."""
    versions = []
    for name in ("requirements.lock", "requirements-servers.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        packages = dict(re.findall(r"^([\w.-]+)==(\S+)", text, flags=re.M))
        assert text.count("--hash=sha256:") >= len(packages) > 3
        assert "://" not in text and "index" not in text
        versions.append(packages)
    assert versions[1].items() <= versions[0].items()


# The README, and the pages beside the steps and the tests


def blocks(kind):
    return re.findall(rf"^```{kind}\n(.*?)^```", README, flags=re.M | re.S)


def test_each_command_on_the_pages_is_there():
    """A command that is described and does not exist costs a newcomer's trust."""
    commands = r"\bmake ([a-z]+(?:-\d|-home|-answers|-exercises)?)"
    named = {name for page in PAGES.values() for name in re.findall(commands, page)} - {"and", "alone", "it"}
    assert {re.sub(r"\d|exercises", "%", name) for name in named} <= TARGETS
    assert {f"step-{step}" for step in STEPS} | {f"test-{step}" for step in STEPS} <= named
    assert len(blocks("sh")) >= 2


def test_each_link_on_the_pages_leads_somewhere():
    """From the README, every lesson and every other page must be found."""
    for page, text in PAGES.items():
        for path in re.findall(r"\]\(([^)#]+)\)", text):
            assert (page.parent / path).exists(), path
    linked = {(ROOT / path).resolve() for path in re.findall(r"\]\(([^)#]+)\)", README)}
    assert {*lessons.NOTEBOOKS, *PAGES} - {ROOT / "README.md"} <= linked


@pytest.mark.sentence("The README's transcript is what the server says")
def test_the_readmes_transcript_is_what_the_server_says(servers):
    """The transcript was copied from a terminal; it must stay true."""
    visitor = Visitor(servers[2].url)
    answers = [visitor.get("/whoami"), visitor.get("/"), visitor.get("/whoami")]
    visitor.close()
    transcript = blocks("console")[0]
    assert answers[0].text in transcript
    secret = r"s%3A[\w-]{32}\.[\w%-]+"
    assert re.sub(secret, "", answers[1].headers["Set-Cookie"]) in re.sub(secret, "", transcript)
    short = r"[\w-]{8}\\u2026"
    assert re.sub(short, "", answers[2].text) in re.sub(short, "", transcript)


@pytest.mark.sentence("The README's program runs")
def test_the_readmes_program_runs():
    """The whole program with the finished library, as it stands there."""
    names = {"__name__": "shop"}
    exec(blocks("python")[0], names)
    app = names["SessionMiddleware"](names["app"], secret="k")
    first = call(app)
    assert call(app, cookie=first.cookie).body == b"Cups of tea so far: 2"


def test_each_dependency_has_its_reason_in_the_readme():
    """Few and deliberate: one that cannot be explained should not be there."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    declared = re.findall(
        r'"([a-z0-9-]+)"', "".join(re.findall(r"(?:dependencies|workbook) = \[.*?\]", project, flags=re.S))
    )
    assert len(declared) > 10
    for package in declared:
        assert re.search(rf"^\|.*\b{package}\b.*\|", README, flags=re.M), package


def test_the_top_level_is_as_described():
    """What is not at the top level cannot confuse anybody."""
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.split()
    if not files:
        pytest.skip("not a git checkout: there is no list of files to compare with")
    top = {file.partition("/")[0] for file in files if not file.startswith(".")}
    assert top == {
        "LICENSE", "Makefile", "README.md", "notebooks", "pyproject.toml",
        "requirements-servers.lock", "requirements.lock", "steps", "tests",
    }  # fmt: skip
