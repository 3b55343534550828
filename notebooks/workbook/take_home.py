"""Take home: the whole library as one file that needs only Python, `build/sessions.py`; and the same as a package.

The steps are written so that they can stand in one file: each extends what the steps before have made. What is left to
do is to put them one below the other, and to give classes that a later step extends a name of their own.
"""

import ast
import re
import sys
from functools import cache
from pathlib import Path

from workbook import package

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
    "step5_stores.store": {"Store": "Rows", "MemoryStore": "ComparingMemoryStore"},
    "step5_stores.promises": {"Session": "SafeSession"},
    "step5_stores.refusals": {},
    "step5_stores.failures": {"FailFast": "PlainFailFast"},
    "step5_stores.connections": {},
    "step5_stores.sqlite_store": {"SQLiteStore": "PlainSQLiteStore"},
    "step5_stores.redis_store": {"RedisStore": "PlainRedisStore"},
    "step5_stores.postgres_pool": {},
    "step5_stores.postgres_store": {"PostgresStore": "PlainPostgresStore"},
    "step5_stores.open_store": {"open_store": "open_plain_store"},
    "step5_stores.middleware": {"SessionMiddleware": "SafeSessionMiddleware"},
    "step6_access.owners": {},
    "step6_access.owned_memory": {},
    "step6_access.owned_sqlite": {},
    "step6_access.owned_redis": {},
    "step6_access.owned_postgres": {},
    "step6_access.open_store": {},
    "step6_access.sessions": {
        "Rules": "OwnerRules",
        "Session": "OwnedBySession",
        "SessionMiddleware": "OwningSessionMiddleware",
    },
    "step6_access.orders": {"notice": "flash", "take_notices": "flashed"},
    "step7_harden.session_cookie": {},
    "step7_harden.policy": {},
    "step7_harden.hashed_ids": {"HashedIds": "PlainHashedIds"},
    "step7_harden.hashed_owners": {},
    "step7_harden.by_turns": {},
    "step7_harden.reading": {},
    "step7_harden.touching": {},
    "step7_harden.middleware": {},
}
# Of some modules a part only, under a heading of its own: the rest is the tea house's.
PARTS = {
    "step6_access.orders": (
        "Flash: what the next page says, once.",
        ("MOST_NOTICES", "LONGEST_NOTICE", "notice", "take_notices"),
    ),
}
HEAD = '''"""Sessions for WSGI apps: Express's session management, rebuilt, and the promises that it does not make.

    from tea_house_sessions import SessionMiddleware, open_store

    app = SessionMiddleware(app, secret="a long random text", store=open_store("sqlite:///sessions.sqlite3"))

The session is `environ["session"]`, in Bottle `request.session`: a dict that is saved when the answer's headers leave.
help(SessionMiddleware) names all options, help(Session) all that a session can do, help(SessionCookie) the settings of
its cookie, help(Store) what a store is. What is raised is a StoreError if the store cannot answer, a SessionEnded if
the session is no longer there, else a ValueError or TypeError that says what is wrong. A StoreError that leaves an app
is answered 503, a SessionEnded 409, each with a sentence.

USE IT IN YOUR APP

{use}

WHAT IT PROMISES

{promises}

ABOUT

Version {version}, made by `make take-home` from the steps of a workbook, {commit}.
Where a docstring names a step, it is one of those. It needs Python 3.11 or newer, and nothing else; RedisStore needs
redis-py, PostgresStore psycopg[binary,pool]. MIT license.
"""
'''
# The packages that only some stores need: who has none of them has no types of them either.
OPTIONAL = re.compile(r"^( *(?:from|import) (?:redis|psycopg\w*)\b[^#\n]*)$", flags=re.M)
UNUSED_HERE = re.compile(r"  # noqa: [A-Z0-9, ]+(?=  #|$)", flags=re.M)
WIDTH = 88  # beyond it, an import is wrapped: so ruff leaves it as it is, whatever line length a project has

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
        self.heading = PARTS[name][0] if name in PARTS else (ast.get_docstring(self.tree) or "").strip()
        for node in self.tree.body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                self.take_import(node)
        for node in self.tree.body[1:]:
            if name in PARTS and not {*names_in(node)} & {*PARTS[name][1]}:
                self.edits.append((node.lineno, 0, (node.end_lineno or 0) + 1, 0, ""))
                continue
            for part in ast.walk(node):
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
                known = self.known_in(module.removeprefix("steps."))
                if alias.name in known or alias.asname:
                    self.names[alias.asname or alias.name] = known.get(alias.name, alias.name)

    def known_in(self, module: str) -> Names:
        """What is renamed in a module, or in all of a step."""
        return MODULES[module] if module in MODULES else finals(module)

    def rename(self, node: ast.AST) -> None:
        """Note where a name has to become another."""
        if isinstance(node, ast.Name) and node.id in self.names:
            self.replace(node, self.names[node.id])
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in self.packages:
            self.replace(node, self.packages[node.value.id].get(node.attr, node.attr))
        elif isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name in MODULES[self.name]:
            start = node.col_offset + len("class " if isinstance(node, ast.ClassDef) else "def ")
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
        """The module's part of the file, its first sentence as a heading, spaced as ruff does it."""
        lines = [line.encode() for line in self.source.splitlines(keepends=True)]
        for line, column, end_line, end_column, text in sorted(set(self.edits), reverse=True):
            rest = lines[end_line - 1][end_column:]
            lines[line - 1 : end_line] = [lines[line - 1][:column] + text.encode() + rest]
        docstring = self.tree.body[0]
        body = b"".join(lines).decode().split("\n", docstring.end_lineno or 1)[-1].strip("\n")
        comment = "\n".join(f"# {line}".rstrip() for line in self.heading.splitlines() if "step" not in line.lower())
        space = "\n\n\n" if body.startswith(("class ", "def ", "@")) else "\n\n"
        return f"# {'-' * 117}\n{comment}{space}{body}"


