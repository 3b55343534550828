"""Forgeries: rows and cookies that are not as we wrote them. Each function returns how often one did harm."""

import logging
import random
from typing import Any

from steps.step5_stores import server as step5
from tests.support.calling import SECRET, SESSION_COOKIE, call, cookie_of
from tests.support.races import app_with
from tests.support.stores import ENDLESS, put


def corrupt_rows(store: Any, times: int) -> dict[str, int]:
    """Rows with something exchanged, cut off or put in: a new visitor, one line in the log, and never an error."""
    chance = random.Random(7)
    app = app_with(store, lambda session: session.get("user"), cookie={"max_age": 1800}, absolute_timeout=86_400)
    good = '{"cookie":{"originalMaxAge":1800000,"expires":"2031-01-01T00:00:00.000Z","httpOnly":true,"path":"/"},'
    good += '"createdAt":1900000000000,"user":"alice"}'
    lines: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = lines.append  # type: ignore[method-assign]
    logging.getLogger("sessions").addHandler(handler)
    errors = kept = loud = told = 0
    try:
        for n in range(times):
            id, row = f"corrupt{n}", corrupted(good, chance)
            put(store, id, row)
            lines.clear()
            answer = call(app, cookie=cookie_of(id))
            errors += answer.status >= 500
            loud += len(lines) > 1 or any(id in line.getMessage() for line in lines)
            told += len(lines)
            kept += bool(lines) and store.get(id) is not None
            store.destroy(id)
    finally:
        logging.getLogger("sessions").removeHandler(handler)
    return {"errors": errors, "not dropped": kept, "more than one line": loud, "dropped": told}


def corrupted(row: str, chance: random.Random) -> str:
    """The row with a piece of it spoilt."""
    odd = [
        "",
        "{",
        "null",
        "[]",
        '"',
        "\x00",
        "\ud800".encode("utf-8", "replace").decode(),
        "1e999",
        "NaN",
        "[" * 10_000,
    ]
    values = ["null", "true", "-1", "1e999", "{}", "[]", '"x"', '"9999-99-99T99:99:99.999Z"', "9" * 400, '"\\ud800"']
    place, length = chance.randrange(len(row)), chance.randrange(1, 30)
    return chance.choice(
        [
            row[:place] + chance.choice(odd) + row[place + length :],
            row[:place],
            row.replace(
                chance.choice(["1800000", '"2031-01-01T00:00:00.000Z"', "1900000000000"]), chance.choice(values)
            ),
            chance.choice(odd + values),
            row.replace('"cookie"', chance.choice(['"cokie"', '"cookie":{},"cookie"', '"Cookie"'])),
        ]
    )


def strangers(store: Any, times: int) -> dict[str, int]:
    """So many requests without a cookie, and as many with one that we never gave out."""
    app = step5.create_app(store=store, secret=SECRET)
    chance = random.Random(8)
    odd = 0
    for n in range(times):
        made_up = [cookie_of(f"made up {n}"), cookie_of(f"guess{n}", "another secret"), f"{SESSION_COOKIE}=s%3A{n}.x"]
        for cookie in (None, chance.choice(made_up)):
            answer = call(app, "/whoami", cookie=cookie)
            odd += answer.status != 200 or bool(answer.cookies)
    return {"rows": len(store), "odd answers": odd}


def fuzzed_cookies(store: Any, times: int) -> dict[str, int]:
    """Cookie headers with whatever there may be in them: nobody without her cookie is taken for Alice."""
    chance = random.Random(9)
    id = "alices-id-alices-id-alices-id-00"
    put(store, id, ENDLESS % ',"user":"alice"')
    good = cookie_of(id)
    seen: list[Any] = []
    app = app_with(store, lambda session: seen.append(session.get("user")))
    pieces = [
        good,
        SESSION_COOKIE,
        "=",
        ";",
        "; ",
        ",",
        '"',
        "%",
        "%00",
        "s%3A",
        ".",
        "\\",
        " ",
        "\t",
        "é",
        "\x00",
        "a=b",
    ]
    start: Any = lambda status, headers, exc_info=None: statuses.append(status)  # noqa: E731
    errors = wrong = herself = 0
    for _ in range(times):
        statuses: list[str] = []
        seen.clear()
        header = mutated(good, pieces, chance)
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": "/",
            "SERVER_NAME": "h",
            "SERVER_PORT": "80",
            "HTTP_COOKIE": header,
        }
        list(app({**environ, "wsgi.url_scheme": "http", "wsgi.errors": None, "wsgi.input": None}, start))
        errors += statuses != ["200 OK"]
        herself += seen == ["alice"]
        wrong += seen != [None] and good.partition("=")[2].replace("%3A", ":") not in header.replace("%3A", ":")
    return {"errors": errors, "wrong identity": wrong, "rows": len(store) - 1, "Alice herself": herself}


def mutated(good: str, pieces: list[str], chance: random.Random) -> str:
    """A Cookie header that is nearly right, or not at all."""
    if chance.random() < 0.5:
        place = chance.randrange(len(good))
        return good[:place] + chance.choice(pieces[1:]) + good[place + chance.randrange(3) :]
    return "".join(chance.choice(pieces) for _ in range(chance.randrange(12)))
