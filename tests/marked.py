"""Marked: pieces of the README and of notebooks that commands write, each between <!-- name --> and <!-- /name -->."""

import json
import re
from pathlib import Path


def _piece(name: str) -> re.Pattern[str]:
    return re.compile(f"(<!-- {name} -->\n)(.*?\n?)(<!-- /{name} -->)", re.DOTALL)


def texts(path: Path) -> list[str]:
    """The text of a file in Markdown, or those of a notebook's cells."""
    whole = path.read_text(encoding="utf-8")
    return ["".join(cell["source"]) for cell in json.loads(whole)["cells"]] if path.suffix == ".ipynb" else [whole]


def shown(path: Path, name: str) -> str:
    """What stands between the marks; empty if the marks are not there."""
    found = _piece(name).search("\n".join(texts(path)))
    return found[2] if found else ""


def put(path: Path, name: str, piece: str) -> None:
    """Put lines between the marks; nothing else changes."""

    def with_piece(text: str) -> str:
        return _piece(name).sub(lambda found: f"{found[1]}{piece}{found[3]}", text)

    whole = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        notebook = json.loads(whole)
        for cell in notebook["cells"]:
            cell["source"] = with_piece("".join(cell["source"])).splitlines(keepends=True)
        new = json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
    else:
        new = with_piece(whole)
    path.write_text(new, encoding="utf-8")
