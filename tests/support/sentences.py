"""Sentences: what a test promises, in words. Its name says it, or its marker where a name cannot."""

import ast
import re
from functools import cache
from pathlib import Path

SPELT = {  # words that a name can only write small and without their signs
    "express": "Express", "redis": "Redis", "connect Redis": "connect-redis", "javascript": "JavaScript",
    "python": "Python", "json": "JSON", "sql": "SQL", "wsgi": "WSGI", "http": "HTTP", "https": "HTTPS", "url": "URL",
    "urls": "URLs", "utf8": "UTF-8", "ipv4": "IPv4", "sha 256": "SHA-256", "readme": "README", "kill 9": "kill -9",
    "ctrl c": "Ctrl-C", "value error": "ValueError", "type error": "TypeError", "store error": "StoreError",
    "start response": "start_response", "set cookie": "Set-Cookie", "max age": "max_age", "same site": "SameSite",
    "whoami": "/whoami", "stand in": "stand-in", "compare and swap": "compare-and-swap",
    "percent encoded": "percent-encoded", "postgres": "PostgreSQL", "pythonpath": "PYTHONPATH",
}  # fmt: skip


def sentence(name: str, said: str = "") -> str:
    """The sentence of the test with this name; `said` is what its marker says, if it has one."""
    words = said.rstrip(".") or name.removeprefix("test_").replace("_", " ")
    if not said:
        for plain, written in SPELT.items():
            words = re.sub(rf"\b{plain}\b", written, words)
    return f"{words[:1] if said else words[:1].upper()}{words[1:]}."


@cache
def sentences(path: Path) -> dict[str, str]:
    """The sentences of a file's tests, by name."""
    tests = [node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef)]
    return {test.name: sentence(test.name, marked(test)) for test in tests if test.name.startswith("test_")}


def marked(test: ast.FunctionDef) -> str:
    """The sentence in a test's marker; empty if it has none."""
    for each in test.decorator_list:
        if isinstance(each, ast.Call) and ast.unparse(each.func) == "pytest.mark.sentence":
            return str(ast.literal_eval(each.args[0]))
    return ""
