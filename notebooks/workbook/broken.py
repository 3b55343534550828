"""Broken: a check that breaks by itself says so, since it says nothing about what the learner wrote."""

import re
import shutil
import subprocess

from workbook.environment import ROOT

ERROR = re.compile(r"^(?:E +|INTERNALERROR> )?((?:\w+\.)*[A-Z]\w*(?:Error|Exception|Exit|Warning)(?::.*)?)$", re.M)


class Broken(Exception):
    """The tests have not begun, or not come to their end by themselves; the text is what they said."""


def last_line(said: str) -> str:
    """The line of an output that names the error."""
    lines = [*said.strip().splitlines()[-1:], *ERROR.findall(said)[-1:]]
    return str(lines[-1]).strip().rstrip(".") if lines else "nothing"


def told(said: str) -> list[str]:
    """That it broke, how it ended, and whether our modules are what they were."""
    return [
        "✗ The check itself broke, so it says nothing about what you wrote.",
        f"It ended with: {last_line(said)}.",
        state_of_steps(),
    ]


def state_of_steps() -> str:
    """Whether somebody has edited steps/, in a sentence that says what to do."""
    changed = edited()
    if changed is None:
        return "Whether steps/ is as it was cannot be told: git status steps does not answer."
    if changed:
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        return f"git status steps is not clean: {changed[0]}{more}. To have ours again: git restore steps."
    return "git status steps is clean, so perhaps the installation is broken: delete .venv, and try again."


def edited() -> list[str] | None:
    """What differs in steps/ from what was committed; None if git cannot say."""
    try:
        status = subprocess.run(
            [shutil.which("git") or "git", "status", "--porcelain", "--", "steps"],
            cwd=ROOT,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
        )
    except OSError:
        return None
    return None if status.returncode else [line[3:] for line in status.stdout.splitlines()]
