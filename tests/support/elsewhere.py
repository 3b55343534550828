"""Elsewhere: a Python that lacks what only Unix has, as far as that can be pretended here.

As a program it serves a step so, as `tests.support.quick` does: `python -m tests.support.elsewhere step8_production`.
"""

import asyncio.events
import concurrent.futures.process
import multiprocessing
import os
import signal
import ssl
import subprocess
import sys
import tempfile

import psutil
import pytest
import waitress.server

LOADED = (asyncio, concurrent, multiprocessing, ssl, subprocess, tempfile, psutil, pytest, waitress)  # as they are here
MODULES = ("fcntl", "grp", "gunicorn", "pwd", "resource", "syslog", "termios")
OF_OS = (
    "fork", "forkpty", "geteuid", "getpgid", "getpgrp", "getuid", "killpg", "mkfifo", "register_at_fork",
    "sched_getaffinity", "setsid",
)  # fmt: skip
SIGNALS = ("SIGALRM", "SIGCHLD", "SIGCONT", "SIGHUP", "SIGKILL", "SIGSTOP", "SIGUSR1", "SIGUSR2")


def pretend() -> None:
    """From here on, this process has none of it. What the standard library has taken for itself already, it keeps."""
    for name in list(sys.modules):
        if name.partition(".")[0] in MODULES:
            del sys.modules[name]
    sys.modules.update(dict.fromkeys(MODULES))  # None: such an import fails
    for name in OF_OS:
        delattr(os, name)
    for name in SIGNALS:
        delattr(signal, name)


if __name__ == "__main__":
    pretend()
    from tests.support import quick

    quick.serve(*sys.argv[1:])
