"""The ladder: each attack as a function that tries it on a site, and says whether it came through.

Harmless: everything is called within this process, on databases of its own. `@attack(…)` says from which step on an
attack can be tried (`since`), and with which step it fails for good (`cured`). Attacks on mistakes that no step makes
are tried on a naive app; so are all others where that is told apart by `naive=True`.
"""

import base64
import gc
import hashlib
import hmac
import http.cookies
import importlib
import json
import logging
import pickle
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from steps.step1_install import parse_cookies, sign, unsign
from steps.step2_middleware.server import SECRET
from steps.step3_authenticate.passwords import hash_password
from tests.attacks.targets import Naive, Site, SqlStore, compare_slowly, go, quick_hash
from tests.support.calling import DEMO_USERS, Bench, Guest, call

HTTPS = {"wsgi.url_scheme": "https"}
EVIL = {"HTTP_ORIGIN": "https://evil.example", "HTTP_SEC_FETCH_SITE": "cross-site"}
WORDS = ["password", "123456", "tea", "follow-the-rabbit", "off-with-their-heads", "letmein"]


@dataclass(frozen=True)
class Attack:
    """One rung: what is tried, and from which step to which it works."""

    name: str
    run: Callable[[Any], bool]
    since: int  # the first step on which it can be tried
    cured: int  # the first step on which it fails
    naive: bool  # whether it is tried on the naive app, too

    def works_on(self, step: int) -> bool | None:
        """What is expected; None where there is nothing to be attacked yet. Step 0 is the naive app."""
        if step == 0:
            return True if self.naive else None
        return None if step < self.since else step < self.cured


LADDER: list[Attack] = []


def attack(*, since: int, cured: int, naive: bool = False) -> Callable[[Any], Any]:
    """Put a function on the ladder, under its own name."""

    def put(run: Callable[[Any], bool]) -> Any:
        LADDER.append(Attack(run.__name__.replace("_", " "), run, since, cured, naive))
        return run

    return put


def cookie_in(answer: Any) -> str:
    """The session cookie that an answer sets, with its attributes."""
    return next((value for value in answer.cookies if "connect.sid" in value), "")


def id_in(cookie: str) -> str:
    return unquote(cookie.partition("=")[2]).removeprefix("s:").rpartition(".")[0]


# Stealing and inventing the cookie


@attack(since=2, cured=7, naive=True)
def sniffing(site: Any) -> bool:
    """A cookie given out over HTTPS also travels with http:// pictures, where anybody on the way can read it."""
    return "Secure" not in cookie_in(
        site.guest(**HTTPS).get("/") if site.step < 6 else site.guest(**HTTPS).get("/login")
    )


@attack(since=2, cured=2, naive=True)
def theft_by_script(site: Any) -> bool:
    """A script that got into a page sends document.cookie home."""
    return "HttpOnly" not in cookie_in(site.guest().get("/"))


@attack(since=2, cured=2, naive=True)
def guessing(site: Any) -> bool:
    """Ids that are counted can be counted on: the next visitor's is known in advance."""
    mine = site.guest()
    mine.get("/")
    site.logged_in() if site.step == 0 or site.step >= 3 else site.guest().get("/")
    numbers = re.findall(r"\d+", mine.cookie)
    guessed = mine.cookie.replace(numbers[-1], str(int(numbers[-1]) + 1))
    other = site.guest()
    other.cookie = guessed
    return bool(other.user() or (site.step == 2 and json.loads(other.get("/whoami").text)["views"]))


@attack(since=1, cured=2)
def tampering(site: Any) -> bool:
    """What the cookie says is what the visitor says: a thousand visits cost one edit."""
    guest = site.guest()
    guest.cookie = "visits=999" if site.step == 1 else "connect.sid=" + quote('s:{"views":999}.x')
    return "1000" in guest.get("/").text


@attack(since=3, cured=4)
def fixation(site: Any) -> bool:
    """The attacker plants an id of his, and is whoever logs in with it."""
    attacker, victim = site.guest(), site.guest()
    attacker.get("/")
    victim.cookie = attacker.cookie
    victim.log_in()
    return bool(attacker.user() == "alice")


