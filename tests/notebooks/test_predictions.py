"""Predictions: questions that can be answered without a kernel, give nothing away, and are followed by the answer."""

import ast
import json
import re
from collections import Counter

import pytest

from workbook import lessons, loop, notebook, prediction, workspace
from workbook.prediction import QUESTIONS, asked_in, predict, questions

LESSONS = {path.stem: lessons.read(path).cells for path in lessons.NOTEBOOKS}
ALL = list(questions().values())
FIRST, SECOND = ALL[:2]
KEPT_BY_ALL = {"p", "b", "i", "code", "details", "summary"}  # by GitHub, and by JupyterLab where it does not trust


@pytest.fixture(autouse=True)
def own(tmp_path, monkeypatch):
    """A workspace of the test's own."""
    monkeypatch.setenv("WORKBOOK_WORKSPACE", str(tmp_path))
    return tmp_path


def asks(cell):
    return cell.cell_type == "code" and "predict(" in cell.source


def right(question):
    return next(choice for choice in question.choices if choice.mark == "✓")


def wrong(question):
    return next(choice for choice in question.choices if choice.mark == "✗")


def html(question, guess=""):
    return predict(question.text, guess)._repr_mimebundle_()["text/html"]


def is_folded(cell):
    return cell.metadata.get("jupyter", {}).get("outputs_hidden") is True and cell.metadata.get("collapsed") is True


# The questions


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_asks_what_its_file_holds(lesson):
    """Three or more, in the lesson's order; none is forgotten in the file, none asked twice."""
    asked = [ast.literal_eval(ast.parse(cell.source).body[-1].value.args[0]) for cell in LESSONS[lesson] if asks(cell)]
    assert asked == [question.text for question in asked_in(lesson)]
    assert len(asked) >= 3


def test_no_question_is_without_a_lesson_or_asked_in_two():
    assert sorted(path.stem for path in QUESTIONS.iterdir()) == sorted(LESSONS)
    assert len(ALL) == sum(len(asked_in(lesson)) for lesson in LESSONS)


@pytest.mark.parametrize("question", ALL, ids=lambda question: question.text)
def test_a_question_has_one_right_choice_and_a_reason_for_each(question):
    """The reason is what a wrong guess is for: it says what one has overlooked."""
    assert question.text.endswith("?") and len(question.text) <= 78  # so it can be read in the cell, too
    assert sorted(choice.mark for choice in question.choices) == sorted("✓" + "✗" * (len(question.choices) - 1))
    assert len(question.choices) >= 3
    assert len({choice.text for choice in question.choices}) == len(question.choices)
    reasons = [choice.why for choice in question.choices]
    assert len(set(reasons)) == len(reasons)
    assert all(len(why.split()) >= 8 and why.endswith(".") and "\n" not in why for why in reasons)


def test_neither_place_nor_length_tells_which_choice_is_right():
    """Who has seen that it is always the second, or always the long one, guesses without thinking."""
    places = Counter(right(question).letter for question in ALL)
    assert min(places[letter] for letter in "ABC") >= len(ALL) // 5
    assert max(places.values()) <= len(ALL) * 0.4
    for sign in (1, -1):
        told = 0
        for question in ALL:
            lengths = sorted((sign * len(choice.text), choice.mark) for choice in question.choices)
            told += lengths[-1][1] == "✓" and lengths[-1][0] - lengths[-2][0] > 3  # fewer letters strike nobody
        assert told <= len(ALL) // 4
    for lesson in LESSONS:
        assert len({right(question).letter for question in asked_in(lesson)}) > 1


# In the notebook


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_source_holds_the_question_and_nothing_of_its_answer(lesson):
    """A cell's source is read before its output. And it needs no other cell: who skips one can be asked the next."""
    for cell, question in zip(filter(asks, LESSONS[lesson]), asked_in(lesson), strict=True):
        assert cell.source == (
            "from workbook import predict\n\n"
            f'predict(\n    {json.dumps(question.text, ensure_ascii=False)},\n    guess="",\n)'
        )
        assert not any(choice.text in cell.source for choice in question.choices)
        assert cell.metadata == {}  # the guess is to be written there, so it is not hidden


@pytest.mark.parametrize("lesson", LESSONS)
def test_what_is_committed_is_what_is_asked_today(lesson):
    """Plain HTML and text: no widget, which is gone the next day, and no script, which nobody trusts."""
    for cell, question in zip(filter(asks, LESSONS[lesson]), asked_in(lesson), strict=True):
        [output] = cell.outputs
        assert dict(output.data) == predict(question.text)._repr_mimebundle_()
        assert set(output.data) == {"text/html", "text/plain"}


@pytest.mark.parametrize("question", ALL, ids=lambda question: question.text)
def test_each_choice_opens_to_its_verdict_without_a_kernel(question):
    folds = re.findall(
        r"<details><summary><b>(\w)</b> (.*?)</summary><p>(✓ Right|✗ Not so)\. (.*?)</p></details>", html(question)
    )
    assert [(letter, verdict[0]) for letter, _, verdict, _ in folds] == [
        (choice.letter, choice.mark) for choice in question.choices
    ]
    assert set(re.findall(r"<(\w+)", html(question))) <= KEPT_BY_ALL
    assert "=" not in "".join(re.findall(r"<[^>]*>", html(question)))  # no attribute, no style, no handler


