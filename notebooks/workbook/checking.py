"""Checking: run an exercise's tests on what the learner has written, and say in a few lines what they found."""

import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from typing import Any

from workbook import broken, runner, workspace
from workbook.exercises import BLANK, Exercise, signatures


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
        lines = [f"○ {exercise.name} is not begun: make start-{exercise.short}, or run its cell in {exercise.lesson}."]
        return Result(exercise.name, 0, 1, lines)
    if problem := workspace.unreadable(exercise.name, source) or wrong_names(exercise, source):
        return not_run(exercise, source, problem)
    begun = source != exercise.blank
    done = runner.run(exercise.name, seconds=patiently(exercise), all_tests=begun)
    if done.fault == "broken" or done.cannot.get("whose") == runner.OURS:
        return Result(exercise.name, 0, 1, broken.told(done.cannot.get("cannot") or done.said))
    if done.cannot or (done.fault and not done.results and not done.during):
        return not_run(exercise, source, why_not(exercise, source, done))
    return told(exercise, source, done)


def not_run(exercise: Exercise, source: str, problem: str) -> Result:
    """Nothing could be tested, and why."""
    lines = [f"{'○' if BLANK in source else '✗'} {problem}", "Everything else goes on with our own module."]
    return Result(exercise.name, 0, 1, lines)


def why_not(exercise: Exercise, source: str, done: runner.Run) -> str:
    """Why no test was run, in a sentence."""
    shown = workspace.shown(exercise.name)
    if done.cannot and BLANK in source and BLANK.split()[-1] in done.cannot["cannot"]:
        return f"{exercise.name}: {blanks(source)}, so that nothing can be checked yet. That is how it starts."
    if done.cannot:
        where = f" ({done.cannot['where']})" if done.cannot["where"] else ""
        return f"{shown} {done.cannot['whose']}: {done.cannot['cannot']}{where}."
    if done.fault == "loops":
        return f"{shown} does not come to an end when it is imported: is there an endless loop?{at(done)}"
    if done.fault == "waits":
        return f"{shown} waits for something when it is imported, and nothing goes on.{at(done)}"
    return f"{exercise.name}: this machine is so busy that nothing was checked in two minutes. Try it again."


def at(done: runner.Run) -> str:
    """Where a check was when it was stopped."""
    return f" It is at {done.where}." if done.where else ""


def patiently(exercise: Exercise) -> Callable[[float], None]:
    """Say once that it takes long because the machine is busy."""
    said: list[float] = []

    def seconds(passed: float) -> None:
        if passed > runner.SLOW and not said and "WORKBOOK_READING" not in os.environ:
            said.append(passed)
            print(f"{exercise.name}: this machine is busy, the check goes on …", file=sys.stderr, flush=True)

    return seconds


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


STOPPED = {
    "loops": "nothing, in ten seconds of work. Perhaps a loop does not end.",
    "waits": "nothing: it waits, and nothing goes on. Perhaps a lock is kept, or taken twice.",
    "slow": "nothing in two minutes, on a machine that is very busy. That need not be your fault: try it again.",
    "ends": "nothing: the program was ended",
}


def told(exercise: Exercise, source: str, done: runner.Run) -> Result:
    """The results in a few lines: the first check that fails, and how many do."""
    passed, total = sum(each["passed"] for each in done.results), len(done.results)
    if passed == total and not done.fault:
        all_pass = f"✓ {exercise.name}: all {total} checks pass. What you wrote is now used by every server and lesson."
        return Result(exercise.name, passed, total, [all_pass, f"You have just made true: {exercise.achieved}"])
    failed = next((each for each in done.results if not each["passed"]), None)
    if failed is None:
        why = "A request that does not end keeps its guest waiting, and a thread of the server with him."
        failed = {"says": done.during, "came": STOPPED[done.fault], "why": why, "where": done.where}
        total += 1
    if source == exercise.blank:
        head = f"○ {exercise.name}: {blanks(source)}. That is how it starts. The first check:"
    elif BLANK in source:
        head = f"○ {exercise.name}: {passed} of {total} checks pass, {blanks(source)}."
    else:
        head = f"✗ {exercise.name}: {passed} of {total} checks pass. The first that does not:"
    return Result(exercise.name, passed, total, [head, *failure(exercise, failed)])


def failure(exercise: Exercise, first: dict[str, Any]) -> list[str]:
    """One check that failed: what was sent, what came back, what was expected, why it matters, where to look."""
    names = {"sent": "sent", "tried": "tried", "came": "came back", "expected": "expected", "why": "why"}
    lines = [f"{names[key]}: {first[key]}" for key in names if first.get(key)]
    where = f"where: {workspace.shown(exercise.name)}" + (f", {first['where']}" if first.get("where") else "")
    printed = f"; it printed: {first['printed']}" if first.get("printed") else ""
    return [first["says"], *lines, where + printed]
