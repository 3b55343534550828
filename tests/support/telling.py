"""Telling: what came of each check, for the learner who reads it in eight lines: `--report FILE`, a line in JSON each.

The learner's own exception comes first, wherever it happened: in the test's call, behind another exception, in a
thread, in an app that turned it into a 500, in a server's process. What goes wrong in a test or in our own code because
of what his returned is told as that. What was asked and sent is read from the failing line's source and variables.
"""

import ast
import inspect
import json
import os
import re
import threading
import traceback
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import pytest

from tests.support import ROOT, calling
from workbook import runner, workspace
from workbook.exercises import exercises

ROOM = 96  # letters of a line that can be read at a glance
ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+|<built-in function |<bound method ")
BLANK = "NotImplementedError"
SIMPLE = (str, bytes, int, float, bool, type(None), dict, list, tuple, set)
THAN = {"<": "less than", "<=": "at most", ">": "more than", ">=": "at least"}
PROMISES = re.compile(r"^(?:P\d(?:, )?)+\.\s*")  # a promise's number; what it is stands behind it
CALLED = {  # what a piece of a test's source is called in words
    ".asked": "what the store was asked, in this order",
    ".status": "the answer's status",
    ".cookies": "the cookies that were set",
    ".rows()": "what the store holds",
    ".location": "where the answer leads",
    ".headers": "the answer's headers",
    "whoami()": "what /whoami says",
}
TRACEBACK = re.compile(r"^Traceback \(most recent call last\):\n((?:  .*\n)+)(\S.*)$", flags=re.M)
FRAME = re.compile(r'  File "(?P<file>[^"]+)", line (?P<line>\d+), in (?P<name>.+)')


class Place(NamedTuple):
    """Where something happened."""

    file: str
    line: int
    name: str

    def __str__(self) -> str:
        return f"line {self.line}" + ("" if self.name == "<module>" else f", in {self.name}")


class Telling:
    """The plugin that writes down what came out."""

    def __init__(self, config: pytest.Config, path: str) -> None:
        self.exercise = str(config.getoption("--exercise"))
        self.report = Path(path).open("a", encoding="utf-8")  # noqa: SIM115
        self.compared: tuple[str, object, object] | None = None
        self.elsewhere: list[str] = []  # tracebacks of what was raised in other threads
        self.read: dict[Path, int] = {}  # how far each server's log was there before this test

    def write(self, **entry: Any) -> None:
        """One line, so that it is there whatever happens next."""
        print(json.dumps(entry), file=self.report, flush=True)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Say which test begins, and listen to its threads."""
        self.write(begins=item.nodeid, says=sentence(item))
        self.compared, self.elsewhere = None, []
        calling.SEEN.forget()
        self.read = {log: log.stat().st_size for log in server_logs()}
        before = threading.excepthook

        def hear(args: Any) -> None:
            raised = traceback.format_exception(args.exc_type, args.exc_value, args.exc_traceback)
            self.elsewhere.append("".join(raised))

        threading.excepthook = hear
        yield
        threading.excepthook = before

    def pytest_assertrepr_compare(self, op: str, left: object, right: object) -> None:
        """Remember the two sides of the comparison that failed."""
        self.compared = (op, left, right)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
        """Write down one test, or what kept it from beginning or ending."""
        outcome: Any = yield
        report = outcome.get_result()
        if report.failed:
            self.write(test=name_of(item), passed=False, **self.explain(item, call, report))
        elif report.when == "call" and report.passed:
            self.write(test=name_of(item), passed=True)
        self.compared = None

    def pytest_exception_interact(self, node: object, call: Any) -> None:
        """Write down why tests could not even be collected."""
        if isinstance(node, pytest.Collector):
            error = call.excinfo.value.__cause__ or call.excinfo.value  # pytest wraps what a module raises
            place = own_place(error.__traceback__)
            self.write(cannot=said(error), whose=runner.BEGINNING if place else runner.OURS, where=str(place or ""))

    def pytest_sessionfinish(self) -> None:
        """All have ended."""
        self.write(done=True)
        self.report.close()

    # One test that failed

    def explain(self, item: pytest.Item, call: Any, report: Any) -> dict[str, str]:
        """The lines of what failed, by what they are."""
        error, function = call.excinfo.value, item.function  # type: ignore[attr-defined]
        told = {"says": sentence(item), "why": first_sentences(function)}
        place, frame = test_frame(error.__traceback__)
        statement = statement_at(place) if place else None
        told |= asked(item, statement, place, frame)
        if report.capstdout.strip():
            told["printed"] = short(report.capstdout.strip(), 60)
        return told | self.came_of(error, statement, frame)

    def came_of(self, error: BaseException, statement: ast.stmt | None, frame: Any) -> dict[str, str]:
        """What came back, and what was expected."""
        raises = expected_error(statement, frame)
        if own := own_error(error):
            return happened(*own) | ({"expected": raises} if raises else {})
        if own := self.heard():
            answer = f" (so the answer was {calling.SEEN.last})" if calling.SEEN.last[:1] == "5" else ""
            return happened(own[0] + answer, own[1])
        if type(error).__name__ == "Failed":  # pytest.raises, and nothing was
            return {"came": "no error", "expected": raises or "an error"}
        if isinstance(error, AssertionError):
            return self.of_assertion(error, statement, frame, raises)
        return stumbled(error, statement)

    def of_assertion(
        self, error: AssertionError, statement: ast.stmt | None, frame: Any, raises: str
    ) -> dict[str, str]:
        """An assert that does not hold: its own words, its two sides, or its source."""
        words = str(error).partition("\nassert ")[0].strip()
        if words and not words.startswith("assert "):
            if "Regex pattern did not match" in words:
                wanted, message = (found_in(words, label) for label in ("Expected regex", "Actual message"))
                return {"came": f"{raises}: {short(message, 70)}", "expected": f"words in which {wanted} is found"}
            return {"came": short(words)}
        if self.compared:
            told = of_comparison(*self.compared)
            if isinstance(statement, ast.Assert) and isinstance(statement.test, ast.Compare):
                tried = call_of_exercise(self.exercise, statement)
                told["came"] += looked_at(statement.test, self.compared[0], ast.unparse(tried) if tried else "")
            return told
        if isinstance(statement, ast.Assert):
            return of_truth(statement.test, frame)
        return {"came": "not what was expected"}

    def heard(self) -> tuple[str, Place] | None:
        """The learner's exception in another thread, in an app that answered 500, or in a server."""
        texts = [*self.elsewhere, *calling.SEEN.errors]
        for log in server_logs():
            with log.open(encoding="utf-8", errors="replace") as lines:
                lines.seek(self.read.get(log, 0))
                texts.append(lines.read())
        for text in reversed(texts):
            for found in reversed(list(TRACEBACK.finditer(text))):
                places = [Place(f["file"], int(f["line"]), f["name"]) for f in FRAME.finditer(found[1])]
                ours = [place for place in places if is_project(place.file)]
                if ours and is_own(ours[-1].file):
                    return short(found[2]), ours[-1]
        return None


