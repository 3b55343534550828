"""The learner's loop does not break, whatever lies in the workspace, and takes one exercise at a time."""

import ast
import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import time

import pytest

from tests.support import ROOT
from workbook import (
    blanks,
    broken,
    checking,
    commands,
    environment,
    lessons,
    loop,
    notebook,
    prediction,
    runner,
    workspace,
)  # fmt: skip
from workbook.checking import Result
from workbook.exercises import BLANK, MAGIC, exercises

EXERCISES = exercises()
NAME = "step3_authenticate.auth"
AUTH = EXERCISES[NAME]
SOLUTION = AUTH.reference.read_text(encoding="utf-8")
GOOD = Result(NAME, 3, 3, ["✓ all"])
BAD = Result(NAME, 2, 3, ["✗ 2 of 3 checks pass. The first that does not:", "where: workspace/…/auth.py"])


@pytest.fixture(autouse=True)
def own(tmp_path, monkeypatch):
    """A workspace of the test's own."""
    monkeypatch.setenv("WORKBOOK_WORKSPACE", str(tmp_path))
    monkeypatch.setattr(environment, "enter", lambda needs, arguments: None)
    monkeypatch.delenv("FORCE", raising=False)
    return tmp_path


@pytest.fixture
def verdicts(monkeypatch):
    """What the next checks find, without running any; and which exercises were checked."""
    found, asked = {}, []

    def check(exercise):
        asked.append(exercise.name)
        result = found.get(exercise.name, BAD)
        return Result(exercise.name, result.passed, result.total, [*result.lines])

    monkeypatch.setattr(loop, "check", check)
    monkeypatch.setattr(notebook, "check", check)
    return found, asked


def command(*words):
    """What a command says, and its exit status."""
    with contextlib.redirect_stdout(io.StringIO()) as said, pytest.raises(SystemExit) as ended:
        commands.main(list(words))
    return said.getvalue(), ended.value.code


# One exercise at a time


def test_one_exercise_can_be_begun_checked_solved_and_reset(own, verdicts):
    """Who works on one module need not hear of the others."""
    found, asked = verdicts
    command("start", "5.promises")
    assert [path.name for path in own.rglob("*.py")] == ["promises.py"]
    said, status = command("check", "5.promises")
    assert (asked, status) == (["step5_stores.promises"], 1)
    assert "make hint-5.promises" in said
    assert command("solve", "5.promises")[1] == 1
    found["step5_stores.promises"] = GOOD
    workspace.write("step5_stores.promises", EXERCISES["step5_stores.promises"].reference.read_text(encoding="utf-8"))
    assert command("check", "5.promises")[1] == 0
    assert "letter by letter ours" in command("diff", "5.promises")[0]
    command("reset", "5.promises")
    assert workspace.read("step5_stores.promises") == EXERCISES["step5_stores.promises"].blank
    assert [path.name for path in own.rglob("*.py") if ".kept" not in str(path)] == ["promises.py"]


def test_a_step_alone_still_means_all_of_it_and_all_earlier_ones(verdicts):
    """What was true of `make check-3` stays true."""
    for name in ("step1_install.signature", "step5_stores.store"):
        workspace.write(name, EXERCISES[name].reference.read_text(encoding="utf-8"))
    command("check", "3")
    assert set(verdicts[1][:4]) == {each.name for each in EXERCISES.values() if each.step == "3"}
    assert verdicts[1][4] == "step1_install.signature"


@pytest.mark.parametrize("name", ["start", "check", "watch", "hint", "diff", "solve", "reset"])
@pytest.mark.parametrize(
    ("wanted", "there"),
    [
        ("5.promise", r"5\.store, 5\.promises, 5\.failures, 5\.middleware, 5\.sqlite_store, or 5 for all of them"),
        ("5.", r"5\.store, .*"),
        ("9.store", "1, 2, 3, 4, 5, 6, 7, 8"),
        ("promises", "1, 2, 3, 4, 5, 6, 7, 8"),
    ],
)
def test_an_unknown_exercise_is_a_sentence(name, wanted, there):
    """It lists what there is, and nothing is written."""
    said, code = command(name, wanted)
    assert re.fullmatch(rf"There is no (exercise|step) .*\. Choose one of {there}\.", code)
    assert said == "" and not list(workspace.folder().iterdir())


