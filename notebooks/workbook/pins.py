"""Pins: the versions of the packages that are installed, and their hashes, as uv finds them for all systems."""

import os
import shutil
import subprocess
import venv
from pathlib import Path

from workbook.environment import LOCKS, ROOT

OPTIONS = (
    "--quiet", "--universal", "--generate-hashes", "--no-header", "--no-annotate",
    "--python-version", "3.11",  # the oldest that we promise
)  # fmt: skip
PARTS = {"all": ["--extra", "workbook"], "servers": ["--constraint", "requirements.lock"]}  # in this order: all decides


def compile(kind: str, lock: Path, *options: str) -> int:
    """Write a lock, as pyproject.toml wants it; the pins that are in it stay, if they can. Return uv's exit status."""
    command = [uv(), "pip", "compile", *OPTIONS, *PARTS[kind], *options, "pyproject.toml", "--output-file", str(lock)]
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL).returncode


def renew() -> int:
    """Write both locks with the newest versions that go together."""
    return max(compile(kind, LOCKS[kind], "--upgrade") for kind in PARTS)


def uv() -> str:
    """The uv that is installed here; where there is none, one that is fetched into build/."""
    if found := shutil.which("uv"):
        return found
    folder = ROOT / "build" / "uv"
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    if not shutil.which("uv", path=programs):
        venv.create(folder, with_pip=True)
        subprocess.run([programs / "python", "-m", "pip", "install", "--quiet", "uv"], check=True)
    return str(shutil.which("uv", path=programs))
