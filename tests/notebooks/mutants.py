"""Mutants: our solutions with one thing changed, each put to its exercise's own check, which must notice.

`make mutate exercises` runs all of them, or those whose exercise has one of the words in its name; `--sample 60` some
of them, drawn with today's date, or with `--seed`. What changes nothing that is promised stands in equivalent/, with
the reason. A survivor is printed. The exit status is 1 if there are more than MOST per cent of them, or if a message
has jargon or an empty line in it.
"""

import ast
import copy
import datetime
import difflib
import importlib.util
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(PROJECT), str(PROJECT / "notebooks")]

from tests import marked  # noqa: E402
from tests.notebooks.messages import faults  # noqa: E402
from workbook import blanks, checking, runner  # noqa: E402
from workbook.environment import ROOT  # noqa: E402
from workbook.exercises import Exercise, exercises  # noqa: E402

EQUIVALENT = Path(__file__).parent / "equivalent"
OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
OTHER: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.BitOr: ast.BitAnd,
}  # fmt: skip
TRIMS = ("strip", "rstrip", "lstrip", "lower", "replace")
MOST = 1.0  # per cent that may go unnoticed
WORDS = ("Error", "Ended", "Refused")  # how the exceptions are named whose words are the learner's own
Change = tuple[str, Any]  # its kind, and what stands there instead: a node, or several statements


@dataclass(frozen=True)
class Mutant:
    """A solution with one thing changed."""

    exercise: Exercise
    body: str
    kind: str
    source: str

    def lines(self) -> list[str]:
        """What was changed: - ours, + instead."""
        ours = unparsed(self.exercise.name).splitlines()
        changed = difflib.unified_diff(ours, self.source.splitlines(), lineterm="", n=0)
        return [line for line in changed if line[:2] not in ("--", "++", "@@")]

    def changes_nothing(self) -> str:
        """Why nothing that is promised changes; empty if something does."""
        text = "\n".join(self.lines())
        return next((why for piece, why in equivalents().get(self.exercise.name, []) if piece in text), "")

    def check(self) -> runner.Run:
        """Put it to the check, up to the first test that fails."""
        with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
            file = Path(folder) / f"{self.exercise.name.replace('.', '/')}.py"
            file.parent.mkdir()
            file.write_text(self.source, encoding="utf-8")
            return runner.run(self.exercise.name, own=Path(folder), all_tests=False)


def unclear(mutant: Mutant, done: runner.Run) -> list[str]:
    """What is wrong with the message that its writer would be shown."""
    if not done.results or not is_noticed(done):
        return []
    return faults(mutant.exercise.name, checking.told(mutant.exercise, mutant.source, done).lines)


def is_noticed(done: runner.Run) -> bool:
    """Whether a check has found something wrong."""
    return bool(done.fault or done.cannot) or not all(each["passed"] for each in done.results)


@cache
def unparsed(name: str) -> str:
    """Our solution, in the form in which changed ones are written."""
    return ast.unparse(ast.parse(exercises()[name].reference.read_text(encoding="utf-8")))


@cache
def equivalents() -> dict[str, list[tuple[str, str]]]:
    """For each exercise pieces of the changes that change nothing, each with the reason."""
    found: dict[str, list[tuple[str, str]]] = {}
    for path in sorted(EQUIVALENT.glob("*.py")):
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found |= module.EQUIVALENT
    return found


# What is changed


def mutants(exercise: Exercise) -> list[Mutant]:
    """All changes of the bodies that a learner writes."""
    tree = ast.parse(exercise.reference.read_text(encoding="utf-8"))
    known, ours = blanks.functions_in(tree), unparsed(exercise.name)
    found: dict[str, Mutant] = {}
    for body in blanks.in_source(exercise.blank):
        for kind in changed(known[body]):
            source = ast.unparse(tree)
            if source != ours and can_be_read(source):
                found.setdefault(source, Mutant(exercise, body, kind, source))
    return list(found.values())


def can_be_read(source: str) -> bool:
    """Whether it is Python."""
    try:
        compile(source, "mutant", "exec")
    except SyntaxError:
        return False
    return True


