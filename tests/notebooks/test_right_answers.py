"""Right answers in other styles than ours: every one must pass.

Those in a/ and c/, and in b/ for steps 1 to 5, are by newcomers who had blank and lesson alone; the others are by
ourselves, written otherwise on purpose.
"""

import pytest

from tests.notebooks import busy
from workbook.exercises import exercises


def test_each_right_answer_is_of_an_exercise():
    """One that is called wrongly would be run by nobody."""
    assert {name for name, _ in busy.right_answers()} == set(exercises())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "answer"), busy.right_answers(), ids=lambda value: "/".join(getattr(value, "parts", [])[-3:])
)
def test_a_right_answer_passes_in_its_own_style(name, answer):
    """A check that asks for our wording or our way teaches to copy."""
    result = busy.check(name, answer)
    assert result.good, result


def test_a_wrong_answer_is_counted(capsys, monkeypatch):
    """A count that cannot rise counts nothing."""
    name = "step5_stores.store"
    blank = exercises()[name].reference.with_name("middleware.py")
    monkeypatch.setattr(busy, "right_answers", lambda: [(name, exercises()[name].reference), (name, blank)])
    assert busy.main(["--times", "2", "--loops", "0"]) == 1
    assert "1 of 2 right answers were called wrong" in capsys.readouterr().out
