"""The tool behind the lessons. It is not taught: it serves the steps, draws what happens, and runs the commands.

- `house = serve(2)`: the real server of step 2, on a free port
- `alice = Browser(house, "Alice")`: a browser; `alice.get("/")` sends a real request and draws the exchange
- `show("step2_middleware.store")`: a piece of the steps' source
- `predict("…?", right="…", wrong=["…"])`: a question before a cell is run, answered with a click
- `progress()`: how far the learner is
- `%%exercise step2_middleware.store`: a module for the learner to write; saved and checked when the cell is run
"""

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbook.browser import Browser
    from workbook.listing import show
    from workbook.notebook import progress
    from workbook.prediction import predict
    from workbook.serving import Clock, serve

__all__ = ["Browser", "Clock", "predict", "progress", "serve", "show"]

WHERE = {
    "Browser": "browser",
    "Clock": "serving",
    "predict": "prediction",
    "progress": "notebook",
    "serve": "serving",
    "show": "listing",
}


def __getattr__(name: str) -> Any:
    """Import what a lesson asks for, and not before: the commands must run where nothing is installed yet."""
    if name not in WHERE:
        raise AttributeError(f"workbook has no {name}; it has {', '.join(WHERE)}")
    from importlib import import_module

    return getattr(import_module(f"workbook.{WHERE[name]}"), name)


if "IPython" in sys.modules and (shell := sys.modules["IPython"].get_ipython()):
    from workbook.notebook import use_in

    use_in(shell)
