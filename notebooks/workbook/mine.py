"""Run a module of the steps as a program, with the learner's modules in place of ours where they are ready.

`python -m workbook.mine step8_production.users add bob admin`: so a lesson starts what runs in a process of its own.
"""

import runpy
import sys

from workbook import workspace
from workbook.calm import calm

if __name__ == "__main__":
    module, *sys.argv[1:] = sys.argv[1:]
    with calm():
        workspace.overlay()
        runpy.run_module(f"steps.{module}", run_name="__main__", alter_sys=True)
