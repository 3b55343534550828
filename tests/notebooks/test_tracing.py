"""The trace of a request: what it goes through, in order, each with its file."""

import sys

from steps import SessionMiddleware
from workbook import trace


def shop(environ, start_response):
    session = environ["session"]
    session["cups"] = session.get("cups", 0) + 1
    start_response("200 OK", [])
    return [b"tea"]


def test_a_trace_shows_which_functions_a_request_goes_through():
    """From the outermost to the innermost: who asks where a thing is decided finds the line."""
    app = SessionMiddleware(shop, secret="keyboard cat", cookie={"max_age": 60})
    calls = trace(app, trace(app).cookie).calls
    assert calls[0] == (0, "SessionMiddleware.__call__", "step7_harden/middleware.py")
    asked = [(file, depth) for depth, name, file in calls if name == "Session.cookie_wanted"]
    assert [file[:5] for file, _ in asked] == ["step7", "step4", "step2"]
    assert [depth - asked[0][1] for _, depth in asked] == [0, 1, 2]
    names = [name for _, name, _ in calls]
    assert names.index("SessionMiddleware.open") < names.index("Session.settle") < names.index("serialize_cookie")


def test_a_trace_says_what_the_browser_holds_after_it():
    """So that the next request can be the same guest's; and nobody else's calls are noted from then on."""
    app = SessionMiddleware(shop, secret="keyboard cat")
    first = trace(app)
    assert first.cookie.startswith("connect.sid=s%3A")
    assert trace(app, first.cookie).cookie == first.cookie
    assert len(first.calls) > len(trace(shop_without_a_session).calls) == 0
    assert sys.getprofile() is None


def shop_without_a_session(environ, start_response):
    start_response("200 OK", [])
    return [b"tea"]


def test_a_trace_is_a_table():
    """Calls on the left, one step further in each; files on the right, below each other."""
    lines = repr(trace(SessionMiddleware(shop, secret="keyboard cat"))).splitlines()
    assert len({line.rindex("  step") for line in lines}) == 1
    assert lines[1].startswith("  Policy.covers ")
