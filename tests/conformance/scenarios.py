"""Scenarios: what visitors send and what handlers do, the same for Express's sessions and for ours.

A scenario is plain JSON, so that it can be kept, sent to Node and made shorter:

    name      what it shows; "random 17" for one that was drawn
    options   of the middleware, by our names; "cookie_function": true gives the cookie's settings as a function
    requests  one after another, each with any of
        after   seconds that pass before it
        cookie  whose cookie it sends: the number of an id, 10 for the first that request 1 has made, 11 for its second;
                {"id", "secret"} signed with that secret; or a text, the Cookie header as it is
        headers others; X-HTTPS stands for a request over HTTPS
        path    "/" if none
        does    what the handler does, in order: ["set", key, value], ["delete", key], ["save"], ["touch"], ["reload"],
                ["regenerate"], ["destroy"], ["unset"], ["cookie", setting, value], ["look"], or ["meanwhile", request]
        fails   methods of the store that fail in it
        plant   rows that somebody else has put into the store before it

Times are seconds; "expires" counts from now.
"""

import random
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from steps.step1_install import sign

Scenario = dict[str, Any]
Request = dict[str, Any]
Told = dict[str, Any]  # what came out of a request: players.py says what
START = 1_800_000_000  # when all scenarios begin, in seconds since 1970
UNKNOWN = 990  # the number of an id that no request makes
SECRET, OLD = "keyboard cat", "the cat before"
QUIET = {"secret": SECRET, "resave": False, "save_uninitialized": False}


def id_of(number: int) -> str:
    """The id of this number: ten for each request, counted from 0, those within others included."""
    return f"{number:032}"


def headers(scenario: Scenario, request: Request) -> dict[str, str]:
    """A request's headers, its cookie included."""
    cookie, own = request.get("cookie"), request.get("headers", {})
    if cookie is None:
        return dict(own)
    if isinstance(cookie, int):
        secret = scenario["options"]["secret"]
        cookie = {"id": cookie, "secret": secret if isinstance(secret, str) else secret[0]}
    if isinstance(cookie, dict):
        signed = quote("s:" + sign(id_of(cookie["id"]), cookie["secret"]), safe="!~*'()")
        cookie = f"{scenario['options'].get('name', 'connect.sid')}={signed}"
    return {**own, "Cookie": cookie}


# Random ones


def drawn(seed: int, count: int) -> Iterator[Scenario]:
    """So many scenarios, always the same for the same seed."""
    for number in range(count):
        yield draw(random.Random(f"{seed} {number}"), f"random {number}")


def draw(dice: random.Random, name: str) -> Scenario:
    """One scenario."""
    options: dict[str, Any] = {
        "secret": dice.choice([SECRET, SECRET, [SECRET, OLD]]),
        "resave": dice.random() < 0.3,
        "save_uninitialized": dice.random() < 0.3,
        "rolling": dice.random() < 0.3,
        "unset": dice.choice(["keep", "destroy"]),
        "cookie": {},
    }
    if dice.random() < 0.3:
        options["proxy"] = dice.choice([True, False])
    if dice.random() < 0.1:
        options["name"] = dice.choice(["sid", "a.b"])
    if dice.random() < 0.1:
        options["cookie_function"] = True
    settings = options["cookie"]
    for setting, values in SETTINGS.items():
        if dice.random() < (0.4 if setting == "max_age" else 0.12):
            settings[setting] = dice.choice(values)
    requests = [draw_request(dice, n, bool(settings.get("secure"))) for n in range(dice.randint(1, 5))]
    return {"name": name, "options": options, "requests": requests}


SETTINGS: dict[str, list[Any]] = {
    "max_age": [60, 1800, 1.5, None],
    "expires": [90_000, None],
    "path": ["/", "/app"],
    "domain": ["example.com"],
    "secure": [True, False, "auto"],
    "http_only": [True, False],
    "same_site": [True, False, "lax", "strict", "none", "auto"],
    "partitioned": [True, False],
    "priority": ["low", "medium", "high"],
}
LATER: dict[str, list[Any]] = {**SETTINGS, "secure": [True, False], "same_site": ["lax", "strict", False]}
VALUES: list[Any] = [0, 1, -2.5, "", "bob", "é ☃ 😀", None, True, [1, [2]], {"a": {"b": []}}]
ODD = [
    "connect.sid=odd",
    "connect.sid=s%3A",
    "connect.sid=s%3A00000000000000000000000000000010.AAAA",
    "other=1",
    "connect.sid=00000000000000000000000000000010",
    ";;=;",
]


