"""Blanks: what a learner begins with, a step's module without some of its bodies.

The module in `steps/` is the one source. Which bodies are to be written stands in the metadata of the exercise's cell,
`{"exercise": {"blank": ["Session.save", …]}}`; `make lessons` writes the cell. A property is named like a method, its
setter "Session.owner.setter".
"""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

from workbook.environment import ROOT
from workbook.exercises import BLANK, MAGIC


def functions(source: str) -> dict[str, ast.FunctionDef]:
    """The functions and methods of a source by name; those inside functions belong to their bodies."""
    return functions_in(ast.parse(source))


def functions_in(tree: ast.Module) -> dict[str, ast.FunctionDef]:
    """The same of a source that is parsed already."""
    return dict(_functions(tree, ""))


def _functions(node: ast.Module | ast.ClassDef, prefix: str) -> Iterator[tuple[str, ast.FunctionDef]]:
    for child in node.body:
        if isinstance(child, ast.ClassDef):
            yield from _functions(child, f"{prefix}{child.name}.")
        elif isinstance(child, ast.FunctionDef):
            sets = f"{child.name}.setter" in map(ast.unparse, child.decorator_list)
            yield prefix + child.name + (".setter" if sets else ""), child


def without(source: str, names: list[str]) -> str:
    """A source in which the named bodies are blank: what stands between the docstring and the end of each is gone."""
    known, lines = functions(source), source.splitlines(keepends=True)
    if unknown := [name for name in names if name not in known]:
        raise LookupError(f"there is no {', '.join(unknown)} to blank; there are {', '.join(known)}")
    for function in sorted((known[name] for name in names), key=lambda each: each.lineno, reverse=True):
        first, last = function.body[0], function.body[-1]
        has_docstring = ast.get_docstring(function) is not None
        start = first.end_lineno if has_docstring else first.lineno - 1
        lines[start : last.end_lineno] = [f"{' ' * first.col_offset}{BLANK}\n"]
    return "".join(lines)


def in_source(source: str) -> list[str]:
    """The names of the bodies that are still to be written."""
    return [name for name, function in functions(source).items() if BLANK in map(ast.unparse, function.body)]


def around(source: str, line: int) -> str:
    """The name of the function that a line stands in; empty if it stands in none."""
    return next((name for name, each in functions(source).items() if each.lineno <= line <= (each.end_lineno or 0)), "")


def refresh(path: Path) -> bool:
    """Write the blanks of a lesson anew; whether that changed any. Nothing else in the file does."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    changed = False
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code" and source.startswith(MAGIC):
            wanted = cell_of(source.partition("\n")[0].removeprefix(MAGIC).strip(), cell["metadata"])
            changed = changed or source != wanted
            cell["source"] = wanted.splitlines(keepends=True)
    if changed:
        path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return changed


def cell_of(name: str, metadata: dict[str, dict[str, list[str]]]) -> str:
    """What the cell of an exercise holds: its name, and its module with the blanks that the metadata lists."""
    module = ROOT / "steps" / (name.replace(".", "/") + ".py")
    blank = without(module.read_text(encoding="utf-8"), metadata["exercise"]["blank"])
    return f"{MAGIC}{name}\n{blank.rstrip()}"
