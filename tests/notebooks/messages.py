"""Messages: what is wrong with what a check tells a learner, found by looking at its lines."""

import re

from workbook import workspace

JARGON = re.compile(
    r"where (?:False|True|None) = |<built-in|DID NOT RAISE|Regex pattern|\bassert\b|\bat 0x[0-9a-f]{4}|INTERNALERROR|"
    r"conftest|tests/|\.venv|Traceback|<bound method|AssertionError|<\w*comp>|<lambda>|<genexpr>|/pytest-|   \(\(|"
    r"(?<!python -m )\bsteps\.step\w+\.|False, or nothing"
)


def faults(exercise: str, lines: list[str]) -> list[str]:
    """What a learner could not understand, or would be led astray by; empty if there is nothing."""
    said = {name: rest for name, _, rest in (line.partition(": ") for line in lines[1:])}
    found = [f"jargon: {line}" for line in lines if JARGON.search(line)]
    found += [f"{name} is empty" for name in ("why", "came back") if not said.get(name, "").strip()]
    if len(lines) > 8:
        found.append(f"{len(lines)} lines")
    if exercise not in lines[0]:
        found.append("which exercise?")
    if not said.get("where", "").startswith(workspace.shown(exercise)):
        found.append("another file than the learner's")
    return found
