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
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, NoReturn

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
LOOK = ROOT / "notebooks" / "workbook" / "jupyterlab"  # custom.css: how JupyterLab shows the lessons
JUPYTERLAB = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/docmanager-extension:plugin": {"defaultViewers": {"markdown": "Markdown Preview"}},  # the glossary
}
LOCKS = {"all": ROOT / "requirements.lock", "servers": ROOT / "requirements-servers.lock"}
# What a shell may have set for other programs, and what would change ours: other modules, no asserts, other places,
# no compiled modules, without which the tests take half as long again.
FOREIGN = (
    "PYTHONPATH", "PYTHONHOME", "PYTHONOPTIMIZE", "PYTHONWARNINGS", "PYTHONINSPECT", "PYTHONSTARTUP", "PYTHONSAFEPATH",
    "PYTHONDEVMODE", "PYTHONPLATLIBDIR", "PYTHONUSERBASE", "PYTHONDEBUG", "PYTHONVERBOSE", "PYTHONPROFILEIMPORTTIME",
    "PYTHONDONTWRITEBYTECODE",
    "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT",
)  # fmt: skip
# What the servers read, and a learner may have exported for his own: a check starts them as they are by default.
SETTINGS = (
    "PORT", "STORE", "SECRET", "USERS", "WORKERS", "HTTPS", "TRUST_PROXY", "SECURE_COOKIES", "IDLE_TIMEOUT",
    "ABSOLUTE_TIMEOUT", "TARGET", "FORCE",
)  # fmt: skip
VENV_MISSING = (
    "A virtual environment could not be made: Python's venv module is missing or incomplete. "
    "On Debian and Ubuntu: sudo apt install python3-venv; then the same command again."
)


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
        with alone():
            if not is_ready(needs):  # another command may have done it meanwhile
                set_up(needs)
    if is_inside():
        return
    with suppress(OSError):
        find_ourselves()
    become(PYTHON, "-m", "workbook", *arguments)


def is_inside() -> bool:
    """Whether this is the environment's own Python."""
    return Path(sys.prefix).resolve() == VENV.resolve()


def become(python: Path, *arguments: str) -> NoReturn:
    """Run Python with these arguments in place of this process, so that whoever ends it ends the right one."""
    os.chdir(ROOT)
    command, variables = [str(python), *arguments], own_variables()
    if os.name == "nt":  # Windows has no such thing
        sys.exit(subprocess.run(command, env=variables).returncode)
    os.execve(python, command, variables)


def own_variables() -> dict[str, str]:
    """The environment of our programs, without what a shell has set for others; what cannot be printed is replaced."""
    variables = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    encoding, _, errors = variables.get("PYTHONIOENCODING", "").partition(":")
    return {**variables, "PYTHONIOENCODING": f"{encoding}:{errors or 'replace'}"}


def variables_of_checks() -> dict[str, str]:
    """The environment of a check: it finds the steps and the workbook, and no shell changes what comes out."""
    variables = {
        name: value
        for name, value in own_variables().items()
        if not name.startswith(("PYTHON", "PYTEST")) and name not in SETTINGS
    }
    paths = os.pathsep.join([str(ROOT), str(ROOT / "notebooks")])
    return {**variables, "PYTHONPATH": paths, "PYTHONIOENCODING": "utf-8"}


def place_for_temporary() -> str | None:
    """Where temporary files cost least: in memory, where a system has room there; None: where it puts them anyway."""
    memory = Path("/dev/shm")
    if os.environ.get("TMPDIR") or not os.access(memory, os.W_OK):
        return None
    there = os.statvfs(memory)
    has_room = there.f_bavail * there.f_frsize > 256 * 1024 * 1024
    return str(memory) if has_room and not there.f_flag & os.ST_NOEXEC else None


def is_ready(needs: str) -> bool:
    """Whether the environment holds just what the lock says; what holds all holds the servers' part too."""
    return any(stamp(kind).is_file() and stamp(kind).read_text() == digest(kind) for kind in {needs, "all"})


def stamp(kind: str) -> Path:
    """The file that notes which lock was installed."""
    return VENV / f"installed-{kind}"


def digest(kind: str) -> str:
    """A lock's fingerprint, together with the place: an environment that was moved is made anew."""
    return hashlib.sha256(LOCKS[kind].read_bytes() + bytes(VENV)).hexdigest()


@contextmanager
def alone() -> Iterator[None]:
    """Let one command at a time set up; a second one waits, and says so."""
    try:
        (ROOT / "build").mkdir(exist_ok=True)
        lock = (ROOT / "build" / "set-up.lock").open("w")
    except OSError as error:
        refuse_place(error)
    with lock:
        if not locked(lock):
            print("Another command is setting up .venv. This one waits for it …", file=sys.stderr, flush=True)
            while not locked(lock):
                time.sleep(0.2)
        yield


