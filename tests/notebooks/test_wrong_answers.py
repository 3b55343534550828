"""The checks themselves are checked: every wrong answer fails, at the check that names its fault."""

import pytest

from tests.notebooks.wrong_answers import WRONG
from workbook import checking, runner, workspace
from workbook.exercises import exercises

ANSWERS = [
    pytest.param(name, *answer, id=f"{name}-{n}")
    for name, answers in WRONG.items()
    for n, answer in enumerate(answers, 1)
]


def test_every_exercise_has_five_wrong_answers():
    """Fewer would leave its checks untried."""
    assert set(WRONG) == set(exercises())
    assert all(len(answers) >= 5 for answers in WRONG.values())


@pytest.mark.slow
@pytest.mark.parametrize(("name", "right", "wrong", "check"), ANSWERS)
def test_a_wrong_answer_fails_at_the_check_that_names_its_fault(name, right, wrong, check, tmp_path, monkeypatch):
    """A check that lets a mistake pass teaches it; one that fails elsewhere sends the learner astray."""
    monkeypatch.setenv("WORKBOOK_WORKSPACE", str(tmp_path))
    exercise = exercises()[name]
    source = exercise.reference.read_text(encoding="utf-8")
    assert right in source
    workspace.write(name, source.replace(right, wrong, 1))
    done = runner.run(name)
    failed = [each["test"] for each in done.results if not each["passed"]]
    assert failed[:1] and failed[0].startswith(check), f"fails at {failed[:3]}"
    assert len(checking.told(exercise, workspace.read(name), done).lines) <= 8
