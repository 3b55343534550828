"""Differences: where ours is not as Express on purpose, each declared once and as narrow as it can be.

A difference says, from what Express did, what ours must do instead. What is left between the two then is undeclared.
"""

import json
import math
import pickle
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from steps.step1_install import parse_cookies, unsign
from tests.conformance.scenarios import Request, Scenario, Told, headers


@dataclass
class Case:
    """One request of a scenario: what it was, what the store held before it, and when that was."""

    scenario: Scenario
    request: Request
    before: dict[str, Any]
    now: float
    in_redis: bool

    @cached_property
    def sent(self) -> str:
        """The value of the session's cookie that the request brings, whatever it is worth."""
        header = headers(self.scenario, self.request).get("Cookie", "")
        return parse_cookies(header).get(self.scenario["options"].get("name", "connect.sid"), "")

    @cached_property
    def id_brought(self) -> str:
        """The id in the cookie of the request, if that is one of ours."""
        return (unsign(self.sent[2:], self.scenario["options"]["secret"]) or "") if self.sent.startswith("s:") else ""


DAY = 86_400  # how long Redis keeps a row without an end

SHADOWING = {"id", "req", "save", "touch", "reload", "destroy", "regenerate", "resetMaxAge"}  # what a session has there

DECLARED: dict[str, Callable[[Case, Told], None]] = {}


def difference(change: Callable[[Case, Told], None]) -> Callable[[Case, Told], None]:
    DECLARED[change.__name__.replace("_", " ")] = change
    return change


# What a request came to


def does(case: Case, *deeds: str) -> bool:
    """Whether the handler does one of these."""
    return any(deed[0] in deeds for deed in case.request.get("does", []))


def is_secure(case: Case) -> bool:
    """Whether the request came over HTTPS, as far as the options believe it."""
    sent = {"X-HTTPS": "", "X-Forwarded-Proto": "", **case.request.get("headers", {})}
    forwarded = sent["X-Forwarded-Proto"].partition(",")[0].strip().lower() == "https"
    return bool(sent["X-HTTPS"]) or (case.scenario["options"].get("proxy") is True and forwarded)


def may_travel(case: Case, theirs: Told) -> bool:
    """Whether the cookie may be sent with the answer."""
    return "; Secure" not in theirs["last"]["set"] or is_secure(case)


def is_alive(theirs: Told) -> bool:
    """Whether the handler has a session at its end."""
    return theirs["last"] is not None and theirs["seen"][-1] is not None


def was_there(case: Case, theirs: Told) -> bool:
    """Whether that session is the one that the request brought."""
    return is_alive(theirs) and theirs["last"]["id"] in case.before


def settings_of(row: str) -> dict[str, Any]:
    """The settings of the cookie in a row, but for the moment when it ends."""
    return {name: value for name, value in json.loads(row)["cookie"].items() if name != "expires"}


def left_of(row: str, case: Case) -> float | None:
    """The seconds until a row ends, by what stands in it. Redis counts whole ones, and keeps no row for ever."""
    expires = parsed(row).get("cookie", {}).get("expires")
    left = None if not expires else datetime.fromisoformat(expires).timestamp() - case.now
    return as_told(left, case.in_redis)


