"""Calm: a program that is stopped, or whose reader has had enough, ends without a traceback.

As a program it runs others that way, a script or a module: `python -m workbook.calm tests/benchmarks/bench.py`.
"""

import codecs
import io
import os
import runpy
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# What stands for our marks where only ASCII can be written, or some of it.
PLAIN = str.maketrans("✓✗◐○▶…→←’‘“”–—−·×≥≤", "+x~o>.-<''\"\"---*x><", "\ufeff") | {ord("…"): "...", ord("→"): "->"}


def plainly(error: UnicodeError) -> tuple[str, int]:
    """What to write in place of letters that the output has not: as near as it can be, never an exception."""
    assert isinstance(error, UnicodeEncodeError)
    text = error.object[error.start : error.end].translate(PLAIN)
    return text.encode(error.encoding, "replace").decode(error.encoding), error.end


@contextmanager
def calm() -> Iterator[None]:
    """Write whatever the output's encoding is; end with one line at Ctrl-C, and with none where nobody reads on."""
    codecs.register_error("plainly", plainly)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="plainly")
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:  # `make help | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


if __name__ == "__main__":
    with calm():
        sys.argv = sys.argv[1:]
        if sys.argv[0] == "-m":
            sys.argv = sys.argv[1:]
            runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
        else:
            sys.path[0] = str(Path(sys.argv[0]).parent)
            runpy.run_path(sys.argv[0], run_name="__main__")
