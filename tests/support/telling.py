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
import sys
import threading
import traceback
from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import cache
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import bottle
import pytest

from tests.support import ROOT, calling, sentences
from tests.support.raised import (
    Blamed,
    Place,
    Raised,
    around,
    bare,
    blamed,
    chain,
    chain_in,
    is_own,
    is_project,
    is_test,
    own_in,
    said,
)
from workbook import runner
from workbook.exercises import exercises

ROOM = 96  # letters of a line that can be read at a glance
CALL = 200  # letters of a call: it is the learner's own, and he looks for one of its arguments
BLANK = "NotImplementedError"
SIMPLE = (str, bytes, int, float, bool, type(None), dict, list, tuple, set)
THAN = {"<": "less than", "<=": "at most", ">": "more than", ">=": "at least"}
PROMISES = re.compile(r"^(?:P\d(?:, )?)+\.\s*")  # a promise's number; what it is stands behind it
CALLED = {  # what a piece of a test's source is called in words
    ".asked": "what the store was asked, in this order",
    ".status": "the answer's status",
    ".status_code": "the answer's status",
    "len(answer.cookies)": "how many cookies were set",
    ".cookies": "the cookies that were set",
    ".cookies)": "the cookies that were set",
    ".cookies]": "the cookies that were set",
    ".rows()": "what the store holds",
    ".rows().values()": "what the store holds",
    "list(bench.rows().values())": "the rows in the store",
    "list(bench.rows())": "the ids in the store",
    "len(bench.rows())": "how many rows the store holds",
    "len(store)": "how many rows it says that it holds",
    "sorted(store)": "the ids in the store",
    ".location": "where the answer leads",
    ".headers.get('Location')": "where the answer leads",
    ".headers": "the answer's headers",
    ".body": "the answer's body",
    ".text": "the answer's text",
    "whoami()": "what /whoami says",
    "whoami()['user']": "who /whoami says it is",
    ".user()": "who /whoami says it is",
    "whoami()['views']": "the views that /whoami says",
}

HARMLESS = {"len", "sorted", "list", "dict", "set", "tuple", "str", "sum", "min", "max", "next", "iter", "json.loads"}
NAMED = {  # what the tests' own names and functions mean
    "seen": "what the app saw",
    "found": "what the app saw",
    "heard": "what the server heard",
    "given": "what start_response was given",
    "written": "what was written",
    "got": "what start_response returned",
    "closed": "whether the body was closed",
    "session": "what is in the session",
    "dropped": "what was in the sessions that drop was given",
    "happened": "what happened, in this order",
    "noted": "what was noted",
    "lines": "what was noted",
    "row": "the row in the store",
    "row_of": "the row in the store",
    "rows_of": "the data in the store",
    "settings": "the cookie's attributes",
    "noted_lives": "originalMaxAge in the row",
    "lifetime": "the cookie's life in seconds",
    "ordered": "what the page says was ordered",
}


class Compared(NamedTuple):
    """A comparison that does not hold; `node` is the left side in the test's source, if that is known."""

    op: str
    left: object
    right: object
    node: ast.expr | None

    def narrowed(self) -> "Compared":
        """Of several things that are compared at once, the first that differs."""
        op, one, other, node = self
        if op == "==" and isinstance(one, tuple) and isinstance(other, tuple) and isinstance(node, ast.Tuple):
            for parts in zip(one, other, node.elts, strict=False):
                if parts[0] != parts[1]:
                    return Compared("==", *parts).narrowed()
        return self


