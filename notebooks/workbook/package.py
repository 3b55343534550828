"""Package: the library as a wheel and an sdist, which are the same to the byte whenever one commit is built."""

import os
import re
import shutil
import subprocess
import tempfile
import tomllib
from contextlib import chdir
from functools import cache
from pathlib import Path
from unittest.mock import patch

ROOT = Path(__file__).resolve().parents[2]
MODULE = "tea_house_sessions"
# What goes in. A change in one of them that no commit has is told by the version.
SOURCES = ("LICENSE", "README.md", "pyproject.toml", "steps", "notebooks/workbook")
LONG_AGO = "315532800"  # 1980, before which no zip file can be: the time of all files where no commit has one


@cache
def git(*arguments: str) -> str:
    """What git says of this folder; nothing if this is no clone, or git is missing."""
    if not (ROOT / ".git").exists():  # another repository around this folder has other commits
        return ""
    asked = ["git", f"--git-dir={ROOT / '.git'}", f"--work-tree={ROOT}", *arguments]
    try:
        return subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def commit() -> str:
    """The commit that this folder is at; empty where nobody knows."""
    return git("rev-parse", "HEAD")


def version() -> str:
    """The version, with the commit behind it: "1.0+g0123456789ab"; with ".dirty" if files have changed since."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    if not commit():
        return str(project["version"])
    return f"{project['version']}+g{commit()[:12]}" + (".dirty" if git("status", "--porcelain", *SOURCES) else "")


def epoch() -> str:
    """The time of all files, in seconds since 1970: the commit's, so that it is the same whenever one builds."""
    return os.environ.get("SOURCE_DATE_EPOCH") or git("log", "-1", "--format=%ct") or LONG_AGO


def section(title: str) -> str:
    """What the README says under a title."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(rf"^## {re.escape(title)}\n+(.*?)(?=^## )", readme, flags=re.M | re.S)
    assert found, f"the README has nothing about {title}"
    return re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", found[1]).strip()  # links lead nowhere from here


def promises() -> str:
    """The README's promises; where the evidence lies, nobody can look from here."""
    return section("What it promises").partition("\n\nThe evidence")[0]


def as_plain(markdown: str) -> str:
    """The same to be read by help(): what is folded lies open, and code is indented."""
    text = re.sub(r"</?(details|summary|b)>", "", re.sub(r"</?code>", "`", markdown))
    code = re.compile(r"^```\w*\n(.*?)^```$", flags=re.M | re.S)
    text = code.sub(lambda found: re.sub(r"^(?=.)", "    ", found[1], flags=re.M).rstrip("\n"), text)
    return re.sub(r"\n{3,}", "\n\n", text.replace("**", "")).strip()


def readme() -> str:
    """The package's own page."""
    parts = {"Use it in your app": section("Use it in your app"), "What it promises": promises()}
    told = "\n".join(f"\n## {title}\n\n{text}" for title, text in parts.items())
    return f"# Sessions for WSGI apps\n\nExpress's session management, rebuilt.\n{told}\n"


def build(module: str, folder: Path) -> tuple[str, str]:
    """Put a wheel and an sdist of the module's text into a folder, in place of those there; return their names."""
    from flit_core import buildapi

    for old in (*folder.glob(f"{MODULE}-*.whl"), *folder.glob(f"{MODULE}-*.tar.gz")):
        old.unlink()
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        (place / MODULE).mkdir()
        (place / MODULE / "__init__.py").write_text(module, encoding="utf-8")
        (place / MODULE / "py.typed").touch()
        (place / "README.md").write_text(readme(), encoding="utf-8")
        shutil.copy(Path(__file__).with_suffix(".toml"), place / "pyproject.toml")
        shutil.copy(ROOT / "LICENSE", place)
        with chdir(place), patch.dict(os.environ, SOURCE_DATE_EPOCH=epoch()):
            return buildapi.build_wheel(str(folder)), buildapi.build_sdist(str(folder))
