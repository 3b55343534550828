"""Mutate: each line that defends something is taken away or turned round, one at a time; the tests must fail.

A line whose loss no test notices is a line that the next change may lose. Each mutation runs the tests of its own step
and the attacks, in a copy of the project; a survivor is printed, and makes the exit status 1. `--list` only counts.
Without arguments, the solutions of the exercises follow: see tests/notebooks/mutants.py.
"""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

PROJECT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(PROJECT), str(PROJECT / "notebooks")]

from tests.mistakes import Mistake, mutations  # noqa: E402
from tests.notebooks import mutants  # noqa: E402
from workbook.environment import ROOT, steps  # noqa: E402

IGNORED = shutil.ignore_patterns(".git", ".venv", "build", "workspace", "__pycache__", "node_modules", ".*")


def tests_for(mutation: Mistake) -> list[str]:
    """The tests that should notice, the likeliest first: those of the step, then what runs on all steps."""
    others = ["tests/test_store_contract.py"] if mutation.step == 5 else []
    return [*steps()[mutation.step].tests, *others, "tests/attacks", "tests/test_bad_input.py", "tests/test_pages.py"]


def survives(mutation: Mistake) -> bool:
    """Whether the tests pass although the line is changed."""
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "project"
        shutil.copytree(ROOT, copy, ignore=IGNORED)
        (copy / mutation.file).write_text(mutation.made(), encoding="utf-8")
        paths = os.pathsep.join([str(copy), str(copy / "notebooks")])
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-x",
            "-q",
            "-p",
            "no:cacheprovider",
            "-k",
            "not readme and not requirement",
            *tests_for(mutation),
        ]
        done = subprocess.run(command, cwd=copy, capture_output=True, env={**os.environ, "PYTHONPATH": paths})
        if done.returncode and mutation.right == mutation.wrong:
            print(done.stdout.decode(errors="replace")[-2000:])  # what fails although nothing is changed
        return done.returncode == 0


def main(arguments: list[str]) -> int:
    """Run all mutations, or those whose module or line has one of the words in it."""
    words = [word for word in arguments if not word.startswith("-")]
    chosen = [m for m in mutations() if not words or any(word in m.file + m.right for word in words)]
    if not chosen:
        sys.exit(f"No mutation has {' or '.join(words)} in its file or its line: try step6_access/rooms, say.")
    if "--list" in arguments:
        print(len(chosen))
        return 0
    unchanged = list({mutation.step: replace(mutation, wrong=mutation.right) for mutation in chosen}.values())
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        broken = [m.step for m, passes in zip(unchanged, pool.map(survives, unchanged), strict=True) if not passes]
        if broken:
            sys.exit(f"The tests of step {broken} fail on the code as it is, so they cannot notice a mutation.")
        survivors = [mutation for mutation, alive in zip(chosen, pool.map(survives, chosen), strict=True) if alive]
    for mutation in survivors:
        print(f"survives: {mutation.file}: {mutation.right!r} -> {mutation.wrong!r}")
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} mutations were noticed by the tests.")
    return min(len(survivors), 1)


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.exit(status if sys.argv[1:] else max(status, mutants.main([])))