def changed(function: ast.FunctionDef) -> Iterator[str]:
    """Make each change in turn, in the tree itself, and take it back; yields its kind while it is made."""
    for parent, name, place, node in slots(function):
        kept = getattr(parent, name)
        for kind, new in changes(node):
            several = new if isinstance(new, list) else [new]
            setattr(parent, name, [*kept[:place], *several, *kept[place + 1 :]] if isinstance(kept, list) else new)
            yield kind
            setattr(parent, name, kept)


def slots(function: ast.FunctionDef) -> list[tuple[ast.AST, str, int, ast.AST]]:
    """Each place in a body where something can be changed: its parent, the field, the index there, what it is."""
    found: list[tuple[ast.AST, str, int, ast.AST]] = []

    def look(parent: ast.AST, name: str, value: Any) -> None:
        for place, node in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(node, ast.AST) and not is_words(node):
                found.append((parent, name, place, node))
                for inner, inside in ast.iter_fields(node):
                    look(node, inner, inside)

    look(function, "body", function.body)
    return found


def is_words(node: ast.AST) -> bool:
    """Whether it is a docstring, or an error with its words: those are the learner's own."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    named = node.func if isinstance(node, ast.Call) else None
    return isinstance(named, ast.Name | ast.Attribute) and ast.unparse(named).endswith(WORDS)


def changes(node: Any) -> Iterator[Change]:
    """What may stand in a node's place."""
    if isinstance(node, ast.stmt):
        yield from of_statement(node)
    elif isinstance(node, ast.expr):
        yield from of_expression(node)
    elif isinstance(node, ast.ExceptHandler) and node.type:
        yield "except for another", with_(node, type=ast.Name("MemoryError"))
        if isinstance(node.type, ast.Tuple):
            for elts in less_one(node.type.elts):
                yield "except for less", with_(node, type=with_(node.type, elts=elts))


def of_statement(node: ast.stmt) -> Iterator[Change]:
    """Changes of a statement."""
    if isinstance(node, ast.Return):
        if node.value is not None:
            yield "return nothing", ast.Return(ast.Constant(None))
    elif not isinstance(node, ast.Pass | ast.FunctionDef):
        yield "left out", ast.Pass()
    if isinstance(node, ast.If):
        yield "turned round", with_(node, test=ast.UnaryOp(ast.Not(), node.test))
        yield "always", node.body
        yield "never", node.orelse or [ast.Pass()]
        if not node.orelse:
            yield "while for if", ast.While(node.test, node.body, [])
    elif isinstance(node, ast.While):
        yield "if for while", ast.If(node.test, node.body, [])
    elif isinstance(node, ast.With):
        yield "without with", node.body
    elif isinstance(node, ast.Try):
        yield "without try", [*node.body, *node.orelse, *node.finalbody]
        if node.finalbody:
            yield "without finally", with_(node, finalbody=[ast.Pass()])


def of_expression(node: ast.expr) -> Iterator[Change]:
    """Changes of an expression."""
    if isinstance(node, ast.Compare):
        yield from of_comparison(node)
    elif isinstance(node, ast.BoolOp):
        yield "and for or", with_(node, op=ast.And() if isinstance(node.op, ast.Or) else ast.Or())
        for values in less_one(node.values):
            yield "one condition less", with_(node, values=values) if len(values) > 1 else values[0]
    elif isinstance(node, ast.UnaryOp):
        yield "without not", node.operand
    elif isinstance(node, ast.IfExp):
        yield "always", node.body
        yield "never", node.orelse
    elif isinstance(node, ast.Constant):
        yield from (("another value", ast.Constant(value)) for value in other_values(node.value))
    elif isinstance(node, ast.BinOp) and type(node.op) in OTHER:
        yield "reckoned otherwise", with_(node, op=OTHER[type(node.op)]())
    elif isinstance(node, ast.Call):
        yield from of_call(node)


def of_comparison(node: ast.Compare) -> Iterator[Change]:
    """Changes of a comparison."""
    for place, op in enumerate(node.ops):
        ops = [*node.ops[:place], OPPOSITE[type(op)](), *node.ops[place + 1 :]]
        yield "compared otherwise", with_(node, ops=ops)
    if len(node.ops) == 1 and isinstance(node.comparators[0], ast.Constant) and node.comparators[0].value is None:
        is_not = isinstance(node.ops[0], ast.IsNot)
        yield "truth for None", node.left if is_not else ast.UnaryOp(ast.Not(), node.left)


