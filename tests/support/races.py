"""Races: what must not happen, tried as often as it takes. Each function returns how often it did.

The tests run a small number of each, `make scoreboard` the full ones.
"""

import json
import multiprocessing
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import steps as finished
from steps import step5_stores
from steps.step6_access.owners import Claim
from tests.support.calling import DEMO_USERS, SECRET, SESSION_COOKIE, Visitor, call, cookie_of, site
from tests.support.stores import ENDLESS, put
from workbook import Browser, serve

SPAWN = multiprocessing.get_context("spawn")  # processes that share nothing with this one


def app_with(store: Any, handler: Callable[[Any], Any], library: Any = step5_stores, **options: Any) -> Any:
    """A page whose handler gets the session, on this store."""
    return library.SessionMiddleware(site(handler), secret=SECRET, store=store, **options)


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Let all begin at the same moment, each in a thread of its own; return what each returns."""
    start = threading.Barrier(len(works))

    def begin(work: Callable[[], Any]) -> Any:
        start.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(begin, works))


# Threads


def view(session: Any) -> None:
    """A page that counts."""
    session["views"] = session.get("views", 0) + 1


def end(session: Any) -> None:
    """A logout."""
    session.destroy()


def logout_races(store: Any, times: int) -> dict[str, int]:
    """A page that writes and a logout on one session, in two threads that begin together."""
    page, logout = app_with(store, view, rolling=True), app_with(store, end)
    revived = odd = 0

    def turn(n: int) -> tuple[int, int]:
        id = f"race{n}"
        put(store, id, ENDLESS % ',"user":"alice"')
        answers = at_once(*(partial(call, app, cookie=cookie_of(id)) for app in (page, logout)))
        return store.get(id) is not None, answers[0].status not in (200, 409) or answers[1].status != 200

    for n in range(times):
        was_revived, was_odd = turn(n)
        revived, odd = revived + was_revived, odd + was_odd
    return {"revived": revived, "odd answers": odd}


def ends_of_all(store: Any, times: int) -> dict[str, int]:
    """Pages that write into two sessions of an owner's, and an end of all of these, begun together in three threads."""
    page = app_with(store, view, finished, rolling=True)
    alive = odd = 0
    for n in range(times):
        ids, owner = [f"of all{n}", f"of all{n}, too"], f"owner {n}"
        for id in ids:
            store.set_owned(id, ENDLESS % ',"user":"alice"', expected=None, expires=None, claim=Claim(owner))
        works = [partial(call, page, cookie=cookie_of(id)) for id in ids]
        *answers, ended = at_once(*works, partial(page.end_sessions, owner))
        alive += sum(store.get(id) is not None for id in ids) + len(page.sessions_of(owner))
        odd += ended != 2 or any(answer.status not in (200, 409) for answer in answers)
    return {"alive": alive, "odd answers": odd}