def with_the_whole_time(row: list[Any], case: Case) -> list[Any]:
    """A row, as a store tells it, that ends after the whole of its time, counted from now."""
    [text, left] = row
    cookie = parsed(text)["cookie"]
    if not cookie.get("expires"):
        return [text, left]
    whole = cookie["originalMaxAge"] / 1000
    ends = datetime.fromtimestamp(case.now + whole, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return [text.replace(cookie["expires"], ends, 1), as_told(whole, case.in_redis)]


def parsed(row: str) -> dict[str, Any]:
    """A row as an object; empty for one that is none."""
    try:
        return json.loads(row)
    except ValueError:
        return {}


def as_told(left: float | None, in_redis: bool) -> float | None:
    """Seconds as both sides tell them."""
    if in_redis:
        return DAY if left is None else math.ceil(left)
    return None if left is None else round(left, 6)


# The differences. The order counts: a later one starts from what the earlier ones have changed.


@difference
def the_path_covers_whole_segments(case: Case, theirs: Told) -> None:
    """A cookie for /app is none for /apple: the request gets no session."""
    path = case.scenario["options"].get("cookie", {}).get("path", "/")
    asked = case.request.get("path", "/").partition("?")[0]
    if path == "/" or not asked.startswith(path) or asked[len(path) :].startswith("/") or asked == path:
        return
    blind = [None if deed[0] == "look" else "error" for deed in case.request.get("does", []) if deed[0] != "unset"]
    theirs.update(cookies=[], seen=[None, *blind, None], rows=case.before, last=None)


@difference
def a_request_begins_with_the_whole_time(case: Case, theirs: Told) -> None:
    """What is left of the time is counted anew when the session is loaded, not at the end; save() writes it so."""
    for seen in theirs["seen"]:
        if isinstance(seen, dict) and "left" in seen:
            seen["left"] = seen["life"]
    id = theirs["last"] and theirs["last"]["id"]
    if does(case, "save") and id in case.before and id in theirs["rows"]:
        theirs["rows"][id] = with_the_whole_time(theirs["rows"][id], case)


@difference
def a_touch_leaves_the_row(case: Case, theirs: Told) -> None:
    """Express's MemoryStore writes the cookie into the row when it is touched; connect-redis and we do not."""
    if "touch" not in theirs["asked"] or "set" in theirs["asked"]:
        return
    for id, (row, _) in case.before.items():
        if id in theirs["rows"]:
            theirs["rows"][id][0] = row


@difference
def a_changed_setting_is_sent_and_stored(case: Case, theirs: Told) -> None:
    """A setting of the cookie that a handler changes reaches the row and the browser, though the data is the same."""
    if not is_alive(theirs) or not does(case, "cookie") or theirs["last"]["id"] not in theirs["rows"]:
        return
    id, row = theirs["last"]["id"], theirs["last"]["row"]
    if not was_there(case, theirs):
        theirs["rows"][id] = [row, left_of(row, case)]
    elif settings_of(row) != settings_of(case.before[id][0]):
        theirs["rows"][id] = [row, left_of(row, case)]
        if not theirs["cookies"] and may_travel(case, theirs):
            theirs["cookies"] = [theirs["last"]["set"]]


@difference
def an_old_signature_is_renewed(case: Case, theirs: Told) -> None:
    """A cookie signed by an old secret is signed anew by the newest."""
    cookie = case.request.get("cookie")
    if not theirs["cookies"] and isinstance(cookie, dict) and was_there(case, theirs) and may_travel(case, theirs):
        theirs["cookies"] = [theirs["last"]["set"]]


@difference
def a_saved_session_has_its_cookie(case: Case, theirs: Told) -> None:
    """save() of a new session sends its cookie: no row that nobody can find."""
    is_stored = is_alive(theirs) and theirs["last"]["id"] in theirs["rows"]
    if not theirs["cookies"] and is_stored and not was_there(case, theirs) and may_travel(case, theirs):
        theirs["cookies"] = [theirs["last"]["set"]]


@difference
def a_session_without_its_cookie_is_not_stored(case: Case, theirs: Told) -> None:
    """A new session whose cookie must not travel over plain HTTP gets no row: nobody could find it."""
    if theirs["last"] and theirs["last"]["id"] not in case.before and not may_travel(case, theirs):
        theirs["rows"].pop(theirs["last"]["id"], None)


@difference
def destroy_clears_the_cookie(case: Case, theirs: Told) -> None:
    """The browser drops the cookie of a session that the handler has destroyed."""
    if does(case, "destroy") and case.sent and theirs["last"] and may_travel(case, theirs):
        theirs["cookies"] += [theirs["last"]["clear"]]


@difference
def a_corrupt_row_is_a_new_visitor(case: Case, theirs: Told) -> None:
    """Express answers 500 for ever; ours notes it in the log, and begins a new session."""
    brought = case.before.get(case.id_brought)
    if brought and not parsed(brought[0]):
        assert not case.scenario["options"]["cookie"], "the session that begins is told here, and has no time"
        new = {"data": {}, "left": None, "life": None}
        theirs.update(status=200, seen=[new, new])
        del theirs["rows"][case.id_brought]


@difference
def names_of_the_session_are_ordinary_keys(case: Case, theirs: Told) -> None:
    """Express drops "id", "save" and the like from a row that has them, and so rewrites it. Ours keeps them."""
    brought = parsed(case.before.get(case.id_brought, [""])[0])
    if not SHADOWING & brought.keys():
        return
    data = {key: value for key, value in brought.items() if key != "cookie"}
    for seen in theirs["seen"]:
        seen["data"] = data
    theirs["rows"] = case.before


@difference
def keys_that_look_like_numbers_keep_their_place(case: Case, theirs: Told) -> None:
    """JavaScript puts them first; Python, and ours, where they were put."""
    put = [deed[1] for deed in case.request.get("does", []) if deed[0] == "set"]
    if is_alive(theirs) and any(key.isdecimal() for key in put):
        [row, left] = theirs["rows"][theirs["last"]["id"]]
        ordered = sorted(json.loads(row).items(), key=lambda item: put.index(item[0]) if item[0] in put else -1)
        theirs["rows"][theirs["last"]["id"]] = [json.dumps(dict(ordered), separators=(",", ":")), left]


@difference
def a_store_that_fails_is_503(case: Case, theirs: Told) -> None:
    """Express answers 500 when it cannot read, and 200 with a cookie when it has not written."""
    fails = case.request.get("fails", [])
    if "get" in fails or ("set" in fails and theirs["asked"][-1] == "set"):
        theirs.update(status=503, cookies=[], cache="no-store")


@difference
def what_has_ended_stays_ended(case: Case, theirs: Told) -> None:
    """A session that another request has ended meanwhile is not written again: 409 if this one had changed it."""
    inner = [deed[0] for request, _ in within(case, theirs) for deed in request["does"]]
    if "destroy" not in inner and "regenerate" not in inner:
        return
    theirs["rows"].pop(case.id_brought, None)
    if does(case, "set"):
        theirs.update(status=409, cookies=[], cache="no-store")


@difference
def no_key_is_lost(case: Case, theirs: Told) -> None:
    """Of two requests that write different keys at once, both are kept."""
    id, others = case.id_brought, within(case, theirs)
    if not others or id not in theirs["rows"]:
        return
    [row, left] = theirs["rows"][id]
    base, other, own = (parsed(case.before[id][0]), others[0][1]["seen"][-1]["data"], parsed(row))
    merged = {**other, **{key: value for key, value in own.items() if base.get(key) != value}}
    theirs["rows"][id] = [json.dumps({"cookie": own["cookie"], **merged}, separators=(",", ":")), left]


@difference
def no_cache_keeps_a_cookie(case: Case, theirs: Told) -> None:
    """An answer that sets the cookie says `Vary: Cookie` and `Cache-Control: no-store`."""
    if theirs["cookies"]:
        theirs.update(vary=theirs["vary"] or "Cookie", cache=theirs["cache"] or "no-store")


@difference
def a_page_made_from_a_session_varies_with_the_cookie(case: Case, theirs: Told) -> None:
    """An answer for which the session was read says `Vary: Cookie`, so that no cache gives it to somebody else."""
    was_read = any(isinstance(seen, dict) and "data" in seen for seen in theirs["seen"])
    if was_read and theirs["status"] == 200:
        theirs.update(vary=theirs["vary"] or "Cookie")


def copied(told: Told) -> Told:
    """A copy down to the last value; deepcopy would take half of the time of all scenarios."""
    copy: Told = pickle.loads(pickle.dumps(told))
    return copy


def within(case: Case, theirs: Told) -> list[tuple[Request, Told]]:
    """The requests within this one, and what came out of them."""
    requests = [deed[1] for deed in case.request.get("does", []) if deed[0] == "meanwhile"]
    told = [seen for seen in theirs["seen"] if isinstance(seen, dict) and "status" in seen]
    return list(zip(requests, told, strict=True))


def expected(case: Case, theirs: Told) -> tuple[Told, list[str]]:
    """What ours must tell where Express tells `theirs`, and the names of the differences in between."""
    wanted, names = {"rows": {}, "asked": [], **copied(theirs)}, []
    for request, seen in within(case, wanted):
        inner, inner_names = expected(replace(case, request=request), seen)
        names += inner_names
        seen.clear()
        seen.update(inner)
        del seen["rows"]
    before = copied(wanted)
    for name, change in DECLARED.items():
        change(case, wanted)
        if wanted != before:
            names.append(name)
            before = copied(wanted)
    return {key: value for key, value in wanted.items() if key not in ONLY_THERE}, names


ONLY_THERE = ("last", "asked", "turn")


# Of whole scenarios

CACHING = {"no cache keeps a cookie", "a page made from a session varies with the cookie"}
REFUSED = "settings that browsers ignore are refused"
AS_MAPPING = "a function as cookie works with auto"
OF_SCENARIOS = {
    REFUSED: "Browsers drop a cookie that is SameSite=None or Partitioned but not Secure: ours says so at the start.",
    AS_MAPPING: 'Express does not know "auto" in what a function returns.',
}

# What scenarios cannot tell, with one middleware, a plain name and a path in ASCII; each has tests of its own
ELSEWHERE = {
    "a name with a prefix is signed with the id": (
        "What browsers keep to HTTPS, `__Host-…` and `__Secure-…`, believes no value that a cookie of another name has "
        "carried over an open line. A plain name keeps Express's signature."
    ),
    "two in one stack have a session each": (
        "Express's does nothing where there is a session already; ours only where it is of the same name and path, and "
        "says so in the log. Else it has its own, and the other's stands again when it returns."
    ),
    "a path may be written in any way": (
        "`/my app`, `/my%20app` and `/café` cover the pages that a browser asks for by them; in Express, only what is "
        "written as the browser writes it."
    ),
}


def must_be_refused(scenario: Scenario) -> bool:
    """Whether ours must refuse the options."""
    cookie = scenario["options"].get("cookie", {})
    return not cookie.get("secure") and (cookie.get("same_site") == "none" or bool(cookie.get("partitioned")))


def is_beyond_express(scenario: Scenario) -> bool:
    """Whether only ours can do it: then Express is given a mapping in place of the function, and comes to the same."""
    cookie, options = scenario["options"].get("cookie", {}), scenario["options"]
    return bool(options.get("cookie_function")) and "auto" in (cookie.get("secure"), cookie.get("same_site"))
