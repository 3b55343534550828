"""Messages: the line that names the fault, for each kind of mistake. Our solutions with one thing changed are told."""

import ast
import json
import re
from types import SimpleNamespace

import pytest

from tests.notebooks.messages import faults
from tests.support import telling
from tests.support.calling import SEEN, call
from tests.support.raised import Place, bare, chain, sentence_of
from workbook import checking, runner, workspace
from workbook.exercises import exercises


def told(name, old, new, tmp_path):
    """What a check says of our solution with this changed, by what each line is; and the module's source."""
    exercise = exercises()[name]
    source = exercise.reference.read_text(encoding="utf-8")
    assert old in source
    source = source.replace(old, new, 1)
    file = tmp_path / f"{name.replace('.', '/')}.py"
    file.parent.mkdir()
    file.write_text(source, encoding="utf-8")
    lines = checking.told(exercise, source, runner.run(name, own=tmp_path, all_tests=False)).lines
    assert faults(name, lines) == []
    return dict(line.partition(": ")[::2] for line in lines), source


def where(name, source, *lines):
    """How a check names these lines, each with the function it stands in."""
    numbers = [source[: source.index(line)].count("\n") + 1 for line, _ in lines]
    places = [f"line {number}, in {function}" for number, (_, function) in zip(numbers, lines, strict=True)]
    return f"{workspace.shown(name)}, {', called from '.join(places)}"


@pytest.mark.parametrize(
    ("name", "change", "came", "lines"),
    [
        (  # the sentence of an exception is whole
            "step6_access.roles",
            ('WHERE name = ?", (name,))', 'WHERE name = ?")'),
            "ProgrammingError: Incorrect number of bindings supplied. The current statement uses 1, and there are 0 "
            "supplied.",
            [('WHERE name = ?")', "of")],
        ),
        (  # what only raises again is not the line; those that called it are; and no folder of a test is told
            "step5_stores.sqlite_store",
            ("row=row, expected=expected, expires=expires) == 1", "row=row, expected=expected) == 1"),
            "StoreError: s.sqlite3 does not answer: You did not supply a value for binding parameter :expires.",
            [
                ("self._database.execute(command, {", "_ask"),
                ("self._ask(command, **values)", "_write"),
                ("row=row, expected=expected) == 1", "set"),
            ],
        ),
        (  # a line inside a comprehension is its function's
            "step5_stores.promises",
            ("if key not in base or to_json", "if to_json"),
            "KeyError: 'a'",
            [("if to_json", "merge")],
        ),
        (  # what was given to the server is told, and from where, not what the server made of it
            "step2_middleware.middleware",
            ("return start_response(status, [*headers", 'return start_response("", [*headers'),
            "start_response was given the status ''",
            [
                ('return start_response("", [*headers', "start_response_with_session"),
                ("return self.app(environ, start_response_with_session)", "__call__"),
            ],
        ),
        (  # an error in a template of ours is that of the line that filled it
            "step3_authenticate.server",
            ('page("dashboard", user=current_user(request.session))', 'page("dashboard")'),
            "NameError: name 'user' is not defined (in our steps/step3_authenticate/views/dashboard.tpl; "
            "so the answer was 500 Internal Server Error)",
            [('page("dashboard")', "dashboard")],
        ),
        (  # a refusal comes before all that is counted after it
            "step7_harden.csrf",
            ("return origin is None or origin ==", "return origin is None and origin =="),
            "403 Forbidden, from require_token",
            [("raise HTTPError(403)", "require_token")],
        ),
        (  # a class without its modules
            "step4_destroy.endings",
            ('if row is None:\n            raise SessionEnded("the', 'if True:\n            raise SessionEnded("the'),
            "SessionEnded: the session cannot be loaded again: it has ended, or was never saved "
            "(so the answer was 500 Internal Server Error)",
            [('raise SessionEnded("the session cannot be loaded again', "reload")],
        ),
    ],
    ids=["whole", "raised again", "comprehension", "given", "template", "refusal", "class"],
)
def test_what_went_wrong_is_told_with_the_line_where_the_mistake_is(tmp_path, name, change, came, lines):
    """Whoever is told of another line, or of half a sentence, looks in the wrong place."""
    said, source = told(name, *change, tmp_path)
    assert re.sub(r"\. Did you mean: '\w+'\?", "", said["came back"]) == came  # which newer Pythons ask
    assert said["where"] == where(name, source, *lines)


