"""The blanks have one source: the module in steps/, and the names of the bodies that are to be written."""

import ast
import json
import shutil
from functools import cache

import pytest

from tests.support import ROOT
from workbook import blanks
from workbook.exercises import BLANK, MAGIC, exercises

NOTEBOOKS = sorted((ROOT / "notebooks").glob("[1-9]_*.ipynb"))
MODULE = '''"""A module."""


class Guest:
    """Somebody."""

    @property
    def owner(self) -> str:
        """Whose."""
        # a comment that gives it away
        return self._owner

    @owner.setter
    def owner(self, name: str) -> None:
        self._owner = (
            name
        )


def pour() -> str:  # one line each
    """Tea."""

    return "tea"
'''


def cells():
    """Each exercise's cell, as it stands in its notebook."""
    for path in NOTEBOOKS:
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            source = "".join(cell["source"])
            if cell["cell_type"] == "code" and source.startswith(MAGIC):
                yield pytest.param(source, cell["metadata"], id=source.partition("\n")[0].removeprefix(MAGIC))


@pytest.mark.parametrize(("source", "metadata"), list(cells()))
def test_a_blank_is_our_module_without_the_bodies_that_its_cell_names(source, metadata):
    """Who has changed a module writes its blank anew: `python -m workbook lessons --blanks`."""
    name = source.partition("\n")[0].removeprefix(MAGIC)
    assert source == blanks.cell_of(name, metadata)
    assert source.partition("\n")[2] + "\n" == exercises()[name].blank
    assert source.count(BLANK) == len(metadata["exercise"]["blank"]) > 0


@pytest.mark.parametrize("name", exercises())
def test_an_exercise_is_forty_lines_at_most(name):
    """More at once is no exercise but a project."""
    bodies = blanks.functions(exercises()[name].reference.read_text(encoding="utf-8"))
    written = 0
    for blank in blanks.in_source(exercises()[name].blank):
        own = bodies[blank].body[1:] if ast.get_docstring(bodies[blank]) else bodies[blank].body
        written += own[-1].end_lineno - own[0].lineno + 1
    assert 0 < written <= 40


def bound(function):
    """The names that a function gives itself: its parameters, and what it assigns."""
    return {
        *(each.arg for each in ast.walk(function) if isinstance(each, ast.arg)),
        *(each.id for each in ast.walk(function) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)),
        *(each.name for each in ast.walk(function) if isinstance(each, ast.FunctionDef | ast.ExceptHandler)),
    }


def names_of_module(tree):
    """What a module of ours defines at its top, or has from another of ours."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("steps"):
            yield from (each.asname or each.name for each in node.names)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            yield from (
                each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
            )


@cache
def parsed(path):
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def attributes(step):
    """The attributes and methods that the classes of this step and of those before it have."""
    found = set()
    for path in (ROOT / "steps").glob("*/*.py"):
        if path.parent.name > f"step{step}~" and path.parent.name.startswith("step"):
            continue
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ClassDef):
                found |= set(names_of_module(node))
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                found.add(node.attr)
    return found


def code(node):
    """A node and all that is in it, without annotations."""
    yield node
    for field, value in ast.iter_fields(node):
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, ast.AST) and field not in ("annotation", "returns"):
                yield from code(each)


def needed(exercise):
    """The names of ours that an exercise's bodies need, and the bodies' own. What a request has is Bottle's."""
    tree = parsed(exercise.reference)
    of_module, of_objects = set(names_of_module(tree)), attributes(int(exercise.step))
    bodies = blanks.functions_in(tree)
    for name in blanks.in_source(exercise.blank):
        own = bound(bodies[name])
        yield bodies[name].name
        for node in (node for part in bodies[name].body for node in code(part)):
            if isinstance(node, ast.Name) and node.id in of_module - own:
                yield node.id
            elif isinstance(node, ast.Attribute) and node.attr in of_objects and ast.unparse(node.value) != "request":
                yield node.attr


@cache
def new_names():
    """For each lesson, exercise by exercise, the names that it is the first to need, without those that a dict has."""
    known, found = set(), {}
    for exercise in exercises().values():
        names = {name for name in needed(exercise) if not name.startswith("__") and not hasattr(dict, name)}
        found.setdefault(exercise.lesson, {})[exercise.name] = sorted(names - known)
        known |= names
    return found


MOST_NAMES = 40
MORE_NAMES = {}


@pytest.mark.parametrize("lesson", [path.name for path in NOTEBOOKS])
def test_a_lesson_asks_for_forty_new_names_at_most(lesson):
    """Who is to write a body must know what everything in it is called, and more than so much nobody keeps in mind.

    A name counts where a body that a learner writes needs it: a function, class or constant of our module, or one that
    it has from another of ours; an attribute or method of our objects; and the body's own name. It is new if no body
    of an earlier lesson needed it. What a body calls itself, its parameters among that, is there to be read, and what
    is Python's or a package's is not ours to teach.
    """
    several = new_names()[lesson]
    assert sum(map(len, several.values())) <= MORE_NAMES.get(lesson, MOST_NAMES), several


@pytest.mark.parametrize("name", exercises())
def test_an_exercise_uses_only_those_before_it(name):
    """Who comes to a blank has met what its module imports: as an exercise before it, if it is one at all."""
    before = list(exercises())[: list(exercises()).index(name)]
    imported = {
        name.removeprefix("steps.")
        for node in ast.walk(parsed(exercises()[name].reference))
        if isinstance(node, ast.ImportFrom)
        for name in [f"{node.module}", *(f"{node.module}.{each.name}" for each in node.names)]
    }
    assert imported & set(exercises()) <= set(before)


def test_a_property_and_its_setter_are_told_apart():
    """Each can be blank without the other; what stands before a docstring's end stays, what follows goes."""
    read = blanks.without(MODULE, ["Guest.owner"])
    assert "comment" not in read and "self._owner = (" in read
    assert f'        """Whose."""\n        {BLANK}\n\n    @owner.setter\n' in read
    written = blanks.without(MODULE, ["Guest.owner.setter", "pour"])
    assert "return self._owner" in written
    assert f"def owner(self, name: str) -> None:\n        {BLANK}\n\n\ndef pour" in written
    assert written.endswith(f'    """Tea."""\n    {BLANK}\n')
    both = ["Guest.owner", "Guest.owner.setter"]
    assert blanks.in_source(blanks.without(MODULE, both)) == both


def test_a_name_that_is_not_there_is_an_error():
    """A function that was renamed would otherwise be given away."""
    with pytest.raises(LookupError, match=r"there is no Guest\.name to blank; there are Guest\.owner, "):
        blanks.without(MODULE, ["pour", "Guest.name"])


def test_refreshing_blanks_changes_nothing_else(tmp_path):
    """The file stays as it is written, byte for byte; one that has an old blank gets back the one that it had."""
    path = tmp_path / NOTEBOOKS[0].name
    shutil.copy(NOTEBOOKS[0], path)
    assert not blanks.refresh(path)
    old = path.read_text(encoding="utf-8")
    path.write_text(old.replace(f'    "    {BLANK}\\n",\n', '    "    return None\\n",\n', 1), encoding="utf-8")
    assert path.read_text(encoding="utf-8") != old
    assert blanks.refresh(path)
    assert path.read_text(encoding="utf-8") == old