def test_a_server_elsewhere_is_tested_for_a_whole_step(monkeypatch):
    """What one exercise promises is mostly inside; a server shows only its answers."""
    monkeypatch.setenv("TARGET", "http://127.0.0.1:3000")
    assert command("check", "4.endings")[1].endswith("TARGET=http://127.0.0.1:3000 make check-4.")


# Hints


def test_a_hint_is_for_the_first_body_that_is_still_blank(verdicts):
    """Who has written the reading of cookies has no use for its hints."""
    name = "step1_install.signature"
    workspace.write(name, blanks.without(EXERCISES[name].reference.read_text(encoding="utf-8"), ["secrets_of"]))
    said = [command("hint", "1.signature")[0] for _ in range(4)]
    part = EXERCISES[name].hints[2]
    assert part.bodies == ("secrets_of",)
    for rung, text in zip([*part.rungs, part.rungs[2]], said, strict=True):
        assert rung in text
    assert "One more: make hint-1.signature.secrets_of." in said[0]
    assert "Our solution: make solve-1.signature FORCE=1." in said[3]


def test_a_hint_is_for_the_body_where_the_check_fails(verdicts):
    """All is written, and one thing is wrong: the check knows where."""
    workspace.write(NAME, SOLUTION)
    line = SOLUTION.splitlines().index("    return guarded") + 1
    verdicts[0][NAME] = Result(NAME, 2, 3, ["✗ 2 of 3", "It is so.", f"where: workspace/a.py, line {line}, in x"])
    assert AUTH.hints[1].rungs[0] in command("hint", "3.auth")[0]


def test_a_hint_says_how_to_get_those_for_other_bodies(verdicts):
    """A check that fails in no line of the learner's cannot know which body is wrong; he might."""
    name = "step6_access.orders"
    workspace.write(name, EXERCISES[name].reference.read_text(encoding="utf-8"))
    verdicts[0][name] = Result(name, 2, 3, ["✗ 2 of 3", "It is so.", "where: workspace/a.py"])
    said = command("hint", "6.orders")[0]
    assert EXERCISES[name].hints[0].rungs[0] in said
    assert said.rstrip().endswith("Stuck elsewhere? make hint-6.orders.notice.")


def test_a_hint_can_be_had_for_any_body():
    """Whoever knows better than we do what he is stuck with."""
    assert EXERCISES["step1_install.cookies"].hints[1].rungs[0] in command("hint", "1.cookies._decode")[0]
    assert EXERCISES["step1_install.cookies"].hints[1].rungs[1] in command("hint", "1.cookies._decode")[0]
    assert AUTH.hints[0].rungs[0] in command("hint", "3.auth.current_user")[0]
    assert "Choose one of 3.auth.log_in, 3.auth.current_user, 3.auth.login_required." in command("hint", "3.auth.x")[0]


# What comes next, and what is being done


def test_what_comes_next_is_said_the_same_everywhere(verdicts):
    """By the check, by the commands and in the notebook."""
    workspace.write(NAME, SOLUTION)
    for result in (BAD, GOOD):
        verdicts[0][NAME] = result
        workspace.folder().joinpath(loop.STATES).unlink(missing_ok=True)
        said = {command(*words)[0].splitlines()[-1] for words in (["check", "3.auth"], ["progress"])}
        said.add(notebook.progress().lines[-1])
        assert len(said) == 1
    assert said == {"Next: step3_authenticate.server: make start-3.server"}  # after what was done last
    workspace.write("step1_install.cookies", SOLUTION)
    assert loop.following() == "Next: step1_install.cookies: make check-1.cookies"  # what is begun comes first


def test_a_step_that_is_begun_is_gone_on_with(verdicts):
    """Whoever has done a later step first is not sent past what is open here, by the check or by any map."""
    done = [*(name for name in EXERCISES if name.startswith("step4")), "step2_middleware.store"]
    for name in done:
        verdicts[0][name] = GOOD
        workspace.write(name, SOLUTION)
    workspace.write("step2_middleware.session", EXERCISES["step2_middleware.session"].blank)  # nothing written yet
    following = "Next: step2_middleware.session: make check-2.session"
    assert command("check", "2.store")[0].splitlines()[-1] == following
    assert loop.following() == loop.following("2") == notebook.progress().lines[-1] == following


