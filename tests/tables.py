"""Tables: which attack works on which step, and which test shows which requirement; in tests/README.md.

`make attacks` and `make asvs` print them and put them there; tests compare.
"""

import ast
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "tests" / "README.md"
FIGURE = ROOT / "notebooks" / "figures" / "7_attack_ladder.svg"

# What OWASP's Application Security Verification Standard 5.0 asks of sessions and of what surrounds them.
REQUIREMENTS = {
    "3.3.1": "cookies are Secure, and prefixed __Host- or __Secure-",
    "3.3.2": "SameSite as the purpose wants it",
    "3.3.3": "the prefix __Host- unless a cookie is meant to be shared",
    "3.3.4": "what scripts need not read is HttpOnly",
    "3.3.5": "a cookie is no longer than 4096 bytes",
    "3.4.1": "Strict-Transport-Security",
    "3.4.3": "a Content-Security-Policy with object-src and base-uri",
    "3.4.4": "X-Content-Type-Options: nosniff",
    "3.4.5": "a Referrer-Policy",
    "3.4.6": "frame-ancestors",
    "3.4.8": "a Cross-Origin-Opener-Policy",
    "3.5.1": "anti-forgery tokens, or as good",
    "3.5.3": "GET, HEAD and OPTIONS change nothing",
    "3.7.2": "redirects lead to own pages only",
    "6.3.1": "guessing is slowed down, and locks no owner out",
    "6.3.8": "nobody can find out who has an account",
    "7.2.3": "tokens of 128 bits or more, from a CSPRNG",
    "7.2.4": "a new token at each login, the old one ended",
    "7.3.1": "an end after inactivity",
    "7.3.2": "an absolute end",
    "7.4.1": "no use after logout or expiry",
    "7.4.2": "all sessions end with the account",
    "7.4.3": "others can be ended after a change of password",
    "7.4.4": "logout on every page behind login",
    "7.4.5": "administrators can end a user's sessions",
    "7.5.1": "full authentication before the account changes",
    "7.5.2": "users see and end their sessions",
    "7.5.3": "fresh authentication before sensitive actions",
    "7.6.2": "no session without an explicit act",
    "8.3.2": "changes of rights apply at once",
    "11.4.2": "an approved, slow password hash",
    "11.5.1": "randomness of 128 bits or more",
    "13.3.1": "no secret in the source",
    "14.2.1": "no token in an address",
    "14.3.2": "no cache keeps what is somebody's own",
    "15.4.2": "checking and acting are one operation",
    "16.2.5": "tokens in logs only hashed",
    "16.5.1": "errors tell no insides",
    "16.5.2": "the rest works on when a resource fails",
    "16.5.3": "failing is safe: no half-done work, no open door",
}


def shown_by() -> dict[str, list[str]]:
    """For each requirement the tests that are marked with it, each with its file."""
    from tests.support.sentences import sentences

    found: dict[str, list[str]] = {id: [] for id in REQUIREMENTS}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        said = sentences(path)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for decorator in getattr(node, "decorator_list", []):
                if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.asvs":
                    for id in map(ast.literal_eval, decorator.args):
                        found[id].append(f"{path.stem.removeprefix('test_').replace('_', ' ')}: {said[node.name]}")
    return found


def asvs() -> str:
    """The requirements with their tests, as a table in Markdown."""
    lines = ["| ASVS 5.0 | asks for | shown by |", "|---|---|---|"]
    for id, tests in shown_by().items():
        if tests:
            lines.append(f"| {id} | {REQUIREMENTS[id]} | {'<br>'.join(tests)} |")
    return "\n".join(lines)


def drawing(outcomes: dict[tuple[str, int], bool | None], steps: list[int]) -> str:
    """The attacks against the steps, as a picture for lesson 7."""
    from tests.figure import sheet, text

    names = list(dict.fromkeys(name for name, _ in outcomes))
    columns = [0, *steps]
    width, height = 330 + 62 * len(columns), 112 + 25 * len(names)
    held = sum(outcomes[name, steps[-1]] is False for name in names)
    said = (
        f"{len(names)} attacks against a naive app and the steps. A cross marks where an attack works, a "
        f"tick where it fails; nothing, where there is nothing to attack yet. On step {steps[-1]}, {held} of them fail."
    )
    parts = []

    def mark(x: int, y: int, works: bool) -> None:
        sign, fill, ink = ("✗", "#f3d9cf", "#8c2f14") if works else ("✓", "#d5e8dc", "#1f5138")
        parts.append(f'<rect x="{x}" y="{y - 16}" width="54" height="21" rx="4" fill="{fill}"/>')
        parts.append(text(x + 27, y, sign, ink, anchor="middle"))

    for n, step in enumerate(columns):
        parts.append(text(345 + 62 * n, 36, f"step {step}" if step else "naive", "#685e53", anchor="middle"))
    for row, name in enumerate(names):
        y = 66 + 25 * row
        parts.append(text(24, y, name, "#2a2520"))
        for n, step in enumerate(columns):
            outcome = outcomes[name, step]
            if outcome is not None:
                mark(318 + 62 * n, y, outcome)
    for x, works, meaning in ((24, True, "the attack works"), (230, False, "it fails")):
        mark(x, height - 24, works)
        parts.append(text(x + 64, height - 24, meaning, "#2a2520"))
    parts.append(text(380, height - 24, "empty: there is nothing to attack yet", "#2a2520"))
    return sheet(width, height, "The attack ladder", said, parts)


def attacks() -> str:
    """The attacks against the steps, each tried, as a table in Markdown; and as a picture, which is written down."""
    from tests.attacks.ladder import LADDER, climb, matrix
    from tests.support import STEPS
    from tests.support.servers import demo_users_in

    outcomes = {}
    for rung in LADDER:
        for step in (0, *STEPS):
            with TemporaryDirectory() as folder:
                outcomes[rung.name, step] = climb(step, rung, demo_users_in(Path(folder)))
    FIGURE.write_text(drawing(outcomes, list(STEPS)), encoding="utf-8")
    return matrix(outcomes, list(STEPS))


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "notebooks")]
    from tests import marked

    made = {"asvs": asvs, "attacks": attacks}[sys.argv[1]]()
    print(made)
    marked.put(PAGE, sys.argv[1], f"{made}\n")
