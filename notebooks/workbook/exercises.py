"""Exercises: what there is to write. Blanks and hints stand in the notebooks, and are read from there.

A blank is written by `make lessons`, from our module and the names of the bodies to write: see blanks.py.
"""

import ast
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from workbook.environment import ROOT, number_in

MAGIC = "%%exercise "
BLANK = "raise NotImplementedError"  # stands where a body is to be written


@dataclass(frozen=True)
class Hints:
    """The hints for one part of an exercise."""

    bodies: tuple[str, ...]  # which they help to write, such as "load"; none: all of them
    rungs: tuple[str, ...]  # a question, a pointer, almost the code

    def are_for(self, body: str) -> bool:
        """Whether they help with a body, "Session.load"."""
        return not self.bodies or any(f".{body}".endswith(f".{each}") for each in self.bodies)


@dataclass(frozen=True)
class Exercise:
    """One module of a step, for the learner to write."""

    name: str  # "step2_middleware.store"
    blank: str  # the module with bodies missing
    hints: tuple[Hints, ...]  # part by part, in the order in which they are best written
    achieved: str  # what is true once it passes, and by which lines
    lesson: str  # "2_middleware.ipynb"

    @property
    def step(self) -> str:
        """The number of its step."""
        return str(number_in(self.name))

    @property
    def short(self) -> str:
        """What the commands call it: "2.store"."""
        return f"{self.step}.{self.name.partition('.')[2]}"

    @property
    def reference(self) -> Path:
        """Our solution."""
        return ROOT / "steps" / (self.name.replace(".", "/") + ".py")

    def signatures(self) -> dict[str, str]:
        """What the module must define, and how: {"sign": "def sign(value: str, secret: Secret) -> str"}."""
        return signatures(self.blank)


def signatures(source: str) -> dict[str, str]:
    """The functions, classes and methods of a source, each with its first line as it should be."""
    found = {}

    def look(node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef):
                result = f" -> {ast.unparse(child.returns)}" if child.returns else ""
                found[prefix + child.name] = f"def {child.name}({ast.unparse(child.args)}){result}"
            elif isinstance(child, ast.ClassDef):
                found[prefix + child.name] = f"class {child.name}"
                look(child, f"{prefix}{child.name}.")

    look(ast.parse(source), "")
    return found


@cache
def exercises() -> dict[str, Exercise]:
    """All exercises by name, in the order of the lessons."""
    found = {}
    for path in sorted((ROOT / "notebooks").glob("[1-9]_*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        for cell, after in zip(cells, [*cells[1:], None], strict=True):
            source = "".join(cell["source"])
            if cell["cell_type"] == "code" and source.startswith(MAGIC):
                first, _, blank = source.partition("\n")
                name = first.removeprefix(MAGIC).strip()
                text = "".join(after["source"]) if after else ""
                achieved = " ".join(text for title, text in folded(text) if title.startswith("What you have made true"))
                found[name] = Exercise(name, blank.strip() + "\n", hints_in(text), achieved, path.name)
    return found


def folded(text: str) -> list[tuple[str, str]]:
    """The folded texts of a cell, each with its title."""
    return re.findall(r"<summary>([^<]*)</summary>\s*(.*?)\s*</details>", text, flags=re.S)


def hints_in(text: str) -> tuple[Hints, ...]:
    """The hints of a cell: their titles are "Hint 1 for load: a question", or "Hint 1: a question" where all is one."""
    parts: dict[str, list[str]] = {}
    for title, rung in folded(text):
        if title.startswith("Hint "):
            parts.setdefault(title.partition(":")[0].partition(" for ")[2], []).append(rung)
    return tuple(Hints(tuple(filter(None, bodies.split(", "))), tuple(rungs)) for bodies, rungs in parts.items())


def of_step(step: str) -> list[Exercise]:
    """The exercises of one step."""
    return [exercise for exercise in exercises().values() if exercise.step == step]


def named(text: str) -> list[Exercise]:
    """The exercises of a step, "5", or the one that is named, "5.promises". LookupError that says what there is."""
    if text in exercises():
        return [exercises()[text]]
    step = text.partition(".")[0]
    there = of_step(step)
    if not there:
        known = sorted({exercise.step for exercise in exercises().values()})
        raise LookupError(f"There is no step {step}. Choose one of {', '.join(known)}")
    found = there if text == step else [exercise for exercise in there if exercise.short == text]
    if not found:
        known = [exercise.short for exercise in there]
        raise LookupError(f"There is no exercise {text}. Choose one of {', '.join(known)}, or {step} for all of them")
    return found
