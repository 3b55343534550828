"""The set-up: whatever a folder is called or a shell has set, the commands work, or say what is in the way."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.support import ROOT
from workbook import commands, environment, loop

MAIN = str(ROOT / "notebooks" / "workbook")


def run(*command, **variables):
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **variables}, capture_output=True, timeout=60)


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A workbook in a folder of its own."""

    def move(name="workbook"):
        root = tmp_path / name
        (root / "notebooks" / "workbook").mkdir(parents=True)
        monkeypatch.setattr(environment, "ROOT", root)
        monkeypatch.setattr(environment, "VENV", root / ".venv")
        monkeypatch.setattr(environment, "PYTHON", root / ".venv/bin/python")
        return root

    return move


@pytest.fixture
def foreign(tmp_path):
    """A folder with other modules of our modules' names, as somebody's PYTHONPATH may have it."""
    for name in ("bottle", "requests", "steps", "workbook", "pytest", "redis"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('another module was imported')\n")
    return {"PYTHONPATH": str(tmp_path), "PYTHONOPTIMIZE": "2", "PYTHONWARNINGS": "error"}


# Folders


@pytest.mark.parametrize("name", ["Tübingen", "tea house", "茶館", "it's"])
@pytest.mark.parametrize("locale", [{}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}])
def test_a_folder_may_have_any_name(elsewhere, name, locale):
    """Up to 3.12, Python reads .pth files in the locale's encoding, which need not be the folder's."""
    root = elsewhere(name)
    (root / "notebooks" / "workbook" / "__init__.py").write_text("print('found')")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment.VENV], check=True)
    environment.find_ourselves()
    environ = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    program = [environment.PYTHON, "-c", "import workbook"]
    found = subprocess.run(program, cwd=root.parent, env={**environ, **locale}, capture_output=True, text=True)
    assert (found.stdout, found.stderr) == ("found\n", "")


@pytest.mark.sentence("A folder with a colon is told")
def test_a_folder_with_a_colon_is_told_so(elsewhere):
    """Python refuses to make an environment there; that its venv module were missing would be a lie."""
    elsewhere("tea:house")
    with pytest.raises(SystemExit, match=r"tea:house has a ':' in it, .* Rename it"):
        environment.set_up("all")


@pytest.mark.sentence("A folder that cannot be written to is told")
def test_a_folder_that_cannot_be_written_to_is_told_so(elsewhere):
    """No permission, a full disk, a file in the way: whatever keeps us from writing is named."""
    root = elsewhere()
    (root / "build").write_text("a file, where a folder should be")
    with pytest.raises(SystemExit, match=r"Nothing can be written into .*: File exists\. Put the workbook"):
        environment.enter("all", ["progress"])


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (b"... not created successfully because ensurepip is not available.", "sudo apt install python3-venv"),
        (b"/usr/bin/python3: No module named venv", "sudo apt install python3-venv"),
        (b"Error: [Errno 13] Permission denied: '/srv/.venv'", r"\[Errno 13\] Permission denied: '/srv/.venv'"),
        (b"Error: [Errno 28] No space left on device", "No space left on device"),
    ],
)
def test_why_there_is_no_environment_is_told(elsewhere, monkeypatch, said, told):
    """Only where the venv module is missing is it the venv module."""
    elsewhere()
    monkeypatch.setattr(environment.shutil, "which", lambda name: None)
    answer = SimpleNamespace(returncode=1, stdout=said, stderr=b"")
    monkeypatch.setattr(environment.subprocess, "run", lambda command, **options: answer)
    with pytest.raises(SystemExit, match=told) as refused:
        environment.set_up("all")
    assert ("python3-venv" in refused.value.code) == ("venv module" in refused.value.code)


def test_what_cannot_be_written_later_is_a_sentence(tmp_path, monkeypatch, capsys):
    """A workspace that is a file, or on a disk without room: the file's name, and what is wrong with it."""
    (tmp_path / "workspace").write_text("")
    monkeypatch.setenv("WORKBOOK_WORKSPACE", str(tmp_path / "workspace"))
    monkeypatch.setattr(environment, "enter", lambda needs, arguments: None)
    with pytest.raises(SystemExit, match=r"This cannot be done: (File exists|Not a directory) \(.*workspace"):
        commands.main(["start", "1"])


# Two at once


def test_two_first_commands_wait_for_each_other(elsewhere, monkeypatch, capsys):
    """`make step-1` in one terminal and `make test-1` in another: one sets up, the other goes on with what it made."""
    fcntl = pytest.importorskip("fcntl", reason="Windows locks files in another way")
    root = elsewhere()
    (root / "build").mkdir()
    made = []
    with (root / "build" / "set-up.lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)

        def finish(seconds):
            made.append("by the other")
            fcntl.flock(other, fcntl.LOCK_UN)

        monkeypatch.setattr(environment.time, "sleep", finish)
        monkeypatch.setattr(environment, "is_ready", lambda needs: bool(made))
        monkeypatch.setattr(environment, "is_inside", lambda: True)
        monkeypatch.setattr(environment, "set_up", lambda needs: made.append("again"))
        environment.enter("all", ["progress"])
    assert made == ["by the other"]
    assert "Another command is setting up .venv. This one waits" in capsys.readouterr().err


def test_one_sets_up_at_a_time(tmp_path):
    """Tried with processes: their stretches of work do not overlap."""
    program = (
        "import sys, time; from pathlib import Path; from workbook import environment\n"
        "environment.ROOT = Path(sys.argv[1])\n"
        "with environment.alone(): print(time.time(), flush=True); time.sleep(0.3); print(time.time())"
    )
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "notebooks")])}
    command = [sys.executable, "-c", program, str(tmp_path)]
    both = [subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in "ab"]
    stretches = sorted([float(line) for line in each.communicate(timeout=30)[0].split()] for each in both)
    assert stretches[0][1] <= stretches[1][0]


