"""Mutate: each line that defends something is taken away or turned round, one at a time; the tests must fail.

A line whose loss no test notices is a line that the next change may lose. Each mutation runs the tests of its own step
and the attacks, in a copy of the project; a survivor is printed, and makes the exit status 1. `--list` only counts.
"""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "notebooks")]

from workbook.environment import number_in, steps  # noqa: E402

IGNORED = shutil.ignore_patterns(".git", ".venv", "build", "workspace", "__pycache__", "*.ipynb", "node_modules", ".*")


@dataclass(frozen=True)
class Mutation:
    """One line changed: `old` stands once in the module, `new` is what a careless hand would have left."""

    module: str
    old: str
    new: str

    @property
    def step(self) -> int:
        return number_in(self.module)


def of(module: str, *changes: tuple[str, str]) -> list[Mutation]:
    return [Mutation(module, old, new) for old, new in changes]


MUTATIONS = [
    *of(
        "step1_install/cookies.py",
        ("cookies.setdefault(name.strip", "cookies.__setitem__(name.strip"),
        ("        if equals:\n", "        if True:\n"),
        ("BROKEN_PERCENT.search(value)", "False"),
        ("except UnicodeDecodeError", "except KeyError"),
        ("f\"{_checked('name', name, NAME)}=", 'f"{name}='),
        ("quote(value, safe=UNESCAPED)", "value"),
        ("_checked('domain', domain, DOMAIN)", "domain"),
        ("_checked('path', path, PATH)", "path"),
        ('http_only and "HttpOnly"', "False"),
        ('secure and "Secure"', "False"),
        ("same_site and f\"SameSite={_chosen('same_site', same_site, SAME_SITES)}\"", "False"),
        ("allowed.fullmatch(text)", "allowed.match(text)"),
        ("or not math.isfinite(seconds)", "or False"),
    ),
    *of(
        "step1_install/signature.py",
        ("if hmac.compare_digest(_signature(value, each), _bytes(signature)):", "if True:"),
        (
            "hmac.compare_digest(_signature(value, each), _bytes(signature))",
            "_signature(value, each).startswith(_bytes(signature))",
        ),
        ("_bytes(signature))", "signature)"),
        ("if not several or not all(several):", "if False:"),
        ("if not isinstance(each, (str, bytes)):", "if False:"),
        ('_bytes(secret), digestmod="sha256"', 'b"", digestmod="sha256"'),
    ),
    *of(
        "step2_middleware/middleware.py",
        ("return token_urlsafe(24)", "return token_urlsafe(12)"),
        ("return token_urlsafe(24)", 'return "one id for all"'),
        ("save_uninitialized: bool = False", "save_uninitialized: bool = True"),
        ('serialize_cookie(name, "")  #', "#"),
        ("self.new_session(environ) if session is None", "self.make_session(environ, id or '') if session is None"),
        (
            'unsign(cookie[2:], self.secrets) if cookie.startswith("s:") else None',
            'cookie[2:].rpartition(".")[0] if cookie.startswith("s:") else None',
        ),
        ("len(self.secrets) == 1 or sent == self.cookie_for(session)", "True"),
        ('path="/", http_only=True)', 'path="/")'),
    ),
    *of(
        "step2_middleware/session.py",
        ('        if "cookie" in self:\n            raise', "        if False:\n            raise"),
        ("if data[end:]:", "if False:"),
        ("if not row.startswith(COOKIE_FIRST):", "if False:"),
        ("if not math.isfinite(number := float(text)):", "if not (number := 1.0):"),
        ('if text.isascii() else text.encode("utf-8", "backslashreplace").decode()', "if True else text"),
        ("if self or self.held is not None else None", "if self else None"),
    ),
    *of(
        "step3_authenticate/passwords.py",
        ("memory_cost=19 * 1024", "memory_cost=8 * 1024"),
        ("time_cost=2", "time_cost=1"),
        ("HASHER.verify(hashed or NOBODY, _bytes(password))", "hashed and HASHER.verify(hashed, _bytes(password))"),
        ("return hashed is not None", "return True"),
        ("return HASHER.hash(_bytes(password))", "return password"),
    ),
    *of(
        "step3_authenticate/users.py",
        (
            '"SELECT password_hash FROM users WHERE name = ?", (name,)',
            "f\"SELECT password_hash FROM users WHERE name = '{name}'\"",
        ),
        ("if not verify_password(password, hashed):", "if hashed and not verify_password(password, hashed):"),
        ("if hashed and needs_rehash(hashed):", "if False:"),
    ),
    *of(
        "step3_authenticate/auth.py",
        ("if current_user(request.session) else see_other", "if True else see_other"),
    ),
    *of(
        "step4_destroy/endings.py",
        (
            "        self.store.destroy(self.id)\n        self.clear()\n        self.ended = True",
            "        self.clear()\n        self.ended = True",
        ),
        ("        self.clear()\n        self.ended = True", "        self.ended = True"),
        (
            "        self.store.destroy(self.id)\n        self.clear()\n        self.update(kept)",
            "        self.clear()\n        self.update(kept)",
        ),
        ("        self.clear()\n        self.update(kept)", "        self.update(kept)"),
        ("self.id = self.rules.genid(self.environ)", "self.id = self.id"),
        ("        if self.ended:\n            raise SessionEnded", "        if False:\n            raise SessionEnded"),
        ("last is not None and last <= self.rules.clock()", "False"),
        ("None if self.ended else self.wanted()", "self.wanted()"),
    ),
    *of(
        "step4_destroy/middleware.py",
        ("            self.store.destroy(id)\n            return None", "            return None"),
        ("isinstance(session, Session) and session.is_over", "False"),
        ('if self.unset == "destroy":', "if False:"),
        ('return [("Set-Cookie", self.clear_cookie())] if sent else []', "return []"),
        ('path="/", http_only=True, expires=0)', 'path="/", expires=0)'),
        ('path="/", http_only=True, expires=session', 'path="/", expires=session'),
    ),
    *of(
        "step4_destroy/server.py",
        ("session.regenerate(keep)", "pass"),
        ("request.session.destroy()", "pass"),
        ('site.post("/logout"', 'site.route("/logout", ["GET", "POST"]'),
        ('"absolute_timeout": ABSOLUTE_TIMEOUT', '"absolute_timeout": None'),
    ),
    *of("step4_destroy/expiry.py", ("if not abs(seconds) <= LAST_MOMENT:", "if False:")),
    *of(
        "step5_stores/store.py",
        ("            if self._live(id) != expected:\n                return False\n", ""),
    ),
    *of(
        "step5_stores/promises.py",
        (
            "        if row is None:\n            raise SessionEnded",
            "        if False:\n            raise SessionEnded",
        ),
        ("        if known is None:\n            raise StoreError", "        if False:\n            raise StoreError"),
        ("isinstance(keep, str) or self.take_away()", "True"),
        ('        if "cookie" in self:\n            raise', "        if False:\n            raise"),
        ("if key not in base or to_json(value) != to_json(base[key])", "if True"),
    ),
    *of(
        "step5_stores/middleware.py",
        ("            environ[FAILURE] = error\n            return []", "            return []"),
        (
            "        except StoreError as error:\n            return Unavailable(error)",
            "        except StoreError:\n            return None",
        ),
        ("name_in_log(id), type", "id, type"),
        ("            self.store.destroy(id)\n            return None", "            return None"),
        (
            "SPOILT = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)",
            "SPOILT = (ValueError,)",
        ),
    ),
    *of(
        "step5_stores/failures.py",
        ("if self.clock() - begun > SLOW:", "if False:"),
        ('("Cache-Control", "no-store")', '("X-Nothing", "x")'),
    ),
    *of(
        "step6_access/rooms.py",
        ("session.destroy()  # the login was ended elsewhere", "pass"),
        ("if name and self.logins.name_of(handle) != name:", "if False:"),
        (
            'self.logins.end_all(session["user"], but=session["login"])\n        self.confirm_session()',
            "self.confirm_session()",
        ),
        ("        self.confirm_session()\n        orders", "        orders"),
        (
            'if not self.users.verify(session["user"], field("password")):\n            return refused_form("password"',
            'if False:\n            return refused_form("password"',
        ),
        ("if len(new) < SHORTEST:", "if False:"),
        (
            'if not self.users.verify(request.session["user"], field("password")):\n            return refused_form("confirm"',
            'if False:\n            return refused_form("confirm"',
        ),
        ("return handler(*args, **kwargs) if fresh else", "return handler(*args, **kwargs) if True else"),
        ("session.regenerate(keep=[*session])", "pass"),
        ('keep=("views",) if before else KEPT', "keep=KEPT"),
        ("admin(rooms.admin)", "rooms.admin"),
        ("admin(password_required(rooms.change_role))", "password_required(rooms.change_role)"),
        ("admin(password_required(rooms.end_user))", "admin(rooms.end_user)"),
        ("login_required(rooms.end_device)", "rooms.end_device"),
    ),
    *of("step6_access/logins.py", ('WHERE handle = ? AND name = ?"', "WHERE handle = ? AND ? != ''\"")),
    *of(
        "step6_access/roles.py",
        ("if account.role == role:", "if True:"),
        ("if role not in ROLES:", "if False:"),
        ("if not given:", "if False:"),
    ),
    *of(
        "step7_harden/policy.py",
        ("if not isinstance(value, bool | None):", "if False:"),
        ('if environ["wsgi.url_scheme"] == "https":', "if True:"),
        ("return bool(proxy) and", "return"),
        ('.partition(",")[0].strip()', '.rpartition(",")[2].strip()'),
        ("and secure is not True:", "and not secure:"),
        ('(settings.get("domain") or settings.get("path") != "/")', "False"),
        ("if not secure and SAME_SITES.get(", "if False and SAME_SITES.get("),
        ('if not secure and settings.get("partitioned"):', "if False:"),
        ('asked.startswith(path.rstrip("/") + "/")', "asked.startswith(path)"),
        ("if unknown := wanted.keys() -", "if unknown := set() and wanted.keys() -"),
        ("refuse_ignored(self.name, wanted)", "pass"),
        ("tuple(map(type, settings.values()))", "()"),
        ('wanted["same_site"] = "none" if secure else "lax"', 'wanted["same_site"] = None'),
    ),
    *of(
        "step7_harden/middleware.py",
        ("return not self.cookie.secure or is_secure(self.environ, self.rules.policy.proxy)", "return True"),
        ("if self.row is not None or self.may_travel else True", "if True else True"),
        ("and session.may_travel\n", "\n"),
        ("session.ended and sent and session.may_travel", "session.ended and sent"),
        ('[*headers, ("Vary", "Cookie"), ("Cache-Control", "no-store")] if headers else []', "headers"),
        ("if self.policy.covers(environ):", "if True:"),
        ("            refuse_ignored(self.name, settings)", "            pass"),
        (
            "self.name, value, expires=expires, **settings)",
            'self.name, value, expires=expires, path="/", http_only=True)',
        ),
    ),
    *of(
        "step7_harden/hashed_ids.py",
        (
            'return urlsafe_b64encode(sha256(id.encode("utf-8", "surrogatepass")).digest()).rstrip(b"=").decode()',
            "return id",
        ),
        ("self.store.destroy(hashed(id))", "self.store.destroy(id)"),
    ),
    *of(
        "step7_harden/csrf.py",
        ("if not is_from_here(request.environ) or", "if"),
        ("or not is_right(field(FIELD), session_shown()):", "or False:"),
        ('return site in ("same-origin", "none")', "return True"),
        ('return site in ("same-origin", "none")', 'return site != "cross-site"'),
        ("return origin is None or origin ==", "return not origin or origin =="),
        (
            """origin == f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', '')}\"""",
            'origin.endswith(environ.get("HTTP_HOST", ""))',
        ),
        ("isinstance(known, str) and hmac", "known is None or hmac"),
        ("token_urlsafe(24))", '"token")'),
    ),
    *of(
        "step7_harden/forms.py",
        ("if request.method not in SAFE_METHODS:", 'if request.method not in (*SAFE_METHODS, "POST"):'),
        ("            check_body()\n", ""),
        ("            check_fields()\n", ""),
        ("            csrf.require_token()\n", ""),
        ("raise HTTPError(411)", "pass"),
        ("or int(length or 0) > LARGEST_BODY", "or False"),
        ("not in FORM_TYPES:", "in ():"),
        ("len(fields) > MOST_FIELDS or", "False or"),
        ("any(len(part) > LONGEST_FIELD for field in fields for part in field)", "False"),
        ("(?![/\\\\])", ""),
        ("if LOCAL_PATH.fullmatch(wanted) else None", "if True else None"),
    ),
    *of(
        "step7_harden/throttle.py",
        ("if seconds:\n", "if False:\n"),
        ("of_name >= OF_NAME or of_address >= OF_ADDRESS", "of_address >= OF_ADDRESS"),
        ("of_name >= OF_NAME or of_address >= OF_ADDRESS", "of_name >= OF_NAME"),
        ("FROM attempts WHERE address = :address", "FROM attempts WHERE :address != ''"),
        ("len(password) <= LONGEST and", ""),
        ("            self.forgive(name, address)\n", "            pass\n"),
        ('"name": hashed(name)', '"name": name'),
        ('database.execute("DELETE FROM attempts WHERE at <= ?", (now - WINDOW,))', "pass"),
        ('f"{address}/64"', 'f"{address}/128"'),
    ),
    *of(
        "step7_harden/headers.py",
        ('"Cache-Control": "no-store", **ALWAYS', "**ALWAYS"),
        ('if environ["wsgi.url_scheme"] == "https":', "if False:"),
        ("frame-ancestors 'none'; ", ""),
        ("base-uri 'none'; ", ""),
        ("; object-src 'none'", ""),
        ("default-src 'none'; ", ""),
        ("environ.get(STYLE, \"'none'\")", "\"'unsafe-inline'\""),
        ("environ.pop(name)", "environ[name]"),
        ("if self.believed and address:", "if address:"),
        ("is_secure(environ, self.believed)", "is_secure(environ, True)"),
        ('.rpartition(",")[2].strip()', '.partition(",")[0].strip()'),
    ),
    *of(
        "step7_harden/server.py",
        ("    site.finishes(csrf.stamp)\n", ""),
        ("    site.install(guard)", "    # site.install(guard)"),
        (
            "return Proxy(SecurityHeaders(ByScheme(site, store=store, **options))",
            "return Proxy((ByScheme(site, store=store, **options))",
        ),
        ('SECURE_NAME = "__Host-connect.sid"', 'SECURE_NAME = "connect.sid"'),
        ('local_path(wanted, otherwise="")', "wanted"),
        ("{html_escape(wanted)}", "{wanted}"),
        ("else ThrottledUsers(users.path, **clock)", "else users"),
        ('"secure": True, "same_site": "lax"}', '"same_site": "lax"}'),
    ),
]


