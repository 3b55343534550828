"""Express: apps in Node beside ours, where it is installed. `make peer` installs the packages."""

import atexit
import os
import re
import shutil
import subprocess

from workbook import leash
from workbook.environment import ROOT
from workbook.missing import Missing

FOLDER = ROOT / "tests" / "conformance" / "express"
MISSING = "Express is not installed here: install Node 20 or newer, then run make peer. All else goes on without it."


class ExpressApp:
    """An app of that folder, running in a process of its own. `url` says where."""

    def __init__(self, script: str, **variables: str) -> None:
        self.process = subprocess.Popen(
            ["node", script],
            cwd=FOLDER,
            env={**os.environ, "PORT": "0", "NODE_ENV": "production", **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,  # ended by us, not by an interrupt or by the notebook's end
        )
        leash.hold(self.process.pid)
        atexit.register(self.stop)
        assert self.process.stdout
        address = re.search(r"http://127\.0\.0\.1:\d+", self.process.stdout.readline())
        if not address:
            self.stop()
            raise RuntimeError(f"node {script} did not start")
        self.url = address[0]

    def stop(self) -> None:
        """End it."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=10)
            leash.let_go(self.process.pid)
        if self.process.stdout:
            self.process.stdout.close()

    def __repr__(self) -> str:
        return f"An Express app is running at {self.url}"


def is_installed() -> bool:
    """Whether Node and the packages are there."""
    return shutil.which("node") is not None and (FOLDER / "node_modules").is_dir()


def start_express(script: str = "shop.js", **variables: str) -> ExpressApp | Missing:
    """Start an Express app for the lesson, if Express is installed; the variables are its environment."""
    return ExpressApp(script, **variables) if is_installed() else Missing(MISSING)