# What a shell has set


def test_another_bottle_in_pythonpath_changes_no_server(foreign):
    """Somebody's own modules are found first by every Python that he starts; ours are not his."""
    server = subprocess.Popen(
        [sys.executable, MAIN, "step", "2"],
        env={**os.environ, **foreign, "PORT": "0"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout.readline().startswith("The tea house is open")
    finally:
        server.terminate()
        server.wait(timeout=10)
        server.stdout.close()


def test_another_bottle_in_pythonpath_changes_no_check(foreign, tmp_path):
    """Nor do options that others have set for pytest, or settings that were exported for a server."""
    workspace = str(tmp_path / "workspace")
    more = {"PYTEST_ADDOPTS": "--nonsense", "TRUST_PROXY": "1", "HTTPS": "1", "FORCE": "1"}
    for command, said in (("solve", b"is now ours"), ("check", "✓ step3_authenticate.auth: all".encode())):
        answer = run(sys.executable, MAIN, command, "3.auth", **foreign, **more, WORKBOOK_WORKSPACE=workspace)
        assert (answer.returncode, said in answer.stdout) == (0, True), answer


@pytest.mark.sentence("A Python may have a space in its name")
def test_a_python_with_a_space_in_its_name(tmp_path):
    """`make PYTHON="/a b/python3"` is one program."""
    python = tmp_path / "a b" / "python3"
    python.parent.mkdir()
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    answer = run("make", f"PYTHON={python}", "help")
    assert answer.returncode == 0
    assert b"make notebooks" in answer.stdout


# How a command may end


@pytest.mark.sentence("There is output in any encoding")
@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "latin-1", "utf-8"])
@pytest.mark.parametrize("command", ["help", "progress"])
def test_output_in_any_encoding(encoding, command):
    """A pipe on Windows, or a terminal of the last century: marks become others, and nothing is an error."""
    answer = run(sys.executable, MAIN, command, PYTHONIOENCODING=encoding)
    assert (answer.returncode, answer.stderr.partition(b"Checking")[0]) == (0, b"")
    marks = b"+ done   ~ begun   o open" if encoding != "utf-8" else "✓ done   ◐ begun   ○ open".encode()
    assert marks in answer.stdout


@pytest.mark.sentence("A reader who has had enough is no error")
@pytest.mark.parametrize("command", ["help", "progress"])
def test_a_reader_who_has_had_enough(command):
    """`make help | head`: no traceback, also where the output is longer than a pipe is wide."""
    writing = subprocess.Popen([sys.executable, MAIN, command], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    writing.stdout.close()
    said = writing.stderr.read()
    writing.stderr.close()
    writing.wait(timeout=30)
    assert b"Traceback" not in said and b"BrokenPipe" not in said


def test_ctrl_c_is_one_line(monkeypatch, capsys):
    """In any command: who stops it knows what he has done."""

    def stopped():
        raise KeyboardInterrupt

    monkeypatch.setattr(environment, "enter", lambda needs, arguments: None)
    monkeypatch.setattr(loop, "progress", stopped)
    with pytest.raises(SystemExit) as ended:
        commands.main(["progress"])
    assert ended.value.code == 130
    assert capsys.readouterr().err == "\nStopped.\n"


def test_ctrl_c_in_a_script_is_one_line(tmp_path):
    """Also in those that a command becomes."""
    script = tmp_path / "script.py"
    script.write_text("import time; print('here', flush=True); time.sleep(60)")
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "notebooks")}
    command = [sys.executable, "-m", "workbook.calm", str(script)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    heard = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)  # noqa: E731 - even where ours is deaf to it
    running = subprocess.Popen(command, env=environ, preexec_fn=heard, **pipes)
    assert running.stdout.readline() == b"here\n"
    time.sleep(0.1)
    running.send_signal(2)
    assert running.communicate(timeout=20)[1] == b"\nStopped.\n"
    assert running.returncode == 130


def test_every_script_of_a_command_can_be_stopped(monkeypatch):
    """A command that becomes a script lets it end in one line."""
    become = []
    monkeypatch.setattr(environment, "become", lambda python, *arguments: become.append(arguments))
    for name in ("bench", "scoreboard", "conformance", "record", "exam", "attacks", "asvs", "mutate", "right-answers"):
        commands.COMMANDS[name][1]([])
    assert all(arguments[:2] == ("-m", "workbook.calm") and Path(ROOT / arguments[2]).is_file() for arguments in become)
    assert len(become) == 9
