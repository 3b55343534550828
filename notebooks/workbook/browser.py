"""Browser: a visitor who sends real requests and shows each exchange: on the wire, in the cookie, in the store."""

import re
from dataclasses import dataclass, field
from html import unescape
from threading import Thread
from typing import Any
from urllib.parse import unquote

import requests

from workbook.drawing import WORDS, Drawing
from workbook.serving import GATE_HEADER, NAME_HEADER, House


def short(secret: str, letters: int = 8) -> str:
    """The first letters of an id or a signature: enough to recognise it."""
    return secret if len(secret) <= letters + 1 else secret[:letters] + "…"


SECRET_FIELDS = ("password", "new", "csrf_token")


@dataclass
class Part:
    """A piece of a cookie, and what it is."""

    text: str
    meaning: str = ""


def take_apart(name: str, value: str) -> list[Part]:
    """The parts of a cookie: a session's is name, id and signature; any other name and value."""
    parts = [Part(name, "name"), Part("=")]
    id, dot, signature = value.removeprefix("s:").rpartition(".")
    if value.startswith("s:") and dot:
        return [*parts, Part("s:"), Part(short(id), "id"), Part("."), Part(short(signature, 6), "signature")]
    return [*parts, Part(short(value, 40) or "(empty)", "value")]


@dataclass
class Exchange:
    """One request and its answer, as they went over the wire, and the store before and after."""

    who: str
    step: int
    request: str  # "GET /"
    form: str
    sent: str  # the Cookie header
    status: str  # "200 OK"
    location: str
    set_cookies: list[str]
    says: str  # the page's heading and number
    before: dict[str, str] | None
    after: dict[str, str] | None
    asked: list[str] = field(default_factory=list)

    def cookies_sent(self) -> list[list[Part]]:
        """The cookies of the request, each in its parts."""
        pairs = [pair.partition("=") for pair in self.sent.split("; ") if pair]
        return [take_apart(name, unquote(value)) for name, _, value in pairs]

    def cookies_set(self) -> list[list[Part]]:
        """The cookies that the answer sets, each in its parts, attributes last."""
        taken = []
        for header in self.set_cookies:
            pair, _, attributes = header.partition("; ")
            name, _, value = pair.partition("=")
            taken.append([*take_apart(name, unquote(value)), Part("; " + attributes)])
        return taken

    def changes(self) -> list[tuple[str, str, str]]:
        """The store's rows, each with a mark: + new, − gone, ~ changed, = as before."""
        before, after = self.before or {}, self.after or {}
        gone = [("−", id, row) for id, row in before.items() if id not in after]
        marks = {id: "+" if id not in before else "=" if before[id] == row else "~" for id, row in after.items()}
        return gone + [(marks[id], id, row) for id, row in after.items()]

    def lines(self) -> list[str]:
        """The exchange in words, a line each: the text alternative of the picture."""

        def flat(parts: list[Part]) -> str:
            return "".join(part.text for part in parts)

        lines = [f"{self.who} → server of step {self.step}: {self.request}" + (f"  [{self.form}]" if self.form else "")]
        lines += [f"    Cookie: {flat(parts)}" for parts in self.cookies_sent()] or ["    no cookie"]
        lines += [f"server → {self.who}: {self.status}" + (f", Location: {self.location}" if self.location else "")]
        lines += [f"    Set-Cookie: {flat(parts)}" for parts in self.cookies_set()]
        lines += [f"    {self.says}"] if self.says else []
        if self.after is not None:
            lines.append(f"store was asked: {', '.join(self.asked) or 'nothing'}; it holds")
            lines += [f"    {mark} {short(id)} {row}  ({WORDS[mark]})" for mark, id, row in self.changes()] or [
                "    nothing"
            ]
        return lines

    def __repr__(self) -> str:
        return "\n".join(self.lines())

    def draw(self) -> Drawing:
        """The exchange as a picture."""
        picture = Drawing("\n".join(self.lines()))
        picture.heading(f"{self.who}’s browser", f"server of step {self.step}")
        picture.arrow("right", self.request + (f"   {self.form}" if self.form else ""))
        for parts in self.cookies_sent():
            picture.parts("Cookie", parts)
        if not self.sent:
            picture.note("no cookie")
        picture.arrow("left", self.status + (f"   Location: {self.location}" if self.location else ""))
        for parts in self.cookies_set():
            picture.parts("Set-Cookie", parts)
        if self.says:
            picture.note(self.says)
        if self.after is not None:
            picture.store(self.asked, [(mark, short(id), row) for mark, id, row in self.changes()])
        return picture

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return self.draw().bundle()


