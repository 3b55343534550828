"""The exercises themselves: each blank fits its solution, begins red, can be solved, and stops nothing."""

import re
import subprocess
import sys

import pytest

from tests.exercises import CHECKS, checks
from tests.support import ROOT
from workbook import blanks, checking, lessons, loop, notebook, runner, workspace
from workbook.exercises import BLANK, MAGIC, exercises

EXERCISES = exercises()
LESSONS = {path.name: lessons.read(path) for path in lessons.NOTEBOOKS}


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A workspace of the test's own."""
    monkeypatch.setenv("WORKBOOK_WORKSPACE", str(tmp_path))
    return tmp_path


def test_every_exercise_has_its_checks_and_every_check_its_test():
    """An exercise without checks would always pass."""
    assert set(CHECKS) == set(EXERCISES)
    for name in EXERCISES:
        wanted = checks(name)
        texts = {file: (ROOT / "tests" / f"{file}.py").read_text(encoding="utf-8") for file, _ in wanted}
        assert len(wanted) == len(set(wanted)) >= 2
        assert [test for file, test in wanted if f"def {test}(" not in texts[file]] == []


@pytest.mark.parametrize("name", EXERCISES)
def test_an_exercise_has_three_hints_a_part_that_lead_on(name):
    """A question, a pointer, almost the code; and each body has its own, so that nobody gets those of another."""
    exercise = EXERCISES[name]
    for part in exercise.hints:
        question, pointer, almost = part.rungs
        assert "?" in question
        assert min(map(len, (question, pointer, almost))) > 40
        assert len(almost) > len(question)
    for body in blanks.in_source(exercise.blank):
        assert sum(part.are_for(body) for part in exercise.hints) == 1
    assert sum(len(part.bodies) for part in exercise.hints) in (0, len(blanks.in_source(exercise.blank)))
    assert len(exercise.achieved) > 40


def test_every_blank_begins_red_and_says_so():
    """The committed lessons are those of a robot that leaves everything blank: each runs to its end."""
    cells = [cell for book in LESSONS.values() for cell in book.cells if cell.source.startswith(MAGIC)]
    said = [cell.outputs[0].data["text/plain"] for cell in cells]
    assert len(said) == len(EXERCISES)
    for text in said:
        assert text.startswith("○ ") and "blank" in text and "That is how it starts." in text
        assert len(text.splitlines()) <= 8


# What learners do to modules


def put(name, source):
    workspace.write(name, source)
    return repr(checking.check(EXERCISES[name]))


def test_a_module_that_python_cannot_read_is_a_sentence(own):
    """A missing colon is told with its line, and nothing else stops."""
    said = put("step2_middleware.store", "class MemoryStore:\n    def get(self, id)\n        pass\n")
    assert said.splitlines()[0] == "✗ Python cannot read workspace/step2_middleware/store.py, line 2: expected ':'."
    assert not workspace.is_ready("step2_middleware.store")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("import nonsense", "cannot be imported: ModuleNotFoundError: No module named 'nonsense' (line "),
        ("raise SystemExit(3)", "cannot be imported: it ends the program (line "),
        ("1 / 0", "cannot be imported: ZeroDivisionError: division by zero (line "),
    ],
)
def test_a_module_that_cannot_be_imported_is_a_sentence(own, line, says):
    """An import of something that is not there, an exit, an error at the top: told, and ours is used meanwhile."""
    source = EXERCISES["step2_middleware.store"].reference.read_text(encoding="utf-8")
    assert says in put("step2_middleware.store", f"{source}\n{line}\n")
    assert not workspace.is_ready("step2_middleware.store")


LOOP = "return self._rows.get(id)", "while True: pass"
WAIT = "return self._rows.get(id)", "self._lock.acquire()"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (LOOP, "came back: nothing, in ten seconds of work. Perhaps a loop does not end."),
        (WAIT, "came back: nothing: it waits, and nothing goes on. Perhaps a lock is kept, or taken twice."),
    ],
)
def test_a_check_that_does_not_end_is_told_with_its_line(own, monkeypatch, change, says):
    """A loop and a wait are told apart by the processor's time; where it is helps more than that it is somewhere."""
    monkeypatch.setattr(runner, "LOOP", 1.0)
    monkeypatch.setattr(runner, "STILL", 2.0)
    name = "step2_middleware.store"
    source = EXERCISES[name].reference.read_text(encoding="utf-8").replace(*change)
    said = put(name, source)
    assert says in said
    line = source[: source.index(change[1])].count("\n") + 1
    assert f"where: workspace/step2_middleware/store.py, line {line}, in get" in said


