"""The lessons keep to the form that lessons have. Their code is run in test_lessons_run.py."""

import re
import statistics
from html import unescape
from urllib.parse import unquote

import pytest

from steps.step1_install import sign, unsign
from tests.support import ROOT, STEPS
from workbook import lessons
from workbook.exercises import MAGIC, exercises

LESSONS = {path.name: lessons.read(path) for path in lessons.NOTEBOOKS}
SECTIONS = ["Where we are", "The problem", "The idea", "Build it", "Try it", "Break it", "Questions", "Going further"]
CAPTIONS = {f"server of step {step}" for step in STEPS} | {"= as before "}  # said in other words
LAST_SECTION = "What this step still does not do"


def sources(notebook, kind):
    """The cells' sources; exercises have their own tests."""
    return [cell.source for cell in notebook.cells if cell.cell_type == kind and not cell.source.startswith(MAGIC)]


def test_every_step_has_a_lesson():
    """A step without a lesson is code without a teacher."""
    assert list(LESSONS) == [f"{step.folder.removeprefix('step')}.ipynb" for step in STEPS.values()]


def test_the_comparison_notices_another_output():
    """A check that cannot fail is none: a changed number, a missing line, another listing must be seen."""
    notebook = lessons.read(lessons.NOTEBOOKS[0])
    before = lessons.outputs(notebook)
    changed = next(cell for cell in notebook.cells if cell.cell_type == "code" and "135 of 135" in str(cell.outputs))
    changed.outputs[0].data["text/plain"] = "'134 of 135 forgeries refused'"
    assert lessons.outputs(notebook) != before


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_has_all_sections_in_order(name):
    """Who has done one lesson knows the way through the next."""
    headings = [
        line[3:] for cell in sources(LESSONS[name], "markdown") for line in cell.splitlines() if line[:3] == "## "
    ]
    places = [next(n for n, heading in enumerate(headings) if heading.startswith(section)) for section in SECTIONS]
    assert places == sorted(places)
    assert headings[-1] == LAST_SECTION


@pytest.mark.parametrize("name", LESSONS)
def test_cells_are_small_and_prose_comes_first(name):
    """Two to four lines a cell, eighteen at most, ten to thirty words of prose a line, and prose before most cells."""
    cells = LESSONS[name].cells
    lengths = [len(source.splitlines()) for source in sources(LESSONS[name], "code")]
    assert statistics.median(lengths) <= 4
    assert max(lengths) <= 18
    text = re.sub(r"<details>.*?</details>", "", "\n".join(sources(LESSONS[name], "markdown")), flags=re.S)
    prose = [line for line in text.splitlines() if not line.startswith(("#", "|"))]
    words = len(re.findall(r"\w+", " ".join(prose)))
    assert 10 <= words / sum(lengths) <= 30
    introduced = [cells[n - 1].cell_type == "markdown" for n, cell in enumerate(cells) if cell.cell_type == "code"]
    assert sum(introduced) / len(introduced) >= 0.75


@pytest.mark.parametrize("name", LESSONS)
def test_every_picture_has_a_text_alternative(name):
    """Who cannot see a picture must learn as much from its words."""
    for source in sources(LESSONS[name], "markdown"):
        for alternative, path in re.findall(r"!\[(.*?)\]\((.*?)\)", source, flags=re.S):
            assert len(alternative.split()) > 15
            svg = (ROOT / "notebooks" / path).read_text(encoding="utf-8")
            assert "<title" in svg and "<desc" in svg
    for cell in LESSONS[name].cells:
        for output in cell.get("outputs", []):
            for html in [text for kind, text in output.get("data", {}).items() if kind == "text/html"]:
                assert re.match(r'<img alt="[^"]{40,}"', html) or "<img" not in html


@pytest.mark.parametrize("name", LESSONS)
def test_what_a_picture_says_is_in_its_text_alternative(name):
    """Each cookie, id, row and address that is drawn is also said: who hears or compares the words misses nothing."""
    for cell in LESSONS[name].cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            said = re.sub(r"[\s\[\],]", "", data.get("text/plain", ""))
            drawn = re.findall(r"<text[^>]*>(.*?)</text>", unquote(data.get("text/html", "").partition("src=")[2]))
            for text in map(unescape, drawn):
                assert re.sub(r"[\s\[\],]", "", text) in said or not re.search(r'[…{"=/]|\d', text) or text in CAPTIONS


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_links_only_to_what_is_there(name):
    """From each lesson the next must be found."""
    for source in sources(LESSONS[name], "markdown"):
        for path in re.findall(r"\]\(([^)#]+)\)", source):
            assert (ROOT / "notebooks" / path).exists(), path


@pytest.mark.parametrize("name", LESSONS)
def test_no_output_is_an_error_or_tells_where_it_was_made(name):
    """Outputs are read on other machines."""
    text = (ROOT / "notebooks" / name).read_text(encoding="utf-8")
    assert '"output_type": "error"' not in text
    assert str(ROOT) not in text and "/home/" not in text


@pytest.mark.parametrize("name", LESSONS)
def test_our_solutions_are_folded(name):
    """Whoever goes on from a blank to the next cell must not have read our way to write it before his own."""
    for cell in LESSONS[name].cells:
        shown = re.match(r'show\("([\w.]+)"', cell.source)
        if shown and shown[1] in exercises():
            [output] = cell.outputs
            assert output.data["text/markdown"].startswith("<details><summary>Our way to write it"), cell.source


def folded(name, title):
    """The code under a folded title."""
    text = "\n".join(sources(LESSONS[name], "markdown"))
    return re.search(rf"<summary>{title}</summary>\s*```python\n(.*?)```", text, flags=re.S)[1]


@pytest.mark.parametrize("name", LESSONS)
def test_a_challenge_has_a_test_that_its_solution_passes(name):
    """An optional task without a test leaves its reader alone."""
    names = {"sign": sign, "unsign": unsign}
    exec(folded(name, "One solution"), names)
    exec(folded(name, "The test"), names)


@pytest.mark.parametrize("name", LESSONS)
def test_a_challenges_test_fails_without_a_solution(name):
    """A test that passes for nothing tests nothing."""
    function = re.search(r"^(?:def|class) (\w+)", folded(name, "One solution"), flags=re.M)[1]
    names = {"sign": sign, "unsign": unsign, function: lambda *args, **kwargs: None}
    with pytest.raises((AssertionError, AttributeError)):
        exec(folded(name, "The test"), names)
