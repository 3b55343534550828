"""Runner: runs the tests of an exercise in a process of its own, and watches how it fares.

Most of a check's time went into importing the same packages again and again. So one process imports them once, and each
check is a fork of it: nothing that a learner's module does outlives its check. Where there is no fork (Windows), each
check is a program of its own.

What the tests find is written down line by line while they run, so that nothing is lost when a check has to be stopped.
It is stopped for what it does, never for being slow: a test that has used ten seconds of the processor's time is in a
loop, one that has used none for a while waits for something. All others go on; after two minutes, whatever they do.
"""

import ast
import atexit
import faulthandler
import gc
import importlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import astuple, dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

from workbook import workspace
from workbook.environment import ROOT, place_for_temporary, variables_of_checks

LOOP = 10.0  # seconds of the processor's time that no test needs
STILL = 6.0  # seconds without any use of the processor: nothing goes on any more
LONGEST = 120.0  # seconds that a check may take on a busy machine
SLOW = 10.0  # seconds after which we say that it takes long
DUMP = getattr(signal, "SIGUSR1", None)  # tells a process to write down where its threads are
# Whose fault it is that nothing could be tested: ours; or the learner's, and then what his module does.
OURS, IMPORT, BEGINNING = "ours", "cannot be imported", "breaks the tests before they begin"
STACKS = "CHECK_STACKS"  # the variable that names the folder for that


@dataclass
class Run:
    """What came of a check: the tests that ended, and why it ended before its end, if it did."""

    results: list[dict[str, Any]] = field(default_factory=list)
    cannot: dict[str, str] = field(default_factory=dict)  # why nothing was tested: "cannot", "where", "whose" fault
    fault: str = ""  # "loops", "waits", "slow", "ends", "broken", or nothing
    during: str = ""  # the test that was running then, as a sentence; nothing if none was
    where: str = ""  # the learner's line, for a loop or a wait: "line 7, in get"
    said: str = ""  # what the process wrote where nobody reads it, for a check that is broken itself


def run(
    exercise: str,
    *,
    own: Path | None = None,
    all_tests: bool = True,
    seconds: Callable[[float], None] = lambda passed: None,
) -> Run:
    """Check what stands in the workspace for an exercise.

    own        another workspace than the learner's
    all_tests  False: only up to the first that fails
    seconds    is told now and then how long it has taken
    """
    with tempfile.TemporaryDirectory(prefix="check-", dir=place_for_temporary()) as folder:
        job = Job(exercise, folder, str((own or workspace.folder()).resolve()), all_tests)
        return watch(job, start(job), seconds)


@dataclass(frozen=True)
class Job:
    """One check to be run."""

    exercise: str
    folder: str  # for what it writes
    workspace: str
    all_tests: bool

    @property
    def report(self) -> Path:
        """What the tests find, a line in JSON each."""
        return Path(self.folder) / "report.jsonl"


# The process that imports once


