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
class Exercise:
    """One module of a step, for the learner to write."""

    name: str  # "step2_middleware.store"
    blank: str  # the module with bodies missing
    hints: tuple[str, ...]  # a question, a pointer, almost the code
    achieved: str  # what is true once it passes, and by which lines
    lesson: str  # "2_middleware.ipynb"

    @property
    def step(self) -> str:
        """The number of its step."""
        return str(number_in(self.name))

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
                hints = folded("Hint", text)
                achieved = " ".join(folded("What you have made true", text))
                found[name] = Exercise(name, blank.strip() + "\n", tuple(hints), achieved, path.name)
    return found


def folded(title: str, text: str) -> list[str]:
    """The folded texts of a cell whose titles begin like this."""
    return re.findall(rf"<summary>{title}[^<]*</summary>\s*(.*?)\s*</details>", text, flags=re.S)


def of_step(step: str) -> list[Exercise]:
    """The exercises of one step."""
    return [exercise for exercise in exercises().values() if exercise.step == step]
