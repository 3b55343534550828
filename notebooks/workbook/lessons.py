"""Lessons: run the notebooks from clean kernels.

As a program (`make lessons`), it writes the exercises' blanks anew, runs the lessons and keeps their outputs. Digits
choose lessons, and `--blanks` stops before they are run: `python -m workbook lessons 2 --blanks`. Then it looks
after the README's pictures; `--pictures` does that alone.
"""

import asyncio
import copy
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

from workbook import blanks, express, redis_server
from workbook.calm import calm
from workbook.environment import ROOT, number_in

NOTEBOOKS = sorted((ROOT / "notebooks").glob("[1-9]_*.ipynb"))
PATHS = os.pathsep.join([str(ROOT), str(ROOT / "notebooks")])
COVER = "What happens:"  # the first line of an output that a prediction is about
# What differs from run to run: ids and signatures, dates, times, ports.
MASKS = [
    (r"[\w+/-]{6,8}…", "<secret>"),
    (r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", "<date>"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "<date>"),
    (r"createdAt(\W|quot)+\d{13}", "createdAt <time>"),
    (r"handle(\W|quot)+[0-9a-f]{12}\b", "<handle>"),
    (r"proof(\W|quot)+[0-9a-f]{64}", "proof <fingerprint>"),
    (r"confirmed(\W|quot)+\d+\.\d+", "confirmed <time>"),
    (r"s%3A[\w%.~*'()!-]+", "<cookie>"),
    (r"\Wat\W+\d{10}\.\d+", "at <time>"),
    (r"session(\W|quot)+[0-9a-f]{12}\b", "session <name>"),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:<port>"),
    (r"Session [0-9a-f]{12}", "Session <name>"),
    (r"\$argon2id\$[\w$=,+/]+", "<hash>"),
]


def execute(notebooks: list[Any]) -> None:
    """Run notebooks from clean kernels, from top to bottom, two at a time; their outputs are replaced."""

    async def run_all() -> None:
        # At Ctrl-C nbclient would end the kernels and go on without them; asyncio ends it all.
        asyncio.get_running_loop().add_signal_handler = leave_signals_alone  # type: ignore
        turns = asyncio.Semaphore(2)
        await asyncio.gather(*[run_one(notebook, turns) for notebook in notebooks])

    asyncio.run(run_all())


def leave_signals_alone(*_: Any) -> None:
    """In place of a loop's add_signal_handler, as where there are no signals."""
    raise RuntimeError("signals are not nbclient's affair here")


async def run_one(notebook: Any, turns: asyncio.Semaphore) -> None:
    """Run one notebook when it is its turn, as for somebody who has written nothing yet."""
    resources = {"metadata": {"path": ROOT}}
    quiet = ["--IPKernelApp.log_level=40"]  # it warns of its own connection, which nobody else can reach
    options: Any = {"kernel_name": "python3", "record_timing": False, "extra_arguments": quiet, "resources": resources}
    client = NotebookClient(notebook, timeout=120, **options)
    with tempfile.TemporaryDirectory() as folder:
        async with turns:
            own = {"WORKBOOK_WORKSPACE": f"{folder}/workspace", "BUILD_FOLDER": f"{folder}/build"}
            variables = {**os.environ, "PYTHONPATH": PATHS, "WORKBOOK_READING": "1", **own}
            await client.async_execute(env=variables)
    cover(notebook)


def cover(notebook: Any) -> None:
    """Begin each folded output with a line that says nothing: JupyterLab shows the first line of what is folded."""
    for cell in notebook.cells:
        if cell.metadata.get("jupyter", {}).get("outputs_hidden"):
            cell.outputs.insert(0, nbformat.v4.new_output("display_data", {"text/plain": COVER}))


def executed(notebook: Any) -> Any:
    """A copy of a notebook, run from a clean kernel."""
    book = copy.deepcopy(notebook)
    execute([book])
    return book


def read(path: Path) -> Any:
    """A notebook from its file."""
    return nbformat.read(path, as_version=4)


def outputs(notebook: Any) -> list[list[str]]:
    """What each code cell shows, with what differs from run to run masked."""
    return [[masked(text) for text in texts(cell)] for cell in notebook.cells if cell.cell_type == "code"]


def numbers(notebook: Any) -> list[int | None]:
    """In which order the code cells were run, as they say: one that has moved brings its old number along."""
    return [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"]


def lacks(notebook: Any) -> str:
    """What a lesson uses and this machine has not, as the sentence that it then shows; empty if nothing is missing."""
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    if "start_redis" in code and not shutil.which("redis-server"):
        return redis_server.MISSING
    return express.MISSING if "start_express" in code and not express.is_installed() else ""


def texts(cell: Any) -> list[str]:
    """All that a cell has put out, as texts; neighbouring pieces of a stream are one."""
    shown: list[str] = []
    stream = None  # the stream that the last piece came from
    for output in cell.outputs:
        before, stream = stream, output.get("name") if output.output_type == "stream" else None
        if stream is not None and stream == before:
            shown[-1] += output.text
        elif output.output_type == "stream":
            shown.append(output.text)
        elif output.output_type == "error":
            shown.append(f"{output.ename}: {output.evalue}")
        else:
            # Of a picture its words: what is drawn is said there, too, and the tests see to that.
            shown.extend(f"{kind}: {text.partition(' src=')[0]}" for kind, text in sorted(output.data.items()))
    return shown


def masked(text: str) -> str:
    """The text without what differs from run to run."""
    for pattern, instead in MASKS:
        text = re.sub(pattern, instead, text)
    return text


def refresh(paths: list[Path]) -> None:
    """Run notebooks and keep their outputs, where they say anything new."""
    notebooks = [read(path) for path in paths]
    execute(notebooks)
    for path, new in zip(paths, notebooks, strict=True):
        old = read(path)
        news = outputs(old) != outputs(new) or numbers(old) != numbers(new)
        if news:
            new.metadata = old.metadata
            nbformat.write(new, path)
        print(f"{path.name}: {'new outputs kept' if news else 'as before'}")


def main(arguments: list[str]) -> None:
    """Refresh the lessons that the arguments name; all if they name none."""
    from workbook import pictures

    if "--pictures" in arguments:
        pictures.refresh()
        return
    wanted = [each for each in arguments if each != "--blanks"]
    paths = [path for path in NOTEBOOKS if not wanted or str(number_in(path.name)) in wanted]
    for path in paths:
        if blanks.refresh(path):
            print(f"{path.name}: new blanks")
    if "--blanks" not in arguments:
        refresh(paths)
        pictures.refresh()


if __name__ == "__main__":
    with calm():
        main(sys.argv[1:])
