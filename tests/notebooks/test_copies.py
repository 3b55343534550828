"""The learner's copies of the lessons: `git pull` brings new lessons, and takes nothing from anybody."""

import json
import re
import shutil
import subprocess

import pytest

from tests.support import ROOT
from workbook import commands, copies, environment, lessons, workspace

FIRST = "1_install.ipynb"


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A workbook with two lessons and a figure, and no workspace yet."""
    clone = tmp_path / "tea house"
    (clone / "notebooks" / "figures").mkdir(parents=True)
    for name in (FIRST, "2_middleware.ipynb", "figures/1_signature.svg"):
        shutil.copy(ROOT / "notebooks" / name, clone / "notebooks" / name)
    moved_to(clone, monkeypatch)
    return clone


def moved_to(clone, monkeypatch):
    monkeypatch.setattr(environment, "ROOT", clone)
    monkeypatch.setenv("WORKBOOK_WORKSPACE", str(clone / "workspace"))


def change(path, *, source=None, output=None):
    """Write into a notebook's first code cell, or let it put out something; and save it as JupyterLab does."""
    book = json.loads(path.read_text(encoding="utf-8"))
    cell = next(cell for cell in book["cells"] if cell["cell_type"] == "code")
    if source is not None:
        cell["source"] = [source]
    if output is not None:
        cell["outputs"] = [{"name": "stdout", "output_type": "stream", "text": [output]}]
        cell["execution_count"] = 7
        book["metadata"]["language_info"] = {"name": "python", "version": "3.11.7", "mimetype": "text/x-python"}
    path.write_text(json.dumps(book, indent=1, ensure_ascii=False), encoding="utf-8")
    return path.read_bytes()


def git(folder, *arguments):
    who = ["-c", "user.name=A", "-c", "user.email=a@tea.example", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *who, *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_month_of_learning_and_a_pull_lose_nothing(root, tmp_path, monkeypatch):
    """The learner has run one lesson, and written in another; both have changed upstream meanwhile."""
    (root / ".gitignore").write_bytes((ROOT / ".gitignore").read_bytes())
    git(root, "init", "--quiet")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "-m", "Begin")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(root), str(clone))
    moved_to(clone, monkeypatch)
    assert copies.refresh() == []

    mine = copies.folder() / FIRST
    edited = change(mine, source="print('mine')", output="mine")
    change(copies.folder() / "2_middleware.ipynb", output="run")
    assert git(clone, "status", "--porcelain") == ""

    for name in (FIRST, "2_middleware.ipynb"):
        change(root / "notebooks" / name, source="print('theirs')", output="theirs")
    git(root, "commit", "--quiet", "-am", "Teach it better")
    git(clone, "pull", "--quiet")
    [said] = copies.refresh()
    assert said == (
        f"{FIRST} has changed since you wrote in yours, which stays as you left it. "
        "The new one is workspace/lessons/1_install-2.ipynb."
    )
    assert mine.read_bytes() == edited
    for name in ("1_install-2.ipynb", "2_middleware.ipynb"):
        assert "print('theirs')" in (copies.folder() / name).read_text(encoding="utf-8")
    assert git(clone, "status", "--porcelain") == ""


def test_what_was_run_stays_as_it_was_put_out_while_the_lesson_is_the_same(root):
    """Who opens the lessons the next day finds yesterday's outputs."""
    copies.refresh()
    run = change(copies.folder() / FIRST, output="yesterday")
    assert copies.refresh() == []
    assert (copies.folder() / FIRST).read_bytes() == run


def test_each_new_lesson_is_told_of_until_the_learner_goes_on_with_it(root):
    """Also the next one, when something was written in that one as well; and who removes his own gets the newest."""
    copies.refresh()
    texts = [change(copies.folder() / FIRST, source="mine")]
    for n in (2, 3):
        change(root / "notebooks" / FIRST, source=f"theirs {n}")
        for _ in range(2):
            assert f"1_install-{n}.ipynb" in copies.refresh()[0]
        texts.append(change(copies.folder() / f"1_install-{n}.ipynb", source=f"mine {n}"))
    kept = [(copies.folder() / name).read_bytes() for name in (FIRST, "1_install-2.ipynb", "1_install-3.ipynb")]
    assert kept == texts
    (copies.folder() / FIRST).unlink()
    assert copies.refresh() == []
    assert "theirs 3" in (copies.folder() / FIRST).read_text(encoding="utf-8")