def name_of(item: Any) -> str:
    """A test's name, without its parameters."""
    return str(item.originalname or item.name)


def sentence(item: pytest.Item) -> str:
    """The test as a sentence: as it says itself, or its name."""
    marker = item.get_closest_marker("sentence")
    if marker:
        return str(marker.args[0]).rstrip(".") + "."
    words = name_of(item).removeprefix("test_").replace("_", " ").replace("express", "Express")
    return f"{words[:1].upper()}{words[1:]}."


def first_sentences(function: Any) -> str:
    """Why the test matters, from its docstring."""
    return PROMISES.sub("", re.sub(r"\s+", " ", inspect.getdoc(function) or "").strip())


def short(text: str, room: int = ROOM) -> str:
    """A text in one line without addresses, cut in the middle if it is long."""
    text = ADDRESS.sub("", re.sub(r"\s+", " ", text))
    return text if len(text) <= room else f"{text[: room // 2]} … {text[-room // 3 :]}"


def shown(value: object) -> str:
    """A value as it is written in Python, without addresses."""
    try:
        return ADDRESS.sub("", repr(value))
    except Exception as error:
        return f"something whose repr fails ({said(error)})"


def said(error: BaseException) -> str:
    """An exception in one line."""
    if isinstance(error, SystemExit):
        return "it ends the program"
    words = str(error).partition("\n")[0]
    if isinstance(error, AssertionError) and words:  # what has noticed an offence against WSGI says so in words
        return short(words)
    return short(f"{type(error).__name__}: {words}" if words else type(error).__name__)


# Whose fault it is


def is_own(file: str) -> bool:
    """Whether a file is the learner's."""
    return Path(file).is_relative_to(workspace.folder())


def is_project(file: str) -> bool:
    """Whether a file is the learner's or ours, and not Python's or a library's."""
    path = Path(file)
    inside = path.is_relative_to(ROOT) and not path.is_relative_to(ROOT / ".venv")
    return is_own(file) or inside


def places(trace: TracebackType | None) -> list[Place]:
    """The project's own places in a traceback, innermost last."""
    frames = traceback.extract_tb(trace)
    found = [Place(frame.filename, frame.lineno or 0, frame.name) for frame in frames]
    return [place for place in found if is_project(place.file)]


