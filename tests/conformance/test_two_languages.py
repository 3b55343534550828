"""One login, two languages: an Express app and a Bottle app, one Redis and one secret between them."""

import json
import time

import bottle
import pytest
import requests
from redis import Redis

from steps import RedisStore, SessionMiddleware
from tests.support.calling import call
from workbook.express import MISSING, ExpressApp, is_installed

SECRET = "one secret for both"
LIFE = 1_800  # seconds, in both
DATA = {
    "user": "alice",
    "text": 'é ☃ 😀 "\\ \u2028 </script>',
    "nested": {"a": [1, [2, {"b": None}], {}], "": []},
    "numbers": [0, -1, 2.5, 1e21, 9007199254740991, 1e-7, 0.1],
    "flags": [True, False, None],
}


class InExpress:
    """A visitor of the Express app."""

    def __init__(self, app, url):
        self.url = app.url

    def ask(self, method, path, cookie="", body=None):
        """The data of the session after a request, and the cookie that the browser then holds."""
        headers = {"Cookie": f"connect.sid={cookie}"} if cookie else {}
        with requests.Session() as browser:
            answer = browser.request(method, self.url + path, json=body, headers=headers, timeout=10)
        return answer.json(), answer.cookies.get("connect.sid") or cookie


class InBottle:
    """A visitor of a Bottle app with the same pages."""

    def __init__(self, app, url):
        self.client = Redis.from_url(url)
        pages = bottle.Bottle()
        pages.get("/", callback=lambda: dict(bottle.request.session))
        pages.post("/", callback=lambda: self.fill())
        pages.post("/login", callback=lambda: (bottle.request.session.regenerate(), self.fill())[1])
        pages.post("/logout", callback=lambda: bottle.request.session.destroy() or {})
        self.app = SessionMiddleware(pages, secret=SECRET, store=RedisStore(self.client), cookie={"max_age": LIFE})

    def fill(self):
        bottle.request.session.update(bottle.request.json)
        return dict(bottle.request.session)

    def ask(self, method, path, cookie="", body=None):
        text = json.dumps(body).encode()
        sent = {"body": text, "CONTENT_TYPE": "application/json"} if body is not None else {}
        answer = call(self.app, path, method=method, cookie=cookie and f"connect.sid={cookie}", **sent)
        new = next((value.partition(";")[0].partition("=")[2] for value in answer.cookies), cookie)
        return json.loads(answer.body), new


@pytest.fixture(scope="module")
def apps(redis):
    if not is_installed():
        pytest.skip(MISSING)
    shop = ExpressApp("shop.js", STORE=redis.url, SECRET=SECRET)
    yield shop, redis.url
    shop.stop()


@pytest.fixture(params=[(InExpress, InBottle), (InBottle, InExpress)], ids=["from Express to Bottle", "back"])
def sides(request, apps):
    """Here and there: both ways."""
    here, there = (side(*apps) for side in request.param)
    yield here, there
    for side in (here, there):
        if isinstance(side, InBottle):
            side.client.close()


@pytest.fixture
def rows(redis):
    """What Redis holds."""
    with Redis.from_url(redis.url, decode_responses=True) as client:
        client.flushdb()
        yield client


def the_one(rows):
    [key] = rows.keys("*")
    return key


def test_a_login_here_is_one_there(sides, rows):
    """The cookie, the signature, the row, the key: all are read as they were written."""
    here, there = sides
    told, cookie = here.ask("POST", "/login", body=DATA)
    assert told == DATA
    assert there.ask("GET", "/", cookie) == (DATA, cookie)
    assert len(rows.keys("*")) == 1


def test_data_that_changes_there_is_changed_here(sides, rows):
    here, there = sides
    _, cookie = here.ask("POST", "/login", body=DATA)
    there.ask("POST", "/", cookie, {"nested": {"ü": [1]}, "cups": 2})
    assert here.ask("GET", "/", cookie)[0] == {**DATA, "nested": {"ü": [1]}, "cups": 2}


def test_rows_are_the_same_bytes(sides, rows):
    """But for the moment: both write the same row for the same data."""
    texts = []
    for side in sides:
        rows.flushdb()
        data = {**DATA, "numbers": [0, -1, 2.5, 0.1]}  # 1e-07 in Python is 1e-7 in JavaScript: equal, not alike
        side.ask("POST", "/login", body=data)
        row = rows.get(the_one(rows))
        row = row.replace('"originalMaxAge":1799999', '"originalMaxAge":1800000')  # Express may lose a millisecond
        texts.append(row.replace(json.loads(row)["cookie"]["expires"], "now"))
    assert texts[0] == texts[1]


def test_a_visit_there_keeps_it_alive_here(sides, rows):
    """Touch: the time in Redis starts anew, whoever asks."""
    here, there = sides
    _, cookie = here.ask("POST", "/login", body={"user": "alice"})
    assert LIFE - 5 <= rows.ttl(the_one(rows)) <= LIFE
    rows.expire(the_one(rows), 60)
    there.ask("GET", "/", cookie)
    assert LIFE - 5 <= rows.ttl(the_one(rows)) <= LIFE


def test_regenerating_there_ends_the_old_id_here(sides, rows):
    here, there = sides
    _, old = here.ask("POST", "/", body={"cups": 1})
    _, new = there.ask("POST", "/login", old, {"user": "alice"})
    assert new != old
    assert here.ask("GET", "/", old)[0] == {}
    assert here.ask("GET", "/", new)[0] == {"user": "alice"}


def test_a_logout_there_is_one_here(sides, rows):
    here, there = sides
    _, cookie = here.ask("POST", "/login", body=DATA)
    there.ask("POST", "/logout", cookie)
    assert here.ask("GET", "/", cookie)[0] == {}
    assert rows.keys("*") == []


def test_what_has_expired_is_gone_for_both(sides, rows):
    here, _ = sides
    _, cookie = here.ask("POST", "/login", body=DATA)
    rows.pexpire(the_one(rows), 1)
    time.sleep(0.05)
    assert [side.ask("GET", "/", cookie)[0] for side in sides] == [{}, {}]
