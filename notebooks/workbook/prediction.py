"""Prediction: a question before a cell is run. Who has guessed, right or wrong, looks at the answer with other eyes.

In a running notebook it is answered with a click, marked, and counted in the learner's own file,
`workspace/.predictions.json`; the first answer counts. Where a notebook is only read, the answer is folded.
"""

import json
import os
from html import escape
from typing import Any

from workbook import workspace


class Prediction:
    """A question, its choices in alphabetical order, and which of them is right."""

    def __init__(self, question: str, right: str, wrong: list[str]) -> None:
        self.question = question
        self.right = right
        self.choices = sorted([right, *wrong], key=str.casefold)

    def answer(self, choice: str) -> str:
        """Record an answer, and say what it is worth."""
        notes = workspace.folder() / ".predictions.json"
        given: dict[str, bool] = json.loads(notes.read_text(encoding="utf-8")) if notes.is_file() else {}
        given.setdefault(self.question, choice == self.right)
        notes.parent.mkdir(parents=True, exist_ok=True)
        notes.write_text(json.dumps(given, indent=1, ensure_ascii=False), encoding="utf-8")
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
