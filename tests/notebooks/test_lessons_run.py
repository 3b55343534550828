"""The lessons, run: each from a clean kernel, once, by a robot that leaves each exercise blank and then solves it."""

import copy
from functools import cache

import pytest

from workbook import lessons, loop, workspace
from workbook.environment import number_in
from workbook.exercises import MAGIC, exercises

EXERCISES = exercises()
LESSONS = {path.name: lessons.read(path) for path in lessons.NOTEBOOKS}
SOLVED = "solved"  # marks the robot's cells, in their metadata


def of_exercises(cells):
    return [cell for cell in cells if cell.source.startswith(MAGIC)]


@cache
def ran(name):
    """A lesson, run; after each exercise's blank stands a cell with our solution."""
    book = copy.deepcopy(LESSONS[name])
    for cell in list(of_exercises(book.cells)):
        exercise = cell.source.partition("\n")[0].removeprefix(MAGIC)
        answer = copy.deepcopy(cell)
        answer.id += "-2"
        answer.metadata[SOLVED] = True
        answer.source = f"{MAGIC}{exercise}\n{EXERCISES[exercise].reference.read_text(encoding='utf-8')}"
        book.cells.insert(book.cells.index(cell) + 1, answer)
    return lessons.executed(book)


def each_lesson(test):
    """The test for each lesson; all tests of one lesson in one process, which runs it once."""
    quiet = pytest.mark.filterwarnings("ignore")  # the kernels' own libraries warn, of things that are not ours
    return pytest.mark.long(quiet(pytest.mark.parametrize("name", LESSONS)(test)))


def maps(cells):
    """The cells that show the map: before the lesson, and after it."""
    return [cell for cell in cells if cell.source.startswith("progress(")]


@each_lesson
def test_a_lesson_shows_what_it_shows_when_it_is_run(name):
    """Prose that describes another output than the reader sees is worse than none.

    A blank says that it is blank; what the learner has written does what ours does, to the last picture. The map at
    the lesson's end is another for who has solved it: see below.
    """
    both = copy.deepcopy([ran(name), LESSONS[name]])
    for each in both:
        end = maps(each.cells)[-1]
        each.cells = [cell for cell in each.cells if cell is not end and SOLVED not in cell.metadata]
    shown, committed = map(lessons.outputs, both)
    if missing := lessons.lacks(LESSONS[name]):
        assert lessons.masked(missing) in str(shown)  # it runs, and says what is missing
        pytest.skip(missing)
    assert shown == committed


@each_lesson
def test_a_run_leaves_folded_what_is_folded(name):
    """What a prediction is about stays hidden, also after `make lessons`."""
    again = [cell for cell in ran(name).cells if SOLVED not in cell.metadata]
    assert [cell.metadata for cell in again] == [cell.metadata for cell in LESSONS[name].cells]


@each_lesson
def test_a_robot_that_knows_the_solutions_solves_every_lesson(name):
    """Each check can be passed, in the notebook itself; and the lesson goes on with what was written."""
    said = [cell.outputs[0].data["text/plain"] for cell in ran(name).cells if SOLVED in cell.metadata]
    assert len(said) == sum(exercise.lesson == name for exercise in EXERCISES.values())
    assert [text for text in said if not text.startswith("✓ ")] == []


@each_lesson
def test_the_map_of_a_solved_lesson_has_its_exercises_done(name):
    """Those of this lesson, and no others."""
    done = maps(ran(name).cells)[-1].outputs[0].data["text/plain"]
    own = [line for line in done.splitlines() if line.startswith(str(number_in(name)))]
    assert "○" not in own[0] and "◐" not in own[0]
    count = sum(exercise.lesson == name for exercise in EXERCISES.values())
    assert f"{count} of {len(EXERCISES)} exercises done." in done


@pytest.mark.parametrize("name", LESSONS)
def test_the_map_in_a_lesson_is_that_of_who_leaves_all_blank(name, tmp_path, monkeypatch):
    """As the lessons are committed: nothing is done, and what comes next is the first exercise."""
    monkeypatch.setenv("WORKBOOK_WORKSPACE", str(tmp_path))
    for exercise in EXERCISES.values():
        if exercise.lesson == name:
            workspace.write(exercise.name, exercise.blank)
    shown = maps(LESSONS[name].cells)[-1].outputs[0].data["text/plain"]
    whole = loop.progress()
    assert shown.splitlines()[-len(whole) :] == whole