@pytest.mark.parametrize(
    ("name", "change", "lines"),
    [
        (  # one of several things that are compared at once
            "step7_harden.policy",
            (' or asked.startswith(path.rstrip("/") + "/")', ""),
            {
                "sent": "as_function = False, path = '/tea', asked = '/tea/pot'",
                "tried": "GET /tea/pot (200)",
                "came back": "[False]   (whether the page had a session)",
                "expected": "[True]",
            },
        ),
        (  # with which settings the middleware was made
            "step4_destroy.endings",
            ('"expires": 0} if sent else None', '"expires": 0}'),
            {
                "sent": "action = 'destroy', save_uninitialized = False, rolling = True, cookie = {'max_age': 60}",
                "came back": "['connect.sid']   (the cookies that were set)",
            },
        ),
        (  # of an answer, what was compared
            "step4_destroy.server",
            ('"/login"', '"/"'),
            {
                "tried": "POST /login as alice (303), POST /logout (303)",
                "came back": "'/'   (where the answer leads; it is 303 See Other)",
                "expected": "'/login'",
            },
        ),
        (  # what had been done to the same object before
            "step4_destroy.store",
            (
                "                self._schedule(id, expires)\n            return live",
                "                pass\n            return live",
            ),
            {"tried": "store.touch('a', 1020.0), then store.get('a')", "came back": "None", "expected": "'1'"},
        ),
        (  # who came into a store, and whose fault that is
            "step2_middleware.store",
            ("        with self._lock:\n            self._rows.clear()", "        self._rows.clear()"),
            {
                "came back": "in another thread, clear() can get in while get() reads _rows: "
                "the lock is not waited for",
                "expected": "each of get, set, clear, len, iter waits until get() has ended",
            },
        ),
        (  # what is no body, before the validator says so
            "step8_production.health",
            ('return [text] if environ["REQUEST_METHOD"] == "GET" else []', "return None"),
            {"came back": "None, from Health, for the answer's body", "expected": "a list of bytes"},
        ),
        (  # a truth has two values
            "step3_authenticate.passwords",
            ("hashed or NOBODY", "hashed and NOBODY"),
            {
                "tried": "verify_password('same', hash_password('same'))",
                "came back": "False",
                "expected": "True",
            },
        ),
    ],
    ids=["one of several", "settings", "header", "before", "lock", "no body", "truth"],
)
def test_what_was_sent_and_came_back_is_told_in_words(tmp_path, name, change, lines):
    """Nothing of the test's own: no tuple that it compares, no name in it, no value that the learner has not sent."""
    said, _ = told(name, *change, tmp_path)
    assert {label: said.get(label) for label in lines} == lines


def test_what_was_asked_is_noted_with_what_was_sent():
    """Form, headers and settings of the last request, as they left; of all, the way and the status."""

    def app(environ, start_response):
        start_response("303 See Other", [("Content-Type", "text/plain")])
        return [b""]

    SEEN.forget()
    SEEN.settings[app] = {"trust_proxy": True}
    call(app, "/order", method="POST", body=b"tea=green", HTTP_X_FORWARDED_PROTO="https")
    assert SEEN.sent == {"trust_proxy": True, "X-Forwarded-Proto": "https", "tea": "green"}
    assert list(SEEN.requests) == ["POST /order (303)"]


def test_a_loop_is_named_and_not_what_it_was_about_to_do(tmp_path):
    """Where a loop is stopped is an accident: the line in it is what does not end."""
    module = tmp_path / "module.py"
    module.write_text("def write():\n    while True:\n        replace()\n\n\ndef replace():\n    return 1\n")
    loops = runner.loops_in(module)
    stopped = "line 3, in write (it was in replace, line 7, when we stopped it)"
    assert runner.stopped_at([(7, "replace"), (3, "write")], loops) == stopped
    assert runner.stopped_at([(3, "write")], loops) == "line 3, in write"
    assert runner.stopped_at([(7, "replace")], loops) == "line 7, in replace"
    nameless = "line 3, in write (it was at line 7, when we stopped it)"
    assert runner.stopped_at([(7, "<genexpr>"), (3, "write")], loops) == nameless


CALL = "serialize_cookie('a', 'b', max_age=60, domain='example.com')"


