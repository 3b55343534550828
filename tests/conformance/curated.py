"""Scenarios written by hand: the whole table of when a session is saved and its cookie set, and the odd cases."""

from itertools import product
from typing import Any

from tests.conformance.scenarios import OLD, QUIET, SECRET, UNKNOWN, Scenario, id_of

BROUGHT: dict[str, Any] = {
    "no cookie": {},
    "a badly signed cookie": {"cookie": {"id": 0, "secret": "of a stranger"}},
    "an unknown id": {"cookie": UNKNOWN},
    "its cookie": {"cookie": 0},
}
DONE: dict[str, list[Any]] = {
    "nothing is done": [],
    "the same value is written": [["set", "a", 1]],
    "it is touched": [["touch"]],
    "data changes": [["set", "a", 2]],
    "it is saved": [["save"]],
    "data changes and is saved": [["set", "a", 2], ["save"]],
    "data changes before and after it is saved": [["set", "a", 2], ["save"], ["set", "b", 3]],
    "it is destroyed": [["destroy"]],
    "it is regenerated": [["regenerate"]],
    "it is regenerated and filled": [["regenerate"], ["set", "a", 3]],
    "it is set to null": [["set", "a", 2], ["unset"]],
    "it is read again": [["set", "a", 2], ["reload"]],
}
FLAGS = ("resave", "save_uninitialized", "rolling")


def table() -> list[Scenario]:
    """Every cookie that can be brought, everything that can be done, under all options that matter for it."""
    scenarios = []
    for (brings, cookie), (done, does), *flags, max_age, unset in product(
        BROUGHT.items(), DONE.items(), *[[False, True]] * 3, [None, 1800], ["keep", "destroy"]
    ):
        if unset == "destroy" and done != "it is set to null":
            continue
        options = {
            "secret": SECRET,
            **dict(zip(FLAGS, flags, strict=True)),
            "unset": unset,
            "cookie": {"max_age": max_age},
        }
        on = [name for name, flag in zip(FLAGS, flags, strict=True) if flag]
        on += ["max_age"] * (max_age is not None) + ["unset=destroy"] * (unset == "destroy")
        name = f"a visitor brings {brings}, {done} ({', '.join(on) or 'no option'})"
        requests = [{"does": [["set", "a", 1]]}, {**cookie, "after": 60, "does": does}]
        scenarios.append({"name": name, "options": options, "requests": requests})
    return scenarios


def scenario(name: str, /, *requests: dict[str, Any], **options: Any) -> Scenario:
    return {"name": name, "options": {**QUIET, "cookie": {}, **options}, "requests": [*requests]}


def fills(**data: Any) -> dict[str, Any]:
    return {"does": [["set", key, value] for key, value in data.items()]}


HTTPS = {"headers": {"X-HTTPS": "1"}}
SETTINGS: list[dict[str, Any]] = [
    {"domain": "example.com"}, {"http_only": False}, {"path": "/app"}, {"max_age": 0.5}, {"expires": 5000},
    *({"priority": value} for value in ("low", "medium", "high", "High")),
    *({"same_site": value} for value in (True, False, "lax", "strict", "Lax", "STRICT")),
    {"secure": True, "same_site": "none"}, {"secure": True, "partitioned": True}, {"partitioned": False},
    {"secure": "auto"}, {"same_site": "auto"}, {"secure": "auto", "same_site": "auto"},
    {"domain": "e.com", "http_only": True, "max_age": 60, "partitioned": True, "path": "/", "priority": "low",
     "same_site": "strict", "secure": True},
]  # fmt: skip
TEXTS = ["", "bob", "é ☃ 😀", 'quote " and \\', "line\nbreak\t\x00\x1f\x7f", "\u2028\u2029", "</script>"]
VALUES = [None, True, 0, -1, 2.5, 9007199254740991, [], {}, [1, [2, [3, {"a": None}]]], {"a": {"b": {"": " "}}}, *TEXTS]
COOKIES = {
    "quoted": 'connect.sid="{}"',
    "with spaces around it": " connect.sid = {} ; other=1",
    "before its double": "connect.sid={}; connect.sid=s%3Ax.y",
    "behind its double": "connect.sid=s%3Ax.y; connect.sid={}",
    "in capitals": "Connect.Sid={}",
    "among nonsense": "; ;=; a; connect.sid={};;",
    "and a name that begins like it": "connect.sid2=1; connect.sid={}",
}
SIGNED = "s%3A00000000000000000000000000000000.xz%2BmtRgW%2FXxirmtrrpWqIXRx1XTLIxYGWFO07013oFM"  # id 0, by SECRET
FORWARDED = ["https", "http", "https, http", "http, https", " HTTPS ", "", "https,", "wss"]
SHADOWING = '{"cookie":{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/"},"id":"x","save":1,"a":2}'
HELD = fills(a=1)


