"""Quick: passwords are hashed at the least cost, where their strength is not what is tested.

As a program it serves a step so: `python -m tests.support.quick step3_authenticate`. A second argument names the one
exercise whose module in the workspace takes the place of ours.
"""

import importlib
import os
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher

from workbook import runner, workspace
from workbook.environment import ROOT

HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
NOBODY = HASHER.hash("nobody's password")


def passwords(put: Callable[[Any, str, Any], None] = setattr) -> None:
    """Let our passwords be hashed at the least cost; a learner's own are left as they are."""
    module = importlib.import_module("steps.step3_authenticate.passwords")
    if Path(str(module.__file__)).is_relative_to(ROOT / "steps"):
        put(module, "HASHER", HASHER)
        put(module, "NOBODY", NOBODY)


def serve(step: str, exercise: str = "") -> None:
    """Serve a step until it is told to stop."""
    if exercise:
        workspace.overlay(exercise)
        runner.tell_where_when_asked()
    passwords()
    if step.startswith("step8"):
        server = importlib.import_module(f"steps.{step}.server")
        if os.environ.get("WITH_DEMO_USERS"):
            server.refuse_unsafe = lambda settings: None  # which would refuse them
        server.main()
    else:
        runpy.run_module(f"steps.{step}.server", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    serve(*sys.argv[1:])
