"""The benchmark's own arithmetic: what counts as slower, what is noise, and what a process has spent."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.kept import Figure, keep, kept, slower
from tests.benchmarks.spent import Spent, family


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
    work = "sum(range(10**7)); print(flush=True); input()"
    below = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {work!r}])"
    with subprocess.Popen([sys.executable, "-c", below], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        server.stdout.readline()
        spent = Spent.by(server.pid)
        assert len(family(server.pid)) == 2
        server.stdin.write(b"\n")
    assert spent.user > 50_000  # µs: the worker's, as the server itself only waits for it
    assert spent.switches >= 1
    assert spent.since(Spent(spent.user - 30.0, spent.system - 10.0, 0), requests=10) == [3.0, 1.0, spent.switches / 10]