def odd() -> list[Scenario]:
    """The cases that the table does not hold."""
    rotation = {"secret": [SECRET, OLD]}
    yes_no = (True, False, None)
    return [
        *(scenario(f"a cookie with {s}", {**fills(a=1), **line}, {"cookie": 0, **line}, cookie=s)
          for s in SETTINGS for line in ({}, HTTPS)),
        *(scenario(f"a function as cookie, with {s}", {**fills(a=1), **line}, cookie=s, cookie_function=True)
          for s in SETTINGS for line in ({}, HTTPS)),
        *(scenario(f"{s} is changed later", HELD, {"cookie": 0, "does": [["cookie", *item] for item in s.items()]})
          for s in SETTINGS if "auto" not in s.values()),
        *(scenario(f"the value {v!r}", fills(a=v), {"cookie": 0, "does": [["set", "b", v], ["look"]]}) for v in VALUES),
        *(scenario(f"the key {t!r}", fills(**{t: 1}), {"cookie": 0, "does": [["delete", t]]}) for t in TEXTS),
        *(scenario(f"a cookie {name}", HELD, {"cookie": text.format(SIGNED)}) for name, text in COOKIES.items()),
        *(scenario(f"X-Forwarded-Proto {value!r}, proxy {proxy}", {**HELD, "headers": {"X-Forwarded-Proto": value}},
                   cookie={"secure": True}, proxy=proxy) for value in FORWARDED for proxy in yes_no),
        *(scenario(f"the path {path} under /app", {**fills(a=1), "path": path}, cookie={"path": "/app"})
          for path in ("/", "/app", "/app/", "/app/x", "/apple", "/App", "/app?x=1", "/x/app")),
        scenario("another name", HELD, {"cookie": 0}, name="__a.b-c"),
        scenario("a secret that comes in", HELD, {"cookie": {"id": 0, "secret": OLD}}, **rotation),
        scenario("a secret that has gone", HELD, {"cookie": {"id": 0, "secret": OLD}}),
        scenario("an old secret, over HTTP, for a Secure cookie", HELD | HTTPS, {"cookie": {"id": 0, "secret": OLD}},
                 **rotation, cookie={"secure": True}),
        scenario("a session that has expired", HELD, {"cookie": 0, "after": 61}, cookie={"max_age": 60}),
        scenario("a session that a visit has kept alive", HELD, {"cookie": 0, "after": 40}, {"cookie": 0, "after": 40},
                 cookie={"max_age": 60}),
        scenario("a login that changes the id", HELD, {"cookie": 0, "does": [["regenerate"], ["set", "user", "alice"]]},
                 {"cookie": 10}, {"cookie": 0}),
        scenario("two new ids in one request", {"does": [["regenerate"], ["regenerate"]]}, {"cookie": 2}),
        scenario("remember me, at the login", {"does": [["set", "user", "alice"], ["cookie", "max_age", 3600]]}),
        scenario("remember me, later", HELD, {"cookie": 0, "does": [["cookie", "max_age", 3600]]}, {"cookie": 0}),
        scenario("keys that look like numbers", {"does": [["set", "b", 1], ["set", "10", 2], ["set", "9", 3]]}),
        scenario("a row whose keys are names of Express's", {"plant": {id_of(UNKNOWN): SHADOWING}, "cookie": UNKNOWN}),
        *(scenario(f"a row that is {row!r}", {"plant": {id_of(UNKNOWN): row}, "cookie": UNKNOWN})
          for row in ("not JSON", "{", '{"cookie":')),
        scenario("a store that cannot be read", HELD, {"cookie": 0, "fails": ["get"]}),
        scenario("a store that cannot be written", HELD, {"cookie": 0, "fails": ["set"], "does": [["set", "a", 2]]}),
        scenario("a store that cannot be written, for somebody new", {**fills(a=1), "fails": ["set"]}),
        scenario("a store that cannot be touched", HELD, {"cookie": 0, "fails": ["touch"]}),
        *(scenario(f"a logout while another request {what}", HELD,
                   {"cookie": 0, "does": [["meanwhile", {"cookie": 0, "does": [[ends]]}], *does]}, resave=resave)
          for what, does in (("reads", []), ("writes", [["set", "b", 2]])) for ends in ("destroy", "regenerate")
          for resave in (False, True)),
        *(scenario(f"two requests that write {what}", HELD,
                   {"cookie": 0, "does": [["set", key, 2], ["meanwhile", {"cookie": 0, "does": [["set", "b", 3]]}]]})
          for what, key in (("different keys", "a"), ("the same key", "b"))),
    ]  # fmt: skip


def curated() -> list[Scenario]:
    """All of them."""
    return [*table(), *odd()]
