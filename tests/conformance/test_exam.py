"""The article's own app takes our exam, and the lesson tells the truth about how it does."""

import pytest

from tests import marked
from tests.conformance import exam
from workbook.express import MISSING, is_installed


@pytest.mark.slow
def test_the_lesson_shows_how_the_articles_app_does():
    """The table in lesson 4 is what comes out, test by test."""
    if not is_installed():
        pytest.skip(MISSING)
    assert exam.table(exam.sit()) == marked.shown(exam.LESSON, "exam")


def test_the_lesson_names_every_failure():
    """Each test that has a reason is in the lesson's table, under it."""
    for test, why in exam.REASON.items():
        assert any(exam.words(test) in line and why in line for line in marked.shown(exam.LESSON, "exam").splitlines())


def test_a_failure_without_a_reason_is_noticed():
    good = dict.fromkeys(exam.REASON, (0, 1))
    with pytest.raises(ValueError, match="test_another"):
        exam.table({**good, "test_another": (0, 1)})
    with pytest.raises(ValueError, match="test_login_changes"):
        exam.table({**good, "test_login_changes_the_session_id": (1, 1)})
