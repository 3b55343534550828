"""Forms: what is read at all."""

import io

import pytest

from steps.step7_harden.forms import LARGEST_BODY, LONGEST_FIELD, MOST_FIELDS
from steps.step7_harden.throttle import LONGEST
from tests.support.calling import SEEN

URLENCODED = "application/x-www-form-urlencoded"
ABSENT = None  # a header that was not sent


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"CONTENT_TYPE": "text/plain"}, 415),
        ({"CONTENT_TYPE": "application/json"}, 415),
        ({"CONTENT_TYPE": ""}, 415),
        ({"CONTENT_TYPE": f"{URLENCODED}x"}, 415),
        ({"CONTENT_TYPE": "multipart/form-data-x; boundary=x"}, 415),
        ({"CONTENT_TYPE": ABSENT}, 415),
        ({"CONTENT_TYPE": f"{URLENCODED}; charset=UTF-8"}, 303),
        ({"CONTENT_TYPE": f"{URLENCODED} ;charset=UTF-8"}, 303),
        ({"CONTENT_TYPE": URLENCODED.upper()}, 303),
        ({"CONTENT_LENGTH": "abc"}, 400),
        ({"CONTENT_LENGTH": "-1"}, 400),
        ({"CONTENT_LENGTH": "²"}, 400),
        ({"CONTENT_LENGTH": "٣٣"}, 400),
        ({"CONTENT_LENGTH": f"{LARGEST_BODY}"}, 303),
        ({"CONTENT_LENGTH": f"{LARGEST_BODY + 1}"}, 413),
        ({"CONTENT_LENGTH": "9" * 5000}, 413),
        ({"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}, 411),
        ({"CONTENT_LENGTH": ABSENT, "HTTP_TRANSFER_ENCODING": "chunked"}, 411),
    ],
)
def test_only_forms_are_read(house, alice, changes, status):
    """The rest is refused before a byte of it is read."""
    body = f"tea=green&csrf_token={alice.token()}".encode()
    assert call_loosely(house.app, "/order", body, alice.cookie, changes) == status


def call_loosely(app, path, body, cookie, changes):
    """As a careless server would call, with a length that is none: `call` goes through a validator that forbids it."""
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": URLENCODED,
        "HTTP_COOKIE": cookie,
        **changes,
    }
    environ = {name: value for name, value in environ.items() if value is not ABSENT}
    seen = []
    SEEN.asks("", {})
    list(app(environ, lambda status, headers, exc_info=None: seen.append(status)))
    SEEN.answered("POST", path, seen[-1])
    return int(seen[-1][:3])


@pytest.mark.sentence("A form in parts is read, too")
def test_a_form_in_parts_is_read_too(house, alice):
    """Browsers send one so that has files in it, or that says enctype="multipart/form-data"."""
    fields = {"csrf_token": alice.token(), "tea": "green"}
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    ]
    body = "".join([*parts, "--x--\r\n"]).encode()
    kind = {"CONTENT_TYPE": "multipart/form-data; boundary=x"}
    assert call_loosely(house.app, "/order", body, alice.cookie, kind) == 303


@pytest.mark.parametrize(
    "changes",
    [
        {"CONTENT_LENGTH": "0"},
        {"CONTENT_LENGTH": ""},
        {"CONTENT_LENGTH": ABSENT},
        {"CONTENT_LENGTH": ABSENT, "CONTENT_TYPE": ABSENT},
    ],
)
def test_an_empty_form_is_refused_like_any_other(house, alice, changes):
    """Which refusal it is does not matter (it has no token, to begin with), but it is no error of the server's."""
    status = call_loosely(house.app, "/order", b"", alice.cookie, changes)
    assert status in (400, 403, 411, 415)


PART = 'Content-Disposition: form-data; name="tea"\r\n\r\ngreen'


