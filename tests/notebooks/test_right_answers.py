"""Right answers in other styles than ours: every one must pass.

Those in a/ and c/, and in b/ for steps 1 to 5, are by newcomers who had blank and lesson alone; the others are by
ourselves, written otherwise on purpose.
"""

from pathlib import Path

import pytest

from workbook import checking, runner
from workbook.exercises import exercises

FOLDER = Path(__file__).parent / "right_answers"
ANSWERS = sorted(FOLDER.glob("*/*/*.py"))


def exercise_of(path):
    return f"{path.parent.name}.{path.stem}"


def test_each_right_answer_is_of_an_exercise():
    """One that is called wrongly would be run by nobody."""
    assert {exercise_of(path) for path in ANSWERS} <= set(exercises())


@pytest.mark.slow
@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: "/".join(path.parts[-3:]))
def test_a_right_answer_passes_in_its_own_style(path):
    """A check that asks for our wording or our way teaches to copy."""
    exercise = exercises()[exercise_of(path)]
    done = runner.run(exercise.name, own=path.parents[1])
    assert checking.told(exercise, path.read_text(encoding="utf-8"), done).good, done
