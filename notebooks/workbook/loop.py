"""Loop: the learner's loop in a terminal. Start, check, watch, hint, diff, solve, reset, and the map of progress."""

import difflib
import hashlib
import os
import re
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from workbook import blanks, broken, prediction, workspace
from workbook.checking import Result, check
from workbook.environment import ROOT
from workbook.exercises import BLANK, Exercise, Hints, exercises, named, of_step

MARKS = {"done": "✓", "begun": "◐", "open": "○"}
STATES, HINTS = ".states.json", ".hints.json"  # what was found, and which hints were given


def start(wanted: str) -> int:
    """Put blanks into the workspace, where there is nothing yet."""
    for exercise in named(wanted):
        if workspace.read(exercise.name) is None:
            workspace.write(exercise.name, exercise.blank)
            print(f"○ {workspace.shown(exercise.name)} is there for you to write; its lesson is {exercise.lesson}.")
        else:
            print(f"  {workspace.shown(exercise.name)} is there already, and stays as it is.")
    print(f"\nEvery body that says {BLANK} is yours to write. Then: make check-{wanted}, which begins red.")
    return 0


def check_all(wanted: str) -> int:
    """Check one exercise; or those of a step, and then those of all earlier steps."""
    results = checked(named(wanted))
    for result in results:
        print(result, end="\n\n")
    if wanted.isdecimal():
        results += check_earlier(wanted)
    good = all(result.good for result in results)
    if good:
        print(f"{'Step ' if wanted.isdecimal() else ''}{wanted} is done. To compare with ours: make diff-{wanted}.")
    else:
        stuck = next(exercises()[result.name].short for result in results if not result.good)
        print(f"Stuck? make hint-{stuck}. To have it checked at each save: make watch-{stuck}.")
        if broken.edited():
            print(f"Mind that the checks run with our other modules, and {broken.state_of_steps()}")
    print(following())
    return 0 if good else 1


def check_earlier(step: str) -> list[Result]:
    """Check what was written in earlier steps; return what does not hold any more."""
    earlier = [exercise for exercise in exercises().values() if exercise.step < step and is_written(exercise)]
    spoilt = [result for result in checked(earlier) if not result.good]
    for result in spoilt:
        print(result, end="\n\n")
    if earlier and not spoilt:
        print(f"✓ What you wrote in earlier steps ({len(earlier)} modules) still holds.")
    return spoilt


def checked(several: list[Exercise], what_for: str = "") -> list[Result]:
    """Check several exercises, two at a time, and say so meanwhile."""
    if not several:
        return []
    names = ", ".join(exercise.name for exercise in several)
    with telling(f"Checking {names}{what_for} …"), ThreadPoolExecutor(2) as pool:
        results = list(pool.map(check, several))
    for exercise, result in zip(several, results, strict=True):
        remember(exercise, result)
    return results


@contextmanager
def telling(what: str) -> Iterator[None]:
    """Say what is being done while it is being done; on a terminal, the line goes when that is over."""
    here = sys.stderr.isatty()
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None:  # a notebook shows by itself that a cell is running
        print(what, end="" if here else "\n", file=sys.stderr, flush=True)
    try:
        yield
    finally:
        if here:
            print(f"\r{' ' * len(what)}\r", end="", file=sys.stderr, flush=True)


def is_written(exercise: Exercise) -> bool:
    """Whether the learner has put anything of his own there."""
    return workspace.read(exercise.name) not in (None, exercise.blank)


def watch(wanted: str) -> int:
    """Check exercises whenever one of them is saved, until Ctrl-C."""
    told: dict[str, str | None] = {}  # what each verdict that was shown is about
    before: dict[str, str | None] = {}
    print(f"Watching workspace/ for {wanted}; Ctrl-C ends it.")
    try:
        while True:
            for exercise in named(wanted):
                source = workspace.read(exercise.name)
                still = source == before.get(exercise.name)  # else an editor may be busy writing
                before[exercise.name] = source
                if source and still and source != told.get(exercise.name):
                    result = checked([exercise])[0]
                    if workspace.read(exercise.name) == source:  # else it is a verdict on neither
                        print(f"\n{result}", flush=True)
                        told[exercise.name] = source
            time.sleep(0.3)
    except KeyboardInterrupt:
        print()
        return 0


