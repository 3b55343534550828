"""Run a step's server with the learner's modules in place of ours: `python -m workbook.serve_mine step2_middleware`.

A second argument names the one exercise that is used, ready or not: that is how it is checked.
"""

import runpy
import sys

from workbook import workspace
from workbook.calm import calm
from workbook.exercises import exercises


def tell() -> None:
    """Say whose modules are used."""
    for name in exercises():
        if workspace.is_ready(name):
            print(f"With your own {workspace.shown(name)}", file=sys.stderr)
        elif workspace.read(name) is not None and (problem := workspace.trouble(name)):
            print(f"{problem} Ours is used.", file=sys.stderr)


if __name__ == "__main__":
    step, only = sys.argv[1], "".join(sys.argv[2:])
    with calm():
        if not only:
            tell()
        workspace.overlay(only)
        runpy.run_module(f"steps.{step}.server", run_name="__main__", alter_sys=True)
