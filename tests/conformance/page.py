"""The page for those who come from Express, notebooks/from_express.ipynb: its names, and its list of differences."""

import re
from pathlib import Path

from tests.conformance.differences import DECLARED, ELSEWHERE, OF_SCENARIOS
from tests.marked import texts

PAGE = Path(__file__).resolve().parents[2] / "notebooks" / "from_express.ipynb"


def section(title: str) -> list[str]:
    """The lines of the section with this title."""
    return next(text for text in texts(PAGE) if text.startswith(f"## {title}\n")).splitlines()


def named(title: str, column: int) -> set[str]:
    """The names in code in one column of a section's table."""
    rows = [line.split(" | ") for line in section(title) if line.startswith("| ")]
    return set(re.findall(r"\w+", " ".join(" ".join(re.findall(r"`([^`]*)`", row[column])) for row in rows)))


def differences() -> str:
    """The list of the differences, each with the sentence that declares it."""
    told = {**{name: change.__doc__ or "" for name, change in DECLARED.items()}, **OF_SCENARIOS, **ELSEWHERE}
    return "".join(f"- **{name}**: {' '.join(why.split())}\n" for name, why in told.items())