@attack(since=3, cured=7)
def cookie_tossing(site: Any) -> bool:
    """A sibling host sets a cookie of the same name that comes first: the victim works in the attacker's account."""
    attacker, victim = site.logged_in("queen"), site.logged_in("alice", **HTTPS)
    victim.cookie = f"{attacker.cookie}; {victim.cookie}"
    return bool(victim.user() == "queen")


@attack(since=2, cured=2, naive=True)
def timing_of_the_signature_compare(site: Any) -> bool:
    """Where comparing takes longer the more is right, a signature can be found letter by letter.

    The work is counted in steps of the interpreter, so that this does not depend on the machine.
    """
    right = sign("id", SECRET).rpartition(".")[2]
    check = (
        (lambda guess: compare_slowly(guess, right))
        if site.step == 0
        else (lambda guess: unsign(f"id.{guess}", SECRET))
    )
    found = ""
    for _ in range(3):
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        guesses = {letter: (found + letter).ljust(len(right), "!") for letter in letters}
        work = {letter: steps_of(check, guess) for letter, guess in guesses.items()}
        found += max(work, key=lambda letter: work[letter])
    return right.startswith(found)


def steps_of(work: Callable[[str], Any], value: str) -> int:
    """How many steps the interpreter takes for a call, the collecting of garbage aside."""
    count = 0

    def counted(frame: Any, event: str, argument: Any) -> Any:
        nonlocal count
        count += 1
        return counted

    before = sys.gettrace()
    gc.disable()  # whoever wants to be told of it would be counted, too
    sys.settrace(counted)
    try:
        work(value)
    finally:
        sys.settrace(before)
        gc.enable()
    return count


@attack(since=2, cured=7)
def stolen_store(site: Any) -> bool:
    """Who reads the store, in a backup perhaps, and the source, where the secret stands, is whoever is in it."""
    users = {}
    if site.step >= 3:
        site.logged_in()
    else:
        site.guest().get("/")
    if site.step >= 7:
        hashed = importlib.import_module("steps.step7_harden").HashedIds
        shop = Bench(site.library, store=hashed(site.store), secret=SECRET)
        shop.begin(user="alice")
    for id in list(site.store):
        thief = site.guest()
        thief.cookie = f"connect.sid={quote('s:' + sign(id, SECRET), safe='')}"
        if site.step >= 7:
            shop.request(lambda session, id=id: users.update({id: session.get("user")}), cookie=thief.cookie)
        else:
            users[id] = json.loads(thief.get("/whoami").text)
    return any(user and (isinstance(user, str) or user["views"] or user["user"]) for user in users.values())


@attack(since=2, cured=8)
def secret_in_the_source(site: Any) -> bool:
    """Whoever can read the repository can sign: an id seen anywhere is then a cookie."""
    guest = site.logged_in() if site.step >= 3 else site.guest()
    guest.get("/")
    thief = site.guest()
    thief.cookie = f"connect.sid={quote('s:' + sign(id_in(guest.cookie), SECRET), safe='')}"
    return "views" in thief.get("/whoami").text and json.loads(thief.get("/whoami").text)["views"] > 0


# Making the victim's browser act


@attack(since=6, cured=7, naive=True)
def csrf_on_an_action(site: Any) -> bool:
    """A form on another site, sent by the victim's browser, with the victim's cookie."""
    victim = site.logged_in()
    victim.post("/preferences", theme="dark", language="de", csrf_token="", environ=EVIL)
    if site.step == 0:
        return site.sessions[victim.cookie.partition("=")[2]].get("theme") == "dark"
    return 'data-theme="dark"' in victim.get("/preferences").text


@attack(since=3, cured=7, naive=True)
def login_csrf(site: Any) -> bool:
    """The victim is logged in as the attacker, and types its secrets into his account."""
    victim = site.guest()
    victim.post("/login", username="queen", password=DEMO_USERS["queen"], csrf_token="", environ=EVIL)
    return bool(victim.user() == "queen")


@attack(since=4, cured=4, naive=True)
def logout_by_a_picture(site: Any) -> bool:
    """<img src="https://tea.example/logout"> on any page."""
    victim = site.logged_in()
    victim.get("/logout")
    return not victim.cookie or victim.user() is None