class Telling:
    """The plugin that writes down what came out."""

    def __init__(self, config: pytest.Config, path: str) -> None:
        self.exercise = str(config.getoption("--exercise"))
        self.report = Path(path).open("a", encoding="utf-8")  # noqa: SIM115
        self.comparison: tuple[str, object, object] | None = None
        self.elsewhere: list[str] = []  # tracebacks of what was raised in other threads
        self.read: dict[Path, int] = {}  # how far each server's log was there before this test

    def write(self, **entry: Any) -> None:
        """One line, so that it is there whatever happens next."""
        print(json.dumps(entry), file=self.report, flush=True)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Say which test begins, and listen to its threads."""
        self.write(begins=item.nodeid, says=sentence(item))
        self.comparison, self.elsewhere = None, []
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
        self.comparison = (op, left, right)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
        """Write down one test, or what kept it from beginning or ending."""
        outcome: Any = yield
        report = outcome.get_result()
        if report.failed:
            self.write(test=name_of(item), passed=False, **self.explain(item, call, report))
        elif report.when == "call" and report.passed:
            self.write(test=name_of(item), passed=True)
        self.comparison = None

    def pytest_exception_interact(self, node: object, call: Any) -> None:
        """Write down why tests could not even be collected."""
        if isinstance(node, pytest.Collector):
            error = call.excinfo.value.__cause__ or call.excinfo.value  # pytest wraps what a module raises
            own = blamed(chain(error)[:1])
            self.write(
                cannot=said(error), whose=runner.BEGINNING if own else runner.OURS, where=own.where if own else ""
            )

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
        compared = self.compared(statement)
        looks_at = (compared and compared.node) or statement
        calls = calls_of_exercise(self.exercise, looks_at, place, frame)
        sent = parameters(item) if call.when != "setup" else {}  # before that, no case has been tried
        told |= asked(sent, calls, place, frame)
        if calls and compared and compared.node and calls[-1] in ast.walk(compared.node):
            compared = compared._replace(node=None)  # what came back is that call's
        if report.capstdout.strip():
            told["printed"] = short(report.capstdout.strip(), 60)
        return told | self.came_of(error, statement, frame, compared)

    def compared(self, statement: ast.stmt | None) -> Compared | None:
        """The comparison that failed, if it was one."""
        if not self.comparison:
            return None
        op, left, right = self.comparison
        test = statement.test if isinstance(statement, ast.Assert) else None
        if not isinstance(test, ast.Compare):
            return Compared(op, left, right, None)
        return Compared(op, left, right, test.comparators[0] if op in ("in", "not in") else test.left).narrowed()

    def came_of(
        self, error: BaseException, statement: ast.stmt | None, frame: Any, compared: Compared | None
    ) -> dict[str, str]:
        """What came back, and what was expected."""
        raises = expected_error(statement, frame)
        if isinstance(error, calling.Unexpected):
            answer = {"came": error.came, "expected": error.expected, **where_of(own_in(chain(error)[0]))}
            if own := self.heard():
                return answer | happened(own, error.came)
            return answer | (happened(own) if (own := refused_by(error.came)) else {})
        if own := blamed(chain(error)):
            return happened(own) | ({"expected": raises} if raises else {})
        if own := self.heard():
            return happened(own, calling.SEEN.last if calling.SEEN.last[:1] == "5" else "")
        if type(error).__name__ == "Failed":  # pytest.raises, and nothing was
            return {"came": "no error", "expected": raises or "an error"}
        if isinstance(error, AssertionError):
            return self.of_assertion(error, statement, frame, raises, compared)
        return stumbled(error, statement, frame)

    def of_assertion(
        self, error: AssertionError, statement: ast.stmt | None, frame: Any, raises: str, compared: Compared | None
    ) -> dict[str, str]:
        """An assert that does not hold: its own words, its two sides, or its source."""
        words = str(error).partition("\nassert ")[0].strip()
        if compared and words.startswith("("):
            return of_comparison(compared, words.strip("()"))
        if words and not words.startswith("assert "):
            if "Regex pattern did not match" in words:
                wanted, message = (found_in(words, label) for label in ("Expected regex", "Actual message"))
                return {"came": f"{raises}: {message}", "expected": f"words in which {wanted} is found"}
            return {"came": bare(words)}
        if compared:
            return of_comparison(compared)
        if isinstance(statement, ast.Assert):
            return of_truth(statement.test, frame, words.partition("\n")[0].removeprefix("assert "))
        return {"came": "not what was expected"}

    def heard(self) -> Blamed | None:
        """The learner's exception in another thread, in an app that answered 500, or in a server."""
        texts = [*self.elsewhere, *calling.SEEN.errors]
        for log in server_logs():
            with log.open(encoding="utf-8", errors="replace") as lines:
                lines.seek(self.read.get(log, 0))
                texts.append(lines.read())
        return next((own for text in reversed(texts) if (own := blamed(chain_in(text)))), None)


def name_of(item: Any) -> str:
    """A test's name, without its parameters."""
    return str(item.originalname or item.name)


def sentence(item: pytest.Item) -> str:
    """The test as a sentence: as it says itself, or its name."""
    marker = item.get_closest_marker("sentence")
    return sentences.sentence(name_of(item), str(marker.args[0]) if marker else "")


def first_sentences(function: Any) -> str:
    """Why the test matters, from its docstring."""
    return PROMISES.sub("", re.sub(r"\s+", " ", inspect.getdoc(function) or "").strip())


