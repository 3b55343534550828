"""Lessons: run the notebooks from clean kernels. As a program, it keeps the outputs (`make lessons`)."""

import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import nbformat
from nbclient import NotebookClient

from workbook.environment import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("[1-9]_*.ipynb"))
# What differs from run to run: ids and signatures, dates, times, ports.
MASKS = [
    (r"[\w+/-]{6,8}…", "<secret>"),
    (r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", "<date>"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "<date>"),
    (r'"createdAt":\d+', '"createdAt":<time>'),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:<port>"),
    (r"\$argon2id\$[\w$=,+/]+", "<hash>"),
]


def execute(path: Path) -> Any:
    """Run a notebook from a clean kernel, from top to bottom, and return it with its new outputs."""
    notebook = nbformat.read(path, as_version=4)
    paths = os.pathsep.join([str(ROOT), str(ROOT / "notebooks")])
    client = NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": ROOT}})
    client.execute(env={**os.environ, "PYTHONPATH": paths}, record_timing=False)
    return notebook


def outputs(notebook: Any) -> list[list[str]]:
    """What each code cell shows, with what differs from run to run masked."""
    return [[masked(text) for text in texts(cell)] for cell in notebook.cells if cell.cell_type == "code"]


def texts(cell: Any) -> list[str]:
    """All that a cell has put out, as texts; neighbouring pieces of a stream are one."""
    shown: list[str] = []
    for output in cell.outputs:
        if output.output_type == "stream":
            shown.append(output.text)
        elif output.output_type == "error":
            shown.append(f"{output.ename}: {output.evalue}")
        else:
            shown.extend(f"{kind}: {unquote(text)}" for kind, text in sorted(output.data.items()))
    return shown


def masked(text: str) -> str:
    """The text without what differs from run to run."""
    for pattern, instead in MASKS:
        text = re.sub(pattern, instead, text)
    return text


def refresh(path: Path) -> str:
    """Run a notebook and keep its outputs, if they say anything new."""
    old, new = nbformat.read(path, as_version=4), execute(path)
    if outputs(old) == outputs(new):
        return f"{path.name}: as before"
    for cell in new.cells:
        cell.metadata.pop("execution", None)
    new.metadata = old.metadata
    nbformat.write(new, path)
    return f"{path.name}: new outputs kept"


if __name__ == "__main__":
    chosen = [path for path in NOTEBOOKS if not sys.argv[1:] or path.name[0] in sys.argv[1:]]
    with ThreadPoolExecutor(2) as pool:
        for line in pool.map(refresh, chosen):
            print(line)
