"""Commands: what `make` and `python -m workbook` can do, a function each. Its docstring is its line in the map."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from workbook import copies, environment, express, loop
from workbook.calm import calm
from workbook.environment import ROOT, Step, steps
from workbook.exercises import named

Command = Callable[[list[str]], int | None]


def step_named(arguments: list[str]) -> Step:
    """The step that the command names; exits with a sentence if there is none."""
    known = {str(each.number): each for each in steps().values()}
    if len(arguments) != 1 or arguments[0] not in known:
        wanted = f"There is no step {arguments[0]}" if arguments else "Which step?"
        sys.exit(f"{wanted}{'.' if arguments else ''} Choose one of {', '.join(known)}: make step-1")
    return known[arguments[0]]


def exercises_named(arguments: list[str]) -> str:
    """What the command names, a step "5" or an exercise "5.promises"; exits with a sentence if there is none."""
    if len(arguments) != 1:
        step_named(arguments)
    try:
        found = named(arguments[0])
    except LookupError as error:
        sys.exit(f"{error.args[0]}.")
    return arguments[0] if arguments[0].isdecimal() else found[0].short


def run(*arguments: str) -> NoReturn:
    """Become Python with these arguments."""
    environment.become(Path(sys.executable), "-m", "workbook.calm", *arguments)


OF_A_STEP = ("step", "start", "check", "watch", "hint", "diff", "solve", "reset")


def help(arguments: list[str]) -> int:
    """this map"""
    print("Rebuild Express's session management on Bottle, one step at a time. Start with: make notebooks\n")
    for name, (_, command) in COMMANDS.items():
        if name == "bench":
            print("\nWhat is claimed, measured and tried; and for authors:")
        print(f"  make {name + '-1' if name in OF_A_STEP else name:<11} {command.__doc__}")
        if name == "test":
            print(f"  make {'test-1':<11} run the tests of one step")
    folders = ", ".join(each.folder for each in steps().values())
    print("\nmake check-5.promises checks one exercise alone; so do start, watch, hint, diff, solve and reset.")
    print(f"\nSteps: {folders}. PORT=8081 make step-1 serves at another port.")
    print(
        "STORE=redis://localhost:6379/0 make step-5 keeps the sessions there; it knows memory:, sqlite:///… and "
        "postgresql://… as well."
    )
    if environment.is_ready("all") and environment.is_inside():
        print("\nHow far you are:\n  " + "\n  ".join(loop.progress()))
    return 0


def notebooks(arguments: list[str]) -> NoReturn:
    """open the lessons in JupyterLab, at the first: your copies of them, in workspace/lessons/"""
    for sentence in copies.refresh():
        print(sentence, flush=True)
    place = Path(os.path.commonpath([ROOT, copies.folder().resolve()]))
    first = f"/lab/tree/{(copies.folder().resolve() / '1_install.ipynb').relative_to(place).as_posix()}"
    lab = ["-m", "jupyter", "lab", f"--LabApp.default_url={first}", f"--ServerApp.root_dir={place}", "--log-level=WARN"]
    as_root = ["--allow-root"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
    run(*lab, *as_root, *arguments)


def step(arguments: list[str]) -> NoReturn:
    """run the server of step 1 (or 2 to 8) on http://127.0.0.1:8080/, with your modules where they are ready"""
    run("-m", "workbook.serve_mine", step_named(arguments).folder)


def test(arguments: list[str]) -> NoReturn:
    """run all tests: is everything as the lessons promise?"""
    if arguments and not arguments[0].isdecimal():
        run("-m", "pytest", *arguments)
    chosen = step_named(arguments).tests if arguments else []
    run("-m", "pytest", "-n", str(cores() + 1), *chosen)  # one more than can work: tests wait, for servers and clocks


def cores() -> int:
    """How many processes can work at once here."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def start(arguments: list[str]) -> int:
    """begin a step's exercises: blanks for you to write, in workspace/"""
    return loop.start(exercises_named(arguments))