def names_in(node: ast.stmt) -> list[str]:
    """The names that a statement at the top of a module defines."""
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        return [node.name]
    if isinstance(node, ast.Assign | ast.AnnAssign):
        return [ast.unparse(each) for each in (node.targets if isinstance(node, ast.Assign) else [node.target])]
    return []


def refuse_clashes(modules: list[Module]) -> None:
    """Raise ValueError if two modules mean different things by one name: the later would silently win."""
    seen: dict[str, tuple[str, ast.stmt]] = {}
    for module, node in ((each, node) for each in modules for node in each.tree.body):
        for name in names_in(node):
            final = MODULES[module.name].get(name, name)
            if final in seen and ast.unparse(seen[final][1]) != ast.unparse(node):
                raise ValueError(f"{final} means one thing in {seen[final][0]}, and another in {module.name}")
            seen[final] = (module.name, node)


def order(name: str) -> tuple[int, str]:
    """The order in which ruff wants names: constants, then classes, then the rest."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2), name


def import_lines(pairs: list[tuple[str, str]]) -> str:
    """The import statements, one for each module, sorted and wrapped as ruff does it."""
    whole = [f"import {module}" for module in sorted({module for module, name in pairs if not name})]
    named = []
    for module in sorted({module for module, name in pairs if name}):
        names = sorted({name for each, name in pairs if each == module and name}, key=order)
        line = f"from {module} import {', '.join(names)}"
        wrapped = f"from {module} import (\n" + "".join(f"    {name},\n" for name in names) + ")"
        named.append(line if len(line) <= WIDTH else wrapped)
    return "\n".join([*whole, *named])


def public() -> list[str]:
    """The names that are for everybody: those of `from steps import …`, and what is taken out of the tea house."""
    tree = ast.parse((ROOT / "steps" / "__init__.py").read_text(encoding="utf-8"))
    exported = next(node for node in tree.body if isinstance(node, ast.Assign) and names_in(node) == ["__all__"])
    parts = [MODULES[module].get(name, name) for module, (_, names) in PARTS.items() for name in names]
    return sorted([*ast.literal_eval(exported.value), *(name for name in parts if name.islower())], key=order)


@cache
def library() -> tuple[str, str]:
    """The import statements, and the modules one below the other."""
    modules = [Module(name) for name in MODULES]
    refuse_clashes(modules)
    imports = import_lines([pair for module in modules for pair in module.imports])
    text = UNUSED_HERE.sub("", "\n\n\n".join(module.text() for module in modules))
    return imports, OPTIONAL.sub(r"\1  # type: ignore[import-not-found, unused-ignore]", text)


def sessions_py(name: str = "sessions") -> str:
    """The text of the file, as a module of this name."""
    version, commit = package.version(), package.commit()
    head = HEAD.format(
        use=package.as_plain(package.section("Use it in your app")),
        promises=package.as_plain(package.promises()),
        version=version,
        commit=f"commit {commit}" if commit else "of no commit that is known",
    ).replace(package.MODULE, name)
    imports, body = library()
    exported = "__all__ = [\n" + "".join(f'    "{each}",\n' for each in public()) + "]"
    text = f'{head}\n{imports}\n\n__version__ = "{version}"\n{exported}\n\n\n{body}\n'
    text = re.sub(r"\n{4,}", "\n\n\n", text)
    compile(text, f"{name}.py", "exec")
    return text


def take_home() -> int:
    """Write the file and the package, and say what to do with them."""
    TARGET.parent.mkdir(exist_ok=True)
    text = sessions_py()
    TARGET.write_text(text, encoding="utf-8")
    wheel, sdist = package.build(sessions_py(package.MODULE), TARGET.parent)
    print(
        f"build/sessions.py: {len(text.splitlines())} lines, nothing but Python needed; from our modules in steps/, "
        "not from yours in workspace/. Copy it into your project, and:"
    )
    print("    from sessions import SessionMiddleware, open_store")
    print(f"Or install the same as a package, build/{wheel} (its source is {sdist}):")
    print(f"    pip install build/{wheel}")
    print(f"    from {package.MODULE} import SessionMiddleware, open_store")
    if not package.commit():
        print("There is no git repository here, so `__version__` names no commit.")
    return 0


if __name__ == "__main__":
    sys.exit(take_home())