@attack(since=3, cured=7, naive=True)
def clickjacking(site: Any) -> bool:
    """Our page, transparent, in a frame above a picture of a kitten: the click is ours."""
    told = dict(site.logged_in().get("/dashboard").headers)
    policy = told.get("Content-Security-Policy", "")
    return "frame-ancestors 'none'" not in policy and told.get("X-Frame-Options") != "DENY"


@attack(since=7, cured=7, naive=True)
def open_redirect_by_next(site: Any) -> bool:
    """A link to our login that leads to a copy of it elsewhere, which says: wrong password, try again."""
    wanted = ["https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example"]
    form = {"username": "alice", "password": DEMO_USERS["alice"]}
    return any(site.guest().post("/login", next=place, **form).location == place for place in wanted)


# Sessions that should be over


@attack(since=4, cured=4, naive=True)
def replay_after_logout(site: Any) -> bool:
    """The logout takes the cookie from the browser; the thief keeps his copy."""
    victim, thief = site.logged_in(), site.guest()
    thief.cookie = victim.cookie
    victim.post("/logout")
    return bool(thief.user())


@attack(since=4, cured=5)
def logout_race(site: Any) -> bool:
    """A page that is still busy at the logout writes its session back."""
    victim, thief = site.logged_in(), site.guest()
    thief.cookie = victim.cookie
    other = site.guest()
    other.cookie = victim.cookie
    token = {"csrf_token": victim.token()} if site.step >= 7 else {}
    site.while_busy(lambda: other.get("/"), lambda: victim.post("/logout", **token))
    return bool(thief.user())


@attack(since=4, cured=6)
def restored_backup_revives_sessions(site: Any) -> bool:
    """Yesterday's store is put back after a fault, and with it whoever has logged out since."""
    victim, thief = site.logged_in(), site.guest()
    thief.cookie = victim.cookie
    backup = {id: site.store.get(id) for id in site.store}
    victim.post("/logout")
    for id, row in backup.items():
        if site.store.get(id) is None:
            site.store.set(id, row, expires=None, **({"expected": None} if site.step >= 5 else {}))
    return bool(thief.user())


@attack(since=2, cured=5)
def lost_update(site: Any) -> bool:
    """Of two requests at once, the later writes over what the earlier has saved."""
    kept = Bench(site.library)
    cookie = kept.begin(user="alice")
    get, kept.handler = kept.store.store.get, lambda session: session.update(slow="here")

    def slow_get(id: str) -> Any:
        row = get(id)
        kept.store.store.get = get
        handler, kept.handler = kept.handler, lambda session: session.update(quick="here")
        call(kept.app, cookie=cookie)
        kept.handler = handler
        return row

    kept.store.store.get = slow_get
    call(kept.app, cookie=cookie)
    return "quick" not in str(kept.rows())


@attack(since=6, cured=6, naive=True)
def stale_privileges(site: Any) -> bool:
    """The role is noted in the session at the login: who is demoted stays queen until the logout."""
    queen = site.logged_in("queen")
    if site.step == 0:
        return bool(queen.get("/admin").status == 200)  # nothing that happens elsewhere can change that
    roles = importlib.import_module("steps.step6_access").Roles(site.users)
    roles.give("alice", "admin")
    roles.give("queen", "user")
    return bool(queen.get("/admin").status == 200)


@attack(since=6, cured=6, naive=True)
def session_puzzling(site: Any) -> bool:
    """A form with one field too many: session.update(request.forms) logs in as anybody."""
    guest = site.guest()
    guest.get("/")
    guest.post("/preferences", theme="dark", language="de", user="queen", role="admin")
    return bool(guest.user() == "queen")


# Passwords


@attack(since=3, cured=7, naive=True)
def password_guessing(site: Any) -> bool:
    """A list of common passwords, one after the other, with the right one at its end."""
    guest = site.guest()
    for n in range(12):
        guest.post("/login", username="alice", password=f"guess {n}")
    return bool(guest.log_in().status == 303)