def test_while_a_check_runs_a_line_says_so(capsys, monkeypatch):
    """Two seconds without a word look like a command that hangs; afterwards the line is gone from a terminal."""
    with loop.telling("Checking tea …"):
        assert capsys.readouterr().err == "Checking tea …\n"
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with loop.telling("Checking tea …"):
        assert capsys.readouterr().err == "Checking tea …"
    assert capsys.readouterr().err.strip("\r ") == ""


# Notes


@pytest.mark.parametrize(
    "spoilt", [b"", b'{"a": "do', b"[1, 2]", b"null", b"\xff\xfe\x00", b'{"a": {"b": []}}', b"[" * 9999]
)
def test_spoilt_notes_count_as_none(own, verdicts, spoilt):
    """A full disk, a power cut, a curious editor: the map, hints, predictions and cells go on."""
    for name in (loop.STATES, loop.HINTS, workspace.IMPORTED, prediction.PREDICTIONS, notebook.CELLS):
        (own / name).write_bytes(spoilt)
    workspace.write(NAME, SOLUTION)
    assert workspace.is_ready(NAME)
    assert loop.progress()[-2].startswith("0 of 35")
    assert command("hint", "3.auth")[1] == 0
    question = next(iter(prediction.questions().values()))
    right = next(choice.letter for choice in question.choices if choice.mark == "✓")
    assert "1 of 1 right" in repr(prediction.predict(question.text, guess=right))
    assert notebook.exercise(NAME, SOLUTION + "# mine").passed == BAD.passed
    assert all(
        isinstance(json.loads((own / name).read_text(encoding="utf-8")), dict) for name in (loop.STATES, loop.HINTS)
    )


def test_notes_of_another_kind_count_as_none(own, verdicts):
    """A hint is no text, a state is no number."""
    workspace.write(NAME, SOLUTION)
    (own / loop.STATES).write_text(json.dumps({loop.key(AUTH): 5}))
    (own / loop.HINTS).write_text(json.dumps({loop.note_of(AUTH, part): "many" for part in AUTH.hints}))
    assert loop.state(AUTH) == "begun"
    assert AUTH.hints[0].rungs[0] in command("hint", "3.auth.log_in")[0]


def test_notes_that_cannot_be_written_stop_nothing(own, verdicts):
    """What is noted spares time, and nothing hangs on it."""
    for name in (loop.STATES, loop.HINTS, workspace.IMPORTED, prediction.PREDICTIONS, notebook.CELLS):
        (own / name).mkdir()  # whoever writes there gets an OSError
    workspace.write(NAME, SOLUTION)
    assert workspace.is_ready(NAME)
    assert loop.progress()[-2].startswith("0 of 35")
    assert command("hint", "3.auth")[1] == 0
    assert [path.name for path in own.iterdir() if path.name.count("-")] == []  # and nothing half-written is left


def test_what_may_be_over_in_a_moment_is_not_remembered(own, monkeypatch):
    """A module that is not there yet, a slow moment: found anew as soon as the cause has gone."""
    workspace.write(NAME, f"import tomorrow\n{SOLUTION}")
    assert "No module named 'tomorrow'" in workspace.trouble(NAME)
    (own / "tomorrow.py").write_text("")
    monkeypatch.setattr(workspace, "variables_of_checks", lambda: {**environment.variables_of_checks(), **found})
    found = {"PYTHONPATH": os.pathsep.join([str(own), str(ROOT), str(ROOT / "notebooks")])}
    workspace.overlay()  # as the next cell does; another program begins anew in any case
    assert workspace.trouble(NAME) == ""


def test_what_could_be_imported_is_tried_again_when_something_else_has_changed(monkeypatch):
    """Remembered is what source, packages and steps decide together."""
    tries = []
    monkeypatch.setattr(workspace, "tried", lambda name: tries.append(name) or "")
    workspace.write(NAME, SOLUTION)
    for _ in range(3):
        assert workspace.is_ready(NAME)
    assert len(tries) == 1
    monkeypatch.setattr(workspace, "surroundings", lambda: "another package")
    assert workspace.is_ready(NAME)
    assert len(tries) == 2


def test_a_check_that_did_not_run_is_not_remembered(verdicts):
    """Else the map would call an exercise begun for ever that was done on a slow day."""
    workspace.write(NAME, SOLUTION)
    verdicts[0][NAME] = Result(NAME, 0, 1, ["✗ The check was stopped."])
    assert loop.state(AUTH) == "begun"
    verdicts[0][NAME] = GOOD
    assert loop.state(AUTH) == "done"
    verdicts[0][NAME] = BAD
    assert loop.state(AUTH) == "done"  # now it is known


