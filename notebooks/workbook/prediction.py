"""Prediction: a question before a cell is run. Who has guessed, right or wrong, looks at the answer with other eyes.

It is plain HTML, in which each choice opens to its verdict: it needs neither a kernel nor trust. Where a kernel runs, a
guess can be kept, in the learner's own `workspace/.predictions.json`; the first one counts.

The notebook holds the question alone, so its source gives nothing away. The choices stand in `predictions/`, a file a
lesson, in the order in which they are shown, each with its mark and the sentence that its reader needs. `shown` is
what says so in the next cell's output, which is committed folded. The tests look after all of this.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from workbook import workspace

QUESTIONS = Path(__file__).parent / "predictions"
PREDICTIONS = ".predictions.json"  # the learner's first guesses: the text of a choice, by question
VERDICTS = {"✓": "✓ Right.", "✗": "✗ Not so."}
FOLDED = "In JupyterLab, the output that shows the answer is folded: click on its •••, or run its cell."


@dataclass(frozen=True)
class Choice:
    """One of a question's answers, and why it is right or wrong."""

    letter: str
    text: str
    mark: str
    why: str

    @property
    def verdict(self) -> str:
        """What it opens to."""
        return f"{VERDICTS[self.mark]} {self.why}"


@dataclass(frozen=True)
class Question:
    """A question with its choices, in the order in which they are shown."""

    text: str
    choices: tuple[Choice, ...] = ()
    shown: str = ""  # what tells the answer in the output of the next cell
    is_first: bool = False  # in its lesson: there it is said how to go on

    def named(self, letter: str) -> Choice | None:
        """The choice with this letter."""
        return next((choice for choice in self.choices if choice.letter == letter), None)


def asked_in(lesson: str) -> list[Question]:
    """The questions of a lesson, "1_install", in its order."""
    entries = tomllib.loads((QUESTIONS / f"{lesson}.toml").read_text(encoding="utf-8"))["predict"]
    return [
        Question(
            entry["question"],
            tuple(
                Choice(letter, text, mark, why.strip())
                for letter, (mark, text, why) in zip("ABCDEFGH", entry["choices"], strict=False)
            ),
            entry["shown"],
            n == 0,
        )
        for n, entry in enumerate(entries)
    ]


@cache
def questions() -> dict[str, Question]:
    """All questions of the workbook by their text."""
    lessons = sorted(path.stem for path in QUESTIONS.glob("*.toml"))
    return {question.text: question for lesson in lessons for question in asked_in(lesson)}


class Prediction:
    """A question as it is shown: with the choice that was guessed, if any, and with what there is to say about it."""

    def __init__(self, question: Question, guessed: Choice | None = None, said: str = "") -> None:
        self.question = question
        self.guessed = guessed
        self.said = said

    def __repr__(self) -> str:
        lines = [f"Predict: {self.question.text}"]
        lines += [f"  {choice.letter}  {choice.text}" for choice in self.question.choices]
        lines += [f"Your guess: {self.guessed.letter}. {self.guessed.verdict}"] if self.guessed else []
        return "\n".join([*lines, self.said] if self.said else lines)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        said = self.said or (FOLDED if self.question.is_first and not self.guessed else "")
        parts = [
            f"<p><b>Predict:</b> {with_code(self.question.text)}</p>",
            *(self.folded(choice) for choice in self.question.choices),
            f"<p><i>{with_code(said)}</i></p>" if said else "",
        ]
        return {"text/html": "".join(parts), "text/plain": repr(self)}

    def folded(self, choice: Choice) -> str:
        """A choice that opens to its verdict; the guessed one is open."""
        open_, mark = (" open", " <i>← your guess</i>") if choice == self.guessed else ("", "")
        summary = f"<summary><b>{choice.letter}</b> {with_code(choice.text)}{mark}</summary>"
        return f"<details{open_}>{summary}<p>{with_code(choice.verdict)}</p></details>"


def with_code(text: str) -> str:
    """A sentence as HTML, in which what stands in backticks is code."""
    return re.sub(r"`(.+?)`", r"<code>\1</code>", escape(text, quote=False))


def predict(question: str, guess: str = "") -> Prediction:
    """Ask the reader what will happen. A guess, the letter of a choice, is marked, and kept if it is the first."""
    asked = questions().get(question)
    if asked is None:
        return Prediction(Question(question), said="The workbook has no such question: has its text been changed?")
    letter = str(guess or "").strip(" .()").upper()
    guessed = asked.named(letter)
    if letter and not guessed:
        letters = ", ".join(choice.letter for choice in asked.choices)
        return Prediction(asked, said=f"There is no choice {guess!r}: the choices are {letters}.")
    return Prediction(asked, guessed, kept(asked, guessed) if guessed else "")


def kept(question: Question, guessed: Choice) -> str:
    """Keep a guess, if it is the first; say which one counts, and how many were right so far."""
    guesses = first_guesses()
    first = guesses.setdefault(question.text, guessed)
    workspace.keep_notes(PREDICTIONS, {text: choice.text for text, choice in guesses.items()})
    before = "" if first == guessed else f"Your first guess, {first.letter}, counts. "
    return f"{before}Predictions so far: {counted(guesses)}."


def first_guesses() -> dict[str, Choice]:
    """What the learner has guessed first, by question. Notes that fit no question and no choice count as none."""
    notes = workspace.notes(PREDICTIONS)
    return {
        text: choice
        for text, question in questions().items()
        for choice in question.choices
        if choice.text == notes.get(text)
    }


def counted(guesses: dict[str, Choice]) -> str:
    """How many of the guesses are right, of how many."""
    right = sum(choice.mark == "✓" for choice in guesses.values())
    return f"{right} of {len(guesses)} right ({len(questions())} in all)"


def score() -> str:
    """The same for the map of progress; empty while nothing has been guessed."""
    guesses = first_guesses()
    return f"Predictions: {counted(guesses)}" if guesses else ""
