"""Loop: the learner's loop in a terminal. Start, check, watch, hint, diff, solve, reset, and the map of progress."""

import difflib
import hashlib
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor

from workbook import workspace
from workbook.checking import Result, check
from workbook.environment import ROOT
from workbook.exercises import BLANK, Exercise, exercises, of_step

MARKS = {"done": "✓", "begun": "◐", "open": "○"}


def start(step: str) -> int:
    """Put the blanks of a step into the workspace, where there is nothing yet."""
    for exercise in of_step(step):
        if workspace.read(exercise.name) is None:
            workspace.write(exercise.name, exercise.blank)
            print(f"○ {workspace.shown(exercise.name)} is there for you to write; its lesson is {exercise.lesson}.")
        else:
            print(f"  {workspace.shown(exercise.name)} is there already, and stays as it is.")
    print(f"\nEvery body that says {BLANK} is yours to write. Then: make check-{step}, which begins red.")
    return 0


def check_step(step: str) -> int:
    """Check a step's exercises, and then those of all earlier steps."""
    results = checked(of_step(step))
    for result in results:
        print(result, end="\n\n")
    earlier = [exercise for exercise in exercises().values() if exercise.step < step and is_written(exercise)]
    broken = [result for result in checked(earlier) if not result.good]
    for result in broken:
        print(result, end="\n\n")
    if earlier and not broken:
        print(f"✓ What you wrote in earlier steps ({len(earlier)} modules) still holds.")
    good = all(result.good for result in [*results, *broken])
    if good:
        following = f"make check-{int(step) + 1}" if of_step(str(int(step) + 1)) else "make progress"
        print(f"Step {step} is done. Next: {following}; to compare with ours: make diff-{step}.")
    else:
        print(f"Stuck? make hint-{step}. Again: make check-{step}, or make watch-{step} to have it done at each save.")
    return 0 if good else 1


def checked(several: list[Exercise]) -> list[Result]:
    """Check several exercises, two at a time."""
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(check, several))
    for exercise, result in zip(several, results, strict=True):
        remember(exercise, result)
    return results


def is_written(exercise: Exercise) -> bool:
    """Whether the learner has put anything of his own there."""
    return workspace.read(exercise.name) not in (None, exercise.blank)


def watch(step: str) -> int:
    """Check a step's exercises whenever one of them is saved, until Ctrl-C."""
    seen: dict[str, str | None] = {}
    print(f"Watching workspace/ for step {step}; Ctrl-C ends it.")
    try:
        while True:
            for exercise in of_step(step):
                source = workspace.read(exercise.name)
                if source is not None and seen.get(exercise.name) != source:
                    print(f"\n{check(exercise)}", flush=True)
                seen[exercise.name] = source
            time.sleep(0.3)
    except KeyboardInterrupt:
        print()
        return 0


def hint(step: str) -> int:
    """The next hint for the first exercise of a step that does not pass."""
    for exercise in of_step(step):
        if state(exercise) != "done":
            notes = workspace.folder() / ".hints.json"
            given = json.loads(notes.read_text(encoding="utf-8")) if notes.is_file() else {}
            rung = min(given.get(exercise.name, 0), len(exercise.hints) - 1)
            print(f"{exercise.name}, hint {rung + 1} of {len(exercise.hints)}:\n\n{exercise.hints[rung]}\n")
            more = rung + 1 < len(exercise.hints)
            print(f"One more: make hint-{step}." if more else f"The solution: make solve-{step} FORCE=1.")
            notes.parent.mkdir(parents=True, exist_ok=True)
            notes.write_text(json.dumps({**given, exercise.name: rung + 1}), encoding="utf-8")
            return 0
    print(f"Every exercise of step {step} passes: no hint needed.")
    return 0


def diff(step: str) -> int:
    """What the learner wrote beside ours: - mine, + the reference."""
    for exercise in of_step(step):
        source = workspace.read(exercise.name)
        if source is None:
            print(f"○ {exercise.name} is not begun: make start-{step}.")
            continue
        theirs = exercise.reference.read_text(encoding="utf-8")
        names = (workspace.shown(exercise.name), exercise.reference.relative_to(ROOT).as_posix())
        lines = list(difflib.unified_diff(source.splitlines(), theirs.splitlines(), *names, lineterm=""))
        print("\n".join(lines) if lines else f"✓ {exercise.name} is letter by letter ours.")
    return 0


def solve(step: str) -> int:
    """Put our solutions into the workspace, where yours pass, or with FORCE=1 anyway; a copy of yours is kept."""
    forced = os.environ.get("FORCE", "") not in ("", "0")
    left = 0
    for exercise in of_step(step):
        if forced or state(exercise) == "done":
            workspace.write(exercise.name, exercise.reference.read_text(encoding="utf-8"))
            print(f"✓ {workspace.shown(exercise.name)} is now ours; what was there is kept in workspace/.kept/.")
        else:
            left += 1
            print(f"○ {exercise.name} does not pass yet: try make hint-{step}, or make solve-{step} FORCE=1.")
    return 1 if left else 0


def reset(step: str) -> int:
    """Put the blanks of a step back; a copy of what you wrote is kept."""
    for exercise in of_step(step):
        workspace.write(exercise.name, exercise.blank)
        print(f"○ {workspace.shown(exercise.name)} is blank again; what was there is kept in workspace/.kept/.")
    return 0


# The map


def state(exercise: Exercise) -> str:
    """Whether an exercise is done, begun or open: found by its checks, and again only when something changed."""
    if not is_written(exercise):
        return "open"
    return known().get(key(exercise)) or remember(exercise, check(exercise))


def remember(exercise: Exercise, result: Result) -> str:
    """Note what a check has found, until something changes."""
    if is_written(exercise):
        states = {**known(), key(exercise): "done" if result.good else "begun"}
        (workspace.folder() / ".states.json").write_text(json.dumps(states, indent=1), encoding="utf-8")
    return "done" if result.good else "begun"


def known() -> dict[str, str]:
    """What was found before."""
    notes = workspace.folder() / ".states.json"
    return dict(json.loads(notes.read_text(encoding="utf-8"))) if notes.is_file() else {}


def key(exercise: Exercise) -> str:
    """What a result belongs to: an exercise, the learner's source, and everything it is checked with."""
    return f"{exercise.name}:{fingerprint(workspace.read(exercise.name) or '')}"


def fingerprint(source: str) -> str:
    """A short name for a source and all that it is checked with."""
    digest = hashlib.sha256(source.encode())
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
    lines.append(f"{done} of {len(states)} exercises done.   ✓ done   ◐ begun   ○ open")
    following = next((name for name, value in states.items() if value != "done"), "")
    command = "check" if following and workspace.read(following) is not None else "start"
    last = "All done. To compare with ours: make diff-1, and so on."
    lines.append(f"Next: {following}: make {command}-{exercises()[following].step}" if following else last)
    return lines