class Browser:
    """A browser with a name and its own cookies. Each request is shown as a picture; redirects are not followed."""

    def __init__(self, house: House, who: str = "Alice") -> None:
        self.house = house
        self.who = who
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.verify = house.authority or True

    def get(self, path: str = "/", **options: Any) -> Exchange:
        """Ask for a page."""
        return self.request("GET", path, **options)

    def post(self, path: str, **form: str) -> Exchange:
        """Send a form."""
        return self.request("POST", path, data=form)

    def submit(self, path: str, *, on: str = "", **form: str) -> Exchange:
        """Ask for the page that a form stands on, and send it filled in. `on` names that page, if its path is another.

        Its hidden fields come along, as in a person's browser. What is shown is the second exchange.
        """
        page = self.http.get(self.house.url + (on or path), timeout=10).text
        return self.post(path.partition("?")[0], **{**hidden_fields(page, path.partition("?")[0]), **form})

    def request(self, method: str, path: str, **options: Any) -> Exchange:
        """Send a request, and take down what happens."""
        before, store = self.house.rows(), self.house.store
        if store:
            store.asked.clear()
        url = self.house.url + path
        headers = {NAME_HEADER: f"{self.who}: {method} {path}", **options.pop("headers", {})}
        answer = self.http.request(method, url, allow_redirects=False, timeout=10, headers=headers, **options)
        form = options.get("data") or {}
        hidden = {name: "•••" if name in SECRET_FIELDS else value for name, value in form.items()}
        return Exchange(
            who=self.who,
            step=self.house.step,
            request=f"{method} {path}",
            form="&".join(f"{name}={value}" for name, value in hidden.items()),
            sent=answer.request.headers.get("Cookie", ""),
            status=f"{answer.status_code} {answer.reason}",
            location=answer.headers.get("Location", ""),
            set_cookies=answer.raw.headers.getlist("Set-Cookie"),
            says=what_it_says(answer),
            before=before,
            after=self.house.rows(),
            asked=list(store.asked) if store else [],
        )

    def begin(self, path: str = "/") -> "Pending":
        """Ask for a page slowly: the server has found the session and is still busy, until `finish()` is called."""
        return Pending(self, path)

    def whoami(self) -> Any:
        """Who the server takes this browser for."""
        return self.http.get(self.house.url + "/whoami", timeout=10).json()

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that this browser holds, by name."""
        return dict(self.http.cookies.items())

    def hold(self, cookies: dict[str, str]) -> None:
        """Make this browser hold just these cookies: forged, copied or planted ones."""
        self.http.cookies.clear()
        for name, value in cookies.items():
            self.http.cookies.set(name, value, domain="127.0.0.1", path="/")


class Pending:
    """A request that the server is still busy with."""

    def __init__(self, browser: Browser, path: str) -> None:
        self.browser = browser
        self.twin = Browser(browser.house, browser.who)  # sends what the browser holds now, whatever it is told later
        self.twin.hold(browser.cookies)
        self.gate = browser.house.new_gate()
        self.result: list[Exchange] = []
        self.thread = Thread(target=self._send, args=(path,), daemon=True)
        self.thread.start()
        self.gate.arrived.wait(timeout=10)

    def _send(self, path: str) -> None:
        self.result.append(self.twin.request("GET", path, headers={GATE_HEADER: self.gate.name}))

    def finish(self) -> Exchange:
        """Let the server finish, and the browser hear its answer."""
        before, store = self.browser.house.rows(), self.browser.house.store
        already = len(store.asked) if store else 0
        self.gate.opened.set()
        self.thread.join(timeout=10)
        self.twin.http.close()
        exchange = self.result[0]
        exchange.before = before
        exchange.asked = store.asked[already:] if store else []
        if exchange.set_cookies:
            self.browser.hold(self.twin.cookies)
        return exchange

    def __repr__(self) -> str:
        return f"{self.browser.who}’s request is on its way: the server has found the session and is still busy."


def hidden_fields(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the first form on a page that leads to this path."""
    form = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', page, re.DOTALL)
    pairs = re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', form[0]) if form else []
    return {name: unescape(value) for name, value in pairs}


def what_it_says(answer: requests.Response) -> str:
    """What a person would read first on the page: its heading and its big number; of JSON and of plain text, all."""
    kind = answer.headers.get("Content-Type", "")
    if "json" in kind or "plain" in kind:
        return answer.text
    found = re.findall(r'<h1>(.*?)</h1>|<p class="big">(.*?)</p>|<p class="wrong"[^>]*>(.*?)</p>', answer.text)
    texts = [unescape(next(filter(None, groups), "")) for groups in found]
    return "The page says: " + " · ".join(texts) if texts else ""