@pytest.mark.parametrize(
    ("room", "shown"),
    [(200, CALL), (30, "serialize_cookie('a', 'b', max_age=60, …)"), (5, "serialize_cookie('a', …)")],
)
def test_a_long_call_is_cut_between_its_arguments(room, shown):
    """Half of a word is nothing to look for."""
    assert telling.source_of(ast.parse(CALL, mode="eval").body, room) == shown


@pytest.mark.parametrize(
    ("left", "right", "shown"),
    [
        ({"id": "x" * 90 + " one"}, {"id": "x" * 90 + " two"}, ["one'", "two'"]),
        (["a" * 100, "b"], ["a" * 100, "c"], ["'b'", "'c'"]),
        ({"a": "x" * 100}, {"b": "x" * 100}, ["{'a'", "{'b'"]),
    ],
)
def test_of_long_values_the_parts_that_differ_are_shown(left, right, shown):
    """Of a row under its id, of one of many cookies: what is the same need not be read."""
    both = telling.cut_both(*map(repr, telling.apart(left, right)))
    assert [piece in text for piece, text in zip(shown, both, strict=True)] == [True, True]


@pytest.mark.parametrize(
    ("check", "came"),
    [
        ("assert cookies[0] == 'a=b'", {"came": "[]", "expected": "something in it"}),
        ("assert row['tea'] == 'green'", {"came": "{}   (the row in the store)", "expected": "'tea' in it"}),
        ("assert (row.get('cups'), nothing.tea) == (1, 'green')", {"came": "None", "expected": "something"}),
        (
            "assert (1, sorted(nothing)) == (2, ['a'])",
            {
                "came": "TypeError: 'NoneType' object is not iterable",
                "expected": "that this works: sorted(nothing)",
            },
        ),
        ("assert ask()['tea'] == 'green'", {"came": "something without 'tea'", "expected": "'tea' in it"}),
    ],
)
def test_what_a_test_cannot_go_on_with_is_shown(check, came):
    """It has stumbled over what the learner's code gave: that is shown, and not how the test has stumbled."""
    SEEN.forget()
    known = {"cookies": [], "row": {}, "nothing": None, "ask": dict}
    with pytest.raises((IndexError, KeyError, AttributeError, TypeError)) as caught:
        exec(check, known)
    frame = SimpleNamespace(f_globals=known, f_locals=known)
    assert telling.stumbled(caught.value, ast.parse(check).body[0], frame) == came


PAGE = "<p>" + "x " * 200 + "<h2>an unknown browser (this one)</h2>"


@pytest.mark.parametrize(
    ("piece", "shown"),
    [("Firefox (this one)", "an unknown browser (this one)</h2>"), ("Darjeeling", "a text with nothing like it")],
)
def test_of_a_page_what_is_most_like_it_is_shown(piece, shown):
    """The beginning and the end of a page are those of every page."""
    assert shown in telling.around_it(PAGE, piece)


def test_of_a_sentence_the_beginning_and_the_end_are_shown(tmp_path):
    """It has no frame as a page has: that nothing in it is like what was looked for would say too little."""
    assert (
        telling.around_it(f"cannot be used: {tmp_path}{tmp_path}{tmp_path}/x.db", "STORE") == "'cannot be used: x.db'"
    )
    assert telling.around_it("no " * 200 + "end", "STORE").endswith("no end'")


def test_folders_and_addresses_of_a_check_are_nobodys_mistake(tmp_path):
    """They differ each time; the file's name is enough."""
    assert bare(f"{tmp_path}/s.sqlite3 does not answer") == "s.sqlite3 does not answer"
    assert bare(repr([len, json.dumps, test_folders_and_addresses_of_a_check_are_nobodys_mistake])) == (
        "[len, dumps, test_folders_and_addresses_of_a_check_are_nobodys_mistake]"
    )
    assert bare(repr(object())) == "<object object>"
    assert sentence_of("steps.step5_stores.store.StoreError: gone") == "StoreError: gone"
    assert sentence_of("word " * 100).endswith("word …")


def test_a_lambda_has_the_name_of_its_function():
    """Nobody has written `<lambda>` or `<listcomp>`."""
    try:
        [1 / each for each in [0]]
    except ZeroDivisionError as error:
        (raised,) = chain(error)
    assert raised.words == "ZeroDivisionError: division by zero"
    assert {place.function() for place in raised.places} == {"test_a_lambda_has_the_name_of_its_function"}
    assert str(Place(__file__, raised.places[-1].line, "<lambda>")).endswith(
        "in test_a_lambda_has_the_name_of_its_function"
    )
