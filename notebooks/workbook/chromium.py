"""Chromium: the browser without a window, where one is installed: it prints the book and takes pictures."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
ON_A_MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"


def found() -> str | None:
    """Where Chromium, Chrome or Edge is; None if nowhere."""
    return next(filter(None, map(shutil.which, (*NAMES, ON_A_MAC))), None)


def print_pdf(page: Path, target: Path) -> None:
    """Print a page, with an outline of its headings."""
    run(f"--print-to-pdf={target}", "--no-pdf-header-footer", "--generate-pdf-document-outline", page.as_uri())


def photograph(page: Path, target: Path, *, width: int, height: int) -> None:
    """Take a picture of a page."""
    run(f"--screenshot={target}", f"--window-size={width},{height}", "--hide-scrollbars", page.as_uri())


def run(*arguments: str) -> None:
    """Run the browser for one thing, with a profile of its own. As root it starts only without its sandbox."""
    as_root = ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
    with tempfile.TemporaryDirectory() as profile:
        command = [found() or NAMES[0], "--headless", f"--user-data-dir={profile}", "--disable-gpu", *as_root]
        subprocess.run([*command, *arguments], check=True, capture_output=True, timeout=300)