def check(arguments: list[str]) -> int:
    """check what you have written: this step, then all earlier ones (TARGET=http://… tests a server elsewhere)"""
    target = os.environ.get("TARGET", "mine")
    if "--target" in arguments:
        place = arguments.index("--target")
        target = "".join(arguments[place + 1 : place + 2])
        arguments = arguments[:place] + arguments[place + 2 :]
    wanted = exercises_named(arguments)
    if target == "mine":
        return loop.check_all(wanted)
    if not wanted.isdecimal():
        sys.exit(f"A server elsewhere is tested for a whole step: TARGET={target} make check-{wanted[0]}.")
    run("-m", "pytest", *step_named([wanted]).tests, "--target", target)


def watch(arguments: list[str]) -> int:
    """check whenever you save"""
    return loop.watch(exercises_named(arguments))


def hint(arguments: list[str]) -> int:
    """a hint: first a question, then a pointer, then almost the code; make hint-1.cookies.parse_cookies for one body"""
    exercise, body = body_named(arguments[:1])
    wanted = exercises_named([exercise, *arguments[1:]] if exercise else [])
    return loop.hint_for(named(wanted)[0], body) if body else loop.hint(wanted)


def body_named(arguments: list[str]) -> tuple[str, str]:
    """The exercise and the body in "1.cookies.parse_cookies"; without a body, and without anything, empty texts."""
    parts = "".join(arguments).split(".")
    return ".".join(parts[:2]), ".".join(parts[2:])


def diff(arguments: list[str]) -> int:
    """your modules beside ours"""
    return loop.diff(exercises_named(arguments))


def solve(arguments: list[str]) -> int:
    """our solutions into workspace/, once yours pass, or with FORCE=1; yours are kept"""
    return loop.solve(exercises_named(arguments))


def reset(arguments: list[str]) -> int:
    """back to the blanks; yours are kept"""
    return loop.reset(exercises_named(arguments))


def progress(arguments: list[str]) -> int:
    """how far you are"""
    print("\n".join(loop.progress()))
    return 0


def contract(arguments: list[str]) -> NoReturn:
    """put a store of your own to the contract of stores: STORE=path/file.py:Class"""
    named = arguments or [os.environ.get("STORE", "")]
    if ":" not in named[0] or "://" in named[0]:
        sys.exit("Which store? Name its file and class: make contract STORE=path/file.py:Class")
    run("-m", "pytest", "tests/test_store_contract.py", "--store", named[0])


def bench(arguments: list[str]) -> NoReturn:
    """measure what a session costs, beside bare Bottle and Beaker, and requests a second beside Express"""
    run("tests/benchmarks/bench.py", *arguments)


def scoreboard(arguments: list[str]) -> NoReturn:
    """try what must never happen, thousands of times; some ten minutes, and it needs redis-server and postgresql"""
    run("tests/benchmarks/scoreboard.py", *arguments)


def conformance(arguments: list[str]) -> NoReturn:
    """play thousands of scenarios on Express's sessions and on ours, and count where they differ"""
    run("tests/conformance/conform.py", *arguments)


def record(arguments: list[str]) -> NoReturn:
    """keep what the real Express says now, for those who have none"""
    run("tests/conformance/conform.py", "record")


def exam(arguments: list[str]) -> NoReturn:
    """let the article's own Express app take our tests; the table in lesson 4 is what comes out"""
    run("tests/conformance/exam.py")


def peer(arguments: list[str]) -> int:
    """install the real Express beside the tests; it needs Node 20 or newer"""
    if not shutil.which("npm"):
        sys.exit("npm is missing: install Node 20 or newer, then try again. Nothing else here needs it.")
    return subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=express.FOLDER).returncode


def take_home(arguments: list[str]) -> int:
    """write the whole library into one file, build/sessions.py, and build a wheel of it"""
    from workbook import take_home

    return take_home.take_home()


def attacks(arguments: list[str]) -> NoReturn:
    """try each attack on each step; the table in tests/README.md is what comes out"""
    run("tests/tables.py", "attacks")