def short(text: str, room: int = ROOM) -> str:
    """A text in one line without addresses, cut in the middle if it is long."""
    text = bare(text)
    return text if len(text) <= room else f"{text[: room // 2]} … {text[-room // 3 :]}"


def shown(value: object) -> str:
    """A value as it is written in Python, without addresses."""
    try:
        return bare(repr(value)) if not isinstance(value, str) else repr(value)
    except Exception as error:
        return f"something whose repr fails ({said(error)})"


# Whose fault it is


def happened(own: Blamed, answer: str = "") -> dict[str, str]:
    """The learner's exception, or his refusal, told; and what was answered because of it."""
    if own.words.startswith(BLANK):
        return {"came": f"nothing yet: {own.own[0].function()} is still blank", **where_of(own.own)}
    remarks = [own.beyond] * bool(own.beyond) + [f"so the answer was {answer}"] * bool(answer)
    return {"came": own.words + (f" ({'; '.join(remarks)})" if remarks else ""), **where_of(own.own)}


def where_of(own: list[Place]) -> dict[str, str]:
    """The learner's lines, if there are any."""
    return {"where": Blamed("", own).where} if own else {}


def refused_by(status: str) -> Blamed | None:
    """The learner's lines that refused the last request, if that was what was answered."""
    places = calling.SEEN.refused_by
    own = own_in(Raised("", places))
    if own and status[:3] == calling.SEEN.last[:3] and is_own(places[-1].file):
        return Blamed(f"{calling.SEEN.last}, from {own[0].function()}", own)
    return None


def listen_to_refusals() -> None:
    """Note where each answer is made that refuses something: Bottle's, which a handler returns or raises."""
    begin = bottle.HTTPResponse.__init__

    def init(self: Any, *args: Any, **options: Any) -> None:
        begin(self, *args, **options)
        if self.status_code >= 400:
            frames = traceback.walk_stack(sys._getframe(1))
            places = [Place(frame.f_code.co_filename, line, frame.f_code.co_name) for frame, line in frames]
            calling.SEEN.refused_by = [place for place in reversed(places) if is_project(place.file)]

    bottle.HTTPResponse.__init__ = init


def stumbled(error: BaseException, statement: ast.stmt | None, frame: Any) -> dict[str, str]:
    """A test, or our code behind it, could not go on with what the learner's code gave."""
    found = chain(error)[0]
    innermost = found.places[-1] if found.places else None
    answer = f"; the answer was {calling.SEEN.last}" if calling.SEEN.last else ""
    if innermost and Path(innermost.file).is_relative_to(ROOT / "steps"):
        module = Path(innermost.file).relative_to(ROOT).as_posix()
        return {"came": f"{said(error)} (in our {module}, which could not go on with it)"}
    if isinstance(statement, ast.Raise):
        came = f"{said(error)}, which the test raised on purpose, and nobody has caught"
        return {"came": came, **where_of(own_in(found))}
    part = part_that_fails(error, statement, frame)
    if isinstance(part, ast.Subscript | ast.Attribute):
        came = short(shown(evaluated(part.value, frame))) + behind(looked_at(part.value))
        inside = f"{error} in it" if isinstance(error, KeyError) else "something in it"
        return {"came": came, "expected": inside if isinstance(error, LookupError) else "something"}
    if isinstance(error, KeyError):
        return {"came": f"something without {error}{answer}", "expected": f"{error} in it"}
    if part:
        return {"came": said(error), "expected": f"that this works: {short(ast.unparse(part))}"}
    reads = getattr(statement, "test", statement)
    reads = reads.left if isinstance(reads, ast.Compare) else reads
    source = short(ast.unparse(reads), 70) if reads and not hasattr(reads, "body") else ""
    is_missing = isinstance(error, LookupError | AttributeError | StopIteration) or "subscriptable" in str(error)
    came = ("something in which what comes next is not there" if is_missing else said(error)) + answer
    return {"came": came, **({"expected": f"that this works: {source}"} if source else {})}


def part_that_fails(error: BaseException, statement: ast.stmt | None, frame: Any) -> ast.expr | None:
    """The smallest part of a test's line that fails so; only what can be looked at again without doing anything."""
    parts = [node for node in ast.walk(statement) if isinstance(node, ast.expr)] if statement else []
    for part in reversed(parts):
        calls = [ast.unparse(node.func) for node in ast.walk(part) if isinstance(node, ast.Call)]
        if set(calls) <= HARMLESS and isinstance(part, ast.Subscript | ast.Attribute | ast.Call):
            try:
                eval(compile(ast.Expression(part), "<test>", "eval"), frame.f_globals, frame.f_locals)
            except Exception as again:
                if type(again) is type(error):
                    return part
    return None


