"""Busy: right answers put to their checks on a machine that has no time for them. None may be called wrong.

`make right-answers` checks 200, beside four programs a core that only turn round; `--times 40` and `--loops 0` change
that. The answers are ours, and those in right_answers/, in turn.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle, islice, pairwise
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(PROJECT), str(PROJECT / "notebooks")]

from tests.notebooks import answers  # noqa: E402
from workbook import checking, runner  # noqa: E402
from workbook.commands import cores  # noqa: E402
from workbook.exercises import exercises  # noqa: E402


@contextmanager
def busy(loops: int) -> Iterator[None]:
    """Some programs beside, that use all of the processor they can get."""
    programs = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(loops)]
    try:
        yield
    finally:
        for program in programs:
            program.kill()
            program.wait()


def check(name: str, answer: Path) -> checking.Result:
    """What a learner is told who has written this answer, and nothing else."""
    source = answers.module(exercises()[name], answer)
    with tempfile.TemporaryDirectory(prefix="right-") as folder:
        file = Path(folder) / f"{name.replace('.', '/')}.py"
        file.parent.mkdir()
        file.write_text(source, encoding="utf-8")
        return checking.told(exercises()[name], source, runner.run(name, own=Path(folder)))


def main(arguments: list[str]) -> int:
    """Check right answers one after another, and count those that are called wrong."""
    options = dict(pairwise(arguments))
    times, loops = int(options.get("--times", 200)), int(options.get("--loops", 4)) * cores()
    wrong, took = 0, []
    with busy(loops):
        for name, answer in islice(cycle(answers.right_answers()), times):
            begun = time.monotonic()
            result = check(name, answer)
            took.append(time.monotonic() - begun)
            if not result.good:
                wrong += 1
                print(f"called wrong: {answer.relative_to(PROJECT)}", *result.lines, sep="\n    ", flush=True)
    seconds = f"{sorted(took)[len(took) // 2]:.1f} s in the middle, {max(took):.1f} s the longest"
    print(f"{wrong} of {times} right answers were called wrong, beside {loops} busy programs. A check took {seconds}.")
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
