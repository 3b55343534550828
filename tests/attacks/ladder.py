"""The ladder: each attack as a function that tries it on a site, and says whether it came through.

Harmless: everything is called within this process, on databases of its own. `@attack(…)` says from which step on an
attack can be tried (`since`), and with which step it fails for good (`cured`). Attacks on mistakes that no step makes
are tried on a naive app; so are all others where that is told apart by `naive=True`.
"""

import base64
import gc
import hashlib
import hmac
import logging
import pickle
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from steps.step1_install import sign
from steps.step2_middleware.server import SECRET
from tests.attacks.targets import Naive, Site, Target, quick_hash
from tests.attacks.tokens import PUBLIC_KEY, hs256, packed, unpacked
from tests.support.calling import DEMO_USERS, HTTPS, Guest, call, cookie_of
from tests.support.stores import put

EVIL = {"HTTP_ORIGIN": "https://evil.example", "HTTP_SEC_FETCH_SITE": "cross-site"}
WORDS = ["password", "123456", "tea", "follow-the-rabbit", "off-with-their-heads", "letmein"]


@dataclass(frozen=True)
class Attack:
    """One rung: what is tried, and from which step to which it works."""

    name: str
    run: Callable[[Target], bool]
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

    def put(run: Callable[[Target], bool]) -> Any:
        LADDER.append(Attack(run.__name__.replace("_", " "), run, since, cured, naive))
        return run

    return put


def cookie_in(answer: Any) -> str:
    """The session cookie that an answer sets, with its attributes."""
    return next((value for value in answer.cookies if "connect.sid" in value), "")


def is_known(guest: Guest) -> bool:
    """Whether the site takes a guest for somebody who has been here before."""
    told = guest.whoami()
    return bool(told["user"] or told.get("views"))


# Stealing and inventing the cookie


@attack(since=2, cured=7, naive=True)
def sniffing(site: Target) -> bool:
    """A cookie given out over HTTPS also travels with http:// pictures, where anybody on the way can read it."""
    return "Secure" not in cookie_in(site.guest(**HTTPS).get("/"))


@attack(since=2, cured=2, naive=True)
def theft_by_script(site: Target) -> bool:
    """A script that got into a page sends document.cookie home."""
    return "HttpOnly" not in cookie_in(site.guest().get("/"))


@attack(since=2, cured=2, naive=True)
def guessing(site: Target) -> bool:
    """Ids that are counted can be counted on: the next visitor's is known in advance."""
    mine = site.guest()
    mine.get("/")
    site.somebody()
    numbers = re.findall(r"\d+", mine.cookie)
    guessed = mine.cookie.replace(numbers[-1], str(int(numbers[-1]) + 1))
    other = site.guest()
    other.cookie = guessed
    return is_known(other)


@attack(since=1, cured=2)
def tampering(site: Target) -> bool:
    """What the cookie says is what the visitor says: a thousand visits cost one edit."""
    guest = site.guest()
    guest.cookie = "visits=999; connect.sid=" + quote('s:{"views":999}.x')
    return "1000" in guest.get("/").text


@attack(since=3, cured=4)
def fixation(site: Target) -> bool:
    """The attacker plants an id of his, and is whoever logs in with it."""
    attacker, victim = site.guest(), site.guest()
    attacker.get("/")
    victim.cookie = attacker.cookie
    victim.log_in()
    return bool(attacker.user() == "alice")


@attack(since=3, cured=7)
def cookie_tossing(site: Target) -> bool:
    """A sibling host sets a cookie of the same name that comes first: the victim works in the attacker's account."""
    attacker, victim = site.logged_in("queen"), site.logged_in("alice", **HTTPS)
    victim.cookie = f"{attacker.cookie}; {victim.cookie}"
    return bool(victim.user() == "queen")


@attack(since=2, cured=2, naive=True)
def timing_of_the_signature_compare(site: Target) -> bool:
    """Where comparing takes longer the more is right, a signature can be found letter by letter.

    The work is counted in steps of the interpreter, so that this does not depend on the machine.
    """
    right = sign("id", SECRET).rpartition(".")[2]
    found = ""
    for _ in range(3):
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        guesses = {letter: (found + letter).ljust(len(right), "!") for letter in letters}
        work = {letter: steps_of(site.believes, f"id.{guess}") for letter, guess in guesses.items()}
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
def stolen_store(site: Target) -> bool:
    """Who reads the store, in a backup perhaps, and the source, where the secret stands, is whoever is in it."""
    site.somebody()
    thief, known = site.guest(), []
    for id in list(site.store):
        thief.cookie = cookie_of(id, SECRET)
        known.append(is_known(thief))
    assert known
    return any(known)


@attack(since=2, cured=8)
def secret_in_the_source(site: Target) -> bool:
    """Whoever can read the repository can sign: an id seen anywhere is then a cookie."""
    thief = site.guest()
    thief.cookie = cookie_of(site.somebody().id, SECRET)
    return is_known(thief)


# What the cookie says