def server_logs() -> list[Path]:
    """What the servers with the learner's module have written on standard error."""
    folder = os.environ.get("CHECK_STACKS")
    return sorted(Path(folder).glob("server-*")) if folder else []


# What was asked


def test_frame(trace: TracebackType | None) -> tuple[Place | None, Any]:
    """The innermost line of a test, and its frame."""
    place = frame = None
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if is_test(file):
            place, frame = Place(file, trace.tb_lineno, trace.tb_frame.f_code.co_name), trace.tb_frame
        trace = trace.tb_next
    return place, frame


def statement_at(place: Place) -> ast.stmt | None:
    """The statement at a line."""
    node = around(place)[-1]
    return node if isinstance(node, ast.stmt) else None


def asked(sent: dict[str, Any], calls: list[ast.Call], place: Place | None, frame: Any) -> dict[str, str]:
    """What was sent, and which of the exercise's functions were called with it, or which requests were made."""
    if place and frame:
        loops = [node for node in around(place) if isinstance(node, ast.For)]
        names = [each.id for loop in loops for each in ast.walk(loop.target) if isinstance(each, ast.Name)]
        for name in [*names, *names_in(calls[-1] if calls else None)]:
            value = frame.f_locals.get(name)
            if name in frame.f_locals and isinstance(value, SIMPLE) and not name.startswith("_"):
                sent.setdefault(name, value)
    for name, value in calling.SEEN.sent.items():
        if isinstance(value, SIMPLE) and name not in sent and not is_said(name, value, sent):
            sent[name] = value
    tried = ", then ".join(map(source_of, calls)) or requests()
    line = listed([f"{name} = {brief(value)}" for name, value in sent.items()])
    return {**({"sent": line} if line else {}), **({"tried": tried} if tried else {})}


def is_said(name: str, value: object, sent: dict[str, object]) -> bool:
    """Whether a value stands among what was sent already, in a case of the test that holds several."""
    if isinstance(value, dict) and value and all(name in sent and sent[name] == each for name, each in value.items()):
        return True
    inside = [each for case in sent.values() if isinstance(case, dict) for each in case.values()]
    return value in [*sent.values(), *inside] and not isinstance(value, bool | None)


def listed(several: list[str], room: int = CALL) -> str:
    """As many as can be read, in a line."""
    line = ""
    for n, each in enumerate(several):
        if n and len(line) + len(each) > room:
            return f"{line}, …"
        line += f", {each}" if n else each
    return line


def requests() -> str:
    """The last requests of a test, each with its answer's status; nothing if they say nothing."""
    if all(re.fullmatch(r"GET /(?: \(\d+\))?", each) for each in calling.SEEN.requests):
        return ""
    made = [(each, len(list(same))) for each, same in groupby(calling.SEEN.requests)]
    return ", ".join(each if times == 1 else f"{each} {times} times" for each, times in made[-4:])


def source_of(call: ast.Call, room: int = CALL) -> str:
    """A call as the test writes it, cut between its arguments if it is long."""
    arguments = [*map(ast.unparse, call.args), *map(ast.unparse, call.keywords)]
    return f"{ast.unparse(call.func)}({listed([short(each) for each in arguments], room)})"


def brief(value: object, room: int = 96) -> str:
    """A value that was sent; a long list or dict is cut between its items."""
    text = shown(value)
    whole = text[:room].rpartition(", ")[0] if isinstance(value, list | tuple | dict | set) else ""
    return f"{whole}, …" if whole and len(text) > room else short(text, room)


def parameters(item: Any) -> dict[str, Any]:
    """The case of a test that is tried with several, without what is only expected of it."""
    given = getattr(getattr(item, "callspec", None), "params", {})
    ours = {"server", "library", "house", *expectations(item.function)}
    ours |= {"name"} if "kind" in item.fixturenames else set()
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


