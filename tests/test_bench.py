"""The benchmark's own arithmetic: what counts as slower, what is noise, and what a process has spent."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.kept import Figure, keep, kept, slower
from tests.benchmarks.spent import Spent, family
from tests.support import ROOT
from workbook import lessons

LESSON = ROOT / "notebooks" / "8_production.ipynb"
TOLD = ROOT / "tests" / "README.md"


def test_a_figure_is_known_by_its_rounds():
    """The median, which one bad round does not move; and half the distance between the quartiles, as a part of it."""
    assert Figure.of([2.0, 1.9, 2.1, 2.0, 9.0]).median == 2.0
    assert Figure.of([1.0, 2.0, 3.0, 4.0, 5.0]).noise == pytest.approx(0.5)
    assert Figure.of([3.0]) == Figure(3.0, 0.0)


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        (Figure(2.0, 0.01), Figure(2.05, 0.01), False),  # 2.5 % more, of which the noise explains 4
        (Figure(2.0, 0.01), Figure(2.2, 0.01), True),
        (Figure(2.0, 0.05), Figure(2.2, 0.01), False),  # it was a noisy day
        (Figure(2.0, 0.01), Figure(1.5, 0.01), False),  # quicker
    ],
)
def test_slower_is_what_the_noise_of_both_runs_does_not_explain(before, now, told):
    """A warning at each run would soon be read by nobody."""
    assert bool(slower({"read": before}, {"read": now})) == told


def test_the_worst_is_told_first():
    """With both figures, and with how much of it may be noise; what is measured for the first time is no news."""
    before = {"read": Figure(2.0, 0.01), "write": Figure(2.0, 0.01)}
    now = {"read": Figure(3.0, 0.0), "write": Figure(4.0, 0.0), "new": Figure(9.0, 0.0)}
    assert slower(before, now) == [
        "write: 2.00 before, 4.00 now, 100% more; the noise explains 2%.",
        "read: 2.00 before, 3.00 now, 50% more; the noise explains 2%.",
    ]


def test_figures_are_kept_with_the_machine_they_are_of(tmp_path):
    """What is written is read again."""
    figures = {"read": Figure(2.0, 0.01)}
    keep("a processor, Python 3.11", figures, tmp_path / "figures.json")
    assert kept(tmp_path / "figures.json") == ("a processor, Python 3.11", figures)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="only Linux tells it there")
def test_what_a_server_spends_is_what_all_its_workers_spend():
    """They are processes below it; and what has been spent before does not count."""
    work = "import time; sum(range(10**7)); print(time.process_time(), flush=True); input()"
    below = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {work!r}])"
    with subprocess.Popen([sys.executable, "-c", below], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        own = float(server.stdout.readline()) * 1e6
        spent = Spent.by(server.pid)
        assert len(family(server.pid)) == 2
        server.stdin.write(b"\n")
    assert spent.user + spent.system > own - 20_000  # µs, which Linux counts in steps of ten thousand
    assert spent.switches >= 1
    assert spent.since(Spent(spent.user - 30.0, spent.system - 10.0, 0), requests=10) == [3.0, 1.0, spent.switches / 10]


def figures_in(row):
    """The figures in the row of the README's tables that begins so."""
    lines = TOLD.read_text(encoding="utf-8").splitlines()
    return re.findall(r"\d+\.\d+", next(line for line in lines if line.startswith(f"| {row}")))


def rates(name):
    """How many times as many requests as Express it answers, as kept: those that read, those that write."""
    figures = kept()[1]
    return [1 / figures[f"{name}, {page}, of Express's time"].median for page in ("read", "write")]


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ("MemoryStore, Bottle on gunicorn, as step 8 runs", "ours on gunicorn, MemoryStore"),
        ("MemoryStore, Bottle on granian", "ours on granian, MemoryStore"),
        ("RedisStore on granian, beside connect-redis", "ours on granian, RedisStore"),
        ("the same with `touch_after`", "ours on granian, RedisStore, touch_after"),
        ("the same with two workers in its place, beside one", "ours on granian, RedisStore, 2 workers"),
        ("RedisStore on gunicorn, one worker", "ours on gunicorn, RedisStore"),
        ("RedisStore on gunicorn, two workers", "ours on gunicorn, RedisStore, 2 workers"),
    ],
)
def test_the_rates_that_are_told_are_those_that_were_kept(row, name):
    """A figure of another run than the drawing's costs the reader's trust in both."""
    assert figures_in(row) == [f"{rate:.2f}" for rate in rates(name)]


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ("step 5's library, a request that reads", "step 5, read"),
        ("step 5's library, a request that writes", "step 5, write"),
        ("step 7's, with `max_age`, reads", "step 7, max_age, read"),
        ("step 7's, with `max_age`, writes", "step 7, max_age, write"),
    ],
)
def test_the_costs_that_are_told_are_those_that_were_kept(row, name):
    """In units of the unavoidable work."""
    assert figures_in(row)[0] == f"{kept()[1][f'{name}, of the unavoidable'].median:.1f}"


def test_lesson_8_tells_the_rates_that_were_kept():
    """Of granian, and what a second worker makes of Redis."""
    prose = next(cell.source for cell in lessons.read(LESSON).cells if "How fast is it?" in cell.source)
    said = re.findall(r"(\d\.\d) times", prose)
    told = [*rates("ours on granian, MemoryStore"), rates("ours on granian, RedisStore, touch_after")[0]]
    told += rates("ours on granian, RedisStore, 2 workers")[1:]
    assert said == [f"{rate:.1f}" for rate in told]
