"""What tests of the tool leave behind: a check in a notebook imports the steps anew, and others have theirs already."""

import sys
from collections.abc import Iterator

import pytest


def of_steps() -> dict[str, object]:
    """The steps' modules that are imported."""
    return {name: module for name, module in sys.modules.items() if name == "steps" or name.startswith("steps.")}


@pytest.fixture(autouse=True)
def imports_as_before() -> Iterator[None]:
    """Who runs after a test of the tool finds the same classes as before it."""
    before, finders = of_steps(), sys.meta_path[:]
    yield
    for name in of_steps():
        del sys.modules[name]
    sys.modules.update(before)
    sys.meta_path[:] = finders