@pytest.mark.sentence("A garbled form is its sender's fault")
@pytest.mark.parametrize(
    ("content_type", "part", "status"),
    [
        ("multipart/form-data; boundary=x", PART, 303),
        ("multipart/form-data", PART, 400),
        ("multipart/form-data; boundary", PART, 400),
        ("multipart/form-data; boundary=another", PART, 400),
        ("multipart/form-data; boundary=x; charset=klingon", PART, 400),
        ("multipart/form-data; boundary=x", f"Content-Length: many\r\n{PART}", 400),
        ("multipart/form-data; boundary=x", f"{PART}\xff", 400),
        ("multipart/form-data; boundary=x", "no header", 400),
    ],
)
def test_a_garbled_form_is_its_senders_fault(house, alice, content_type, part, status):
    """Bottle raises errors of several kinds while it reads the fields; to the visitor, all of them are a 400."""
    token = f'Content-Disposition: form-data; name="csrf_token"\r\n\r\n{alice.token()}'
    body = f"--x\r\n{token}\r\n--x\r\n{part}\r\n--x--\r\n".encode("latin-1")
    assert call_loosely(house.app, "/order", body, alice.cookie, {"CONTENT_TYPE": content_type}) == status


@pytest.mark.sentence("A part without a name is no error of the server's")
def test_a_part_without_a_name_is_no_error_of_the_servers(house, alice):
    """Whatever is missing in a form, its sender hears of it, and the log does not."""
    body = b"--x\r\nContent-Disposition: form-data\r\n\r\ngreen\r\n--x--\r\n"
    assert (
        call_loosely(house.app, "/order", body, alice.cookie, {"CONTENT_TYPE": "multipart/form-data; boundary=x"}) < 500
    )


def form_of(fields, name=1, value=1):
    """So many fields besides the tea and the token, one of them with a name and a value of this length."""
    return {"n" * name: "v" * value} | {f"{n}": "" for n in range(fields - 1)}


@pytest.mark.parametrize(
    ("form", "status"),
    [
        (form_of(MOST_FIELDS - 2), 303),
        (form_of(MOST_FIELDS - 1), 413),
        (form_of(1, name=LONGEST_FIELD), 303),
        (form_of(1, name=LONGEST_FIELD + 1), 413),
        (form_of(1, value=LONGEST_FIELD), 303),
        (form_of(1, value=LONGEST_FIELD + 1), 413),
    ],
    ids=["as many", "one more", "as long a name", "a longer name", "as long a value", "a longer value"],
)
def test_no_form_is_larger_than_ours(alice, form, status):
    """A million fields keep a server busy that looks at each. Up to the limits, they included, a form counts."""
    assert alice.post("/order", tea="green", **form).status == status


@pytest.mark.sentence("A field that comes often counts as often as it comes")
def test_a_field_that_comes_often_counts_as_often(house, alice):
    """The limit is for all that was sent, not for the different names in it."""
    body = f"csrf_token={alice.token()}".encode() + b"&tea=green" * MOST_FIELDS
    assert call_loosely(house.app, "/order", body, alice.cookie, {}) == 413


@pytest.mark.parametrize(
    ("files", "name", "status"),
    [
        (MOST_FIELDS - 2, "a.txt", 303),
        (MOST_FIELDS - 1, "a.txt", 413),
        (60, "a.txt", 413),
        (1, "n" * LONGEST_FIELD, 303),
        (1, "n" * (LONGEST_FIELD + 1), 413),
    ],
    ids=["as many", "one more", "60", "as long a name", "a longer name"],
)
def test_files_are_fields(house, alice, files, name, status):
    """A form that has none is not larger by them."""
    token = alice.token()
    fields = [f'name="csrf_token"\r\n\r\n{token}', 'name="tea"\r\n\r\ngreen']
    fields += [f'name="f{n}"; filename="{name}"\r\n\r\nx' for n in range(files)]
    body = "".join(f"--x\r\nContent-Disposition: form-data; {each}\r\n" for each in fields) + "--x--\r\n"
    kind = {"CONTENT_TYPE": "multipart/form-data; boundary=x"}
    assert call_loosely(house.app, "/order", body.encode(), alice.cookie, kind) == status


@pytest.mark.parametrize(("letters", "is_hashed"), [(LONGEST, True), (LONGEST + 1, False), (4000, False)])
def test_a_huge_password_is_wrong_and_costs_nothing(house, monkeypatch, letters, is_hashed):
    """Hashing it would be work that all others wait for."""
    hashed_lengths = []
    monkeypatch.setattr(
        "steps.step3_authenticate.users.verify_password", lambda text, known: hashed_lengths.append(len(text))
    )
    assert house.guest().post("/login", username="alice", password="x" * letters).status == 401
    assert hashed_lengths == [letters] * is_hashed
