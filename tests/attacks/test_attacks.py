"""The attack ladder: every attack succeeds on the code before, and fails on the code after."""

import pytest

from tests.attacks.ladder import LADDER, climb, matrix
from tests.attacks.tokens import claims_in, hs256, packed, token
from tests.support import ROOT, STEPS
from tests.tables import FIGURE, REQUIREMENTS, asvs, drawing, shown_by

RUNGS = [
    pytest.param(
        rung,
        step,
        id=f"{rung.name}-{step or 'naive'}",
        marks=[pytest.mark.strength] if rung.name == "weak password storage" else [],
    )
    for rung in LADDER
    for step in (0, *STEPS)
    if rung.works_on(step) is not None
]


@pytest.mark.parametrize(("rung", "step"), RUNGS)
def test_the_attack_works_before_and_fails_after(rung, step, users):
    """What each step cures, shown by the attack itself: it is tried, and its success is the test's."""
    assert climb(step, rung, users) is rung.works_on(step)


def test_every_attack_is_seen_to_work_and_to_fail():
    """An attack that works nowhere shows nothing, and one that fails nowhere is not cured yet."""
    for rung in LADDER:
        expected = {rung.works_on(step) for step in (0, *STEPS)}
        assert True in expected, rung.name
        assert False in expected or rung.cured == 8, rung.name
    assert len(LADDER) >= 30


def test_the_naive_tokens_are_signed():
    """The reader's one mistake is that the token chooses how it is checked: what is not signed so is not believed."""
    good = token({"user": "alice"})
    header, _, signature = good.split(".")
    assert claims_in(good) == {"user": "alice"}
    assert claims_in(f"{header}.{packed({'user': 'queen'})}.{signature}") == {}
    text = f"{packed({'alg': 'HS256'})}.{packed({'user': 'queen'})}"
    assert claims_in(f"{text}.{hs256(text, 'a guess')}") == {}


def test_the_tables_of_the_evidence_are_true():
    """They are made by `make attacks` and `make asvs`; the first says what the tests above have seen."""
    page = (ROOT / "tests" / "README.md").read_text(encoding="utf-8")
    expected = {(rung.name, step): rung.works_on(step) for rung in LADDER for step in (0, *STEPS)}
    assert matrix(expected, list(STEPS)) in page, "run make attacks"
    assert drawing(expected, list(STEPS)) == FIGURE.read_text(encoding="utf-8"), "run make attacks"
    assert asvs() in page, "run make asvs"


def test_each_requirement_is_shown():
    """A requirement without a test is a claim."""
    assert [id for id, tests in shown_by().items() if not tests] == [], REQUIREMENTS
