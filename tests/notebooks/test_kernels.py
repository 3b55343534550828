"""Kernels: what a lesson finds in a fresh one, and what is left when one is killed."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import nbformat
import psutil
import pytest

from tests.support import ROOT
from workbook import environment, express, leash, lessons, notebook, runner
from workbook.exercises import exercises

HELD = "import os\nfrom workbook import leash\nleash.GROUP == [-os.getpid()]"


@pytest.mark.filterwarnings("ignore")  # the kernels' own libraries warn, of things that are not ours
@pytest.mark.parametrize("own", ["", "c.InteractiveShellApp.extensions = ['autoreload']\n"])
def test_an_exercises_cell_may_be_the_first_that_is_run(own, tmp_path, monkeypatch):
    """Who goes on the next day begins where he was, not at the top; also who has set up IPython as he likes it."""
    environment.find_ourselves()
    profile = tmp_path / "profile_default"
    profile.mkdir()
    (profile / "ipython_kernel_config.py").write_text(own)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    name, exercise = next(iter(exercises().items()))
    sources = [f"%%exercise {name}\n{exercise.blank}", HELD]
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    book = nbformat.v4.new_notebook(cells=cells, metadata={"language_info": {"name": "python"}})
    [[output], [held]] = (cell.outputs for cell in lessons.executed(book).cells)
    assert output.data["text/plain"].startswith(f"○ {name}: ")
    assert held.data["text/plain"] == "True"


START = """
import subprocess, sys
from workbook import start_express, start_redis
from workbook.leash import hold_group
hold_group()
server = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
redis = start_redis()
express = start_express(STORE=getattr(redis, "url", ""), SECRET="k")
print(*[started.process.pid for started in (redis, express) if started], server.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("end", ["kill", "communicate"])
def test_what_a_kernel_has_started_ends_with_it(end):
    """Whether it is killed, or ends: a server that nobody can end any more would run for weeks."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "start_new_session": True}  # as kernels are started
    kernel = subprocess.Popen([sys.executable, "-c", START], cwd=ROOT, env=runner.environment(), **pipes)
    try:
        started = [psutil.Process(int(process)) for process in kernel.stdout.readline().split()]
        getattr(kernel, end)()
    finally:
        kernel.kill()
        kernel.communicate()
    assert len(started) == 1 + bool(shutil.which("redis-server")) + express.is_installed()
    for server in started:
        server.wait(timeout=20)


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="there are no groups here")
def test_a_kernel_that_was_gone_before_it_was_watched_is_no_exception():
    """On a busy machine it may be killed before the process that waits for its end has begun."""
    pause = [sys.executable, "-c", "import signal; signal.pause()"]
    kernel = subprocess.Popen(pause, start_new_session=True)
    watcher = subprocess.Popen([sys.executable, "-c", leash.WATCH], stdin=subprocess.PIPE, text=True)
    watcher.communicate(f"+{-kernel.pid}\n", timeout=60)
    assert kernel.wait(timeout=60) == -signal.SIGKILL


def test_a_kernel_holds_what_it_starts(monkeypatch):
    """From its start on; a terminal's IPython leaves alone what others have started from there."""
    held = []
    monkeypatch.setattr(leash, "hold_group", lambda: held.append(True))
    for more in ({}, {"kernel": object()}):
        shell = SimpleNamespace(register_magic_function=Mock(), set_custom_exc=Mock(), **more)
        notebook.use_in(shell)
    assert held == [True]


@pytest.mark.filterwarnings("ignore")
def test_every_jupyterlab_of_ours_shows_the_lessons_as_we_want_them(tmp_path, monkeypatch):
    """Also one that somebody starts as `.venv/bin/jupyter lab`: it is set up in the environment, not by the command."""
    from jupyterlab.labapp import LabApp

    environment.find_ourselves()
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    lab = LabApp()
    lab.load_config_file()
    assert lab.custom_css
    [folder] = lab.config.ServerApp.tornado_settings["static_custom_path"]
    assert (Path(folder) / "custom.css").read_bytes()
