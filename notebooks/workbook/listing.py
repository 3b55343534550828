"""Listing: the steps' code, shown from its source, so that lesson and library cannot differ."""

import ast
from dataclasses import dataclass
from textwrap import dedent
from typing import Any

from workbook.environment import ROOT
from workbook.exercises import exercises


@dataclass
class Listing:
    """A piece of a module's source."""

    place: str
    source: str
    folded: bool = False  # a solution: seen when it is asked for

    def __repr__(self) -> str:
        return f"{self.source}\n\n({self.place})"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        code = f"```python\n{self.source}\n```\n*`{self.place}`*"
        if self.folded:
            code = f"<details><summary>Our way to write it, when you have written yours</summary>\n\n{code}\n</details>"
        return {"text/markdown": code, "text/plain": repr(self)}


def show(module: str, *names: str) -> Listing:
    """The source of a step's module, or of the named classes, functions and methods ("Session.save") in it."""
    path = ROOT / "steps" / (module.replace(".", "/") + ".py")
    text = path.read_text(encoding="utf-8")
    place = path.relative_to(ROOT).as_posix()
    folded = module in exercises()
    if not names:
        return Listing(place, text.strip(), folded)
    pieces = [piece for name in names for piece in find(text, name)]
    return Listing(f"{place}: {', '.join(names)}", "\n\n".join(pieces), folded)


def find(text: str, name: str) -> list[str]:
    """The definitions of a name in a source; several, for a property and its setter."""
    lines = text.splitlines()
    nodes: list[Any] = [ast.parse(text)]
    for part in name.split("."):
        nodes = [child for node in nodes for child in node.body if getattr(child, "name", None) == part]
    if not nodes:
        raise LookupError(f"there is no {name} to show")
    pieces = []
    for node in nodes:
        first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
        pieces.append(dedent("\n".join(lines[first - 1 : node.end_lineno])))
    return pieces
