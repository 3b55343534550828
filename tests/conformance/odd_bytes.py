"""Bytes: odd inputs for what stands beneath a session, and what our functions make of them. The peer has npm's own.

Each is [function, arguments …]: ["serialize", name, value, settings], ["parse", header], ["sign", value, secret] or
["unsign", signed, secret]. Express's error is ours, too; both are told as "error".
"""

import random
from collections.abc import Callable, Iterator
from typing import Any

from steps.step1_install import parse_cookies, serialize_cookie, sign, unsign

Input = list[Any]
ASCII = [chr(code) for code in range(128)]
LATIN = [chr(code) for code in range(128, 256)]  # a header reaches the server as such
TEXTS = [
    "",
    "a",
    "é",
    "☃",
    "😀",
    "\u2028",
    "%",
    "%41",
    "%C3%A9",
    "%c3",
    "%zz",
    "+",
    " ",
    "a b",
    "a=b",
    '"',
    '""',
    '"a"',
    "a,b",
]
PIECES = [
    "a", "b", "=", "=", "=", ";", ";", "; ", " ", "\t", '"', "%", "%41", "%C3%A9", "%C3", "%zz", "%00", "connect.sid",
    "s%3A", "é", "\xff", "__proto__", "toString", ",", "a=1", '="', '";', "\x00", "\xa0",
]  # fmt: skip
DOMAINS = [
    "e.com",
    ".e.com",
    "E.Com",
    "e-e.com",
    "-e.com",
    "e..com",
    "e.com.",
    "a" * 64 + ".com",
    "é.com",
    "e.com;",
    " ",
    "1",
]
PATHS = ["/", "/a b", "/a;b", "/a<b", "/é", "a", "/\x7f", "/\t", "/%zz", "/~!"]
SIGNED = [
    "",
    ".",
    "a.",
    ".a",
    "a.b",
    "a",
    "é.é",
    "a" * 100 + ".b",
    "a.b.c",
    sign("a", "k"),
    sign("a", "k") + "=",
    sign("a", "k")[:-1],
]


def fixed() -> Iterator[Input]:
    """Those that were thought of."""
    for text in [*ASCII, *LATIN, *TEXTS]:
        yield ["serialize", "a", text, {}]
        yield ["serialize", f"a{text}", "1", {}]
        yield ["parse", f"a{text}b=c{text}d; e=f"]
        yield ["parse", f"{text}=1;a={text}"]
        yield ["sign", text, "keyboard cat"]
        yield ["sign", "hello", f"{text}k"]
        yield ["unsign", sign(text, "k"), "k"]
        yield ["unsign", sign(text, "k"), "another"]
    for setting, values in settings().items():
        for value in values:
            yield ["serialize", "a", "1", {setting: value}]
    yield ["serialize", "a", "1", {setting: values[0] for setting, values in settings().items()}]
    for text in SIGNED:
        yield ["unsign", text, "k"]


def settings() -> dict[str, list[Any]]:
    """Every attribute of a cookie, with values good and bad."""
    return {
        "max_age": [0, 1, -1, 1.5, 1e9],
        "domain": DOMAINS,
        "path": PATHS,
        "expires": [0, 1, 0.999, 1_800_000_000, 951_782_400, -1, 253_402_300_799],
        "http_only": [True, False],
        "secure": [True, False],
        "partitioned": [True, False],
        "priority": ["low", "Medium", "HIGH", "none"],
        "same_site": [True, False, "lax", "Strict", "NONE", "auto"],
    }


def drawn(seed: int, count: int) -> Iterator[Input]:
    """So many headers, put together by chance, always the same for a seed."""
    dice = random.Random(seed)
    for _ in range(count):
        yield ["parse", "".join(dice.choices(PIECES, k=dice.randint(1, 12)))]


def inputs() -> list[Input]:
    """All of them."""
    return [*fixed(), *drawn(1, 3_000)]


OURS: dict[str, Callable[..., Any]] = {
    "serialize": lambda name, value, settings: serialize_cookie(name, value, **settings),
    "parse": parse_cookies,
    "sign": sign,
    "unsign": lambda signed, secret: value if (value := unsign(signed, secret)) is not None else False,
}


def ours(function: str, *arguments: Any) -> Any:
    """What our function makes of it."""
    try:
        return OURS[function](*arguments)
    except ValueError:
        return "error"


def equal(input: Input, theirs: Any) -> bool:
    """Whether ours is as npm's. A cookie named __proto__ is one like any other: JavaScript's objects cannot hold it."""
    got = ours(*input)
    if isinstance(got, dict):
        got.pop("__proto__", None)
    return bool(got == theirs)
