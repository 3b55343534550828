"""Raised: what went wrong, and in which of the learner's lines, read from an exception or from a traceback's text.

A line that only raises again what went wrong in its `try` is not the one to look at, so that one is named; and behind
the innermost of his lines stand those that called it, since what a helper was given may be the mistake.
"""

import ast
import re
import tempfile
import traceback
from functools import cache
from pathlib import Path
from textwrap import shorten
from typing import NamedTuple

from tests.support import ROOT
from workbook import workspace
from workbook.environment import VENV

LONGEST = 240  # letters of an exception's sentence
ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
FUNCTION = re.compile(r"<(?:built-in |bound )?(?:function|method) ([\w.]+)(?: of <[^<>]*>|[^<>])*>")
TRACEBACK = re.compile(r"^Traceback \(most recent call last\):\n((?:  .*\n)+)(\S.*)$", flags=re.M)
FRAME = re.compile(r'  File "(?P<file>[^"]+)", line (?P<line>\d+), in (?P<name>.+)')
OUR_PAGE = re.compile(r"\btest_\w+\.<locals>\.(?:<lambda>|\w+)\(\)")  # a handler of the test's own
PACKAGES = re.compile(r"\bsteps\.step\w+\.(?:[a-z_]\w*\.)*(?=[A-Z])")  # in front of a class's name
EXC_INFO = re.compile(r"\(<class '[\w.]+'>, .*?<traceback object>\)")
MODULES = re.compile(r"^(?:\w+\.)+(?=\w+(?::|$))")  # in front of an exception's name


class Place(NamedTuple):
    """Where something happened."""

    file: str
    line: int
    name: str

    def __str__(self) -> str:
        name = self.function()
        return f"line {self.line}" + ("" if name == "<module>" else f", in {name}")

    def function(self) -> str:
        """The function's name; that of the one around it for a lambda or a comprehension."""
        return self.name if not self.name.startswith("<") else function_at(self.file, self.line)


class Raised(NamedTuple):
    """An exception: in words, and the project's own places in its traceback, innermost last."""

    words: str
    places: list[Place]


class Blamed(NamedTuple):
    """The learner's part in an exception: its words, and his lines."""

    words: str
    own: list[Place]  # innermost first, each called from the next
    beyond: str = ""  # where in our own code it was that his lines had called

    @property
    def where(self) -> str:
        """His lines, in words."""
        shown = self.own if len(self.own) <= 3 else [*self.own[:2], self.own[-1]]
        return ", called from ".join(map(str, shown))


# In words


def bare(text: str) -> str:
    """A text in one line without addresses, and without the folders that a check works in."""
    folders = {tempfile.gettempdir(), str(ROOT), str(workspace.folder())}
    inside = "|".join(re.escape(folder) for folder in sorted(folders, key=len, reverse=True))
    text = re.sub(rf"(?:{inside})[/\\](?:[^\s'\":,;()]*[/\\])?", "", ADDRESS.sub("", FUNCTION.sub(r"\1", text)))
    text = EXC_INFO.sub("exc_info", PACKAGES.sub("", OUR_PAGE.sub("the page", text)))
    return re.sub(r"\s+", " ", text).strip()


def sentence_of(words: str) -> str:
    """What an exception says, its class without modules: whole, or cut between words if it is long."""
    whole = MODULES.sub("", bare(words))
    return shorten(whole, LONGEST, placeholder=" …") if " " in whole[:LONGEST] else whole[:LONGEST]


def said(error: BaseException) -> str:
    """An exception in one line."""
    if isinstance(error, SystemExit):
        return "it ends the program"
    words = str(error).partition("\n")[0]
    if isinstance(error, AssertionError) and words:  # what has noticed an offence against WSGI says so in words
        return sentence_of(words)
    return sentence_of(f"{type(error).__name__}: {words}" if words else type(error).__name__)


# Where


@cache
def parsed(file: str) -> ast.Module:
    """The source of a file."""
    return ast.parse(Path(file).read_text(encoding="utf-8"))


def around(place: Place) -> list[ast.AST]:
    """The statements of the source around a line, outermost first."""
    found: list[ast.AST] = []
    node: ast.AST = parsed(place.file)
    while True:
        found.append(node)
        inner = [
            child
            for child in ast.iter_child_nodes(node)
            if isinstance(child, ast.stmt | ast.ExceptHandler) and child.lineno <= place.line <= (child.end_lineno or 0)
        ]
        if not inner:
            return found
        node = inner[0]


def function_at(file: str, line: int) -> str:
    """The name of the function around a line."""
    names = [node.name for node in around(Place(file, line, "")) if isinstance(node, ast.FunctionDef)]
    return names[-1] if names else "<module>"


@cache
def is_in(folder: Path, file: str) -> bool:
    """Whether a file lies in a folder, or in one of its folders. Asked thousands of times in a check."""
    return Path(file).is_relative_to(folder)


def is_own(file: str) -> bool:
    """Whether a file is the learner's."""
    return is_in(workspace.folder(), file)


def is_project(file: str) -> bool:
    """Whether a file is the learner's or ours, and not Python's or a library's."""
    return is_own(file) or (is_in(ROOT, file) and not is_in(VENV, file))


def is_test(file: str) -> bool:
    """Whether a file is one with tests."""
    return Path(file).name.startswith("test_") and is_in(ROOT / "tests", file)


# Whose


def chain(error: BaseException | None) -> list[Raised]:
    """An exception, and those behind it."""
    found: list[Raised] = []
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        frames = traceback.extract_tb(error.__traceback__)
        places = [Place(frame.filename, frame.lineno or 0, frame.name) for frame in frames]
        found.append(Raised(said(error), [place for place in places if is_project(place.file)]))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return found


def chain_in(text: str) -> list[Raised]:
    """The exceptions in what a program has written, newest first."""
    found = []
    for each in reversed(list(TRACEBACK.finditer(text))):
        places = [Place(frame["file"], int(frame["line"]), frame["name"]) for frame in FRAME.finditer(each[1])]
        found.append(Raised(sentence_of(each[2]), [place for place in places if is_project(place.file)]))
    return found


def blamed(several: list[Raised]) -> Blamed | None:
    """The learner's part in the first that went wrong in his lines, or else in ours when one of his had called them."""
    for beyond_is_ours in (False, True):
        for n, each in enumerate(several):
            own = own_in(each)
            beyond = each.places[len(each.places) - each.places[::-1].index(own[0]) :] if own else []
            if own and not beyond:
                return Blamed(each.words, [try_of(own[0], several[n + 1 :]), *own[1:]])
            if own and beyond_is_ours and not is_test(beyond[-1].file):
                return Blamed(each.words, own, in_ours(beyond[-1]))
    return None


def own_in(raised: Raised) -> list[Place]:
    """The innermost of the learner's lines in a traceback, and those that called it; innermost first."""
    found: list[Place] = []
    for place in reversed(raised.places):
        if is_own(place.file):
            if not found or found[-1].function() != place.function():
                found.append(place)
        elif found:
            break
    return found


def in_ours(place: Place) -> str:
    """Where in our own code it was, if that is code that learners know."""
    path = Path(place.file)
    return f"in our {path.relative_to(ROOT).as_posix()}" if path.is_relative_to(ROOT / "steps") else ""


def try_of(place: Place, behind: list[Raised]) -> Place:
    """The line that went wrong, if this one only raises that again."""
    if behind and isinstance(around(place)[-1], ast.Raise):
        before = own_in(behind[0])
        if before and before[0].function() == place.function():
            return before[0]
    return place