def own_place(trace: TracebackType | None) -> Place | None:
    """The learner's line, if that is where it happened."""
    found = places(trace)
    return found[-1] if found and is_own(found[-1].file) else None


def own_error(error: BaseException | None) -> tuple[str, Place] | None:
    """The learner's own exception: this one, or one that is behind it."""
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if place := own_place(error.__traceback__):
            return said(error), place
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return None


def happened(error: str, place: Place) -> dict[str, str]:
    """The learner's exception, told."""
    if error.startswith(BLANK):
        return {"came": f"nothing yet: {place.name} is still blank", "where": str(place)}
    return {"came": error, "where": str(place)}


def stumbled(error: BaseException, statement: ast.stmt | None) -> dict[str, str]:
    """A test, or our code behind it, could not go on with what the learner's code gave."""
    found = places(error.__traceback__)
    innermost = found[-1] if found else None
    answer = f"; the answer was {calling.SEEN.last}" if calling.SEEN.last else ""
    if innermost and Path(innermost.file).is_relative_to(ROOT / "steps"):
        module = Path(innermost.file).relative_to(ROOT).as_posix()
        return {"came": short(f"our {module} ({innermost.name}) could not go on with it: {said(error)}", 130)}
    looked_for = f" {error}" if isinstance(error, KeyError) else ""
    if isinstance(statement, ast.Raise):
        return {"came": f"{said(error)}, which the test raised on purpose, and nobody has caught"}
    reads = statement.test if isinstance(statement, ast.Assert) else statement
    source = short(ast.unparse(reads), 70) if reads and not hasattr(reads, "body") else ""
    what = f"something in which{looked_for or ' what comes next'} is not there"
    return {"came": what + answer, **({"expected": f"that this works: {source}"} if source else {})}


def server_logs() -> list[Path]:
    """What the servers with the learner's module have written on standard error."""
    folder = os.environ.get("CHECK_STACKS")
    return sorted(Path(folder).glob("server-*")) if folder else []


# What was asked


@cache
def parsed(file: str) -> ast.Module:
    """The source of a test file."""
    return ast.parse(Path(file).read_text(encoding="utf-8"))


def test_frame(trace: TracebackType | None) -> tuple[Place | None, Any]:
    """The innermost line of a test, and its frame."""
    place = frame = None
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if Path(file).name.startswith("test_") and Path(file).is_relative_to(ROOT / "tests"):
            place, frame = Place(file, trace.tb_lineno, trace.tb_frame.f_code.co_name), trace.tb_frame
        trace = trace.tb_next
    return place, frame


def around(place: Place) -> list[ast.AST]:
    """The nodes of the source around a line, outermost first."""
    found: list[ast.AST] = []
    node: ast.AST = parsed(place.file)
    while True:
        found.append(node)
        inner = [
            child
            for child in ast.iter_child_nodes(node)
            if isinstance(child, ast.stmt) and child.lineno <= place.line <= (child.end_lineno or 0)
        ]
        if not inner:
            return found
        node = inner[0]


def statement_at(place: Place) -> ast.stmt | None:
    """The statement at a line."""
    node = around(place)[-1]
    return node if isinstance(node, ast.stmt) else None


def asked(item: Any, statement: ast.stmt | None, place: Place | None, frame: Any) -> dict[str, str]:
    """What was sent, and which of the exercise's functions was called with it."""
    call = call_of_exercise(item.config.getoption("--exercise"), statement)
    sent = {name: value for name, value in parameters(item).items() if name not in expectations(item.function)}
    if place and frame:
        loops = [node for node in around(place) if isinstance(node, ast.For)]
        names = [each.id for loop in loops for each in ast.walk(loop.target) if isinstance(each, ast.Name)]
        for name in [*names, *names_in(call)]:
            value = frame.f_locals.get(name)
            if name in frame.f_locals and isinstance(value, SIMPLE) and not name.startswith("_"):
                sent.setdefault(name, value)
    told = {}
    if sent:
        told["sent"] = ", ".join(f"{name} = {short(shown(value), 60)}" for name, value in list(sent.items())[:4])
    return {**told, **({"tried": short(ast.unparse(call))} if call else {})}


def parameters(item: Any) -> dict[str, Any]:
    """The case of a test that is tried with several."""
    given = getattr(getattr(item, "callspec", None), "params", {})
    ours = ["server", "library", "house", *(["name"] if "kind" in item.fixturenames else [])]
    return {
        name: value
        for name, value in given.items()
        if name not in ours and not name.startswith("_") and not shown(value).startswith("<")
    }