class Warm:
    """A process that has imported what all tests need, and forks for each check."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "workbook.runner"],
            cwd=ROOT,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is for who waits, who then ends what is left
        )

    def fork(self, job: Job) -> int:
        """Begin a check; return the id of its process."""
        assert self.process.stdin and self.process.stdout
        print(json.dumps(astuple(job)), file=self.process.stdin, flush=True)
        return int(self.process.stdout.readline())

    def close(self) -> None:
        """End it."""
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()
        self.process.wait(timeout=10)


WARM: list[Warm] = []
LOCK = threading.Lock()


def start(job: Job) -> int:
    """Begin a check, and return the id of its process."""
    if not hasattr(os, "fork"):
        command = [sys.executable, "-m", "workbook.runner", json.dumps(astuple(job))]
        return subprocess.Popen(command, cwd=ROOT, env=environment()).pid
    with LOCK:
        if WARM and WARM[0].process.poll() is not None:
            WARM.clear()
        if not WARM:
            WARM.append(Warm())
        return WARM[0].fork(job)


@atexit.register
def close() -> None:
    """End the process that imports, if there is one."""
    while WARM:
        WARM.pop().close()


def environment() -> dict[str, str]:
    """The variables of a check: what is set for other programs does not change what it finds."""
    return {**variables_of_checks(), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


# In the check's own process


def perform(job: Job) -> None:
    """Run the tests of an exercise in this process, which ends with them."""
    import pytest

    os.environ["WORKBOOK_WORKSPACE"], os.environ[STACKS] = job.workspace, job.folder
    os.environ["TMPDIR"] = tempfile.tempdir = job.folder  # goes with the check
    sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115
    output = os.open(Path(job.folder) / "output", os.O_CREAT | os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(output, stream)
    tell_where_when_asked()
    try_to_import(job)
    from tests.exercises import checks

    files = dict.fromkeys(f"tests/{file}.py" for file, _ in checks(job.exercise))
    options = ["--target", "mine", "--exercise", job.exercise, "--report", str(job.report)]
    options += [] if job.all_tests else ["--exitfirst"]
    # What a right answer may do on another Python, or leave to the garbage collector, is no fault of it.
    ignored = ["DeprecationWarning", "ResourceWarning", "pytest.PytestAssertRewriteWarning"]
    quiet = ["-p", "no:cacheprovider", "-p", "no:unraisableexception", "--tb=native"]
    quiet += [part for each in ignored for part in ("-W", f"ignore::{each}")]
    status = pytest.main([*files, *quiet, *options])
    os._exit(int(status))  # a thread that the learner left behind keeps nobody waiting


def try_to_import(job: Job) -> None:
    """Import the learner's module before pytest does; if that fails, write down why, and end."""
    workspace.overlay(job.exercise)
    try:
        importlib.import_module(f"steps.{job.exercise}")
    except BaseException as error:
        reason = "it ends the program" if isinstance(error, SystemExit) else f"{type(error).__name__}: {error}"
        file = str(workspace.file_of(job.exercise))
        own = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
        where = f"line {own[-1]}" if own else ""
        entry = {"cannot": reason.rstrip("."), "whose": IMPORT, "where": where}
        job.report.write_text(f"{json.dumps(entry)}\n{json.dumps({'done': True})}\n", encoding="utf-8")
        os._exit(1)


def tell_where_when_asked() -> None:
    """Let this process write down where its threads are when it is asked to."""
    if DUMP and STACKS in os.environ:
        stacks = (Path(os.environ[STACKS]) / f"stacks-{os.getpid()}").open("w")
        faulthandler.register(DUMP, file=stacks, all_threads=True)


def main() -> None:
    """Import what tests need; then fork for each line of standard input, and say which process that is."""
    for package in ("argon2", "bottle", "hypothesis", "pytest", "redis", "requests", "sqlite3", "waitress.server"):
        __import__(package)
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        sys.modules["pytest"].main(["--version", "-c", os.devnull])  # for which it imports all parts of itself
    gc.freeze()  # what is there now stays: no check needs to look through it
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how they ended: that stands in their reports
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setsid()
            perform(Job(*json.loads(line)))
        print(child, flush=True)


# Watching


def watch(job: Job, process: int, seconds: Callable[[float], None]) -> Run:
    """Wait until a check has ended, and end it when it has to be."""
    begun = time.monotonic()
    last_told = begun
    used = Used(process)
    test: dict[str, str] = {}
    try:
        while is_alive(process) and not is_done(job):
            time.sleep(0.02)
            now = time.monotonic()
            if now - last_told < 0.5:
                continue
            last_told = now
            seconds(now - begun)
            used.look(now)
            if (running := at_work(job)) != test:
                test = running
                used.begin()
            fault = used.fault(now) or ("slow" if now - begun > LONGEST else "")
            if fault:
                where = learners_line(job, process, in_loop=fault == "loops") if fault != "slow" else ""
                return Run(results(job), {}, fault, test.get("says", ""), where)
        found = Run(results(job), next((entry for entry in entries(job) if "cannot" in entry), {}))
        if is_done(job):
            wait_for_the_end(process)
        else:
            output = Path(job.folder) / "output"
            found.said = output.read_text(encoding="utf-8", errors="replace") if output.exists() else ""
            found.during = at_work(job).get("says", "")
            found.fault = "ends" if found.during else "broken"
        return found
    finally:
        end(process)


def wait_for_the_end(process: int) -> None:
    """Give a check that is done a moment to tidy up."""
    until = time.monotonic() + 2
    while is_alive(process) and time.monotonic() < until:
        time.sleep(0.01)


