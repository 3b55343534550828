"""Copies: the lessons as the learner opens, runs and changes them, in `workspace/lessons/`. Ours stay as git has them.

The glossary comes along, since it leads to the lessons and they to it.

So `git pull` brings new lessons, whatever has been run and written meanwhile. A copy in which nothing was written is
renewed; one that holds something stays as it is, and the new lesson is put beside it.
"""

import hashlib
import json
import os
import re
from itertools import count
from pathlib import Path
from typing import Any

from workbook import environment, workspace

COPIES = ".lessons.json"  # by copy, a short name for what stood in its cells when it was made
LINK = r"\]\(([^)#]+)"  # in Markdown: where it leads to
KINDS = (".ipynb", ".md")  # what is copied


def folder() -> Path:
    """Where the copies are."""
    return workspace.folder() / "lessons"


def refresh() -> list[str]:
    """Copy each lesson that is new here. Returns a sentence for each whose older copy has the learner's words in it."""
    notes = workspace.notes(COPIES)
    said: list[str] = []
    folder().mkdir(parents=True, exist_ok=True)
    for original in sorted((environment.ROOT / "notebooks").iterdir()):
        if original.suffix not in KINDS:
            continue
        try:
            found = copy(original, notes)
        except ValueError:  # a merge that is not finished, perhaps
            said.append(f"notebooks/{original.name} cannot be read: git checkout notebooks/{original.name}")
            continue
        if found.stem != original.stem:
            said.append(
                f"{original.name} has changed since you wrote in yours, which stays as you left it. "
                f"The new one is workspace/lessons/{found.name}."
            )
    workspace.keep_notes(COPIES, notes)
    return said


def copy(original: Path, notes: dict[str, Any]) -> Path:
    """The copy of a lesson as it is now: made, renewed, or there already, with what was written in it and run."""
    lesson = moved(original)
    cells = written(lesson)
    for n in count(1):
        path = folder() / (original.name if n == 1 else f"{original.stem}-{n}{original.suffix}")
        before, made = written(path.read_bytes()) if path.is_file() else None, notes.get(path.name)
        if before == cells or (before is not None and made == cells):
            break
        if before in (None, made):
            beside = path.with_suffix(".part")
            beside.write_bytes(lesson)
            beside.replace(path)  # so that nobody ever reads half of it
            break
    notes[path.name] = cells
    return path


def moved(original: Path) -> bytes:
    """A lesson with its links as they are from where the copies are: to other lessons' copies, and to our files."""

    def link(found: re.Match[str]) -> str:
        file = original.parent / found[1]
        if not file.is_file() or (file.parent == original.parent and file.suffix in KINDS):
            return found[0]
        return f"]({os.path.relpath(file, folder())}".replace(os.sep, "/")

    if original.suffix == ".md":
        return re.sub(LINK, link, original.read_text(encoding="utf-8")).encode()
    notebook = json.loads(original.read_bytes())
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = re.sub(LINK, link, "".join(cell["source"])).splitlines(keepends=True)
    return (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode()


def written(notebook: bytes) -> str:
    """A short name for what stands in a notebook's cells, whatever they put out; of another file, for all of it."""
    try:
        cells = [(cell["cell_type"], "".join(cell["source"])) for cell in json.loads(notebook)["cells"]]
    except (ValueError, LookupError, TypeError):
        cells = [("all of it", repr(notebook))]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()
