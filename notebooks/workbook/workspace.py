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
from functools import cache
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

from workbook import broken
from workbook.environment import ROOT, variables_of_checks
from workbook.exercises import BLANK

PATIENCE = 10  # seconds that a module may take to be imported
IMPORTED = ".imported.json"  # which modules can be imported
UTF_16 = (b"\xff\xfe", b"\xfe\xff")  # how a file in UTF-16 begins


def folder() -> Path:
    """Where the learner's modules are; tests choose another place."""
    return Path(os.environ.get("WORKBOOK_WORKSPACE") or ROOT / "workspace")


def file_of(name: str) -> Path:
    """The learner's file for an exercise, "step2_middleware.store"."""
    return folder() / (name.replace(".", "/") + ".py")


def read(name: str) -> str | None:
    """What the learner has written; None if nothing yet. Read as Python reads it, and as far as it can be read."""
    path = file_of(name)
    if not path.is_file():
        return None
    try:
        return importlib.util.decode_source(path.read_bytes())
    except (SyntaxError, UnicodeError):
        return path.read_bytes().decode("utf-8-sig", "replace")


def write(name: str, source: str) -> Path | None:
    """Put a source in the learner's file. What was there before is kept; returns where."""
    before, path, kept = read(name), file_of(name), None
    if before == source:
        return None
    if before is not None:
        kept = keep(name, path.read_bytes())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(source.encode("utf-8", "surrogatepass"))
    return kept


def keep(name: str, content: bytes) -> Path:
    """Keep what is not to be lost, under a name that says when; what is kept already is not kept twice."""
    when = f"{time.strftime('%Y-%m-%d_%H-%M-%S')}.{time.time_ns() % 10**9:09}"
    kept = folder() / ".kept" / f"{name}.{when}.py"
    kept.parent.mkdir(parents=True, exist_ok=True)
    for before in kept.parent.glob(f"{name}.*.py"):
        if before.read_bytes() == content:
            return before
    kept.write_bytes(content)
    return kept


def notes(file: str) -> dict[str, Any]:
    """What we have noted in a file of the workspace. Notes that are missing or spoilt count as none."""
    try:
        found = json.loads((folder() / file).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def keep_notes(file: str, notes: dict[str, Any]) -> None:
    """Note something, if that can be. Written beside and renamed, so that nobody ever reads half of it."""
    beside = folder() / f"{file}.{os.getpid()}-{threading.get_ident()}"
    try:
        folder().mkdir(parents=True, exist_ok=True)
        beside.write_text(json.dumps(notes, indent=1, ensure_ascii=False), encoding="utf-8")
        beside.replace(folder() / file)
    except OSError:
        with suppress(OSError):
            beside.unlink()


def trouble(name: str) -> str:
    """Why the learner's module cannot be used, in a sentence; empty if it can."""
    source = read(name) or ""
    return unreadable(name, source) or not_importable(name, source)


def unreadable(name: str, source: str) -> str:
    """Where Python cannot read a source, in a sentence; empty if it can."""
    if problem := garbled(name):
        return problem
    try:
        compile(source, f"{name}.py", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = f", line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
        return f"Python cannot read {shown(name)}{line}: {getattr(error, 'msg', None) or error or 'too deep'}."
    return ""


def garbled(name: str) -> str:
    """Whether the learner's file is no text as Python wants it, in a sentence that says what to do."""
    content = file_of(name).read_bytes() if file_of(name).is_file() else b""
    how = "Save it as UTF-8 in your editor."
    if content.startswith(UTF_16):
        return f"Python cannot read {shown(name)}: it is in UTF-16. {how}"
    if b"\0" in content:  # each Python has other words for them
        return f"Python cannot read {shown(name)}: there are null bytes in it, as in UTF-16. {how}"
    try:
        importlib.util.decode_source(content)
    except (SyntaxError, UnicodeError):
        return f"Python cannot read {shown(name)}{not_utf_8(content)}. {how}"
    return ""


def not_utf_8(content: bytes) -> str:
    """Where something stands that is not UTF-8."""
    try:
        content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return f", line {line}: a letter there is not UTF-8"
    return ": it names another encoding at its top"


def not_importable(name: str, source: str) -> str:
    """What importing the module shows, in a sentence; empty if nothing is wrong.

    That all is well is remembered, as long as neither the source nor what it can import has changed. What went wrong
    may be over in a moment, so it is tried again by the next program, and the next time the overlay is put on.
    """
    key = hashlib.sha256(f"{name}\n{source}\n{surroundings()}".encode("utf-8", "surrogatepass")).hexdigest()
    if notes(IMPORTED).get(name) == key:
        return ""
    if key not in FAILED:
        FAILED[key] = tried(name)
        if not FAILED[key]:
            del FAILED[key]
            keep_notes(IMPORTED, {**notes(IMPORTED), name: key})
            return ""
    return FAILED[key]


FAILED: dict[str, str] = {}  # by key, what was found in this process


@cache
def surroundings() -> str:
    """A short name for all that a module can import: Python, the packages, and our own modules."""
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted((ROOT / "steps").rglob("*.py")):
        digest.update(path.read_bytes())
    for place in sys.path:
        if place.endswith("site-packages") and os.path.isdir(place):  # noqa: PTH112
            digest.update(str(os.stat(place).st_mtime_ns).encode())  # noqa: PTH116
    return digest.hexdigest()


def tried(name: str) -> str:
    """Import the module in a process of its own, where it can do no harm, and say what went wrong."""
    program = f"from workbook import workspace; workspace.overlay(only={name!r}); import steps.{name}; print('fine')"
    try:
        done = run_python(program)
    except subprocess.TimeoutExpired:
        return f"{shown(name)} does not come to an end when it is imported: is there an endless loop?"
    if done.returncode == 0 and done.stdout.endswith("fine\n"):
        return ""
    with suppress(subprocess.TimeoutExpired):
        ours = run_python(f"import steps.{name}")
        if ours.returncode:
            reason = broken.last_line(ours.stderr)
            return f"{shown(name)} cannot be tried: our own module fails, too ({reason}). {broken.state_of_steps()}"
    said = done.stderr.strip().splitlines()
    reason = said[-1].rstrip(".") if said else "it ends the program"
    return f"{shown(name)} cannot be imported: {reason}."


def run_python(program: str) -> "subprocess.CompletedProcess[str]":
    """Run a few lines in a process of their own."""
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=variables_of_checks(),
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=PATIENCE,
    )


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
    FAILED.clear()
    surroundings.cache_clear()
    sys.meta_path[:] = [Overlay(only), *[finder for finder in sys.meta_path if not isinstance(finder, Overlay)]]
    for name in [name for name in sys.modules if name == "steps" or name.startswith("steps.")]:
        del sys.modules[name]
