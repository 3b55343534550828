"""The blanks have one source: the module in steps/, and the names of the bodies that are to be written."""

import ast
import json
import shutil

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
