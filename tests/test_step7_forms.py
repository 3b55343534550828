"""Forms: what is read at all."""

import io

import pytest


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"CONTENT_TYPE": "text/plain"}, 415),
        ({"CONTENT_TYPE": "application/json"}, 415),
        ({"CONTENT_TYPE": ""}, 415),
        ({"CONTENT_TYPE": "application/x-www-form-urlencoded; charset=UTF-8"}, 303),
        ({"CONTENT_TYPE": "APPLICATION/X-WWW-FORM-URLENCODED"}, 303),
        ({"CONTENT_LENGTH": "abc"}, 400),
        ({"CONTENT_LENGTH": "-1"}, 400),
        ({"CONTENT_LENGTH": "²"}, 400),
        ({"CONTENT_LENGTH": "٣٣"}, 400),
        ({"CONTENT_LENGTH": "65537"}, 413),
        ({"CONTENT_LENGTH": "9" * 5000}, 413),
        ({"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}, 411),
        ({"CONTENT_TYPE": "multipart/form-data"}, 400),
    ],
)
def test_only_forms_are_read(house, alice, changes, status):
    """The rest is refused before a byte of it is read."""
    body = f"tea=green&csrf_token={alice.token()}".encode()
    answer = call_loosely(house.app, "/order", body, alice.cookie, changes)
    assert answer == status


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
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "HTTP_COOKIE": cookie,
        **changes,
    }
    seen = []
    list(app(environ, lambda status, headers, exc_info=None: seen.append(int(status[:3]))))
    return seen[-1]


@pytest.mark.parametrize("form", [{"tea": "x" * 5000}, {"x" * 5000: ""}, {f"f{n}": "" for n in range(60)}])
def test_no_form_is_larger_than_ours(alice, form):
    assert alice.post("/order", **form).status == 413


def test_a_huge_password_is_wrong_and_costs_nothing(house, monkeypatch):
    """Hashing it would be work that all others wait for."""
    hashed_lengths = []
    monkeypatch.setattr(
        "steps.step3_authenticate.users.verify_password", lambda text, known: hashed_lengths.append(len(text))
    )
    assert house.guest().post("/login", username="alice", password="x" * 4000).status == 401
    assert hashed_lengths == []