@attack(since=2, cured=2, naive=True)
def token_that_tells(site: Target) -> bool:
    """What is signed and not encrypted is read by everybody through whose hands it goes: base64 is no lock."""
    kept = site.let_in(user="alice", allergy="almonds").partition("=")[2]
    return any("almonds" in str(read(part)) for part in kept.split("."))


def read(part: str) -> Any:
    """A part of a token, or nothing."""
    try:
        return unpacked(part)
    except ValueError:
        return None


@attack(since=2, cured=2, naive=True)
def alg_none(site: Target) -> bool:
    """A token says by itself how it is to be checked; this one says: not at all."""
    forged = f"{packed({'alg': 'none'})}.{packed({'user': 'queen'})}."
    return site.knows(f"connect.sid={forged}").get("user") == "queen"


@attack(since=2, cured=2, naive=True)
def alg_confusion(site: Target) -> bool:
    """Where a public key checks, a token that asks for HS256 has it taken for a secret, and everybody knows it."""
    text = f"{packed({'alg': 'HS256'})}.{packed({'user': 'queen'})}"
    return site.knows(f"connect.sid={text}.{hs256(text, PUBLIC_KEY)}").get("user") == "queen"


# Making the victim's browser act


@attack(since=6, cured=7, naive=True)
def csrf_on_an_action(site: Target) -> bool:
    """A form on another site, sent by the victim's browser, with the victim's cookie."""
    victim = site.logged_in()
    victim.post("/preferences", theme="dark", language="de", csrf_token="", environ=EVIL)
    return 'data-theme="dark"' in victim.get("/preferences").text


@attack(since=3, cured=7, naive=True)
def login_csrf(site: Target) -> bool:
    """The victim is logged in as the attacker, and types its secrets into his account."""
    victim = site.guest()
    victim.post("/login", username="queen", password=DEMO_USERS["queen"], csrf_token="", environ=EVIL)
    return bool(victim.user() == "queen")


@attack(since=4, cured=4, naive=True)
def logout_by_a_picture(site: Target) -> bool:
    """<img src="https://tea.example/logout"> on any page."""
    victim = site.logged_in()
    victim.get("/logout")
    return not victim.cookie or victim.user() is None


@attack(since=3, cured=7, naive=True)
def clickjacking(site: Target) -> bool:
    """Our page, transparent, in a frame above a picture of a kitten: the click is ours."""
    told = dict(site.logged_in().get("/dashboard").headers)
    policy = told.get("Content-Security-Policy", "")
    return "frame-ancestors 'none'" not in policy and told.get("X-Frame-Options") != "DENY"


@attack(since=7, cured=7, naive=True)
def open_redirect_by_next(site: Target) -> bool:
    """A link to our login that leads to a copy of it elsewhere, which says: wrong password, try again."""
    wanted = ["https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example"]
    form = {"username": "alice", "password": DEMO_USERS["alice"]}
    return any(site.guest().post("/login", next=place, **form).location == place for place in wanted)


# Sessions that should be over


@attack(since=4, cured=4, naive=True)
def replay_after_logout(site: Target) -> bool:
    """The logout takes the cookie from the browser; the thief keeps his copy."""
    victim, thief = site.logged_in(), site.guest()
    thief.cookie = victim.cookie
    victim.post("/logout")
    return bool(thief.user())


@attack(since=4, cured=4, naive=True)
def token_after_logout(site: Target) -> bool:
    """A token that says who is logged in goes on saying so: there is nothing in the house that could be ended."""
    kept = site.let_in(user="alice")
    site.let_out(kept)
    return site.knows(kept).get("user") == "alice"


@attack(since=4, cured=5)
def logout_race(site: Target) -> bool:
    """A page that is still busy at the logout writes its session back."""
    victim, thief = site.logged_in(), site.guest()
    thief.cookie = victim.cookie
    other = site.guest()
    other.cookie = victim.cookie
    logout = victim.filled()
    site.while_busy(lambda: other.get("/"), lambda: victim.post("/logout", logout))
    return bool(thief.user())


@attack(since=4, cured=6)
def restored_backup_revives_a_stolen_login(site: Target) -> bool:
    """Yesterday's store is put back after a fault, and with it the thief, whom a new password had thrown out.

    Who has just logged out since is back with it in every step: a store that is put back should be cleared.
    """
    victim, thief = site.logged_in(), site.guest()
    thief.cookie = victim.cookie
    backup = {id: site.store.get(id) for id in site.store}
    victim.post("/logout")
    site.users.add("alice", "a whole new password")
    for id, row in backup.items():
        if site.store.get(id) is None:
            put(site.store, id, row)
    return bool(thief.user())


@attack(since=2, cured=5)
def lost_update(site: Target) -> bool:
    """Of two requests at once, the later writes over what the earlier has saved."""
    kept = site.bench()
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
def stale_privileges(site: Target) -> bool:
    """The role is noted in the session at the login: who is demoted stays queen until the logout."""
    queen = site.logged_in("queen")
    site.demote_queen()
    return bool(queen.get("/admin").status == 200)


