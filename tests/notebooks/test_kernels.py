"""Kernels: what a lesson finds in a fresh one, and what is left when one is killed."""

import shutil
import subprocess
import sys

import nbformat
import psutil
import pytest

from tests.support import ROOT
from workbook import environment, express, lessons, redis_server, runner
from workbook.exercises import exercises


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
    cell = nbformat.v4.new_code_cell(f"%%exercise {name}\n{exercise.blank}")
    book = nbformat.v4.new_notebook(cells=[cell], metadata={"language_info": {"name": "python"}})
    [output] = lessons.executed(book).cells[0].outputs
    assert output.data["text/plain"].startswith(f"○ {name}: ")


START = """
import sys
from workbook import start_express, start_redis
redis = start_redis()
express = start_express(STORE=redis.url, SECRET="k")
print(redis.process.pid, express.process.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(not express.is_installed(), reason=express.MISSING)
@pytest.mark.skipif(not shutil.which("redis-server"), reason=redis_server.MISSING)
def test_what_a_killed_kernel_has_started_ends_with_it():
    """A server that nobody can end any more would run for weeks."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    kernel = subprocess.Popen([sys.executable, "-c", START], cwd=ROOT, env=runner.environment(), **pipes)
    try:
        started = [psutil.Process(int(process)) for process in kernel.stdout.readline().split()]
    finally:
        kernel.kill()
        kernel.communicate()
    assert len(started) == 2
    for server in started:
        server.wait(timeout=20)
