"""The minutes that a lesson takes, in the README and in its own first sentence: estimated by the README's one rule."""

import re

import pytest

from tests.support import ROOT
from workbook import blanks, lessons
from workbook.exercises import MAGIC

README = (ROOT / "README.md").read_text(encoding="utf-8")
UNREAD = r"<details><summary>(Hint|The test|One solution).*?</details>|\]\([^)]*\)"  # hints, solutions, links


def estimate(path):
    """How long it takes to read and run a lesson, and how long with its exercises, in minutes."""
    words = ran = shown = asked = written = 0.0
    for cell in lessons.read(path).cells:
        if cell.cell_type == "markdown":
            words += len(re.findall(r"[\w'’-]+", re.sub(UNREAD, "", cell.source, flags=re.S)))
        elif cell.source.startswith(MAGIC):
            written += sum(lines_of(cell))
        elif "predict(" in cell.source:
            asked += 1
        else:
            ran += 1
            shown += len(str(cell.outputs[0].data["text/plain"]).splitlines()) if cell.source.startswith("show(") else 0
    read = words / 120 + shown / 20 + ran * 0.75 + asked
    return read, read + written


def lines_of(cell):
    """How many lines each body of an exercise has in our solution."""
    module = cell.source.splitlines()[0].split()[1]
    source = (ROOT / "steps" / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8")
    for name in cell.metadata["exercise"]["blank"]:
        yield 1 + len(source.splitlines()) - len(blanks.without(source, [name]).splitlines())


@pytest.mark.parametrize("path", lessons.NOTEBOOKS, ids=lambda path: path.stem)
def test_a_lesson_takes_as_long_as_it_says(path):
    """Who has an hour should not begin what takes three."""
    said = re.search(rf"^\|.*\(notebooks/{path.name}\).*?\| (\d+) \| (\d+) \|", README, flags=re.M)
    begins = lessons.read(path).cells[0].source
    promise = re.search(r"^In about (\d+) minutes, or (\d+) with the exercises, ", begins, flags=re.M)
    assert promise.groups() == said.groups()
    assert [int(minutes) for minutes in said.groups()] == pytest.approx(estimate(path), abs=10)