def asvs(arguments: list[str]) -> NoReturn:
    """which test shows which requirement of OWASP's ASVS; the table in tests/README.md is what comes out"""
    run("tests/tables.py", "asvs")


def mutate(arguments: list[str]) -> NoReturn:
    """change each line that defends something, and each exercise's solution: it must be noticed; some thirty minutes"""
    if arguments[:1] == ["exercises"]:
        run("tests/notebooks/mutants.py", *arguments[1:])
    run("tests/attacks/mutate.py", *arguments)


def right_answers(arguments: list[str]) -> NoReturn:
    """put 200 right answers to their checks beside busy programs: none may be called wrong; some fifteen minutes"""
    run("tests/notebooks/busy.py", *arguments)


def book(arguments: list[str]) -> int:
    """write the readable edition into build/book/: a site of plain files, and a PDF if Chromium or Chrome is here"""
    from workbook import book

    for path in book.book():
        print(path.relative_to(ROOT))
    return 0


def browser(arguments: list[str]) -> NoReturn:
    """look at every page, and work with a lesson, in Chromium; it needs chromium, chromedriver and `make peer`"""
    run("-m", "pytest", "-m", "browser", "-n", str(cores()), "tests/browser", *arguments)


def lint(arguments: list[str]) -> int:
    """check the code's form and types: ruff, mypy --strict"""
    checks = ["-m ruff check", "-m ruff format --check", "-m mypy"]
    return max(subprocess.run([sys.executable, *check.split()], cwd=ROOT).returncode for check in checks)


def pins(arguments: list[str]) -> int:
    """renew both locks: the newest versions of all packages that go together (for authors; it uses uv)"""
    from workbook import pins

    return pins.renew()


def lessons(arguments: list[str]) -> NoReturn:
    """write the blanks from our modules, run all lessons from clean kernels and keep their outputs (for authors)"""
    run("-m", "workbook.lessons", *arguments)


COMMANDS: dict[str, tuple[str, Command]] = {
    "help": ("", help),
    "notebooks": ("all", notebooks),
    "step": ("servers", step),
    "start": ("all", start),
    "check": ("all", check),
    "watch": ("all", watch),
    "hint": ("all", hint),
    "diff": ("all", diff),
    "solve": ("all", solve),
    "reset": ("all", reset),
    "progress": ("all", progress),
    "test": ("all", test),
    "contract": ("all", contract),
    "take-home": ("servers", take_home),
    "book": ("all", book),
    "bench": ("all", bench),
    "scoreboard": ("all", scoreboard),
    "conformance": ("all", conformance),
    "peer": ("", peer),
    "record": ("all", record),
    "exam": ("all", exam),
    "attacks": ("all", attacks),
    "asvs": ("all", asvs),
    "mutate": ("all", mutate),
    "right-answers": ("all", right_answers),
    "browser": ("all", browser),
    "lint": ("all", lint),
    "pins": ("", pins),
    "lessons": ("all", lessons),
}


def main(arguments: list[str]) -> None:
    """Do what the arguments say; what cannot be done ends with a sentence."""
    with calm():
        try:
            act(arguments)
        except BrokenPipeError:
            raise
        except OSError as error:
            if not error.filename:
                raise
            sys.exit(f"This cannot be done: {error.strerror} ({error.filename}).")


def act(arguments: list[str]) -> NoReturn:
    """Do what the arguments say, in the virtual environment where the command needs one."""
    name, *rest = arguments or ["help"]
    if name not in COMMANDS:
        sys.exit(f"There is no command {name}. Choose one of {', '.join(COMMANDS)}.")
    needs, command = COMMANDS[name]
    if name == "step":  # no set-up for what does not exist
        step_named(rest[:1])
    elif name in OF_A_STEP:
        exercises_named([body_named(rest[:1])[0]] if rest else [])
    if needs or environment.is_ready("all"):
        environment.enter(needs or "all", arguments)
    sys.exit(command(rest))