class Used:
    """How much of the processor's time a check uses, its servers included."""

    def __init__(self, process: int) -> None:
        self.process = process
        self.now = self.before = 0.0  # seconds: in all, and when this test began
        self.moved = time.monotonic()  # when it last used any

    def look(self, now: float) -> None:
        """See how much it is by now."""
        seconds = processor_time(self.process)
        if seconds > self.now + 0.02:
            self.moved = now
        self.now = max(seconds, self.now)

    def begin(self) -> None:
        """A test begins."""
        self.before, self.moved = self.now, time.monotonic()

    def fault(self, now: float) -> str:
        """Whether it loops or waits."""
        if self.now - self.before > LOOP:
            return "loops"
        return "waits" if now - self.moved > STILL else ""


def family(process: int) -> list[Any]:
    """A process and all that it has started."""
    import psutil

    with suppress(psutil.Error):
        parent = psutil.Process(process)
        return [parent, *parent.children(recursive=True)]
    return []


def processor_time(process: int) -> float:
    """The seconds of the processor that a process and its children have used."""
    import psutil

    total = 0.0
    for each in family(process):
        with suppress(psutil.Error):
            times = each.cpu_times()
            total += (
                times.user + times.system + getattr(times, "children_user", 0) + getattr(times, "children_system", 0)
            )
    return total


def is_alive(process: int) -> bool:
    """Whether a process has not ended yet."""
    import psutil

    with suppress(psutil.Error):
        return bool(psutil.Process(process).status() != psutil.STATUS_ZOMBIE)
    return False


def end(process: int) -> None:
    """End a check, with all that it has started."""
    import psutil

    for each in family(process):
        with suppress(psutil.Error):
            each.kill()


def entries(job: Job) -> list[dict[str, Any]]:
    """What the report says so far; a line that is being written is not there yet."""
    text = job.report.read_text(encoding="utf-8") if job.report.exists() else ""
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


def results(job: Job) -> list[dict[str, Any]]:
    """The tests that have ended."""
    return [entry for entry in entries(job) if "passed" in entry]


def at_work(job: Job) -> dict[str, str]:
    """The test that has begun and not ended: "begins" is its id, "says" its sentence. Empty if none has."""
    told = entries(job)
    return told[-1] if told and "begins" in told[-1] else {}


def is_done(job: Job) -> bool:
    """Whether all tests have ended."""
    told = entries(job)
    return bool(told) and "done" in told[-1]


def learners_line(job: Job, process: int, *, in_loop: bool) -> str:
    """Where the learner's module is at this moment, in whichever process and thread; nothing if nowhere."""
    if not DUMP:
        return ""
    for each in family(process):
        with suppress(OSError):
            if (Path(job.folder) / f"stacks-{each.pid}").exists():
                os.kill(each.pid, DUMP)
    time.sleep(0.3)
    module = Path(job.workspace) / f"{job.exercise.replace('.', '/')}.py"
    for stacks in sorted(Path(job.folder).glob("stacks-*")):
        for thread in re.split(r"(?m)^(?=Thread|Current thread)", stacks.read_text(encoding="utf-8")):
            if found := re.findall(rf'File "{re.escape(str(module))}", line (\d+) in (\S+)', thread):
                return stopped_at([(int(line), name) for line, name in found], loops_in(module) if in_loop else [])
    return ""


def stopped_at(places: list[tuple[int, str]], loops: list[range]) -> str:
    """The learner's line that says most: the innermost, or the one that stands in a loop, from which it was called."""
    (line, name), *_ = places
    for looping, function in places:
        if any(looping in lines for lines in loops):
            # a <genexpr> or a <lambda> is no name that the learner has given
            inside = f"in {name}, line {line}" if name.isidentifier() else f"at line {line}"
            now = f" (it was {inside}, when we stopped it)" if (looping, function) != (line, name) else ""
            return f"line {looping}, in {function}{now}"
    return f"line {line}, in {name}"


def loops_in(module: Path) -> list[range]:
    """The lines of each loop in a module."""
    loops = [node for node in ast.walk(ast.parse(module.read_bytes())) if isinstance(node, ast.For | ast.While)]
    return [range(node.lineno, (node.end_lineno or node.lineno) + 1) for node in loops]


if __name__ == "__main__":
    if sys.argv[1:]:
        perform(Job(*json.loads(sys.argv[1])))
    main()
