"""The page for those who come from Express, notebooks/from_express.ipynb: its names, and its list of differences."""

import json
import re
from pathlib import Path

from tests.conformance.differences import DECLARED, OF_SCENARIOS

PAGE = Path(__file__).resolve().parents[2] / "notebooks" / "from_express.ipynb"
MARKS = "<!-- differences -->\n", "<!-- /differences -->\n"


def cells() -> list[str]:
    """The texts of the page's cells."""
    return ["".join(cell["source"]) for cell in json.loads(PAGE.read_text(encoding="utf-8"))["cells"]]


def section(title: str) -> list[str]:
    """The lines of the section with this title."""
    return next(text for text in cells() if text.startswith(f"## {title}\n")).splitlines()


def named(title: str, column: int) -> set[str]:
    """The names in code in one column of a section's table."""
    rows = [line.split(" | ") for line in section(title) if line.startswith("| ")]
    return set(re.findall(r"\w+", " ".join(" ".join(re.findall(r"`([^`]*)`", row[column])) for row in rows)))


def differences() -> str:
    """The list of the differences, each with the sentence that declares it."""
    told = {**{name: change.__doc__ or "" for name, change in DECLARED.items()}, **OF_SCENARIOS}
    return "".join(f"- **{name}**: {' '.join(why.split())}\n" for name, why in told.items())


def shown() -> str:
    """The list that the page shows."""
    found = re.search(f"{MARKS[0]}(.*?){MARKS[1]}", "\n".join(cells()), re.DOTALL)
    return found[1] if found else ""


def put_into_page() -> None:
    """Put the list between its two marks in the page."""
    page = json.loads(PAGE.read_text(encoding="utf-8"))
    for cell in page["cells"]:
        source = "".join(cell["source"])
        if MARKS[0] in source:
            before, after = source.partition(MARKS[0])[0], source.partition(MARKS[1])[2]
            cell["source"] = f"{before}{MARKS[0]}{differences()}{MARKS[1]}{after}".splitlines(keepends=True)
    PAGE.write_text(json.dumps(page, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
