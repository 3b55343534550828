"""Pins: the versions of the packages that are installed, and their hashes, as uv finds them for all systems."""

import os
import shutil
import subprocess
import venv
from pathlib import Path
from typing import Any

from workbook.environment import LOCKS, ROOT

OPTIONS = (
    "--quiet", "--universal", "--generate-hashes", "--no-header", "--no-annotate",
    "--python-version", "3.11",  # the oldest that we promise
)  # fmt: skip
PARTS = {"all": ["--extra", "workbook"], "servers": ["--constraint", "requirements.lock"]}  # in this order: all decides


def compile(kind: str, lock: Path, *options: str) -> int:
    """Write a lock, as pyproject.toml wants it; the pins that are in it stay, if they can. Return uv's exit status."""
    what = [*OPTIONS, *PARTS[kind], *options, "pyproject.toml", "--output-file", str(lock)]
    return run(*what, cwd=ROOT, stdout=subprocess.DEVNULL).returncode


def run(*options: str, **how: Any) -> subprocess.CompletedProcess[str]:
    """Let uv compile. It believes whom the system believes, as pip does, and needs no other Python than this one."""
    variables = {**os.environ, "UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1", "UV_PYTHON_DOWNLOADS": "never"}
    return subprocess.run([uv(), "pip", "compile", *options], env=variables, text=True, **how)


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