def of_call(node: ast.Call) -> Iterator[Change]:
    """Changes of a call."""
    if len(node.args) + len(node.keywords) > 1:
        for args in less_one(node.args):
            yield "an argument less", with_(node, args=args)
    for keywords in less_one(node.keywords):
        yield "an argument less", with_(node, keywords=keywords)
    if isinstance(node.func, ast.Attribute) and node.func.attr in TRIMS:
        yield "untrimmed", node.func.value


def other_values(value: object) -> list[Any]:
    """Values near a constant."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int | float):
        return [value + 1, value - 1]
    if isinstance(value, str):
        return ["", f"{value}x"] if value else ["x"]
    return [b""] if value else []


def less_one(several: list[Any]) -> Iterator[list[Any]]:
    """The list without its first, without its second …"""
    return ([*several[:place], *several[place + 1 :]] for place in range(len(several)))


def with_(node: Any, **fields: Any) -> Any:
    """A copy of a node with some fields changed."""
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


# Running them


def chosen(words: list[str], sample: int, seed: str) -> list[Mutant]:
    """The mutants of the exercises that are named, or a sample of them."""
    wanted = [each for each in exercises().values() if not words or any(word in each.name for word in words)]
    found = [mutant for exercise in wanted for mutant in mutants(exercise)]
    return random.Random(seed).sample(found, min(sample, len(found))) if sample else found


def tried(several: list[Mutant]) -> list[tuple[Mutant, runner.Run]]:
    """What came of each, several at a time."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(zip(several, pool.map(Mutant.check, several), strict=True))


def stale() -> list[str]:
    """What stands in equivalent/ and fits no change any more."""
    found = []
    for name, several in equivalents().items():
        texts = "\n".join("\n".join(mutant.lines()) for mutant in mutants(exercises()[name]))
        found += [f"{name}: {piece}" for piece, _ in several if piece not in texts]
    return found


def table(found: list[tuple[Mutant, runner.Run]]) -> str:
    """How many changes each exercise's check has noticed, in Markdown."""
    lines = ["| exercise | changes | change nothing | not noticed |", "|---|---|---|---|"]
    for name in [*exercises(), "all"]:
        own = [(mutant, done) for mutant, done in found if name in (mutant.exercise.name, "all")]
        left = [mutant for mutant, done in own if not is_noticed(done)]
        nothing = sum(bool(mutant.changes_nothing()) for mutant in left)
        if own:
            lines.append(f"| {name} | {len(own):,} | {nothing:,} | {len(left) - nothing:,} |")
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Run the mutants that are chosen, and print those that no check has noticed."""
    options = dict(pairwise(arguments))
    sample, seed = options.get("--sample", "0"), options.get("--seed", datetime.date.today().isoformat())
    words = [word for word in arguments if not word.startswith("--") and word not in (sample, seed)]
    begun = time.monotonic()
    found = tried(chosen(words, int(sample), seed))
    lost = [mutant for mutant, done in found if not is_noticed(done) and not mutant.changes_nothing()]
    for mutant in lost:
        print(f"not noticed: {mutant.exercise.name}, {mutant.body}: {mutant.kind}", *mutant.lines(), sep="\n    ")
    odd = [(mutant, unclear(mutant, done)) for mutant, done in found if unclear(mutant, done)]
    for mutant, wrong in odd:
        print(f"unclear: {mutant.exercise.name}, {mutant.body}: {'; '.join(wrong)}", *mutant.lines(), sep="\n    ")
    report = table(found)
    print(report)
    share = 100 * len(lost) / max(1, len(found))
    print(f"{len(lost)} of {len(found):,} changes ({share:.1f} %) were not noticed; {time.monotonic() - begun:.0f} s.")
    if sample != "0":
        print(f"Drawn with the seed {seed}.")
    elif not words:
        marked.put(ROOT / "tests" / "README.md", "mutants", f"{report}\n")
    print(f"{len(odd)} messages were unclear.")
    return int(share >= MOST or bool(odd))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
