"""Environment: the virtual environment in .venv, made and kept up to date by whichever command needs it first.

Uses the standard library only, since it runs before anything is installed.
"""

import hashlib
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
JUPYTERLAB = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}
LOCKS = {"all": ROOT / "requirements.lock", "servers": ROOT / "requirements-servers.lock"}


@dataclass(frozen=True)
class Step:
    """One step of the workbook."""

    number: int
    folder: str  # "step1_install"

    @property
    def has_library(self) -> bool:
        """Whether it has a session middleware of its own."""
        return (ROOT / "steps" / self.folder / "middleware.py").exists()

    @property
    def server(self) -> str:
        """The module that runs its server."""
        return f"steps.{self.folder}.server"

    @property
    def tests(self) -> list[str]:
        """The files with its tests, as pytest is told them."""
        found = sorted((ROOT / "tests").glob(f"test_step{self.number}_*.py"))
        return [path.relative_to(ROOT).as_posix() for path in found]

    def load(self, module: str = "") -> Any:
        """Import its package, or a module of it."""
        return importlib.import_module(f"steps.{self.folder}" + (f".{module}" if module else ""))


def steps() -> dict[int, Step]:
    """The steps by number."""
    folders = sorted(folder.name for folder in (ROOT / "steps").glob("step[0-9]_*"))
    return {number_in(folder): Step(number_in(folder), folder) for folder in folders}


def number_in(name: str) -> int:
    """The number of the step that a module, an exercise, a lesson or a file of tests is called after; 0 if of none."""
    found = re.search(r"(?:^|step)(\d+)_", name)
    return int(found[1]) if found else 0


def enter(needs: str, arguments: list[str]) -> None:
    """Go on in the virtual environment, with what `needs` names installed: "servers", or "all" for lessons and tests.

    Returns if we are there already; else runs the same command there, and exits with its status.
    """
    if not is_ready(needs):
        set_up(needs)
    if is_inside():
        return
    become(PYTHON, "-m", "workbook", *arguments)


def is_inside() -> bool:
    """Whether this is the environment's own Python."""
    return Path(sys.prefix).resolve() == VENV.resolve()


def become(python: Path, *arguments: str) -> NoReturn:
    """Run Python with these arguments in place of this process, so that whoever ends it ends the right one."""
    os.chdir(ROOT)
    command = [str(python), *arguments]
    if os.name == "nt":  # Windows has no such thing
        sys.exit(subprocess.run(command).returncode)
    os.execv(python, command)


def is_ready(needs: str) -> bool:
    """Whether the environment holds just what the lock says; what holds all holds the servers' part too."""
    return any(stamp(kind).is_file() and stamp(kind).read_text() == digest(kind) for kind in {needs, "all"})


def stamp(kind: str) -> Path:
    """The file that notes which lock was installed."""
    return VENV / f"installed-{kind}"


def digest(kind: str) -> str:
    """A lock's fingerprint, together with the place: an environment that was moved is made anew."""
    return hashlib.sha256(LOCKS[kind].read_bytes() + bytes(VENV)).hexdigest()


def set_up(needs: str) -> None:
    """Make the environment if there is none that works, and install the lock into it."""
    print(
        "Setting up .venv, once: a few seconds for a server, about a minute for the lessons …",
        file=sys.stderr,
        flush=True,
    )
    uv = shutil.which("uv")
    if not works():
        make_venv(uv)
    install = (
        [uv, "pip", "install", "--quiet", "--python", str(PYTHON)]
        if uv
        else [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    )
    if subprocess.run([*install, "--require-hashes", "-r", str(LOCKS[needs])], cwd=ROOT).returncode:
        sys.exit("The packages could not be installed: see above. Is there a network? The same command tries again.")
    paths = VENV / "workbook.pth"
    site_packages = next(VENV.glob("[Ll]ib/**/site-packages"))
    (site_packages / paths.name).write_text(f"{ROOT}\n{ROOT / 'notebooks'}\n", encoding="utf-8")
    if needs == "all":
        settings = VENV / "share/jupyter/lab/settings/overrides.json"
        settings.parent.mkdir(parents=True, exist_ok=True)
        settings.write_text(json.dumps(JUPYTERLAB), encoding="utf-8")
    stamp(needs).write_text(digest(needs))


def works() -> bool:
    """Whether there is an environment whose Python starts, lives here, and is new enough."""
    probe = "import sys; sys.exit(sys.version_info < (3, 11))"
    try:
        started = subprocess.run([str(PYTHON), "-c", probe], capture_output=True).returncode == 0
    except OSError:
        return False
    return started and (VENV / "pyvenv.cfg").is_file()


def make_venv(uv: str | None) -> None:
    """Make an empty environment with the Python that runs us."""
    shutil.rmtree(VENV, ignore_errors=True)
    made = (
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(VENV)])
        if uv
        else subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True)
    )
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        sys.exit(
            "A virtual environment could not be made: Python's venv module is missing or incomplete. "
            "On Debian and Ubuntu: sudo apt install python3-venv; then the same command again."
        )