@cache
def expectations(function: Any) -> set[str]:
    """The parameters of a test that it only compares with: what is expected is not what was sent."""
    tree = ast.parse(re.sub(r"^\s+", "", inspect.getsource(function), count=1))
    read = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
    compared = [name for node in ast.walk(tree) for each in expected_in(node) for name in names_in(each)]
    return {name for name in compared if read.count(name) == compared.count(name)}


def expected_in(node: ast.AST) -> list[ast.expr]:
    """The parts of a node that say what is expected."""
    if isinstance(node, ast.Compare):
        return node.comparators
    if isinstance(node, ast.keyword) and node.arg == "match":
        return [node.value]
    return node.args[:1] if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("raises") else []


def names_in(node: ast.AST | None) -> list[str]:
    """The variables that a piece of source reads."""
    return [each.id for each in ast.walk(node) if isinstance(each, ast.Name)] if node else []


def call_of_exercise(name: str, statement: ast.stmt | None) -> ast.Call | None:
    """The call of one of the exercise's functions in a statement, if there is one."""
    exercise = exercises().get(name)
    if not statement or not exercise:
        return None
    names = {name.rpartition(".")[2] for name in exercise.signatures()}
    body = statement.body if isinstance(statement, ast.With) else [statement]
    for node in (node for each in body for node in ast.walk(each)):
        if isinstance(node, ast.Call):
            called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if called in names:
                return node
    return None


def expected_error(statement: ast.stmt | None, frame: Any) -> str:
    """The error that `with pytest.raises(…)` waits for, in words."""
    for item in statement.items if isinstance(statement, ast.With) else []:
        call = item.context_expr
        if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("raises"):
            kinds = evaluated(call.args[0], frame)
            several = kinds if isinstance(kinds, tuple) else (kinds,)
            return " or ".join(getattr(kind, "__name__", "an error") for kind in several)
    return ""


def evaluated(node: ast.expr, frame: Any) -> Any:
    """What a piece of the test's source is, in its frame; None if that cannot be told."""
    try:
        return eval(compile(ast.Expression(node), "<test>", "eval"), frame.f_globals, frame.f_locals)
    except Exception:
        return None


# What came back


def of_comparison(op: str, left: object, right: object) -> dict[str, str]:
    """Two sides that do not compare as they should."""
    one, other = shown(left), shown(right)
    if op in ("==", "is"):
        one, other = cut_both(one, other)
        return {"came": one, "expected": other}
    if op in ("in", "not in"):
        return {
            "came": short(other),
            "expected": f"{short(one, 60)} in it" if op == "in" else f"no {short(one, 60)} in it",
        }
    if op in THAN:
        return {"came": short(one), "expected": f"{THAN[op]} {short(other, 60)}"}
    return {"came": short(one), "expected": "something" if right is None else f"anything but {short(other, 60)}"}


def cut_both(one: str, other: str, room: int = ROOM) -> tuple[str, str]:
    """Two long texts, both cut round the first place where they differ."""
    one, other = (re.sub(r"\s+", " ", text) for text in (one, other))
    if max(len(one), len(other)) <= room:
        return one, other
    place = next((n for n, pair in enumerate(zip(one, other, strict=False)) if len(set(pair)) > 1), len(one))
    start = max(0, place - room // 3)
    window = slice(start, start + room)

    def cut(text: str) -> str:
        return ("… " if start else "") + text[window] + (" …" if len(text) > start + room else "")

    return cut(one), cut(other)


def looked_at(test: ast.Compare, op: str, tried: str) -> str:
    """What the test compares, in words or as its source, to stand behind what came back; empty if long, or said."""
    side = ast.unparse(test.comparators[0] if op in ("in", "not in") else test.left)
    words = next((words for piece, words in CALLED.items() if side.endswith(piece)), side)
    return f"   ({words})" if len(words) < 60 and words != tried else ""


def of_truth(test: ast.expr, frame: Any) -> dict[str, str]:
    """An assert without a comparison: its source says what must hold."""
    is_not = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
    value = test.operand if isinstance(test, ast.UnaryOp) and is_not else test
    if not any(isinstance(node, ast.Call) for node in ast.walk(value)):
        return {"came": short(shown(evaluated(value, frame))), "expected": "nothing" if is_not else "something"}
    came, expected = "False, or nothing", "True, or something"
    came, expected = (expected, came) if is_not else (came, expected)
    return {"came": came, "expected": f"{expected}, from {short(ast.unparse(value), 70)}"}


def found_in(words: str, label: str) -> str:
    """The line of pytest's words that begins with this label."""
    found = re.search(rf"{label}: (.*)", words)
    return found[1] if found else ""


def add_to(config: pytest.Config, path: str) -> None:
    """Tell into this file."""
    config.pluginmanager.register(Telling(config, path))