def hint(wanted: str) -> int:
    """The next hint for the first exercise that does not pass, for the part of it that comes next."""
    for exercise in named(wanted):
        if state(exercise) != "done":
            part = next_part(exercise)
            others = [f"make hint-{exercise.short}.{each.bodies[0]}" for each in exercise.hints if each is not part]
            print(next_hint(exercise, part) + (f" Stuck elsewhere? {' or '.join(others)}." if others else ""))
            return 0
    print(f"Every exercise of step {wanted} passes: no hint needed." if wanted.isdecimal() else f"{wanted} passes.")
    return 0


def hint_for(exercise: Exercise, body: str) -> int:
    """The next hint for one body of an exercise."""
    parts = [part for part in exercise.hints if part.are_for(body)]
    if not parts:
        known = ", ".join(f"{exercise.short}.{each}" for part in exercise.hints for each in part.bodies)
        print(f"There are no hints for {body} in {exercise.short}. Choose one of {known}.")
        return 1
    print(next_hint(exercise, parts[0]))
    return 0


def next_part(exercise: Exercise) -> Hints:
    """Whose hints help now: those for the body where the check fails, or else for the first that is still blank."""
    source = workspace.read(exercise.name) or exercise.blank
    if len(exercise.hints) == 1 or workspace.unreadable(exercise.name, source):
        return exercise.hints[0]
    failing = blanks.around(source, failing_line(exercise)) if is_written(exercise) else ""
    blank = blanks.in_source(source)
    return [
        *(part for part in exercise.hints if failing and part.are_for(failing)),
        *(part for part in exercise.hints if any(map(part.are_for, blank))),
        *(part for part in exercise.hints if given(note_of(exercise, part)) < len(part.rungs)),
        exercise.hints[-1],
    ][0]


def failing_line(exercise: Exercise) -> int:
    """The line of the learner's module where its first failing check ended; 0 if it ended elsewhere."""
    found = re.search(r"^where: .*\bline (\d+)", repr(checked([exercise])[0]), flags=re.M)
    return int(found[1]) if found else 0


def next_hint(exercise: Exercise, part: Hints) -> str:
    """The next rung of some hints, and how to get one more."""
    note, last = note_of(exercise, part), len(part.rungs) - 1
    rung = min(given(note), last)
    workspace.keep_notes(HINTS, {**workspace.notes(HINTS), note: rung + 1})
    asked = f"{exercise.short}.{part.bodies[0]}" if part.bodies else exercise.short
    more = f"One more: make hint-{asked}." if rung < last else f"Our solution: make solve-{exercise.short} FORCE=1."
    of = f", for {' and '.join(part.bodies)}" if part.bodies else ""
    return f"{exercise.name}{of}, hint {rung + 1} of {last + 1}:\n\n{part.rungs[rung]}\n\n{more}"


def note_of(exercise: Exercise, part: Hints) -> str:
    """Under which name it is noted how many of these hints were given."""
    return ":".join([exercise.name, *part.bodies[:1]])


def given(note: str) -> int:
    """How many of these hints were given."""
    count = workspace.notes(HINTS).get(note)
    return count if isinstance(count, int) else 0


def diff(wanted: str) -> int:
    """What the learner wrote beside ours: - mine, + the reference."""
    for exercise in named(wanted):
        source = workspace.read(exercise.name)
        if source is None:
            print(f"○ {exercise.name} is not begun: make start-{exercise.short}.")
            continue
        theirs = exercise.reference.read_text(encoding="utf-8")
        names = (workspace.shown(exercise.name), exercise.reference.relative_to(ROOT).as_posix())
        lines = list(difflib.unified_diff(source.splitlines(), theirs.splitlines(), *names, lineterm=""))
        print("\n".join(lines) if lines else f"✓ {exercise.name} is letter by letter ours.")
    return 0


