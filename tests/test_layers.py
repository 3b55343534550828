"""The workbook's own laws: each step builds on earlier ones only, is small, and says each thing once."""

import ast
import importlib
import inspect
import re
from pathlib import Path
from secrets import token_hex

import pytest

import steps as finished
from tests.support import LIBRARIES, ROOT, STEPS
from tests.support.calling import call
from workbook.environment import number_in

FILES = sorted((ROOT / "steps").rglob("*.py"))
PROMISED = {"SessionMiddleware", "Session", "MemoryStore", "SQLiteStore", "RedisStore", "SessionEnded", "Store"}
PROMISED |= {
    "OwnedSession",
    "PostgresStore",
    "StoreError",
    "atomically",
    "open_store",
    "HashedIds",
    "OwningStore",
    "TooManySessions",
}
NO_LIBRARY = ("server.py", "rooms.py", "certificate.py", "workers.py")  # what serves, not what is learnt
LIBRARY = [path for path in FILES if path.parent.name.startswith("step") and path.name not in NO_LIBRARY]


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> list[str]:
    """The names of all modules that a file imports; `from steps import x` counts as steps.x."""
    names = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute, so that everybody sees from where"
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_step_imports_from_earlier_steps_only(path):
    """Who reads the steps in order never meets a thing that has not been explained."""
    own = number_in(path.parent.name) or (0 if path.parent.name == "tea_house" else 9)
    for name in imports(path):
        assert number_in(name) <= max(own, 1), f"imports {name}"
        assert name.split(".")[0] not in ("workbook", "tests", "notebooks"), f"imports {name}, which is no step"
        assert "*" not in name


def extending() -> list[type]:
    """The classes of the library that extend one of an earlier step."""
    folders = [path for path in LIBRARY if number_in(path.parent.name)]
    modules = [importlib.import_module(f"steps.{path.parent.name}.{path.stem}") for path in folders]
    found = {each for module in modules for each in vars(module).values() if isinstance(each, type)}
    own = [each for each in found if any(base.__module__.startswith("steps.") for base in each.__mro__[1:])]
    return sorted(
        (each for each in own if each.__module__.startswith("steps.")),
        key=lambda each: (each.__module__, each.__name__),
    )


@pytest.mark.parametrize("extended", extending(), ids=lambda each: f"{each.__module__}.{each.__name__}")
def test_a_class_that_extends_another_says_which_methods_it_changes(extended):
    """Who reads one of them knows where to look for the rest."""
    earlier = {name for base in extended.__mro__[1:] if base.__module__.startswith("steps.") for name in vars(base)}
    source = ast.parse(inspect.getsource(extended)).body[0]
    methods = [node.name for node in source.body if isinstance(node, ast.FunctionDef)]
    changed = [name for name in methods if name in earlier and name != "__init__"]
    named = set(re.findall(r"`(\w+)`", extended.__doc__))
    assert [name for name in changed if name not in named | {"__len__", "__iter__"}] == []


def functions(path: Path) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef)]


def code_lines(node: ast.AST, source: str) -> int:
    """Lines of code: without blank lines, comments and docstrings."""
    taken = set()
    for child in ast.walk(node):
        body = getattr(child, "body", None)
        if (
            isinstance(body, list)
            and body
            and isinstance(body[0], ast.Expr)
            and isinstance(body[0].value, ast.Constant)
        ):
            taken.update(range(body[0].lineno, body[0].end_lineno + 1))
    lines = source.splitlines()
    first, last = getattr(node, "lineno", 1), getattr(node, "end_lineno", len(lines))
    own = [n for n in range(first, last + 1) if n not in taken]
    return sum(1 for n in own if lines[n - 1].strip() and not lines[n - 1].strip().startswith("#"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_functions_are_short(path):
    """A function that fits into one look is one thing: 25 lines of code at most, its signature aside."""
    source = path.read_text(encoding="utf-8")
    for function in functions(path):
        assert sum(code_lines(part, source) for part in function.body[1:]) <= 25, f"{function.name} is long"


def library_lines(step: str) -> int:
    sources = {path: path.read_text(encoding="utf-8") for path in LIBRARY if path.parent.name == step}
    return sum(code_lines(ast.parse(source), source) for source in sources.values())


def test_the_library_is_small():
    """It can be read in two evenings: some 300 lines of code a step, docstrings and comments aside.

    Step 5 has four stores, and what each does when it is taken away; step 6 has them once more, knowing whose each
    session is; step 7 all options and all defences.
    """
    lines = {step.folder: library_lines(step.folder) for step in STEPS.values()}
    assert lines.pop("step5_stores") <= 957
    assert lines.pop("step6_access") <= 1050
    assert lines.pop("step7_harden") <= 672
    assert max(lines.values()) <= 318
    assert sum(count for step, count in lines.items() if step < "step5") <= 850


def test_no_function_is_written_twice():
    """Each line of the library once, in the step that teaches it."""
    seen: dict[str, str] = {}
    for path in LIBRARY:
        for function in functions(path):
            body = ast.dump(ast.Module(function.body[1:] if ast.get_docstring(function) else function.body, []))
            if len(body) < 400:
                continue
            place = f"{path.relative_to(ROOT)}: {function.name}"
            assert body not in seen, f"{place} says the same as {seen.get(body)}"
            seen[body] = place


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_each_module_says_what_it_is_for(path):
    """A module's first line says what is new in it."""
    assert (ast.get_docstring(tree(path)) or "").endswith((".", "?", '"', "!")) or "\n" in ast.get_docstring(tree(path))


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
@pytest.mark.parametrize("path", ["/", "/whoami", "/login", "/dashboard", "/logout", "/menu", "/none"])
@pytest.mark.parametrize("step", STEPS)
def test_every_app_keeps_to_wsgi(step, path, method, users):
    """PEP 3333, as wsgiref's validator reads it: so each app runs on every Python server."""
    app = STEPS[step].load("server").create_app(**({"users": users, "secret": token_hex(32)} if step >= 8 else {}))
    answer = call(app, path, method=method)
    assert 200 <= answer.status < 500
    assert answer.errors == ""


def test_from_steps_gives_the_finished_library():
    """`from steps import SessionMiddleware` is what readers take home: always the latest."""
    latest = LIBRARIES[max(LIBRARIES)].load()
    for name in PROMISED:
        assert getattr(finished, name) is getattr(latest, name)
    for name in finished.__all__:
        assert hasattr(finished, name)
    assert issubclass(finished.SessionEnded, LookupError)
    assert issubclass(finished.Session, dict)
