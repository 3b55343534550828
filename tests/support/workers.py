"""Workers: how the tests are shared out over the machine's cores, each worker in a house of its own.

A worker has its own folder for what servers keep (so its own users), its own loopback address (so that guessing in one
is not counted in another), its own servers, Redis and ports. At the end stands what took longest; a failure is followed
by the one command that repeats it alone, with the run's seed.
"""

import os
import random
import re
import shlex
import socket
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest

from workbook.environment import place_for_temporary

TOGETHER = [  # tests that share what is costly to make, by what stands in their name: one worker has them all
    r"test_lessons_run\.py::.*\[(\d_\w+)\.ipynb\]",
    r"(test_conformance)\.py",
    r"(test_own_apps)\.py",
    r"(test_systems)\.py",
    r"(test_book)\.py",
    r"(test_jupyterlab)\.py",
    r"(postgres)",
]
PARTS = 3  # of a test with many cases: handing out each by itself costs as much as running it
FOLDER = tempfile.TemporaryDirectory(prefix="tea-house-", dir=place_for_temporary())
Path(FOLDER.name).chmod(0o711)  # PostgreSQL, which is no root's, finds its own folder in there, and nothing else


def number() -> int:
    """Which worker this is, from 0 on; 0 also where there is only one process."""
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


def address() -> str:
    """The loopback address from which this worker's visitors come; where a machine has only one, that one."""
    own = f"127.0.0.{number() + 1}"
    try:
        with socket.socket() as probe:
            probe.bind((own, 0))
    except OSError:
        return "127.0.0.1"
    return own


def pytest_configure(config: pytest.Config) -> None:
    """Give this process its folder, and all of them one seed."""
    if "PYTEST_XDIST_WORKER" not in os.environ:  # workers have it from who begins them
        os.environ["TMPDIR"] = tempfile.tempdir = FOLDER.name  # what tests and servers leave there goes with the run
    os.environ["BUILD_FOLDER"] = str(Path(FOLDER.name) / "build")
    if getattr(config.option, "hypothesis_seed", 0) is None:
        config.option.hypothesis_seed = random.randrange(10**6)


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    FOLDER.cleanup()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes seconds comes first, so that no worker is left with it at the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Each part of a test's cases to whoever is free, but what shares something to one worker."""
    from xdist.scheduler import LoadScopeScheduling

    config.option.loadscopereorder = False  # by their number it would begin with many short ones

    class Sharing(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            if found := next(filter(None, (re.search(pattern, nodeid) for pattern in TOGETHER)), None):
                return found[1]
            return f"{nodeid.partition('[')[0]} {crc32(nodeid.encode()) % PARTS}"

    return Sharing(config, log)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """What took longest, with how many workers; and how to repeat what failed."""
    reports = [report for several in terminalreporter.stats.values() for report in several]
    took: dict[str, float] = defaultdict(float)
    for report in reports:
        took[getattr(report, "nodeid", "")] += getattr(report, "duration", 0)
    longest = [nodeid for nodeid in sorted(took, key=lambda nodeid: -took[nodeid])[:5] if took[nodeid] > 1]
    if longest:
        workers = config.getoption("numprocesses", None) or 1
        terminalreporter.write_line(f"{workers} workers; what took longest:" if workers > 1 else "What took longest:")
        for nodeid in longest:
            terminalreporter.write_line(f"{took[nodeid]:6.1f} s  {nodeid}")
    failed = list(dict.fromkeys(report.nodeid for report in reports if getattr(report, "failed", False)))
    for nodeid in failed[:5]:
        seed = f" --hypothesis-seed={config.getoption('hypothesis_seed', 0)}"
        terminalreporter.write_line(f"Again, alone: .venv/bin/python -m pytest {shlex.quote(nodeid)}{seed}")
