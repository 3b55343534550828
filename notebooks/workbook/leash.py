"""Leash: servers that a lesson starts end with it, even if its kernel is killed and can end nothing any more.

A small process waits at the other end of a pipe. When the pipe closes, however that came about, it ends those that are
still on the leash; when we are gone, it ends our group as well, if that is on the leash, too.
"""

import atexit
import os
import subprocess
import sys
from threading import Lock

WATCH = """
import os, signal, sys, time

def end(process):
    try:
        os.kill(process, getattr(signal, "SIGKILL", signal.SIGTERM))
    except OSError:
        pass

held = set()
for line in sys.stdin:
    sign, process = line[0], int(line[1:])
    held.add(process) if sign == "+" else held.discard(process)
for process in sorted(held, reverse=True):  # a group comes last: it ends when the one that it is named after has gone
    while os.getppid() == -process:
        time.sleep(0.02)
    end(process)
"""
LOCK = Lock()
WATCHERS: list["subprocess.Popen[str]"] = []
GROUP: list[int] = []  # our group, if it is held: minus its number, as the system names a group


def hold(process: int) -> None:
    """End this process when we are gone."""
    tell(f"+{process}")


def let_go(process: int) -> None:
    """It has ended by itself."""
    tell(f"-{process}")


def hold_group() -> None:
    """End all that we start when we are gone, but for what has a session of its own; if we are the first of a group."""
    if hasattr(os, "getpgrp") and os.getpgrp() == os.getpid():
        GROUP.append(-os.getpid())
        hold(GROUP[0])


@atexit.register
def end() -> None:
    """We go: what is still held ends now."""
    while WATCHERS:
        watcher = WATCHERS.pop()
        assert watcher.stdin
        watcher.stdin.close()
        if not GROUP:  # of that, the end comes after ours
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