@pytest.mark.parametrize("spoilt", [b"", b"{}", b"[]", b'{"cells": [1]}', b"\xff\xfe", b'{"cells'])
def test_a_file_that_is_no_notebook_is_kept(root, spoilt):
    """Nobody knows what was in it."""
    copies.refresh()
    (copies.folder() / FIRST).write_bytes(spoilt)
    change(root / "notebooks" / FIRST, source="theirs")
    assert "1_install-2.ipynb" in copies.refresh()[0]
    assert (copies.folder() / FIRST).read_bytes() == spoilt


def test_an_original_that_cannot_be_read_is_a_sentence(root):
    """Such as one with the marks of a merge in it, from before there were copies; the other lessons open."""
    (root / "notebooks" / FIRST).write_text("<<<<<<< HEAD")
    assert copies.refresh() == [f"notebooks/{FIRST} cannot be read: git checkout notebooks/{FIRST}"]
    assert [path.name for path in copies.folder().iterdir()] == ["2_middleware.ipynb"]


def test_copies_are_known_again_without_their_notes(root):
    """A copy that holds what the lesson holds is one, whatever was noted."""
    copies.refresh()
    (workspace.folder() / copies.COPIES).write_text("spoilt")
    assert copies.refresh() == []
    assert len(list(copies.folder().iterdir())) == 2


def test_the_glossary_comes_along(root):
    """Its links lead to the copies of the lessons, not to ours; and it is renewed as they are."""
    glossary = root / "notebooks" / "glossary.md"
    for text in (
        "[Lesson 1](1_install.ipynb)\n",
        "[Lesson 1](./1_install.ipynb#row), [a file](figures/1_signature.svg)\n",
    ):
        glossary.write_text(text)
        assert copies.refresh() == []
    linked = (copies.folder() / "glossary.md").read_text()
    assert linked == "[Lesson 1](./1_install.ipynb#row), [a file](../../notebooks/figures/1_signature.svg)\n"
    (copies.folder() / "glossary.md").write_text("mine")
    glossary.write_text("theirs")
    assert "workspace/lessons/glossary-2.md" in copies.refresh()[0]


@pytest.mark.parametrize("name", [path.name for path in (*lessons.NOTEBOOKS, ROOT / "notebooks/from_express.ipynb")])
def test_a_copys_links_lead_to_where_the_lessons_lead(name, tmp_path, monkeypatch):
    """To the other copies, and to our own figures and pages; all else is the same."""
    monkeypatch.setenv("WORKBOOK_WORKSPACE", str(ROOT / "workspace"))  # nothing is written there
    lesson = json.loads((ROOT / "notebooks" / name).read_bytes())
    copied = json.loads(copies.moved(ROOT / "notebooks" / name))
    for cell, moved in zip(lesson["cells"], copied["cells"], strict=True):
        if cell["cell_type"] != "markdown":
            assert cell == moved
        ours, theirs = (re.findall(r"\]\(([\w./-]+)[)#]", "".join(each["source"])) for each in (cell, moved))
        for link, new in zip(ours, theirs, strict=True):
            there = (ROOT / "workspace/lessons" / new).resolve()
            assert (ROOT / "notebooks" / link).is_file()
            file = (ROOT / "notebooks" / link).resolve()
            assert there == file or (file.parent == ROOT / "notebooks" and new == link)


def test_make_notebooks_opens_the_first_copy(root, monkeypatch, capsys):
    """In JupyterLab, which finds our figures and folders, too."""
    monkeypatch.setattr(commands, "ROOT", root)
    monkeypatch.setattr(commands, "run", lambda *arguments: ran.extend(arguments))
    ran = []
    commands.notebooks(["--no-browser"])
    assert "--LabApp.default_url=/lab/tree/workspace/lessons/1_install.ipynb" in ran
    assert f"--ServerApp.root_dir={root}" in ran
    assert (copies.folder() / FIRST).is_file()
    assert capsys.readouterr().out == ""