def test_an_import_that_does_not_end_is_a_sentence(own, monkeypatch):
    """Nothing can be tried before the module is there."""
    monkeypatch.setattr(runner, "LOOP", 1.0)
    monkeypatch.setattr(workspace, "PATIENCE", 2)
    name = "step2_middleware.store"
    source = EXERCISES[name].reference.read_text(encoding="utf-8")
    assert "does not come to an end when it is imported" in put(name, f"{source}\nwhile True: pass\n")


def test_a_slow_check_goes_on_and_says_so(capsys):
    """A busy machine is nobody's mistake; said once is enough."""
    seconds = checking.patiently(EXERCISES["step2_middleware.session"])
    for passed in (1.0, runner.SLOW + 1, runner.SLOW + 2):
        seconds(passed)
    assert capsys.readouterr().err == "step2_middleware.session: this machine is busy, the check goes on …\n"


def test_what_has_passed_stays_so_though_a_thread_is_left_behind(own):
    """The tests have said what they had to say."""
    name = "step2_middleware.store"
    source = EXERCISES[name].reference.read_text(encoding="utf-8")
    left_behind = "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()\n"
    assert put(name, source + left_behind).startswith("✓ ")


def test_a_missing_name_or_a_wrong_signature_is_a_sentence(own):
    """Not a traceback: what is missing, and how it should look."""
    name = "step1_install.signature"
    source = EXERCISES[name].reference.read_text(encoding="utf-8")
    assert "unsign is missing in workspace/step1_install/signature.py: def unsign(" in put(
        name, source.replace("def unsign(", "def unsing(")
    )
    assert "sign should be: def sign(value: str, secret: Secret)" in put(
        name, source.replace("def sign(value: str, secret: Secret)", "def sign(value: str)")
    )


def test_a_wrong_answer_is_told_in_a_few_lines(own):
    """What was sent, what came back, what was expected, why it matters, where to look."""
    name = "step1_install.cookies"
    source = EXERCISES[name].reference.read_text(encoding="utf-8")
    wrong = source.replace(
        'cookies.setdefault(name.strip(" \\t"), _decode(value.strip(" \\t")))',
        'cookies[name.strip(" \\t")] = _decode(value.strip(" \\t"))',
    )
    assert wrong != source
    said = put(name, wrong)
    assert len(said.splitlines()) == 8
    assert said in (ROOT / "README.md").read_text(encoding="utf-8")


# The loop in the terminal


def test_start_check_hint_solve_reset_keep_the_learners_work(own, capsys, monkeypatch):
    """From the first blank to the solution and back, and every word that was written is still there."""
    monkeypatch.delenv("FORCE", raising=False)
    name = "step3_authenticate.auth"
    exercise = EXERCISES[name]
    monkeypatch.setattr(loop, "named", lambda wanted: [exercise])
    monkeypatch.setattr(loop, "exercises", lambda: {name: exercise})
    assert loop.start("3") == 0
    assert workspace.read(name) == exercise.blank
    assert loop.state(exercise) == "open"

    mine = exercise.blank.replace(BLANK, 'session["user"] = name', 1)
    workspace.file_of(name).write_text(mine, encoding="utf-8")
    loop.start("3")
    assert workspace.read(name) == mine
    assert loop.check_all("3") == 1
    assert loop.state(exercise) == "begun"
    assert loop.solve("3") == 1
    assert workspace.read(name) == mine

    capsys.readouterr()
    for hint in exercise.hints[0].rungs:  # current_user is still blank
        loop.hint("3")
        assert hint in capsys.readouterr().out

    monkeypatch.setenv("FORCE", "1")
    assert loop.solve("3") == 0
    assert loop.state(exercise) == "done"
    assert loop.check_all("3") == 0
    loop.diff("3")
    assert "letter by letter ours" in capsys.readouterr().out
    loop.reset("3")
    assert workspace.read(name) == exercise.blank
    kept = [path.read_text(encoding="utf-8") for path in (own / ".kept").iterdir()]
    assert mine in kept and exercise.reference.read_text(encoding="utf-8") in kept


