"""Prediction: a question before a cell is run. Who has guessed, right or wrong, looks at the answer with other eyes.

In a running notebook it is answered with a click, marked, and counted in the learner's own file,
`workspace/.predictions.json`; the first answer counts. Where a notebook is only read, the answer is folded.
"""

import os
from html import escape
from typing import Any

from workbook import workspace

PREDICTIONS = ".predictions.json"  # the learner's answers, and whether each was right


class Prediction:
    """A question, its choices in alphabetical order, and which of them is right."""

    def __init__(self, question: str, right: str, wrong: list[str]) -> None:
        self.question = question
        self.right = right
        self.choices = sorted([right, *wrong], key=str.casefold)

    def answer(self, choice: str) -> str:
        """Record an answer, and say what it is worth."""
        given = {question: right for question, right in workspace.notes(PREDICTIONS).items() if isinstance(right, bool)}
        given.setdefault(self.question, choice == self.right)
        workspace.keep_notes(PREDICTIONS, given)
        verdict = "✓ Right." if choice == self.right else "✗ Not so. Run the next cell and see."
        return f"{verdict} {sum(given.values())} of {len(given)} predictions so far were right."

    def __repr__(self) -> str:
        return "\n".join([f"Predict: {self.question}", *[f"  · {choice}" for choice in self.choices]])

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        choices = "".join(f"<li>{escape(choice)}</li>" for choice in self.choices)
        folded = f"<details><summary>Answer</summary>{escape(self.right)}</details>"
        html = f"<b>Predict:</b> {escape(self.question)}<ul>{choices}</ul>{folded}"
        live = {} if os.environ.get("WORKBOOK_READING") else self.widget()._repr_mimebundle_(**options)
        return {**live, "text/html": html, "text/plain": repr(self)}

    def widget(self) -> Any:
        """The question with a button for each choice."""
        import ipywidgets

        said = ipywidgets.HTML()
        buttons = [ipywidgets.Button(description=choice, layout={"width": "auto"}) for choice in self.choices]

        def clicked(button: Any) -> None:
            said.value = escape(self.answer(button.description))

        for button in buttons:
            button.on_click(clicked)
        return ipywidgets.VBox([ipywidgets.HTML(f"<b>Predict:</b> {escape(self.question)}"), *buttons, said])


def predict(question: str, *, right: str, wrong: list[str]) -> Prediction:
    """Ask the reader what will happen."""
    return Prediction(question, right, wrong)
