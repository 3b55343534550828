"""Notebook: the cell magic `%%exercise`, and the map of progress. Works wherever IPython does."""

import hashlib
import sys
from typing import Any

from workbook import leash, loop, workspace
from workbook.checking import Result, check
from workbook.drawing import Drawing
from workbook.exercises import Exercise, exercises

CELLS = ".cells.json"  # what each cell held when it was saved last


def exercise(line: str, cell: str) -> Result:
    """`%%exercise step2_middleware.store`: save the cell as the learner's module, and check it.

    A cell that is still blank never overwrites what the learner has written elsewhere, in an editor perhaps; nor does
    one that has not changed since, while the file has.
    """
    name = line.strip()
    if name not in exercises():
        return Result(name, 0, 1, [f"✗ There is no exercise {name}. There are: {', '.join(exercises())}."])
    chosen = exercises()[name]
    try:
        said = save(chosen, cell.strip() + "\n")
    except OSError as error:
        return Result(name, 0, 1, [f"✗ {workspace.shown(name)} cannot be written: {error.strerror or error}."])
    try:
        result = check(chosen)
    except KeyboardInterrupt:
        return Result(name, 0, 1, [f"○ Stopped. {workspace.shown(name)} is saved, and not checked."])
    loop.remember(chosen, result)
    result.lines += said
    workspace.overlay()
    return result


def save(chosen: Exercise, source: str) -> list[str]:
    """Save a cell, unless the file is newer; both are kept. Returns which is which, where there are two."""
    name = chosen.name
    mine, last = workspace.read(name), workspace.notes(CELLS).get(name)
    file = workspace.shown(name)
    differs = mine is not None and mine != chosen.blank and mine.strip() != source.strip()
    if differs and source == chosen.blank:
        return [f"This cell is blank, and {file} is not: the file was checked, and kept."]
    elsewhere = differs and last != digest(mine)
    if elsewhere and last == digest(source):
        kept = workspace.keep(name, source.encode("utf-8", "surrogatepass"))
        return [
            f"This cell is older than {file}, so the file was checked. The cell’s text is in "
            f"workspace/.kept/{kept.name}; change anything in the cell to save it after all."
        ]
    before = workspace.write(name, source)
    workspace.keep_notes(CELLS, {**workspace.notes(CELLS), name: digest(source)})
    if elsewhere and before:
        return [f"The cell was saved and checked. What stood in {file} is in workspace/.kept/{before.name}."]
    return []


def digest(source: str | None) -> str:
    """A short name for a text."""
    return hashlib.sha256((source or "").encode("utf-8", "surrogatepass")).hexdigest()


class Map:
    """How far the learner is: every exercise of every step with its mark, the count, and the next command.

    In a lesson, its own exercises are in sight, and those of the others behind a click.
    """

    def __init__(self, lesson: int | None = None) -> None:
        self.lines = loop.progress()
        self.near = [near for line in self.lines[:-2] if line.startswith(f"{lesson} ") for near in self.of_lesson(line)]

    def of_lesson(self, line: str) -> list[str]:
        """The map of one lesson, whose line in the whole map this is: the line, its own count, and what comes next."""
        _, gap, words = self.lines[-2].partition("   ")
        marks = [line.count(mark) for mark in loop.MARKS.values()]
        count = f"{marks[0]} of the {sum(marks)} exercises here done.{gap}{words}"
        return [line, count, loop.following(line.partition(" ")[0])]

    def __repr__(self) -> str:
        return "\n".join([*self.near, *[""] * bool(self.near), *self.lines])

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        html = drawn(self.lines)["text/html"]
        if self.near:
            whole = f"<details><summary>The exercises of all lessons</summary>{html}</details>"
            html = drawn(self.near)["text/html"] + whole
        return {"text/html": html, "text/plain": repr(self)}


def drawn(lines: list[str]) -> dict[str, str]:
    """A map as a picture, and in words."""
    picture = Drawing("\n".join(lines))
    picture.map(lines)
    return picture.bundle()


def progress(lesson: int | None = None) -> Map:
    """The map of progress; the number of a lesson brings its exercises to the front."""
    return Map(lesson)


def stopped(shell: Any, kind: Any, error: Any, traceback: Any, **options: Any) -> None:
    """Say in one line that a cell was interrupted: where it was just then is nobody's fault."""
    print("Stopped.", file=sys.stderr)


def use_in(shell: Any) -> None:
    """Make the magic known to IPython, and let imports find the learner's modules.

    An interrupted cell ends quietly, and what a kernel starts ends with it.
    """
    shell.register_magic_function(exercise, magic_kind="cell", magic_name="exercise")
    shell.set_custom_exc((KeyboardInterrupt,), stopped)
    if hasattr(shell, "kernel"):
        leash.hold_group()
    workspace.overlay()