# A check that breaks by itself


@pytest.mark.parametrize(
    ("edited", "says"),
    [
        ("steps/step3_authenticate/server.py", "git status steps is not clean: steps/step3_authenticate/server.py."),
        ("", "git status steps is clean, so perhaps the installation is broken: delete .venv, and try again."),
        (None, "Whether steps/ is as it was cannot be told: git status steps does not answer."),
    ],
)
def test_a_check_that_breaks_by_itself_says_so(own, monkeypatch, edited, says):
    """It never was an endless loop, and it is not the learner's fault."""

    said = 'Traceback:\n  File "steps/step3_authenticate/server.py", line 3\nSyntaxError: invalid syntax\n!!!'
    monkeypatch.setattr(runner, "run", lambda name, **options: runner.Run(fault="broken", said=said))
    monkeypatch.setattr(broken, "edited", lambda: None if edited is None else [each for each in [edited] if each])
    workspace.write(NAME, SOLUTION)
    lines = checking.check(AUTH).lines
    assert lines[0] == "✗ The check itself broke, so it says nothing about what you wrote."
    assert lines[1] == "It ended with: SyntaxError: invalid syntax."
    assert lines[2].startswith(says)


@pytest.fixture(scope="module")
def copied(tmp_path_factory):
    """A copy of the workbook, in a repository of its own, to break something in."""
    place = tmp_path_factory.mktemp("copy")
    for name in ("steps", "notebooks", "tests"):
        shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", place)
    git = ["git", "-c", "user.name=Alice", "-c", "user.email=alice@tea.example"]
    for words in (["init", "--quiet"], ["add", "steps"], ["commit", "--quiet", "--message", "Steps"]):
        subprocess.run([*git, *words], cwd=place, check=True)
    return place


@pytest.mark.parametrize("begun", [SOLUTION, AUTH.blank])
def test_an_edited_step_is_told_apart_from_the_learners_work(copied, begun):
    """Tried with a real check, by somebody who has typed a few words into steps/."""
    server = copied / "steps" / "step3_authenticate" / "server.py"
    server.write_text(server.read_text(encoding="utf-8") + "\nthis is no Python\n", encoding="utf-8")
    workspace.write(NAME, begun)
    paths = os.pathsep.join([str(copied), str(copied / "notebooks")])
    environ = {**environment.variables_of_checks(), "PYTHONPATH": paths}
    program = [sys.executable, "-c", "from workbook import loop; loop.check_all('3.auth')"]
    done = subprocess.run(program, cwd=copied, env=environ, capture_output=True, encoding="utf-8")
    assert "The check itself broke" in done.stdout
    assert "It ended with: SyntaxError: invalid syntax" in done.stdout
    assert "git status steps is not clean: steps/step3_authenticate/server.py" in done.stdout


def test_a_module_that_breaks_the_tests_before_they_begin_is_named(own):
    """A decorator that fails when the site is put together: the fault is in the learner's file, and told as his."""
    workspace.write(NAME, SOLUTION.replace("    @wraps(handler)\n", "    @wraps(nothing)\n"))
    said = checking.check(AUTH).lines[0]
    assert said == (
        "✗ workspace/step3_authenticate/auth.py breaks the tests before they begin: "
        "NameError: name 'nothing' is not defined (line 37, in login_required)."
    )


def test_an_error_of_our_own_module_is_not_the_learners(monkeypatch):
    """Where ours cannot be imported either, something else is wrong."""
    answers = [("", "ImportError: x"), ("", "OSError: libssl.so.3: cannot open")]
    monkeypatch.setattr(workspace, "run_python", lambda program: subprocess.CompletedProcess([], 1, *answers.pop(0)))
    workspace.write(NAME, SOLUTION)
    assert "cannot be tried: our own module fails, too (OSError: libssl.so.3: cannot open)" in workspace.trouble(NAME)


# Cells and editors


