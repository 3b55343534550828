"""Right answers in other styles than ours: every one must pass.

Those in a/ and c/, and in b/ for steps 1 to 5, are by newcomers who had blank and lesson alone; the others are by
ourselves, written otherwise on purpose.
"""

import ast
from itertools import combinations

import pytest

from tests.notebooks import answers, busy
from workbook import blanks
from workbook.exercises import BLANK, exercises


def test_each_right_answer_fills_the_blank_of_an_exercise():
    """One that is called wrongly would be run by nobody, and half of one would be no answer."""
    for name, answer in answers.right_answers():
        assert blanks.in_source(answers.module(exercises()[name], answer)) == []


def bodies(exercise, answer):
    """What was written, without its form."""
    written = blanks.functions(answers.module(exercise, answer))
    return [ast.unparse(written[name]) for name in blanks.in_source(exercise.blank)]


@pytest.mark.parametrize("name", exercises())
def test_each_exercise_has_two_more_right_answers_and_no_two_are_the_same(name):
    """The same answer once more would say nothing new about the check."""
    several = [bodies(exercises()[name], answer) for each, answer in answers.right_answers() if each == name]
    assert len(several) >= 3
    assert all(one != other for one, other in combinations(several, 2))


GIVEN = f"""import a


class C:
    def m(self):
        {BLANK}
"""
OWN = """import b

ONE = 1


class C:
    def m(self):
        # because
        return self.n()

    def n(self):
        return ONE
"""
MADE = """import a
import b


ONE = 1


class C:
    def m(self):
        # because
        return self.n()

    def n(self):
        return ONE
"""


def test_what_is_an_answers_own_stands_where_it_can_be_used():
    """Imports behind ours, names and helpers in front of what uses them, methods in their class."""
    assert answers.filled(GIVEN, OWN) == MADE


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "answer"), answers.right_answers(), ids=lambda value: "/".join(getattr(value, "parts", [])[-3:])
)
def test_a_right_answer_passes_in_its_own_style(name, answer):
    """A check that asks for our wording or our way teaches to copy."""
    result = busy.check(name, answer)
    assert result.good, result


def test_a_wrong_answer_is_counted(capsys, monkeypatch, tmp_path):
    """A count that cannot rise counts nothing."""
    name = "step5_stores.store"
    wrong = tmp_path / "store.py"
    wrong.write_text("class MemoryStore:\n    def set(self, id, row, *, expected, expires):\n        return True\n")
    monkeypatch.setattr(busy, "PROJECT", tmp_path)
    monkeypatch.setattr(answers, "right_answers", lambda: [(name, exercises()[name].reference), (name, wrong)])
    assert busy.main(["--times", "2", "--loops", "0"]) == 1
    assert "1 of 2 right answers were called wrong" in capsys.readouterr().out