def late_answers(store: Any, times: int, library: Any = step5_stores, *, end_by_owner: bool = False) -> dict[str, int]:
    """Requests that are still busy when the logout has been answered: whatever they do, they are too late.

    The logout is the session's own, or an end of all sessions of its owner.
    """

    def replace(session: Any) -> None:
        session.regenerate(keep=["user"])
        assert not session, "something of the ended session was kept"

    actions: list[Callable[[Any], Any]] = [
        view,
        lambda session: session.get("user"),
        lambda session: session.touch(),
        lambda session: session.clear(),
        lambda session: setattr(session.cookie, "max_age", 60),
        lambda session: (view(session), session.save()),
        lambda session: step5_stores.atomically(session, view),
        replace,
    ]
    revived = cookies = odd = 0
    logout = app_with(store, end, library)
    for n in range(times):
        id, action = f"late{n}", actions[n % len(actions)]
        put(store, id, ENDLESS % ',"user":"alice"')
        if end_by_owner:
            row = store.get(id)
            assert store.set_owned(id, row, expected=row, expires=None, claim=Claim(id))

        def late(session: Any, id: str = id, action: Any = action) -> None:
            assert session["user"] == "alice"
            if end_by_owner:
                assert logout.end_sessions(id) == 1
            else:
                assert call(logout, cookie=cookie_of(id)).status == 200
            action(session)

        answer = call(app_with(store, late, library, rolling=True, resave=bool(n // 8 % 2)), cookie=cookie_of(id))
        revived += store.get(id) is not None
        cookies += bool(answer.cookies) and action is not replace
        odd += answer.status not in (200, 409)
    return {"revived": revived, "late cookies": cookies, "odd answers": odd}


def different_keys(store: Any, times: int) -> dict[str, int]:
    """Two requests at once on one session, each of which puts in something of its own."""

    def writer(key: str) -> Any:
        return app_with(store, lambda session: session.__setitem__(key, "here"))

    left, right = writer("left"), writer("right")
    lost = 0
    for n in range(times):
        id = f"keys{n}"
        put(store, id, ENDLESS % ',"user":"alice"')
        at_once(*(partial(call, app, cookie=cookie_of(id)) for app in (left, right)))
        data = json.loads(store.get(id))
        lost += not data.get("left") == data.get("right") == "here"
        store.destroy(id)
    return {"lost": lost}


def counted_atomically(store: Any, threads: int, times: int) -> int:
    """So many threads count so many times each; what the session says in the end."""
    id = "count"
    put(store, id, ENDLESS % ',"views":0')
    app = app_with(store, lambda session: step5_stores.atomically(session, view))

    def count() -> None:
        for _ in range(times):
            while (status := call(app, cookie=cookie_of(id)).status) == 503:  # not done, on a machine that is too busy
                time.sleep(0.1)
            assert status == 200

    at_once(*[count] * threads)
    return int(json.loads(store.get(id))["views"])


# Processes: each opens the store by itself


def _page_process(url: str, ids: list[str], start: Any) -> None:
    app = app_with(step5_stores.open_store(url), view, rolling=True)
    for id in ids:
        start.wait()
        call(app, cookie=cookie_of(id))


def _logout_process(url: str, ids: list[str], start: Any) -> None:
    app = app_with(step5_stores.open_store(url), end)
    for id in ids:
        start.wait()
        call(app, cookie=cookie_of(id))


def _end_process(url: str, owners: list[str], start: Any) -> None:
    app = app_with(finished.open_store(url), end, finished)
    for owner in owners:
        start.wait()
        app.end_sessions(owner)


def _count_process(url: str, id: str, times: int) -> None:
    app = app_with(step5_stores.open_store(url), lambda session: step5_stores.atomically(session, view))
    for _ in range(times):
        assert call(app, cookie=cookie_of(id)).status == 200


def _key_process(url: str, ids: list[str], key: str, start: Any) -> None:
    app = app_with(step5_stores.open_store(url), lambda session: session.__setitem__(key, "here"))
    for id in ids:
        start.wait()
        call(app, cookie=cookie_of(id))


def _run(*processes: Any) -> None:
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=600)
        assert process.exitcode == 0


def logout_races_of_processes(url: str, times: int) -> dict[str, int]:
    """The logout race between two processes."""
    store, start = step5_stores.open_store(url), SPAWN.Barrier(2)
    ids = [f"processes{n}" for n in range(times)]
    for id in ids:
        put(store, id, ENDLESS % ',"user":"alice"')
    _run(*(SPAWN.Process(target=work, args=(url, ids, start)) for work in (_page_process, _logout_process)))
    return {"revived": sum(store.get(id) is not None for id in ids)}


def ends_of_all_of_processes(url: str, times: int) -> dict[str, int]:
    """A page in one process, and an end of all sessions of its owner in another. The page's store knows no owners."""
    store, start = finished.open_store(url), SPAWN.Barrier(2)
    ids = [f"owned by processes{n}" for n in range(times)]
    for id in ids:
        store.set_owned(id, ENDLESS % ',"user":"alice"', expected=None, expires=None, claim=Claim(id))
    _run(*(SPAWN.Process(target=work, args=(url, ids, start)) for work in (_page_process, _end_process)))
    return {"alive": sum(store.get(id) is not None or bool(store.of_owner(id)) for id in ids)}


def different_keys_of_processes(url: str, times: int) -> dict[str, int]:
    """Two processes at once on one session, each of which puts in something of its own."""
    store, start = step5_stores.open_store(url), SPAWN.Barrier(2)
    ids = [f"keys of processes{n}" for n in range(times)]
    for id in ids:
        put(store, id, ENDLESS % ',"user":"alice"')
    _run(*(SPAWN.Process(target=_key_process, args=(url, ids, key, start)) for key in ("left", "right")))
    rows = [json.loads(store.get(id) or "{}") for id in ids]
    return {"lost": sum(not row.get("left") == row.get("right") == "here" for row in rows)}


def counted_by_processes(url: str, processes: int, times: int) -> int:
    """So many processes count so many times each; what the session says in the end."""
    store, id = step5_stores.open_store(url), "count of processes"
    put(store, id, ENDLESS % ',"views":0')
    _run(*(SPAWN.Process(target=_count_process, args=(url, id, times)) for _ in range(processes)))
    return int(json.loads(store.get(id) or "{}")["views"])


# HTTP


def logout_races_over_http(url: str, times: int) -> dict[str, int]:
    """A page and a logout at the same moment, over the network; then the old cookie is shown once more."""
    revived = errors = 0
    alice, copy = Visitor(url), Visitor(url)
    for _ in range(times):
        alice.log_in()
        copy.cookie = cookie = alice.cookie or ""
        answers = at_once(partial(copy.get, "/"), partial(alice.post, "/logout"))
        errors += any(answer.status_code >= 500 for answer in answers)
        copy.cookie = cookie
        revived += copy.whoami()["user"] is not None
    alice.close()
    copy.close()
    return {"revived": revived, "errors": errors}


def late_answers_over_http(times: int, **options: Any) -> dict[str, int]:
    """Pages whose server is still busy when the logout has been answered: none brings the cookie or the row back."""
    house = serve(5, **options)
    revived = cookies = 0
    for n in range(times):
        alice = Browser(house, "Alice")
        alice.post("/login", username="alice", password=DEMO_USERS["alice"])
        before = alice.cookies
        slow = alice.begin(["/", "/dashboard", "/whoami"][n % 3])
        alice.post("/logout")
        cookies += any(SESSION_COOKIE in value for value in slow.finish().set_cookies)
        alice.hold(before)
        revived += alice.whoami()["user"] is not None
        alice.http.close()
    house.close()
    return {"revived": revived, "late cookies": cookies}