@pytest.mark.parametrize("question", ALL, ids=lambda question: question.text)
def test_who_reads_only_text_reads_the_choices_and_no_answer(question):
    """A terminal, a screen reader's summary, a diff."""
    lines = repr(predict(question.text)).splitlines()
    assert lines[1:] == [f"  {choice.letter}  {choice.text}" for choice in question.choices]
    assert "✓" not in "".join(lines) and "✗" not in "".join(lines)


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_answer_comes_next_and_is_folded(lesson):
    """Between question and answer there is only prose; and nothing else is folded."""
    cells = LESSONS[lesson]
    answers = []
    for n, question in zip((n for n, cell in enumerate(cells) if asks(cell)), asked_in(lesson), strict=True):
        answer = next(cell for cell in cells[n + 1 :] if cell.cell_type == "code")
        assert lessons.texts(answer)[0] == f"text/plain: {lessons.COVER}"  # JupyterLab shows the first line
        shown = "\n".join(text for text in lessons.texts(answer) if not text.startswith("text/html"))
        assert re.search(rf"(?<!\w){re.escape(question.shown)}(?!\w)", shown), question.text
        answers.append(answer.id)
    assert [cell.id for cell in cells if cell.cell_type == "code" and is_folded(cell)] == answers


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_says_once_how_the_folded_output_is_opened(lesson):
    said = ["•••" in cell.outputs[0].data["text/html"] for cell in LESSONS[lesson] if asks(cell)]
    assert said == [True] + [False] * (len(said) - 1)


# A guess


def test_a_guess_is_marked_and_opened_and_the_others_stay_closed():
    letter = wrong(FIRST).letter
    assert re.findall(r"<details open><summary><b>(\w)</b>", html(FIRST, letter)) == [letter]
    assert html(FIRST, letter).count("your guess") == 1
    assert f"Your guess: {letter}. ✗ Not so. {wrong(FIRST).why}" in repr(predict(FIRST.text, letter))


def test_the_first_guess_counts():
    """So that trying them all proves nothing; and the sentence says so, instead of a sum that seems wrong."""
    letter = wrong(FIRST).letter
    assert "Predictions so far: 0 of 1 right" in repr(predict(FIRST.text, letter))
    again = repr(predict(FIRST.text, right(FIRST).letter))
    assert f"✓ Right. {right(FIRST).why}\nYour first guess, {letter}, counts. Predictions so far: 0 of 1 right" in again
    assert f"1 of 2 right ({len(ALL)} in all)" in repr(predict(SECOND.text, right(SECOND).letter))


@pytest.mark.parametrize("guess", ["b", "B", " b ", "(b)", "b."])
def test_a_letter_may_be_written_as_one_writes_letters(guess):
    assert "Your guess: B." in repr(predict(FIRST.text, guess))


@pytest.mark.parametrize("guess", ["x", "ab", "visits=1", 2, "é", "\ud800", "<b>"])
def test_what_is_no_choice_is_one_sentence_and_is_not_kept(guess):
    said = repr(predict(FIRST.text, guess)).splitlines()[-1]
    assert said == f"There is no choice {guess!r}: the choices are A, B, C."
    assert prediction.first_guesses() == {}
    assert "<b>'" not in html(FIRST, guess)


@pytest.mark.parametrize("guess", ["", " ", None])
def test_without_a_guess_nothing_is_written_or_read(own, guess):
    """So lessons that a robot runs show the same, whatever a learner has guessed."""
    before = predict(FIRST.text, guess)._repr_mimebundle_()
    assert list(own.iterdir()) == []
    predict(FIRST.text, "a")
    assert predict(FIRST.text, guess)._repr_mimebundle_() == before


def test_a_question_that_was_changed_is_one_sentence():
    """Somebody has typed into it; that is no reason for a traceback."""
    assert "The workbook has no such question" in repr(predict("What colour?", "a"))
    assert "The workbook has no such question" in predict("What <b>colour?")._repr_mimebundle_()["text/html"]


@pytest.mark.parametrize("note", [True, 3, None, ["a"], {"a": 1}, "a choice of last year"])
def test_notes_that_fit_no_choice_count_as_none(own, note):
    """Of an older workbook, perhaps, whose questions were others."""
    (own / prediction.PREDICTIONS).write_text(json.dumps({FIRST.text: note, "An old question?": "yes"}))
    assert prediction.score() == ""
    assert "1 of 1 right" in repr(predict(FIRST.text, right(FIRST).letter))


def test_a_guess_that_cannot_be_kept_is_marked_all_the_same(own):
    (own / prediction.PREDICTIONS).mkdir()
    assert "1 of 1 right" in repr(predict(FIRST.text, right(FIRST).letter))


def test_the_map_tells_how_many_were_right():
    """In the notebook and in the terminal; and is as before where nobody has guessed."""
    assert "Predictions" not in "\n".join(loop.progress())
    predict(FIRST.text, right(FIRST).letter)
    predict(SECOND.text, wrong(SECOND).letter)
    told = f"Predictions: 1 of 2 right ({len(ALL)} in all)"
    assert loop.progress()[-2].endswith(told)
    assert told in repr(notebook.progress())
    assert told in notebook.progress()._repr_mimebundle_()["text/html"]


def test_every_guess_survives_the_next(own):
    for question in ALL:
        predict(question.text, wrong(question).letter)
    assert prediction.score() == f"Predictions: 0 of {len(ALL)} right ({len(ALL)} in all)"
    assert set(workspace.notes(prediction.PREDICTIONS)) == set(questions())