def solve(wanted: str) -> int:
    """Put our solutions into the workspace, where yours pass, or with FORCE=1 anyway; a copy of yours is kept."""
    forced = os.environ.get("FORCE", "") not in ("", "0")
    left = 0
    for exercise in named(wanted):
        if forced or state(exercise) == "done":
            workspace.write(exercise.name, exercise.reference.read_text(encoding="utf-8"))
            print(f"✓ {workspace.shown(exercise.name)} is now ours; what was there is kept in workspace/.kept/.")
        else:
            left += 1
            short = exercise.short
            print(f"○ {exercise.name} does not pass yet: try make hint-{short}, or make solve-{short} FORCE=1.")
    return 1 if left else 0


def reset(wanted: str) -> int:
    """Put blanks back; a copy of what you wrote is kept."""
    for exercise in named(wanted):
        workspace.write(exercise.name, exercise.blank)
        print(f"○ {workspace.shown(exercise.name)} is blank again; what was there is kept in workspace/.kept/.")
    return 0


# The map


def state(exercise: Exercise) -> str:
    """Whether an exercise is done, begun or open: found by its checks, and again only when something changed."""
    if not is_written(exercise):
        return "open"
    noted = workspace.notes(STATES).get(key(exercise))
    if noted in MARKS:
        return str(noted)
    return "done" if checked([exercise], ", to see how far you are")[0].good else "begun"


def remember(exercise: Exercise, result: Result) -> str:
    """Note what a check has found, until something changes."""
    found = "done" if result.good else "begun"
    if is_written(exercise) and (result.good or result.total > 1):  # that tests were not run may be over in a moment
        workspace.keep_notes(STATES, {**workspace.notes(STATES), key(exercise): found})
    return found


def key(exercise: Exercise) -> str:
    """What a result belongs to: an exercise, the learner's source, and everything it is checked with."""
    return f"{exercise.name}:{fingerprint(workspace.read(exercise.name) or '')}"


def fingerprint(source: str) -> str:
    """A short name for a source and all that it is checked with."""
    digest = hashlib.sha256(source.encode("utf-8", "surrogatepass"))
    tests = [path for folder in ("tests", "tests/support") for path in (ROOT / folder).glob("*.py")]
    for path in sorted([*(ROOT / "steps").rglob("*.py"), *tests]):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def progress() -> list[str]:
    """The map: every exercise of every step with its mark, the count, and the next command."""
    states = {name: state(exercise) for name, exercise in exercises().items()}
    lines = []
    for step in sorted({exercise.step for exercise in exercises().values()}):
        parts = [f"{MARKS[states[each.name]]} {each.name.partition('.')[2]}" for each in of_step(step)]
        title = of_step(step)[0].name.partition(".")[0].partition("_")[2]
        lines.append(f"{step} {title:<14} {'   '.join(parts)}")
    done = sum(value == "done" for value in states.values())
    count = f"{done} of {len(states)} exercises done.   ✓ done   ◐ begun   ○ open"
    lines.append("   ".join(filter(None, [count, prediction.score()])))
    return [*lines, following()]


def following(step: str = "") -> str:
    """What comes next, of a step or of all: what is begun; else what is open, in a step that is begun before others.

    Of what is open, that which comes after the last that is done goes first.
    """
    states = {name: state(exercise) for name, exercise in exercises().items() if step in ("", exercise.step)}
    names = list(states)
    done = [name for name in names if states[name] == "done"]
    last = names.index(done[-1]) if done else -1
    steps = {exercises()[name].step for name in done}
    begun = [name for name in names if states[name] == "begun"]
    left = [name for name in [*names[last + 1 :], *names] if states[name] == "open"]
    for name in [*begun, *sorted(left, key=lambda name: exercises()[name].step not in steps)]:
        command = "check" if workspace.read(name) is not None else "start"
        return f"Next: {name}: make {command}-{exercises()[name].short}"
    return f"All done{' here' if step else ''}. To compare with ours: make diff-{step or '1, and so on'}."