def test_watch_checks_at_each_save(own):
    """An editor on one side, the verdict on the other: nothing has to be typed between."""
    name = "step2_middleware.store"
    workspace.write(name, EXERCISES[name].blank)
    program = [sys.executable, "-u", "-c", "from workbook import loop; loop.watch('2')"]
    watching = subprocess.Popen(program, stdout=subprocess.PIPE, text=True, env=runner.environment())
    try:
        told = iter(watching.stdout.readline, "")
        assert next(line for line in told if line[0] in "○✗✓").startswith(f"○ {name}: 5 bodies are still blank.")
        workspace.file_of(name).write_text(EXERCISES[name].reference.read_text(encoding="utf-8"), encoding="utf-8")
        assert next(line for line in told if line[0] in "○✗✓").startswith("✓ step2_middleware.store: all 9 checks pass")
    finally:
        watching.terminate()
        watching.wait(timeout=10)
        watching.stdout.close()


def test_a_server_elsewhere_takes_the_same_exam(servers):
    """In whatever language it is written: only its answers count, and a wrong one is seen."""
    command = [sys.executable, "-m", "pytest", "tests/test_step3_authenticate.py", "--target"]
    results = {}
    for step in (3, 2):
        done = subprocess.run([*command, servers[step].url], cwd=ROOT, capture_output=True, text=True)
        results[step] = done.stdout.splitlines()[-1]
    assert re.fullmatch(r"2\d passed in .*", results[3])
    assert re.match(r"\d+ failed, \d+ passed", results[2])


def test_the_map_shows_what_is_done_begun_and_open(own):
    """Computed by running the checks; and what comes next is a command that can be copied."""
    names = list(EXERCISES)
    workspace.write(names[0], EXERCISES[names[0]].reference.read_text(encoding="utf-8"))
    workspace.write(names[1], EXERCISES[names[1]].blank.replace(BLANK, "return None", 1))
    told = loop.progress()
    assert told[0] == "1 install        ✓ cookies   ◐ set_cookie   ○ signature"
    assert told[1] == "2 middleware     ○ store   ○ session   ○ middleware"
    assert told[-2].startswith(f"1 of {len(names)} exercises done.")
    assert told[-1] == "Next: step1_install.set_cookie: make check-1.set_cookie"


def test_in_a_lesson_the_map_shows_its_own_exercises_and_folds_the_others(own):
    """Thirty-five things to do are no good news for somebody who has not begun the first."""
    names = list(EXERCISES)
    workspace.write(names[0], EXERCISES[names[0]].reference.read_text(encoding="utf-8"))
    near, _, whole = repr(notebook.progress(1)).partition("\n\n")
    first, count, following = near.splitlines()
    assert first == "1 install        ✓ cookies   ○ set_cookie   ○ signature"
    assert count.startswith("1 of the 3 exercises here done.   ✓ done")
    assert following == loop.following() == "Next: step1_install.set_cookie: make start-1.set_cookie"
    assert loop.following("5") == "Next: step5_stores.store: make start-5.store"
    assert whole == repr(notebook.progress()) == "\n".join(loop.progress())
    seen, _, folded = notebook.progress(1)._repr_mimebundle_()["text/html"].partition("<details>")
    assert "middleware" not in seen and "middleware" in folded


def test_a_learners_module_is_used_by_imports_and_servers(own):
    """The overlay: what is written takes the place of ours, module by module; a blank does not."""
    name = "step2_middleware.server"
    source = EXERCISES["step2_middleware.middleware"].reference.read_text(encoding="utf-8")
    workspace.write("step2_middleware.middleware", source.replace("return token_urlsafe(24)", 'return "mine"'))
    workspace.write("step2_middleware.store", EXERCISES["step2_middleware.store"].blank)
    program = (
        "from workbook import workspace; workspace.overlay();"
        f"import steps.{name}, steps.step2_middleware.store as store;"
        f"print(steps.{name}.SessionMiddleware(print, secret='k').genid({{}}), store.__file__)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=runner.environment())
    assert done.stdout.split() == ["mine", str(ROOT / "steps/step2_middleware/store.py")]