def locked(lock: IO[str]) -> bool:
    """Whether the file could be locked. The lock goes with the process, however that ends."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def refuse_place(error: OSError) -> NoReturn:
    """Say that this folder cannot hold an environment, and why."""
    sys.exit(
        f"Nothing can be written into {ROOT}: {error.strerror or error}. "
        "Put the workbook into a folder of your own, and type the same command there."
    )


def set_up(needs: str) -> None:
    """Make the environment if there is none that works, and install the lock into it."""
    if os.pathsep in str(ROOT):
        sys.exit(
            f"The name of the folder {ROOT} has a {os.pathsep!r} in it, which separates folders in Python's paths, "
            "so no virtual environment can be made there. Rename it, and type the same command again."
        )
    print(
        "Setting up .venv, once: a few seconds for a server, about a minute for the lessons (400 MB) …",
        file=sys.stderr,
        flush=True,
    )
    uv = shutil.which("uv")
    if not works():
        make_venv(uv)
    command = [*installer(uv, needs), "--require-hashes", "-r", str(LOCKS[needs])]
    if not installed(command, len(re.findall(r"(?m)^[\w.-]+==", LOCKS[needs].read_text()))):
        sys.exit("The packages could not be installed: see above. Is there a network? The same command tries again.")
    try:
        find_ourselves()
        stamp(needs).write_text(digest(needs))
    except OSError as error:
        refuse_place(error)


def installer(uv: str | None, needs: str) -> list[str]:
    """The command that installs into the environment: uv's, or that of the pip that costs least.

    A pip of its own takes the environment longer than all that a server needs, so servers are installed by the pip of
    the Python that runs us. Lessons get one, for `%pip install`. What is compiled is what is imported, then.
    """
    if uv:
        return [uv, "pip", "install", "--python", str(PYTHON)]  # which shows how far it is
    options = ["install", "--no-compile", "--disable-pip-version-check"]
    if has_pip() and (needs == "servers" or not find_spec("ensurepip")):
        return [sys.executable, "-m", "pip", "--python", str(PYTHON), *options]
    tell_why_not([str(PYTHON), "-m", "ensurepip", "--default-pip"])
    return [str(PYTHON), "-m", "pip", *options]


def has_pip() -> bool:
    """Whether the Python that runs us has a pip that can install into other environments: since 22.3."""
    with suppress(PackageNotFoundError, ValueError):
        return [int(part) for part in version("pip").split(".")[:2]] >= [22, 3]
    return False


def installed(command: list[str], count: int) -> bool:
    """Run an installer, and say now and then how many of its packages it has fetched. Whether it could install them."""
    fetched = 0
    with subprocess.Popen(command, cwd=ROOT, env=own_variables(), stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            is_one = line.startswith(("Collecting ", "Processing "))
            fetched += is_one
            if is_one and fetched % 25 == 0:
                print(f"  {fetched} of {count} packages are here …", file=sys.stderr, flush=True)
            elif line.startswith("Installing ") and count > 25:
                print("  All are here, and are being unpacked …", file=sys.stderr, flush=True)
    return process.returncode == 0


def find_ourselves() -> None:
    """Let the environment's Python find the steps and the workbook, by a line of code in a .pth file.

    Whatever the folder is called, the line is ASCII: up to 3.12 Python reads these files in the locale's encoding.
    Every kernel knows the exercises' cells from its start; JupyterLab shows pictures and code as we want them, and asks
    nobody for news.
    """
    line = f"import os, sys; sys.path += map(os.fsdecode, {[bytes(ROOT), bytes(ROOT / 'notebooks')]!a})\n"
    files = {site_packages / "workbook.pth": line for site_packages in VENV.glob("[Ll]ib/**/site-packages")}
    files[VENV / "etc/ipython/ipython_kernel_config.py"] = (
        'get_config().InteractiveShellApp.extra_extensions = ["workbook"]\n'  # not `extensions`: those are the user's
    )
    files[VENV / "share/jupyter/lab/settings/overrides.json"] = json.dumps(JUPYTERLAB)
    look = {"ServerApp": {"tornado_settings": {"static_custom_path": [str(LOOK)]}}, "LabApp": {"custom_css": True}}
    files[VENV / "etc/jupyter/jupyter_lab_config.json"] = json.dumps(look)
    for path, text in files.items():
        if not path.is_file() or path.read_bytes() != text.encode():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())


def works() -> bool:
    """Whether there is an environment whose Python starts, lives here, and is new enough."""
    probe = "import sys; sys.exit(sys.version_info < (3, 11))"
    try:
        started = subprocess.run([str(PYTHON), "-c", probe], capture_output=True, env=own_variables()).returncode == 0
    except OSError:
        return False
    return started and (VENV / "pyvenv.cfg").is_file()


def make_venv(uv: str | None) -> None:
    """Make an empty environment with the Python that runs us."""
    shutil.rmtree(VENV, ignore_errors=True)
    tool = (
        [uv, "venv", "--quiet", "--python", sys.executable] if uv else [sys.executable, "-m", "venv", "--without-pip"]
    )
    tell_why_not([*tool, str(VENV)])


def tell_why_not(command: list[str]) -> None:
    """Run a part of making the environment; if it fails, nothing of that stays, and a sentence says why."""
    made = subprocess.run(command, capture_output=True, env=own_variables())
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        said = (made.stdout + made.stderr).decode("utf-8", "replace").strip()
        sys.exit(why_no_venv(said))


def why_no_venv(said: str) -> str:
    """What kept an environment from being made, in a sentence: what Debian leaves out, or else what was said."""
    if "ensurepip" in said or "No module named venv" in said or not said:
        return VENV_MISSING
    return f"A virtual environment could not be made in {ROOT}: {said.splitlines()[-1].removeprefix('Error: ')}"