def tests_for(mutation: Mutation) -> list[str]:
    """The tests that should notice, the likeliest first: those of the step, then what runs on all steps."""
    others = ["tests/test_store_contract.py"] if mutation.step == 5 else []
    return [*steps()[mutation.step].tests, *others, "tests/attacks", "tests/test_bad_input.py"]


def survives(mutation: Mutation) -> bool:
    """Whether the tests pass although the line is changed."""
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "project"
        shutil.copytree(ROOT, copy, ignore=IGNORED)
        module = copy / "steps" / mutation.module
        source = module.read_text(encoding="utf-8")
        assert source.count(mutation.old) >= 1, f"{mutation.module} no longer has the line {mutation.old!r}"
        module.write_text(source.replace(mutation.old, mutation.new, 1), encoding="utf-8")
        paths = os.pathsep.join([str(copy), str(copy / "notebooks")])
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-x",
            "-q",
            "-p",
            "no:cacheprovider",
            "-k",
            "not readme and not requirement",
            *tests_for(mutation),
        ]
        done = subprocess.run(command, cwd=copy, capture_output=True, env={**os.environ, "PYTHONPATH": paths})
        if done.returncode and mutation.old == mutation.new:
            print(done.stdout.decode(errors="replace")[-2000:])  # what fails although nothing is changed
        return done.returncode == 0


def main(arguments: list[str]) -> int:
    """Run all mutations, or those whose module or line has one of the words in it."""
    words = [word for word in arguments if not word.startswith("-")]
    chosen = [m for m in MUTATIONS if not words or any(word in m.module + m.old for word in words)]
    if "--list" in arguments:
        print(len(chosen))
        return 0
    unchanged = list(
        {mutation.step: Mutation(mutation.module, mutation.old, mutation.old) for mutation in chosen}.values()
    )
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        broken = [m.step for m, passes in zip(unchanged, pool.map(survives, unchanged), strict=True) if not passes]
        if broken:
            sys.exit(f"The tests of step {broken} fail on the code as it is, so they cannot notice a mutation.")
        survivors = [mutation for mutation, alive in zip(chosen, pool.map(survives, chosen), strict=True) if alive]
    for mutation in survivors:
        print(f"survives: {mutation.module}: {mutation.old!r} -> {mutation.new!r}")
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} mutations were noticed by the tests.")
    return min(len(survivors), 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