def calls_of_exercise(name: str, node: ast.AST | None, place: Place | None, frame: Any) -> list[ast.Call]:
    """The call of one of the exercise's functions that is looked at, last; before it those of the same object."""
    if not place or not (exercise := exercises().get(name)):
        return []
    names = {name.rpartition(".")[2] for name in exercise.signatures()}

    def calls_in(node: ast.AST | None) -> list[ast.Call]:
        inside = [each for part in getattr(node, "body", [node]) if part for each in ast.walk(part)]
        calls = [each for each in inside if isinstance(each, ast.Call) and called(each) in names]
        return [each for each in calls if is_of(f"steps.{name}", each.func, frame)]

    before = [
        each for statement in statements_before(place) for each in calls_in(statement) if not called(each)[:1].isupper()
    ]
    last = calls_in(node)[:1] or ([] if calling.SEEN.requests else before[-1:])
    if not last or not isinstance(last[0].func, ast.Attribute):
        return last
    whose = ast.unparse(last[0].func.value)
    same = [each for each in before if isinstance(each.func, ast.Attribute) and ast.unparse(each.func.value) == whose]
    return [*[each for each in same if each is not last[0]][-2:], *last]


def called(call: ast.Call) -> str:
    """The name by which a function is called."""
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def statements_before(place: Place) -> list[ast.stmt]:
    """The statements of a test that came before a line: whole ones, not those of functions and branches inside it."""
    functions = [node for node in around(place) if isinstance(node, ast.FunctionDef)]

    def those_in(body: list[ast.stmt]) -> list[ast.stmt]:
        found: list[ast.stmt] = []
        for node in body:
            holds = node.lineno <= place.line <= (node.end_lineno or 0)
            if isinstance(node, ast.For | ast.With) or (holds and hasattr(node, "body")):
                found += those_in(node.body)
            elif not hasattr(node, "body") and (node.end_lineno or 0) < place.line:
                found.append(node)
        return found

    return those_in(functions[-1].body) if functions else []


def is_of(module: str, function: ast.expr, frame: Any) -> bool:
    """Whether a function is the module's, and not another of the same name: `get` is a dict's, too."""
    if any(isinstance(node, ast.Call) for node in ast.walk(function)):
        return True  # who looks would call it again
    return getattr(evaluated(function, frame), "__module__", "") == module


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


def of_comparison(compared: Compared, words: str = "") -> dict[str, str]:
    """Two sides that do not compare as they should; `words` say what the left one is."""
    op, left, right, node = compared
    words = words or looked_at(node)
    is_status = type(left) is int and str(left) == calling.SEEN.last[:3]
    if is_status or words == CALLED[".location"]:
        words = CALLED[".status"] if is_status else f"{words}; it is {calling.SEEN.last}"
    words = behind(words)
    if isinstance(left, int) and not isinstance(left, bool) and left >= 400 and (own := refused_by(str(left))):
        return happened(own) | {"expected": shown(right)}
    if op in ("==", "is"):
        one, other = cut_both(*(shown(value) for value in apart(left, right)))
        return {"came": one + words, "expected": other}
    one, other = shown(left), shown(right)
    if op in ("in", "not in"):
        expected = f"{short(one, 60)} in it" if op == "in" else f"no {short(one, 60)} in it"
        if isinstance(left, str) and isinstance(right, str):
            other = around_it(right, left)
        return {"came": short(other, 2 * ROOM) + words, "expected": expected}
    if op in THAN:
        return {"came": short(one) + words, "expected": f"{THAN[op]} {short(other, 60)}"}
    expected = "anything else" if left == right and right is not None else f"anything but {short(other, 60)}"
    return {"came": short(one) + words, "expected": expected}