@attack(since=3, cured=3, naive=True)
def user_enumeration(site: Any) -> bool:
    """An answer that differs tells who has an account here."""
    guest = site.guest()
    answers = [guest.post("/login", username=name, password="wrong") for name in ("alice", "nobody")]
    return answers[0].text != answers[1].text or answers[0].status != answers[1].status


@attack(since=3, cured=3, naive=True)
def weak_password_storage(site: Any) -> bool:
    """A table of hashes, made once for a list of words, opens every database that keeps fast, unsalted ones."""
    store = quick_hash if site.step == 0 else hash_password
    table = {quick_hash(word) for word in WORDS} | ({store(word) for word in WORDS} if site.step == 0 else set())
    stolen = [store("follow-the-rabbit"), store("follow-the-rabbit")]
    same, fast = stolen[0] == stolen[1], not re.match(r"\$argon2id\$v=19\$m=(19456|[2-9]\d{4,})", stolen[0])
    return stolen[0] in table or same or fast


@attack(since=3, cured=7, naive=True)
def huge_password(site: Any) -> bool:
    """A megabyte to be hashed: work for the server, none for the sender."""
    lengths = []
    verify = type(site.users).verify
    module = sys.modules[type(site.users).__module__]
    original, module.verify_password = (
        module.verify_password,
        lambda password, known: lengths.append(len(password)) or False,
    )
    try:
        site.guest().post("/login", username="alice", password="x" * 60_000)
    finally:
        module.verify_password = original
    assert type(site.users).verify is verify
    return bool(lengths) and lengths[0] == 60_000


# Telling the server what to think


@attack(since=2, cured=2, naive=True)
def store_injection(site: Any) -> bool:
    """An id that is a question: ' OR '1'='1 opens the first session of the table."""
    questions = ["' OR '1'='1", "../../etc/passwd", "*", "sess:*"]
    if site.step == 0:
        store = SqlStore()
        found = [store.get(question) for question in questions]
        store.close()
        return any(found)
    site.guest().get("/") if site.step < 3 else site.logged_in()
    asked = []
    site.store.get, get = (lambda id: asked.append(id) or get(id)), site.store.get
    for question in questions:
        guest = site.guest()
        guest.cookie = f"connect.sid={quote(question)}"
        assert not json.loads(guest.get("/whoami").text)["user"]
    return bool(asked)


@attack(since=2, cured=2, naive=True)
def a_row_for_every_bot(site: Any) -> bool:
    """Who never comes back is remembered for ever."""
    library, options = (
        (importlib.import_module("steps.step2_middleware"), {"save_uninitialized": True})
        if site.step == 0
        else (site.library, {})
    )
    bench = Bench(library, **options)
    for _ in range(50):
        bench.request()
    return len(bench.rows()) >= 50


@attack(since=2, cured=2, naive=True)
def pickle_code_execution(site: Any) -> bool:
    """A cookie that is a pickle runs as a program; all it takes is the secret."""
    EXECUTED.clear()
    payload = base64.b64encode(pickle.dumps(Payload()))
    if site.step == 0:
        seal = base64.b64encode(hmac.new(SECRET.encode(), payload, hashlib.sha256).digest())
        guest = site.guest()
        guest.cookie = f'basket="!{seal.decode()}?{payload.decode()}"'
        guest.get("/basket")
        return bool(EXECUTED)
    guest = site.guest()
    guest.cookie = f"connect.sid={quote('s:' + sign(payload.decode(), SECRET), safe='')}"
    guest.get("/")
    return bool(EXECUTED)


EXECUTED: list[str] = []


def execute(code: str) -> None:
    """What the pickle calls. It could be any function there is."""
    EXECUTED.append(code)


class Payload:
    """Calls a function of ours when it is unpickled; it could be any function."""

    def __reduce__(self) -> Any:
        return execute, ("the attacker's code",)


