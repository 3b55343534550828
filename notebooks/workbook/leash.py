"""Leash: servers that a lesson starts end with it, even if its kernel is killed and can end nothing any more.

A small process waits at the other end of a pipe. When the pipe closes, however that came about, it ends those that are
still on the leash.
"""

import atexit
import subprocess
import sys
from threading import Lock

WATCH = """
import os, signal, sys
held = set()
for line in sys.stdin:
    sign, process = line[0], int(line[1:])
    held.add(process) if sign == "+" else held.discard(process)
for process in held:
    try:
        os.kill(process, getattr(signal, "SIGKILL", signal.SIGTERM))
    except OSError:
        pass
"""
LOCK = Lock()
WATCHERS: list["subprocess.Popen[str]"] = []


def hold(process: int) -> None:
    """End this process when we are gone."""
    tell(f"+{process}")


def let_go(process: int) -> None:
    """It has ended by itself."""
    tell(f"-{process}")


@atexit.register
def end() -> None:
    """Nobody is left to wait for."""
    while WATCHERS:
        watcher = WATCHERS.pop()
        assert watcher.stdin
        watcher.stdin.close()
        watcher.wait(timeout=10)


def tell(line: str) -> None:
    """Tell the one who waits, who is started for the first."""
    with LOCK:
        if not WATCHERS:
            program = [sys.executable, "-c", WATCH]
            WATCHERS.append(subprocess.Popen(program, stdin=subprocess.PIPE, text=True, start_new_session=True))
        pipe = WATCHERS[0].stdin
        assert pipe
        print(line, file=pipe, flush=True)