def around_it(text: str, piece: str) -> str:
    """A long text, cut round what is most like a piece that was looked for in it; folders make no text long."""
    text = bare(text)
    if len(text) <= 2 * ROOM:
        return shown(text)
    match = SequenceMatcher(None, text, piece, autojunk=False).find_longest_match()
    if match.size < max(4, len(piece) // 4):
        return "a text with nothing like it" if text.lstrip().startswith("<") else shown(short(text, 2 * ROOM))
    start = max(0, match.a - match.b - 30)
    return f"… {text[start : match.a + match.size + 30]} …"


def behind(words: str) -> str:
    """Words that stand behind what came back."""
    return f"   ({words})" if words else ""


def apart(left: Any, right: Any) -> tuple[object, object]:
    """Of two values that are too long to be compared at a glance, the first parts that differ."""
    if max(len(shown(left)), len(shown(right))) > ROOM and type(left) is type(right):
        if isinstance(left, dict) and list(left) == list(right):
            left, right = list(left.values()), list(right.values())
        if isinstance(left, list | tuple) and len(left) == len(right):
            return next(
                (apart(one, other) for one, other in zip(left, right, strict=True) if one != other), (left, right)
            )
    return left, right


def cut_both(one: str, other: str, room: int = ROOM) -> tuple[str, str]:
    """Two long texts, both cut round the first place where they differ, and between words if there are any."""
    one, other = (re.sub(r"\s+", " ", text) for text in (one, other))
    if max(len(one), len(other)) <= room:
        return one, other
    place = next((n for n, pair in enumerate(zip(one, other, strict=False)) if len(set(pair)) > 1), len(one))
    start = begin_before(one, place - room // 3) if place > room // 2 else 0

    def cut(text: str) -> str:
        if len(text) <= start + room:
            return ("… " if start else "") + text[start:]
        end = max(text.rfind(mark, place + 20, start + room) for mark in " ,;") + 1 or start + room
        return ("… " if start else "") + text[start:end].rstrip() + " …"

    return cut(one), cut(other)


def begin_before(text: str, place: int) -> int:
    """Where a word begins, a little before a place in a text; the place itself if none does."""
    begins = [mark.end() for mark in re.finditer(r"[ ,;({\[]+", text[:place])]
    return begins[-1] if begins and begins[-1] > place - 24 else place


def looked_at(node: ast.expr | None) -> str:
    """What a test looks at: in words, or by its name in what came back, or as what it is in the source, if short."""
    if isinstance(node, ast.ListComp):
        return looked_at(node.elt) or looked_at(node.generators[0].iter)
    source = ast.unparse(node) if node else ""
    name = called(node) if isinstance(node, ast.Call) else source
    words = NAMED.get(name) or next((words for piece, words in CALLED.items() if source.endswith(piece)), "")
    is_short = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    return words or key_in(node) or (source if is_short else "")


def key_in(node: ast.AST | None) -> str:
    """The name under which a value stands in what came back: `told.get("Location", "").lower()` is about Location."""
    while isinstance(node, ast.Call | ast.Attribute | ast.Subscript):
        if isinstance(node, ast.Call) and called(node) == "get" and isinstance(node.args[0], ast.Constant):
            return str(node.args[0].value)
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            return node.slice.value if isinstance(node.slice.value, str) else ""
        is_function = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args
        node = node.args[0] if is_function else node.func if isinstance(node, ast.Call) else node.value
    return ""


LOOKS = {  # how a test looks at a text: what it wants of it, in words
    "fullmatch": "a text like {}",
    "search": "a text in which {} is found",
    "startswith": "a text that begins with {}",
    "endswith": "a text that ends with {}",
    "isinstance": "a {}",
}


def of_truth(test: ast.expr, frame: Any, came: str) -> dict[str, str]:
    """An assert without a comparison: what came, and that it should hold, or be true."""
    is_not = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
    value = test.operand if isinstance(test, ast.UnaryOp) and is_not else test
    if isinstance(value, ast.Call) and not is_not:
        name = value.func.attr if isinstance(value.func, ast.Attribute) else ast.unparse(value.func)
        if name in LOOKS:
            return of_look(name, value, frame)
    if not any(isinstance(node, ast.Call) for node in ast.walk(value)):
        came = short(shown(evaluated(value, frame)))
    came = came.removeprefix("not ") if is_not else came
    wanted = {"False": "True", "True": "False"}.get(came, "nothing" if is_not else "something")
    return {"came": short(came), "expected": wanted}


def of_look(name: str, call: ast.Call, frame: Any) -> dict[str, str]:
    """A text that is not as a test wants it."""
    if name in ("startswith", "endswith") and isinstance(call.func, ast.Attribute):
        text, wanted = call.func.value, call.args[0]
    else:
        text, wanted = (call.args[0], call.args[1]) if name == "isinstance" else (call.args[1], call.args[0])
    label = behind(looked_at(text))
    pattern = evaluated(wanted, frame)
    wish = getattr(pattern, "__name__", short(str(pattern) if name in ("fullmatch", "search") else shown(pattern)))
    return {
        "came": short(shown(evaluated(text, frame)), 2 * ROOM) + label,
        "expected": LOOKS[name].format(wish),
    }


def found_in(words: str, label: str) -> str:
    """The line of pytest's words that begins with this label."""
    found = re.search(rf"{label}: (.*)", words)
    return found[1] if found else ""


def add_to(config: pytest.Config, path: str) -> None:
    """Tell into this file."""
    listen_to_refusals()
    config.pluginmanager.register(Telling(config, path))
