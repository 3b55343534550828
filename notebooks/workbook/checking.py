"""Checking: run an exercise's tests on what the learner has written, and say in a few lines what they found."""

import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

from workbook import workspace
from workbook.environment import ROOT
from workbook.exercises import BLANK, Exercise, signatures

PATIENCE = 10  # seconds that a check may take
LINE = 96  # letters; what is longer is cut in the middle


def cut(text: str, room: int = LINE) -> str:
    """A text in one line that can be read at a glance."""
    text = re.sub(r"\s+", " ", text)
    return text if len(text) <= room else f"{text[: room // 2]} … {text[-room // 3 :]}"


@dataclass
class Result:
    """What the checks of one exercise have found. `lines` is what the learner reads: eight at most."""

    name: str
    passed: int
    total: int
    lines: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether everything holds."""
        return self.passed == self.total > 0

    def __repr__(self) -> str:
        return "\n".join(self.lines)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        colour = "#2c6549" if self.good else "#a4471f"
        first, *rest = (escape(line) for line in self.lines)
        style = f"border-left: 4px solid {colour}; padding: .4em .9em; background: #fffdf8; color: #2a2520"
        text = "<br>".join([f"<b>{first}</b>", *rest])
        return {"text/html": f'<div style="{style}">{text}</div>', "text/plain": repr(self)}


def check(exercise: Exercise) -> Result:
    """Check what stands in the workspace for an exercise."""
    source = workspace.read(exercise.name)
    if source is None:
        lines = [f"○ {exercise.name} is not begun: make start-{exercise.step}, or run its cell in {exercise.lesson}."]
        return Result(exercise.name, 0, 1, lines)
    problem = workspace.unreadable(exercise.name, source) or wrong_names(exercise, source)
    results = [] if problem else run(exercise)
    if not results:
        problem = problem or not_run(exercise, source)
        lines = [f"{'○' if BLANK in source else '✗'} {problem}", "Everything else goes on with our own module."]
        return Result(exercise.name, 0, 1, lines)
    return told(exercise, source, results)


def not_run(exercise: Exercise, source: str) -> str:
    """Why the tests did not come to an end, in a sentence."""
    if BLANK in source:
        return f"{blanks(source)}, so that nothing can be checked yet. That is how it starts."
    slow = f"The check was stopped after {PATIENCE} seconds: an endless loop, or a lock that is kept?"
    return workspace.trouble(exercise.name) or slow


def blanks(source: str) -> str:
    """How many bodies are still to be written."""
    count = source.count(BLANK)
    return "1 body is still blank" if count == 1 else f"{count} bodies are still blank"


def wrong_names(exercise: Exercise, source: str) -> str:
    """A sentence on the first name that is missing or has another signature; empty if there is none."""
    have = signatures(source)
    for name, wanted in exercise.signatures().items():
        if name not in have:
            return f"{name} is missing in {workspace.shown(exercise.name)}: {wanted}"
        if parameters(have[name]) != parameters(wanted):
            return f"{name} should be: {wanted}"
    return ""


def parameters(signature: str) -> list[str]:
    """The parameters' names: annotations and defaults are the learner's own affair."""
    return re.findall(r"[(,]\s*(\*{0,2}\w+)", re.sub(r"\[[^\[\]]*\]", "", signature))


def environment() -> dict[str, str]:
    """The variables of a process that can import the steps and the workbook."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "notebooks")])}


def run(exercise: Exercise) -> list[dict[str, Any]]:
    """Run the tests in a process of their own, and return what each found; nothing if they did not come to an end."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        options = ["--target", "mine", "--exercise", exercise.name, "--report", str(report)]
        quick = ["-p", "no:cacheprovider", "--tb=native"]
        if exercise.step != "1":
            quick += ["-p", "no:hypothesispytest"]  # only step 1's tests need it, and it takes its time to load
        command = [sys.executable, "-m", "pytest", "tests", *quick, *options]
        try:
            subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            return []
        return list(json.loads(report.read_text(encoding="utf-8"))) if report.is_file() else []


def told(exercise: Exercise, source: str, results: list[dict[str, Any]]) -> Result:
    """The results in a few lines: the first check that fails, and how many do."""
    passed, total = sum(each["passed"] for each in results), len(results)
    if passed == total:
        done = f"✓ {exercise.name}: all {total} checks pass. What you wrote is now used by every server and lesson."
        return Result(exercise.name, passed, total, [done, f"You have just made true: {exercise.achieved}"])
    first = next(each for each in results if not each["passed"])
    head = f"{'○' if BLANK in source else '✗'} {passed} of {total} checks pass"
    if BLANK in source:
        head += f", {blanks(source)}. That is how it starts." if source == exercise.blank else f", {blanks(source)}."
    else:
        head += ". The first that does not:"
    return Result(exercise.name, passed, total, [head, *failure(exercise, first)])


def failure(exercise: Exercise, first: dict[str, Any]) -> list[str]:
    """One check that failed: what was sent, what came back, what was expected, why it matters, where to look."""
    sentence = first["test"].removeprefix("test_").replace("_", " ").replace("expresss", "Express’s")
    lines = [f"{sentence[0].upper()}{sentence[1:]}.".replace("express", "Express")]
    if first["sent"]:
        lines.append("sent: " + cut(", ".join(f"{name} = {value}" for name, value in first["sent"].items())))
    if first["compared"] and first["compared"][0] == "==":
        lines += [f"came back: {cut(first['compared'][1])}", f"expected: {cut(first['compared'][2])}"]
    elif first["error"] == "NotImplementedError":
        lines.append("came back: nothing yet")
    else:
        kind = "" if first["error"] in ("AssertionError", "Failed") else f"{first['error']}: "
        lines.append("came back: " + cut(kind + first["message"]))
    lines.append("why: " + re.sub(r"\s+", " ", first["why"]))
    lines.append(f"where: {workspace.shown(exercise.name)}" + (f", {first['where']}" if first["where"] else ""))
    return lines
