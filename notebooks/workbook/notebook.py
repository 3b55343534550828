"""Notebook: the cell magic `%%exercise`, and the map of progress. Works wherever IPython does."""

from typing import Any

from workbook import loop, workspace
from workbook.checking import Result, check
from workbook.drawing import Drawing
from workbook.exercises import exercises


def exercise(line: str, cell: str) -> Result:
    """`%%exercise step2_middleware.store`: save the cell as the learner's module, and check it.

    A cell that is still blank never overwrites what the learner has written elsewhere, in an editor perhaps.
    """
    name = line.strip()
    if name not in exercises():
        return Result(name, 0, 1, [f"✗ There is no exercise {name}. There are: {', '.join(exercises())}."])
    chosen = exercises()[name]
    mine, source = workspace.read(name), cell.strip() + "\n"
    if mine is None or source != chosen.blank:
        workspace.write(name, source)
    result = check(chosen)
    loop.remember(chosen, result)
    if mine is not None and source == chosen.blank != mine:
        result.lines.append(f"This cell is blank, and {workspace.shown(name)} is not: the file was checked, and kept.")
    workspace.overlay()
    return result


class Map:
    """How far the learner is: every exercise of every step with its mark, the count, and the next command."""

    def __init__(self) -> None:
        self.lines = loop.progress()

    def __repr__(self) -> str:
        return "\n".join(self.lines)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        picture = Drawing(repr(self))
        picture.map(self.lines)
        return picture.bundle()


def progress() -> Map:
    """The map of progress."""
    return Map()


def use_in(shell: Any) -> None:
    """Make the magic known to IPython, and let imports find the learner's modules."""
    shell.register_magic_function(exercise, magic_kind="cell", magic_name="exercise")
    workspace.overlay()
