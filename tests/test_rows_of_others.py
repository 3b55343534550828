"""Rows of others: another app that shares the store, or an old release, has left what this site does not write."""

import json

import pytest

from tests.support import STEPS
from tests.support.calling import Guest
from tests.support.stores import put

SINCE = {"views": 2, "user": 3, "login": 6, "confirmed": 6, "order": 6, "notices": 6, "preferences": 6}  # the step
HALF = "\ud800"  # of a surrogate pair; step 5 and later take a row with such a letter for spoilt, and begin another
VALUES = [
    *(None, True, 0, -1, 1.5, 10**400, 2**53, "", "x", HALF, [1], ["x", None], {}, {"a": 1}),
    *({"green": "x"}, {"green": True, "black": 2}, {"green": 2, "pink": 1}, {"theme": {"a": 1}, "language": []}),
]
PAGES = [
    *("/", "/whoami", "/menu", "/login", "/none", "/dashboard", "/preferences"),
    *("/order", "/devices", "/password", "/confirm", "/admin"),
]
FORMS = {
    "/login": {"username": "alice", "password": "wrong"},
    "/order": {"tea": "black"},
    "/preferences": {"theme": "light", "language": "de"},
    "/confirm": {"password": "off-with-their-heads"},
    "/devices/end": {"handle": "x"},
    "/devices/end-others": {},
    "/admin/role": {"username": "alice", "role": "user"},
    "/logout": {},
}


class Found:
    """A site of one step, and a guest whose row can be spoilt."""

    def __init__(self, step, users):
        own = {"users": users} if step > 2 else {}
        own |= {"secret": "your-secret-key", "roles": {"queen": "admin"}} if step == 8 else {}
        self.store = STEPS[{2: 2, 3: 2, 4: 4, 5: 5}.get(step, 6)].load().MemoryStore()
        self.app = STEPS[step].load("server").create_app(store=self.store, **own)
        self.step = step
        self.guest = self.arrive()

    def arrive(self):
        guest = Guest(self.app, tokens=self.step >= 7, REMOTE_ADDR="192.0.2.7")
        guest.get("/")  # a row begins
        return guest

    def row(self):
        return json.loads(self.store.get(self.guest.id))

    def spoil(self, **values):
        """The guest comes back with a row that is as it was, but for these values."""
        self.guest.cookie = self.cookie
        if hasattr(self.store, "destroy"):
            self.store.destroy(self.guest.id)
        put(self.store, self.guest.id, json.dumps({**self.row_before, **values}, separators=(",", ":")))

    def remember(self):
        self.row_before, self.cookie = self.row(), self.guest.cookie


@pytest.fixture
def found(request, users):
    """The site of the step that the test names, with its guest."""
    return Found(request.getfixturevalue("step"), users)


def spoilt(found, key):
    """Each value in its turn, in the row of a guest who is as before."""
    for value in VALUES:
        found.spoil(**{key: value})
        yield value


IN_CI = (4, 5, 7)  # their pages are those of the step before or behind
EACH = pytest.mark.parametrize(
    ("key", "step"),
    [
        pytest.param(key, step, marks=[pytest.mark.slow] if step in IN_CI else [])
        for key in SINCE
        for step in range(SINCE[key], 9)
    ],
)


@pytest.mark.slow
@EACH
@pytest.mark.parametrize("name", [None, "queen"])
def test_no_value_in_a_row_is_an_error(found, key, step, name):
    """Whatever stands there, each page answers, and each form: what is not of our shape counts as not there."""
    if name and step > 2:
        found.guest.log_in(name)
    found.remember()
    asked = [*(("GET", path, {}) for path in PAGES), *(("POST", path, form) for path, form in FORMS.items())]
    for value in VALUES:
        for method, path, form in asked:
            found.spoil(**{key: value})
            answer = found.guest.post(path, form) if method == "POST" else found.guest.get(path)
            assert answer.status < 500, (method, path, ascii(value), answer.status)


@EACH
def test_a_form_mends_what_others_have_written(found, key, step):
    """Who goes on as usual has, from then on, a row of this site's."""
    guest = found.guest
    found.remember()
    for value in spoilt(found, key):
        for path in ("/", "/whoami", "/none"):
            assert guest.get(path).status < 500, (path, ascii(value))
        found.spoil(**{key: value})
        if key in ("user", "login", "confirmed"):
            guest.get("/")  # a text is a name, but of no login that there is: it ends here
            assert guest.try_to_log_in().status == 303, ascii(value)
            assert guest.whoami()["user"] == "alice"
            assert guest.get("/dashboard").status == 200
        elif key == "views":
            guest.get("/")
            assert guest.whoami()["views"] == (value + 1 if type(value) is int and 0 <= value < 2**53 else 1)
        elif key == "order":
            guest.post("/order", tea="green")
            kept = value if value in ({"green": 2, "pink": 1}, {"a": 1}) else {}  # teas of another time
            assert found.row()["order"] == {**kept, "green": kept.get("green", 0) + 1}
        else:
            guest.post("/preferences", theme="dark", language="fr")
            assert "It is as you like it now." in guest.get("/order").text
            assert found.row()["preferences"] == {"theme": "dark", "language": "fr"}
            assert "notices" not in found.row()


@pytest.mark.parametrize("step", [6, 8])
def test_preferences_that_are_none_change_nothing_at_the_login(found, step):
    """What others have left there is not what this user has chosen."""
    guest = found.guest
    guest.log_in()
    guest.post("/preferences", theme="dark", language="de")
    guest.post("/logout")
    guest.get("/")
    found.remember()
    found.spoil(preferences=[1])
    guest.log_in()
    assert '<option value="de" selected>' in guest.get("/preferences").text


@pytest.mark.parametrize("step", [6, 8])
def test_what_is_no_time_is_no_fresh_password(found, step):
    """An admin whose row does not say when the password was given is asked for it."""
    guest = found.guest
    guest.log_in("queen")
    found.remember()
    for value in [value for value in VALUES if not isinstance(value, float) and value != HALF]:
        found.spoil(confirmed=value)
        assert guest.post("/admin/role", username="alice", role="user").location == "/confirm", ascii(value)