def test_an_older_cell_does_not_overwrite_newer_work(own, verdicts):
    """The cell was run yesterday, the file was written today in an editor, and now all cells are run."""
    older, newer = SOLUTION + "# from the cell\n", SOLUTION + "# from the editor\n"
    notebook.exercise(NAME, older)
    workspace.file_of(NAME).write_text(newer, encoding="utf-8")
    lines = notebook.exercise(NAME, older).lines
    assert workspace.read(NAME) == newer
    assert lines[-1].startswith(
        "This cell is older than workspace/step3_authenticate/auth.py, so the file was checked."
    )
    kept = own / ".kept" / re.search(r"workspace/\.kept/(\S+\.py)", lines[-1])[1]
    assert kept.read_text(encoding="utf-8") == older
    notebook.exercise(NAME, older)
    assert len(list(kept.parent.iterdir())) == 1  # once is enough


def test_a_changed_cell_is_saved_and_the_editors_work_kept(own, verdicts):
    """Both are new: the one that was just run counts, and the other is not lost."""
    notebook.exercise(NAME, SOLUTION)
    workspace.file_of(NAME).write_text(SOLUTION + "# from the editor\n", encoding="utf-8")
    lines = notebook.exercise(NAME, SOLUTION + "# from the cell\n").lines
    assert workspace.read(NAME).endswith("# from the cell\n")
    kept = own / ".kept" / re.search(r"workspace/\.kept/(\S+\.py)", lines[-1])[1]
    assert kept.read_text(encoding="utf-8").endswith("# from the editor\n")
    assert "kept" not in str(notebook.exercise(NAME, SOLUTION + "# again\n").lines)  # one's own steps need no words


def test_a_cell_is_saved_over_a_blank(verdicts):
    """After `make reset` the cell still holds what was written in it: nothing can be lost by saving it."""
    notebook.exercise(NAME, SOLUTION)
    command("reset", "3.auth")
    notebook.exercise(NAME, SOLUTION)
    assert workspace.read(NAME) == SOLUTION


def test_a_blank_cell_overwrites_nothing(verdicts):
    """Nor does one that is blank again."""
    notebook.exercise(NAME, SOLUTION)
    assert "the file was checked, and kept" in notebook.exercise(NAME, AUTH.blank).lines[-1]
    assert workspace.read(NAME) == SOLUTION


def test_an_interrupted_cell_is_one_line(monkeypatch, capsys):
    """The exercise's says that what was written is saved; any other that it was stopped."""

    def interrupted(exercise):
        raise KeyboardInterrupt

    monkeypatch.setattr(notebook, "check", interrupted)
    said = notebook.exercise(NAME, SOLUTION).lines
    assert said == ["○ Stopped. workspace/step3_authenticate/auth.py is saved, and not checked."]
    assert workspace.read(NAME) == SOLUTION

    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    notebook.use_in(shell)
    capsys.readouterr()
    shell.run_cell("raise KeyboardInterrupt")
    told = capsys.readouterr()
    assert (told.out + told.err).strip() == "Stopped."


def test_a_file_that_cannot_be_written_is_a_line(own, verdicts):
    """In a notebook, too."""
    (own / "step3_authenticate").write_text("")
    assert re.fullmatch(r"✗ workspace/step3_\S+ cannot be written: .*\.", notebook.exercise(NAME, SOLUTION).lines[0])


@pytest.fixture
def watching(monkeypatch, verdicts, capsys):
    """`make watch-3.auth`, look by look: what is done between two looks stands in a list, and then Ctrl-C."""

    def watch(*between):
        steps = iter(between)

        def sleep(seconds):
            step = next(steps, None)
            if step is None:
                raise KeyboardInterrupt
            step()

        monkeypatch.setattr(time, "sleep", sleep)
        assert loop.watch("3.auth") == 0
        return capsys.readouterr()

    return watch


def save(text):
    return lambda: workspace.file_of(NAME).write_text(text, encoding="utf-8")


def nothing():
    pass