@attack(since=6, cured=6, naive=True)
def session_puzzling(site: Target) -> bool:
    """A form with one field too many: session.update(request.forms) logs in as anybody."""
    guest = site.guest()
    guest.get("/")
    guest.post("/preferences", theme="dark", language="de", user="queen", role="admin")
    return bool(guest.user() == "queen")


# Passwords


@attack(since=3, cured=7, naive=True)
def password_guessing(site: Target) -> bool:
    """A list of common passwords, one after the other, with the right one at its end."""
    guest = site.guest()
    for n in range(12):
        guest.post("/login", username="alice", password=f"guess {n}")
    return bool(guest.try_to_log_in().status == 303)


@attack(since=3, cured=3, naive=True)
def user_enumeration(site: Target) -> bool:
    """An answer that differs tells who has an account here."""
    guest = site.guest()
    answers = {name: guest.post("/login", username=name, password="wrong") for name in ("alice", "nobody")}
    own = r'value="{}"|name="csrf_token" value="[^"]*"'  # what was typed may stand there again
    pages = {(answer.status, re.sub(own.format(name), "", answer.text)) for name, answer in answers.items()}
    return len(pages) > 1


@attack(since=3, cured=3, naive=True)
def weak_password_storage(site: Target) -> bool:
    """A table of hashes, made once for a list of words, opens every database that keeps fast, unsalted ones."""
    table = {quick_hash(word) for word in WORDS}
    stolen = [site.hash_password("follow-the-rabbit"), site.hash_password("follow-the-rabbit")]
    same, fast = stolen[0] == stolen[1], not re.match(r"\$argon2id\$v=19\$m=(19456|[2-9]\d{4,})", stolen[0])
    return stolen[0] in table or same or fast


@attack(since=3, cured=7, naive=True)
def huge_password(site: Target) -> bool:
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
def store_injection(site: Target) -> bool:
    """An id that is a question: ' OR '1'='1 opens the first session of the table."""
    questions = ["' OR '1'='1", "../../etc/passwd", "*", "sess:*"]
    site.somebody()
    return any(site.opens(question) for question in questions)


@attack(since=2, cured=2, naive=True)
def a_row_for_every_bot(site: Target) -> bool:
    """Who never comes back is remembered for ever."""
    bench = site.bench()
    for _ in range(50):
        bench.request()
    return len(bench.rows()) >= 50


@attack(since=2, cured=2, naive=True)
def pickle_code_execution(site: Target) -> bool:
    """A cookie that is a pickle runs as a program; all it takes is the secret."""
    EXECUTED.clear()
    payload = base64.b64encode(pickle.dumps(Payload()))
    seal = base64.b64encode(hmac.new(SECRET.encode(), payload, hashlib.sha256).digest())
    for path in ("/", "/basket"):
        guest = site.guest()
        guest.cookie = f'basket="!{seal.decode()}?{payload.decode()}"; {cookie_of(payload.decode(), SECRET)}'
        guest.get(path)
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
def header_injection(site: Target) -> bool:
    """A line break in what becomes a header begins the attacker's own."""
    seen = [site.headers_after(f"/x{end}Set-Cookie: evil=1") for end in ("\r\n", "\n")]
    return any("\n" in line or "evil" in line for lines in seen for line in lines)


@attack(since=3, cured=3, naive=True)
def log_injection(site: Target) -> bool:
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
    return "\nlogin of queen" in written or bool(guest.id and guest.id in written)


class Lines(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.written.append(record.getMessage())


@attack(since=3, cured=3, naive=True)
def spoofed_x_forwarded(site: Target) -> bool:
    """Headers that only a proxy should write, from a visitor: links to another host, HTTPS that is none."""
    spoofed = {"HTTP_X_FORWARDED_HOST": "evil.example", "HTTP_X_FORWARDED_PROTO": "https"}
    guest = site.guest(**spoofed)
    answers = [guest.try_to_log_in(), guest.post("/logout"), guest.get("/login")]
    text = " ".join(f"{name}: {value}" for answer in answers for name, value in answer.headers)
    return "evil.example" in text or "; Secure" in text


@attack(since=2, cured=7, naive=True)
def cached_set_cookie(site: Target) -> bool:
    """A cache between us and the guests hands the first one's cookie to the second."""
    answer = site.guest().get("/")
    return bool(answer.cookies) and "no-store" not in dict(answer.headers).get("Cache-Control", "")


@attack(since=1, cured=1, naive=True)
def parser_denial_of_service(site: Target) -> bool:
    """Eight kilobytes of Cookie that keep a quadratic parser busy for seconds; ours needs a thousandth of that."""
    header = "a=" + "=" * 8000 + '"'
    begun = time.thread_time()
    site.read_cookies(header)
    return time.thread_time() - begun > 0.25


@attack(since=7, cured=7, naive=True)
def path_confusion(site: Target) -> bool:
    """A session for /tea that is also there for /teapot, which is somebody else's."""
    return bool(site.reaches("/tea", "/teapot"))


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
