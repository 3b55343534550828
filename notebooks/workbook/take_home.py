"""Take home: the whole library as one file that needs only Python, `build/sessions.py`.

The steps are written so that they can stand in one file: each extends what the steps before have made. What is left to
do is to put them one below the other, and to give classes that a later step extends a name of their own.
"""

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "build" / "sessions.py"
MODULES = {  # in this order; and what becomes of the names that a later step uses again
    "step1_install.cookies": {},
    "step1_install.set_cookie": {},
    "step1_install.signature": {},
    "step2_middleware.store": {"Store": "PlainStore", "MemoryStore": "PlainMemoryStore"},
    "step2_middleware.session": {"Session": "PlainSession"},
    "step2_middleware.middleware": {"SessionMiddleware": "PlainSessionMiddleware"},
    "step4_destroy.expiry": {"SessionCookie": "TimedCookie", "Rules": "TimeRules"},
    "step4_destroy.store": {"Store": "ExpiringStore", "MemoryStore": "ExpiringMemoryStore"},
    "step4_destroy.endings": {"Session": "EndingSession"},
    "step4_destroy.middleware": {"SessionMiddleware": "EndingSessionMiddleware"},
    "step5_stores.ends": {},
    "step5_stores.store": {},
    "step5_stores.promises": {"Session": "SafeSession"},
    "step5_stores.refusals": {},
    "step5_stores.failures": {},
    "step5_stores.connections": {},
    "step5_stores.sqlite_store": {},
    "step5_stores.redis_store": {},
    "step5_stores.postgres_pool": {},
    "step5_stores.postgres_store": {},
    "step5_stores.open_store": {},
    "step5_stores.middleware": {"SessionMiddleware": "SafeSessionMiddleware"},
    "step7_harden.session_cookie": {},
    "step7_harden.policy": {},
    "step7_harden.hashed_ids": {},
    "step7_harden.by_turns": {},
    "step7_harden.reading": {},
    "step7_harden.touching": {},
    "step7_harden.middleware": {},
}
HEAD = '''"""Sessions for WSGI apps: Express's session management, rebuilt, and the promises that it does not make.

    from sessions import SessionMiddleware, SQLiteStore

    app = SessionMiddleware(app, secret="a long random text", store=SQLiteStore("sessions.sqlite3"))

The session is `environ["session"]`, in Bottle `request.session`: a dict with id, cookie, save(), touch(), destroy(),
regenerate(keep=()) and reload(). Made by `make take-home` from the steps of the workbook; needs Python 3.11 or newer,
redis-py for RedisStore, psycopg[binary,pool] for PostgresStore. MIT license.
"""
'''

Names = dict[str, str]


def finals(step: str) -> Names:
    """What the names of a step's package are called in the file."""
    return {
        name: new for module, renamed in MODULES.items() if module.startswith(step) for name, new in renamed.items()
    }


