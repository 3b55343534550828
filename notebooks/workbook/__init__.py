"""The tool behind the lessons. It is not taught: it serves the steps, draws what happens, and runs the commands.

- `house = serve(2)`: the real server of step 2, on a free port
- `alice = Browser(house, "Alice")`: a browser; `alice.get("/")` sends a real request and draws the exchange
- `show("step2_middleware.store")`: a piece of the steps' source
- `trace(app)`: which functions of the steps a request goes through
- `predict("…?", guess="")`: a question before a cell is run; each of its choices opens to a verdict
- `start_redis()`: a Redis server of one's own, where Redis is installed
- `start_express(STORE=redis.url, SECRET="…")`: an Express app beside ours, where Node and Express are installed
- `contract(MyStore)`: a store of one's own, put to the contract of stores
- `progress(2)`: how far the learner is, in lesson 2 and in all
- `%%exercise step2_middleware.store`: a module for the learner to write; saved and checked when the cell is run
"""

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbook.browser import Browser
    from workbook.express import start_express
    from workbook.listing import show
    from workbook.notebook import progress
    from workbook.prediction import predict
    from workbook.redis_server import start_redis
    from workbook.serving import Clock, serve
    from workbook.store_contract import contract
    from workbook.tracing import trace

__all__ = [
    "Browser",
    "Clock",
    "contract",
    "predict",
    "progress",
    "serve",
    "show",
    "start_express",
    "start_redis",
    "trace",
]

WHERE = {
    "Browser": "browser",
    "Clock": "serving",
    "contract": "store_contract",
    "predict": "prediction",
    "progress": "notebook",
    "serve": "serving",
    "show": "listing",
    "start_express": "express",
    "start_redis": "redis_server",
    "trace": "tracing",
}

__all__ = [*WHERE]


def __getattr__(name: str) -> Any:
    """Import what a lesson asks for, and not before: the commands must run where nothing is installed yet."""
    if name not in WHERE:
        raise AttributeError(f"workbook has no {name}; it has {', '.join(WHERE)}")
    from importlib import import_module

    return getattr(import_module(f"workbook.{WHERE[name]}"), name)


# With nbformat comes a checker of internet addresses that takes two seconds to load; no notebook needs it.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


def load_ipython_extension(shell: Any) -> None:
    """Make a kernel ready for exercises before its first cell, where .venv says so: importing us has done it."""


if "IPython" in sys.modules and (shell := sys.modules["IPython"].get_ipython()):
    from workbook.notebook import use_in

    use_in(shell)