@attack(since=3, cured=3, naive=True)
def header_injection(site: Any) -> bool:
    """A line break in what becomes a header begins the attacker's own."""
    seen: list[str] = []
    if site.step == 0:
        go({"QUERY_STRING": "/x%0d%0aSet-Cookie: evil=1"}, lambda status, headers: seen.append(str(headers[0][1])))
        return any("\nSet-Cookie: evil" in line for line in seen)
    for text in ("/x\r\nSet-Cookie: evil=1", "/x\nSet-Cookie: evil=1"):
        for path in ("/login", "/preferences", "/order"):
            guest = site.guest()
            form = {"username": "alice", "password": DEMO_USERS["alice"]}
            answer = guest.post(path, **form, next=text, theme=text, language=text, tea=text)
            seen += [f"{name}: {value}" for name, value in answer.headers]
    return any("\n" in line or "evil" in line for line in seen)


@attack(since=3, cured=3, naive=True)
def log_injection(site: Any) -> bool:
    """A line break in a name writes lines into the log that never happened; and ids in it open sessions."""
    lines = Lines()
    logging.getLogger().addHandler(lines)
    try:
        guest = site.guest()
        answer = guest.post("/login", username="x\nlogin of queen", password="wrong")
        guest.log_in()
    finally:
        logging.getLogger().removeHandler(lines)
    written = "\n".join(lines.written) + getattr(answer, "errors", "")
    return "\nlogin of queen" in written or bool(id_in(guest.cookie) and id_in(guest.cookie) in written)


class Lines(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.written.append(record.getMessage())


@attack(since=3, cured=3, naive=True)
def spoofed_x_forwarded(site: Any) -> bool:
    """Headers that only a proxy should write, from a visitor: links to another host, HTTPS that is none."""
    spoofed = {"HTTP_X_FORWARDED_HOST": "evil.example", "HTTP_X_FORWARDED_PROTO": "https"}
    guest = site.guest(**spoofed)
    answers = [guest.log_in(), guest.post("/logout"), guest.get("/login")]
    text = " ".join(f"{name}: {value}" for answer in answers for name, value in answer.headers)
    return "evil.example" in text or "; Secure" in text


@attack(since=2, cured=7, naive=True)
def cached_set_cookie(site: Any) -> bool:
    """A cache between us and the guests hands the first one's cookie to the second."""
    answer = site.guest().get("/")
    return bool(answer.cookies) and "no-store" not in dict(answer.headers).get("Cache-Control", "")


@attack(since=1, cured=1, naive=True)
def parser_denial_of_service(site: Any) -> bool:
    """Eight kilobytes of Cookie that keep a quadratic parser busy for seconds; ours needs a thousandth of that."""
    header = "a=" + "=" * 8000 + '"'
    parse = (lambda: http.cookies.SimpleCookie(header)) if site.step == 0 else (lambda: parse_cookies(header))
    begun = time.thread_time()
    parse()
    return time.thread_time() - begun > 0.25


@attack(since=7, cured=7, naive=True)
def path_confusion(site: Any) -> bool:
    """A session for /tea that is also there for /teapot, which is somebody else's."""
    if site.step == 0:
        return "/teapot".startswith("/tea")  # as Express compares
    reached = []
    app = site.library.SessionMiddleware(
        lambda environ, start: reached.append(environ["session"]) or start("200 OK", []) or [],
        secret="k",
        cookie={"path": "/tea"},
    )
    list(app({"PATH_INFO": "/teapot", "REQUEST_METHOD": "GET", "wsgi.url_scheme": "http"}, lambda *a: None))
    return reached != [None]


def matrix(outcomes: dict[tuple[str, int], bool | None], steps: list[int]) -> str:
    """The attacks against the steps, as a table in Markdown."""
    marks = {True: "works", False: "**fails**", None: ""}
    lines = ["| attack | naive | " + " | ".join(str(step) for step in steps) + " |", "|---|---|" + "---|" * len(steps)]
    for rung in LADDER:
        cells = [marks[outcomes[rung.name, step]] for step in (0, *steps)]
        lines.append(f"| {rung.name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def climb(step: int, rung: Attack, users: Any) -> bool | None:
    """Try one attack on one step; None where there is nothing to be attacked."""
    if rung.works_on(step) is None:
        return None
    return rung.run(Naive(users) if step == 0 else Site(step, users))


__all__ = ["LADDER", "Attack", "Guest", "climb", "matrix"]