class Module:
    """One module on its way into the file."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.source = (ROOT / "steps" / f"{name.replace('.', '/')}.py").read_text(encoding="utf-8")
        self.tree = ast.parse(self.source)
        self.names = dict(MODULES[name])
        self.packages: dict[str, Names] = {}  # names of modules in this one, and what is renamed in them
        self.imports: list[tuple[str, str]] = []  # module and name; without a name, the module itself
        self.edits: list[tuple[int, int, int, int, str]] = []  # from line and column to line and column, in bytes
        for node in self.tree.body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                self.take_import(node)
        for part in ast.walk(self.tree):
            self.rename(part)

    def take_import(self, node: ast.Import | ast.ImportFrom) -> None:
        """Collect what comes from Python; of what comes from steps, note how it is called in the file."""
        self.edits.append((node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0, ""))
        module = getattr(node, "module", None) or ""
        if not module.startswith("steps"):
            self.imports += [(module or alias.name, alias.name if module else "") for alias in node.names]
            return
        for alias in node.names:
            inner = f"{module}.{alias.name}".removeprefix("steps.")
            if inner in MODULES:
                self.packages[alias.name] = MODULES[inner]
            elif module == "steps":
                self.packages[alias.name] = finals(alias.name)
            else:
                self.names |= {k: v for k, v in self.known_in(module.removeprefix("steps.")).items() if k == alias.name}

    def known_in(self, module: str) -> Names:
        """What is renamed in a module, or in all of a step."""
        return MODULES[module] if module in MODULES else finals(module)

    def rename(self, node: ast.AST) -> None:
        """Note where a name has to become another."""
        if isinstance(node, ast.Name) and node.id in self.names:
            self.replace(node, self.names[node.id])
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in self.packages:
            self.replace(node, self.packages[node.value.id].get(node.attr, node.attr))
        elif isinstance(node, ast.ClassDef) and node.name in self.names:
            start = node.col_offset + len("class ")
            self.edits.append((node.lineno, start, node.lineno, start + len(node.name), self.names[node.name]))
        elif isinstance(node, ast.Constant) and node.value in self.names and self.is_annotation(node):
            self.replace(node, f'"{self.names[str(node.value)]}"')

    def is_annotation(self, constant: ast.Constant) -> bool:
        """Whether a text stands for a type."""
        found = (getattr(node, field, None) for node in ast.walk(self.tree) for field in ("annotation", "returns"))
        return any(constant in ast.walk(annotation) for annotation in found if annotation)

    def replace(self, node: ast.expr, text: str) -> None:
        """Note one replacement."""
        self.edits.append((node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0, text))

    def text(self) -> str:
        """The module's part of the file, its first sentence as a heading."""
        lines = [line.encode() for line in self.source.splitlines(keepends=True)]
        for line, column, end_line, end_column, text in sorted(set(self.edits), reverse=True):
            rest = lines[end_line - 1][end_column:]
            lines[line - 1 : end_line] = [lines[line - 1][:column] + text.encode() + rest]
        docstring = self.tree.body[0]
        body = b"".join(lines).decode().split("\n", docstring.end_lineno or 1)[-1].strip("\n")
        heading = (ast.get_docstring(self.tree) or "").strip()
        comment = "\n".join(f"# {line}".rstrip() for line in heading.splitlines() if "step" not in line.lower())
        return f"# {'-' * 117}\n{comment}\n\n{body}"


def names_defined(tree: ast.Module) -> dict[str, str]:
    """What a module defines at its top, with the text of the definition."""
    found: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found[node.name] = ast.unparse(node)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                found[ast.unparse(target)] = ast.unparse(node)
    return found


def refuse_clashes(modules: list[Module]) -> None:
    """Raise ValueError if two modules mean different things by one name: the later would silently win."""
    seen: dict[str, tuple[str, str]] = {}
    for module in modules:
        for name, definition in names_defined(module.tree).items():
            final = MODULES[module.name].get(name, name)
            if final in seen and seen[final][1] != definition:
                raise ValueError(f"{final} means one thing in {seen[final][0]}, and another in {module.name}")
            seen[final] = (module.name, definition)


def import_lines(pairs: list[tuple[str, str]]) -> str:
    """The import statements, one for each module."""
    whole = [f"import {module}" for module, name in pairs if not name]
    modules = dict.fromkeys(module for module, name in pairs if name)
    named = [f"from {m} import {', '.join(name for module, name in pairs if module == m and name)}" for m in modules]
    return "\n".join([*whole, *named])


def sessions_py() -> str:
    """The text of the file."""
    modules = [Module(name) for name in MODULES]
    refuse_clashes(modules)
    imports = sorted({pair for module in modules for pair in module.imports})
    public = ["HashedIds", "MemoryStore", "PostgresStore", "RedisStore", "SQLiteStore", "Session", "SessionEnded"]
    public += [
        "SessionMiddleware",
        "Store",
        "StoreError",
        "atomically",
        "open_store",
        "parse_cookies",
        "serialize_cookie",
        "sign",
        "unsign",
    ]
    exported = "__all__ = [\n" + "".join(f'    "{name}",\n' for name in public) + "]"
    parts = [HEAD.rstrip(), import_lines(imports), exported, *(module.text() for module in modules)]
    text = re.sub(r"\n{4,}", "\n\n\n", "\n\n\n".join(parts)) + "\n"
    compile(text, "sessions.py", "exec")
    return text


def take_home() -> int:
    """Write the file, and say what to do with it."""
    TARGET.parent.mkdir(exist_ok=True)
    text = sessions_py()
    TARGET.write_text(text, encoding="utf-8")
    print(
        f"build/sessions.py: {len(text.splitlines())} lines, nothing but Python needed; from our modules in steps/, "
        "not from yours in workspace/. Copy it into your project, and:"
    )
    print("    from sessions import SessionMiddleware, SQLiteStore")
    return 0


if __name__ == "__main__":
    sys.exit(take_home())
