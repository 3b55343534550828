"""Workspace: the learner's own modules, in `workspace/`, used in place of ours wherever they are ready to be.

Our modules in `steps/` are never written to. What is overwritten in the workspace is kept in `workspace/.kept/`.
"""

import hashlib
import importlib.abc
import importlib.util
import json
import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

from workbook.environment import ROOT
from workbook.exercises import BLANK

PATIENCE = 10  # seconds that a module may take to be imported
IMPORTED = ".imported.json"  # what importing each module has shown


def folder() -> Path:
    """Where the learner's modules are; tests choose another place."""
    return Path(os.environ.get("WORKBOOK_WORKSPACE") or ROOT / "workspace")


def file_of(name: str) -> Path:
    """The learner's file for an exercise, "step2_middleware.store"."""
    return folder() / (name.replace(".", "/") + ".py")


def read(name: str) -> str | None:
    """What the learner has written; None if nothing yet."""
    path = file_of(name)
    return path.read_text(encoding="utf-8") if path.is_file() else None


def write(name: str, source: str) -> None:
    """Put a source in the learner's file, and keep what was there before."""
    before, path = read(name), file_of(name)
    if before == source:
        return
    if before is not None:
        kept = folder() / ".kept" / f"{name}.{time.strftime('%Y-%m-%d_%H-%M-%S')}.{time.monotonic_ns() % 1000:03}.py"
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(before, encoding="utf-8")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")


def notes(file: str) -> dict[str, Any]:
    """What we have noted in a file of the workspace. Notes that are missing or spoilt count as none."""
    try:
        found = json.loads((folder() / file).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def keep_notes(file: str, notes: dict[str, Any]) -> None:
    """Note something, if that can be. Written beside and renamed, so that nobody ever reads half of it."""
    with suppress(OSError):
        folder().mkdir(parents=True, exist_ok=True)
        beside = folder() / f"{file}.{os.getpid()}-{threading.get_ident()}"
        beside.write_text(json.dumps(notes, indent=1, ensure_ascii=False), encoding="utf-8")
        beside.replace(folder() / file)


def trouble(name: str) -> str:
    """Why the learner's module cannot be used, in a sentence; empty if it can."""
    source = read(name) or ""
    return unreadable(name, source) or remembered(name, source)


def unreadable(name: str, source: str) -> str:
    """Where Python cannot read a source, in a sentence; empty if it can."""
    try:
        compile(source, f"{name}.py", "exec")
    except (SyntaxError, ValueError) as error:
        line = f", line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
        return f"Python cannot read {shown(name)}{line}: {getattr(error, 'msg', error)}."
    return ""


def remembered(name: str, source: str) -> str:
    """What importing the module has shown, tried again only when the source changes."""
    key = f"{name}:{hashlib.sha256(source.encode()).hexdigest()}"
    known = notes(IMPORTED).get(key)
    if not isinstance(known, str):
        known = tried(name)
        keep_notes(IMPORTED, {**notes(IMPORTED), key: known})
    return known


def tried(name: str) -> str:
    """Import the module in a process of its own, where it can do no harm, and say what went wrong."""
    program = f"from workbook import workspace; workspace.overlay(only={name!r}); import steps.{name}; print('fine')"
    paths = os.pathsep.join([str(ROOT), str(ROOT / "notebooks")])
    try:
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONPATH": paths},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return f"{shown(name)} does not come to an end when it is imported: is there an endless loop?"
    if done.returncode == 0 and done.stdout.endswith("fine\n"):
        return ""
    said = done.stderr.strip().splitlines()
    reason = said[-1] if said else "it ends the program"
    return f"{shown(name)} cannot be imported: {reason.rstrip('.')}."


def shown(name: str) -> str:
    """The file's name as the learner knows it."""
    return f"workspace/{name.replace('.', '/')}.py"


def is_ready(name: str) -> bool:
    """Whether the learner's module takes the place of ours: written to the end, and without trouble."""
    source = read(name)
    return source is not None and BLANK not in source and not trouble(name)


class Overlay(importlib.abc.MetaPathFinder):
    """Finds the learner's modules before ours. `only`: that one in any case, and no other."""

    def __init__(self, only: str = "") -> None:
        self.only = only

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> ModuleSpec | None:
        """The learner's file for a module of the steps, where it is to be used."""
        name = fullname.removeprefix("steps.")
        if not fullname.startswith("steps.step") or "." not in name:
            return None
        used = name == self.only if self.only else is_ready(name)
        return importlib.util.spec_from_file_location(fullname, file_of(name)) if used else None


def overlay(only: str = "") -> None:
    """From here on, imports find the learner's modules. What was imported before is imported anew."""
    sys.meta_path[:] = [Overlay(only), *[finder for finder in sys.meta_path if not isinstance(finder, Overlay)]]
    for name in [name for name in sys.modules if name == "steps" or name.startswith("steps.")]:
        del sys.modules[name]