def test_a_save_caught_half_way_is_no_verdict(verdicts, watching):
    """Editors empty a file before they fill it: neither the empty one nor the half is what the learner meant."""
    workspace.write(NAME, SOLUTION)
    half = SOLUTION[: len(SOLUTION) // 2]
    told = watching(nothing, save(""), nothing, nothing, save(half), save(SOLUTION + "\n"), nothing, nothing)
    assert len(verdicts[1]) == 2
    assert told.out.count("✗ 2 of 3") == 2


def test_a_save_during_the_check_is_checked_itself(monkeypatch, verdicts, watching):
    """What is shown is about what stands there."""
    workspace.write(NAME, SOLUTION)
    texts = []

    def check(exercise):
        texts.append(workspace.read(NAME))
        if len(texts) == 1:
            save(SOLUTION + "# more\n")()
        return BAD

    monkeypatch.setattr(loop, "check", check)
    told = watching(nothing, nothing, nothing, nothing)
    assert texts == [SOLUTION, SOLUTION + "# more\n"]
    assert told.out.count("✗ 2 of 3") == 1


# Encodings


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (SOLUTION.encode("utf-8-sig"), ""),
        (b"# -*- coding: latin-1 -*-\n# \xfc\n" + SOLUTION.encode(), ""),
        (SOLUTION.replace("\n", "\r\n").encode(), ""),
        (b"\n\n# gr\xfcn\n" + SOLUTION.encode(), ", line 3: a letter there is not UTF-8. Save it as UTF-8"),
        (b"# gr\xfcn\n" + SOLUTION.encode(), ", line 1: a letter there is not UTF-8. Save it as UTF-8"),
        (SOLUTION.encode("utf-16"), ": it is in UTF-16. Save it as UTF-8"),
        (SOLUTION.encode("utf-16-le"), "null bytes"),
        (b"# coding: tea\n" + SOLUTION.encode(), ": it names another encoding at its top. Save it as UTF-8"),
        (b"", "is missing in"),
        (("(" * 500 + ")" * 500).encode(), "too many nested parentheses"),
    ],
)
def test_a_learners_file_in_any_encoding(own, monkeypatch, content, says):
    """As Python reads it; and where Python cannot, a sentence says what to do. No command falls over it."""
    passed = [{"test": "test_tea", "passed": True}] * 3
    monkeypatch.setattr(runner, "run", lambda name, **options: runner.Run(passed))
    workspace.file_of(NAME).parent.mkdir()
    workspace.file_of(NAME).write_bytes(content)
    result = checking.check(AUTH)
    assert says in result.lines[0] and result.good == (not says)
    assert says in workspace.trouble(NAME) or says == "is missing in"
    for words in (["check", "3.auth"], ["progress"], ["hint", "3.auth"], ["diff", "3.auth"], ["reset", "3.auth"]):
        command(*words)
    assert [path.read_bytes() for path in (own / ".kept").iterdir()] == [content]  # to the byte


def test_a_cell_that_no_file_can_hold_is_a_sentence(verdicts, monkeypatch):
    """Half a surrogate pair, out of a notebook that something has garbled."""
    monkeypatch.setattr(notebook, "check", checking.check)
    assert "a letter there is not UTF-8" in notebook.exercise(NAME, f"# \ud800\n{SOLUTION}").lines[0]


# Lessons


def test_what_a_lesson_starts_as_a_process_runs_the_learners_modules():
    """README promises it of every server; python -m steps.… would be ours."""
    for path in lessons.NOTEBOOKS:
        for cell in lessons.read(path).cells:
            if cell.cell_type == "code" and not cell.source.startswith(MAGIC):
                started = [node.value for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Constant)]
                assert not [each for each in started if str(each).startswith("steps.step")], path.name


def test_a_program_of_the_steps_runs_with_the_learners_modules(own):
    """As the lessons start it: `python -m workbook.mine step8_production.users …`."""
    name = "step3_authenticate.passwords"
    solution = EXERCISES[name].reference.read_text(encoding="utf-8")
    mine = solution.replace("return HASHER.hash(_bytes(password))", 'return "mine"')
    assert mine != solution
    workspace.write(name, mine)
    environ = {**environment.variables_of_checks(), "USERS": str(own / "users.sqlite3")}
    program = [sys.executable, "-m", "workbook.mine", "step8_production.users", "add", "bob", "admin"]
    done = subprocess.run(program, env=environ, input="correct horse battery\n", capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done
    from steps.step3_authenticate import Users

    assert Users(own / "users.sqlite3").password_hash("bob") == "mine"


def test_what_is_taken_home_is_ours_and_says_so(capsys, monkeypatch, tmp_path):
    """Nobody should believe that his own modules are in there."""
    from workbook import take_home

    monkeypatch.setattr(take_home, "TARGET", tmp_path / "sessions.py")
    take_home.take_home()
    assert "from our modules in steps/, not from yours in workspace/" in capsys.readouterr().out
    assert BLANK not in (tmp_path / "sessions.py").read_text(encoding="utf-8")