def draw_request(dice: random.Random, turn: int, is_secure: bool) -> Request:
    """One request; its cookie is often one that an earlier request may have made."""
    request: Request = {}
    chance = dice.random()
    made = dice.choice([0, 0, 0, *range(turn)]) * 10 + dice.choice([0, 0, 0, 1]) if turn else UNKNOWN
    if chance < 0.6 and turn:
        request["cookie"] = made
    elif chance < 0.8:
        request["cookie"] = {"id": made, "secret": dice.choice([OLD, OLD, "of a stranger"])}
    elif chance < 0.85:
        request["cookie"] = dice.choice(ODD)
    if dice.random() < 0.4:
        request["after"] = dice.choice([1, 30, 61, 1801])
    if dice.random() < 0.3:
        request["path"] = dice.choice(["/app", "/app/tea", "/apple", "/app?x=/"])
    if dice.random() < 0.3:
        request["headers"] = dict([dice.choice([("X-HTTPS", "1"), *FORWARDED])])
    does = [draw_deed(dice) for _ in range(dice.choice([0, 1, 1, 2, 3, 4]))]
    if turn == 0 and dice.random() < 0.7:
        does.insert(0, ["set", "a", dice.choice(VALUES)])
    if not is_sensible(does, is_secure):
        does = []
    last = next((n for n, deed in enumerate(does) if deed[0] in ("destroy", "unset")), len(does))
    return {**request, "does": does[: last + 1]}  # in Express, there is nothing left to be used after these


FORWARDED = [("X-Forwarded-Proto", value) for value in ("https", "http", "https, http", "HTTPS", "")]


def draw_deed(dice: random.Random) -> list[Any]:
    """One thing that a handler does."""
    does = dice.choices([*DEEDS], [*DEEDS.values()])[0]
    if does == "set":
        return [does, dice.choice("ab"), dice.choice(VALUES)]
    if does == "delete":
        return [does, dice.choice("ab")]
    if does == "cookie":
        setting = dice.choice(["max_age", "max_age", *LATER])
        return [does, setting, dice.choice(LATER[setting])]
    return [does]


def is_sensible(does: list[list[Any]], is_secure: bool) -> bool:
    """Not so: to save a session and then make its cookie Secure, or to read again what may not be stored yet."""
    deeds = [deed[0] for deed in does]
    secures = [n for n, deed in enumerate(does) if deed[:2] == ["cookie", "secure"]]
    saved_before = secures and "save" in deeds[: secures[-1]]
    return not saved_before and not ("reload" in deeds and (secures or is_secure))


DEEDS = {
    "set": 8, "delete": 2, "save": 3, "touch": 1, "reload": 1, "regenerate": 2, "destroy": 1, "unset": 1, "cookie": 2,
    "look": 1,
}  # fmt: skip


# Shorter ones


def without(request: Request, turn: int) -> Request:
    """A request after another was left out: the ids of later ones have moved, its own are unknown now."""
    cookie = request.get("cookie")
    number = cookie["id"] if isinstance(cookie, dict) else cookie
    if not isinstance(number, int) or number // 10 < turn or number == UNKNOWN:
        return request
    number = UNKNOWN if number // 10 == turn else number - 10
    return {**request, "cookie": {**cookie, "id": number} if isinstance(cookie, dict) else number}


def shorter(scenario: Scenario) -> Iterator[Scenario]:
    """The scenario with one thing less, in every way."""
    requests, options = scenario["requests"], scenario["options"]
    for n, request in enumerate(requests):
        rest = [requests[:n], requests[n + 1 :]]
        yield {**scenario, "requests": [*rest[0], *(without(later, n) for later in rest[1])]}
        for key in request:
            yield {**scenario, "requests": [*rest[0], {k: v for k, v in request.items() if k != key}, *rest[1]]}
        for m in range(len(request.get("does", []))):
            does = request["does"][:m] + request["does"][m + 1 :]
            yield {**scenario, "requests": [*rest[0], {**request, "does": does}, *rest[1]]}
    for key in options.keys() - {"secret", "cookie"}:
        fewer = {k: v for k, v in options.items() if k != key}
        yield {**scenario, "options": {**QUIET, **fewer}}
    for key in options.get("cookie", {}):
        cookie = {k: v for k, v in options["cookie"].items() if k != key}
        yield {**scenario, "options": {**options, "cookie": cookie}}
