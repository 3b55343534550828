"""The checks themselves are checked: every wrong answer fails, at the check that names its fault."""

from collections import Counter

import pytest

from tests.attacks import mutate
from tests.mistakes import mutations, wrong_answers
from tests.notebooks.messages import faults
from tests.support import ROOT
from workbook import checking, runner, workspace
from workbook.exercises import exercises

ANSWERS = {
    f"{name}-{n}": answer
    for name in exercises()
    for n, answer in enumerate([answer for answer in wrong_answers() if answer.module == name], 1)
}


def test_every_exercise_has_five_wrong_answers():
    """Fewer would leave its checks untried."""
    count = Counter(answer.module for answer in wrong_answers())
    assert set(count) == set(exercises())
    assert min(count.values()) >= 5


def test_every_mistake_can_be_made():
    """One whose line has gone would be tried by nobody; the slow tests, and `make mutate`, make them all."""
    for mistake in [*mutations(), *wrong_answers()]:
        assert mistake.made()


def test_no_mistake_stands_twice():
    """The second would take its time, and show nothing that the first has not shown."""
    made = Counter((mistake.module, mistake.made()) for mistake in {*mutations(), *wrong_answers()})
    assert [module for (module, _), times in made.items() if times > 1] == []


def test_the_evidence_tells_how_many_mutations_there_are():
    """As `make mutate` would count them today."""
    page = (ROOT / "tests" / "README.md").read_text(encoding="utf-8")
    assert f"in a copy ({len([*mutations()])}\nchanges;" in page


def test_a_word_that_no_mutation_has_is_no_success():
    """Nothing tried would look as if all had been noticed."""
    with pytest.raises(SystemExit, match=r"No mutation has 6\.rooms in its file or its line"):
        mutate.main(["6.rooms"])


@pytest.mark.slow
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_a_wrong_answer_fails_at_the_check_that_names_its_fault(answer, tmp_path, monkeypatch):
    """A check that lets a mistake pass teaches it; one that fails elsewhere sends the learner astray."""
    monkeypatch.setenv("WORKBOOK_WORKSPACE", str(tmp_path))
    exercise = exercises()[answer.module]
    workspace.write(answer.module, answer.made())
    done = runner.run(answer.module, all_tests=False)
    failed = [each["test"] for each in done.results if not each["passed"]]
    assert failed[:1] and failed[0].startswith(answer.check), f"fails at {failed[:3]}"
    assert faults(answer.module, checking.told(exercise, workspace.read(answer.module), done).lines) == []
