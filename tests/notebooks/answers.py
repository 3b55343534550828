"""Answers: right answers to the exercises, ours and those in right_answers/, as a learner's whole module.

A file in right_answers/ holds what somebody has written: the bodies, each in a function of its name, and what else he
needed, imports, names and helpers of his own. All around it is given, and comes from the blank, so that a step can
change without its answers. What stands before a class or a function of the blank in the file does so in the module.
"""

import ast
from pathlib import Path

from workbook import blanks
from workbook.exercises import BLANK, Exercise, exercises

FOLDER = Path(__file__).parent / "right_answers"


def right_answers() -> list[tuple[str, Path]]:
    """Each exercise with each right answer to it."""
    ours = [(name, exercise.reference) for name, exercise in exercises().items()]
    return ours + [(f"{path.parent.name}.{path.stem}", path) for path in sorted(FOLDER.glob("*/*/*.py"))]


def module(exercise: Exercise, answer: Path) -> str:
    """The learner's module with this answer in it."""
    source = answer.read_text(encoding="utf-8")
    return source if answer == exercise.reference else filled(exercise.blank, source)


def filled(blank: str, answer: str) -> str:
    """A blank with an answer's bodies in it, and with what is the answer's own."""
    lines = blank.splitlines(keepends=True)
    written = blanks.functions(answer)
    tree = ast.parse(blank)
    given = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)}
    places = [(0, "")]  # line of the blank, and what is put in front of the line after it
    for name, function in blanks.functions_in(tree).items():
        if BLANK in map(ast.unparse, function.body):
            place = function.body[-1].lineno
            lines[place - 1] = body(answer, written[name])
    imports = max(
        (node.end_lineno or 0 for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)), default=0
    )
    waiting = ""
    for node in ast.parse(answer).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            places.append((imports, ast.unparse(node) + "\n"))
        elif isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name in given:
            place = first_line(given[node.name]) - 1
            if waiting:
                places.append((place, waiting))
            waiting = ""
            if isinstance(node, ast.ClassDef):
                known = {name for name in blanks.functions(blank) if name.startswith(f"{node.name}.")}
                own = [each for each in node.body if f"{node.name}.{getattr(each, 'name', '')}" not in known]
                text = "".join(f"\n{whole(answer, each)}" for each in own if not isinstance(each, ast.Pass))
                places.append((given[node.name].end_lineno or 0, text))
        elif not isinstance(node, ast.Expr):  # the docstring
            waiting += f"{whole(answer, node)}\n\n"
    places.append((len(lines), f"\n\n{waiting}" if waiting else ""))
    for place, text in sorted(places, key=lambda each: each[0], reverse=True):
        lines[place:place] = [text]
    return "".join(lines)


def body(source: str, function: ast.FunctionDef) -> str:
    """The lines of a function behind its docstring, with the comments in front of them."""
    lines = source.splitlines(keepends=True)
    first = function.body[1 if ast.get_docstring(function) is not None else 0]
    start = first_line(first) - 1
    while lines[start - 1].lstrip().startswith("#"):
        start -= 1
    return "".join(lines[start : function.end_lineno])


def whole(source: str, node: ast.stmt) -> str:
    """A statement's lines, those of its decorators among them."""
    return "".join(source.splitlines(keepends=True)[first_line(node) - 1 : node.end_lineno])


def first_line(node: ast.stmt) -> int:
    """The line that a statement begins in, or its first decorator."""
    return min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))])
