"""What the tests share: servers, browsers, stores, races and faults. This much they all know: the project's steps."""

from workbook.environment import ROOT, steps

STEPS = steps()
LIBRARIES = {number: step for number, step in STEPS.items() if step.has_library}

__all__ = ["LIBRARIES", "ROOT", "STEPS"]
