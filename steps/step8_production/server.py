"""Server 8: production. Settings from outside, workers, a health page and a log; and it refuses what is not safe."""

import logging
import sqlite3
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from steps.step2_middleware.middleware import App, Environ
from steps.step3_authenticate.users import Users
from steps.step4_destroy.expiry import Clock
from steps.step4_destroy.server import LIFETIMES
from steps.step5_stores.server import RefusalPages
from steps.step5_stores.store import Store
from steps.step6_access.database import answering
from steps.step6_access.logins import Logins
from steps.step6_access.open_store import open_store
from steps.step6_access.owned_memory import MemoryStore
from steps.step6_access.owners import FailFast
from steps.step7_harden import server as step7
from steps.step7_harden.hashed_owners import HashedIds
from steps.step7_harden.headers import Proxy, SecurityHeaders
from steps.step7_harden.server import ByScheme
from steps.step8_production.events import EventLog
from steps.step8_production.health import Health
from steps.step8_production.settings import Refused, read_settings, refuse_unsafe
from steps.tea_house.run import run


class Scheme:
    """Decides for all requests at once whether they are HTTPS: SECURE_COOKIES=always and never."""

    def __init__(self, app: App, scheme: str) -> None:
        self.app = app
        self.scheme = scheme

    def __call__(self, environ: Environ, start_response: Any) -> Any:
        """Answer one request."""
        environ["wsgi.url_scheme"] = self.scheme
        return self.app(environ, start_response)


TABLES = ("users", "roles", "preferences", "attempts")  # of the users' database; no page does without all


class Everything(FailFast):
    """What must answer for the house to be well, asked as one store: the sessions' store, and the users' database."""

    def __init__(self, store: Store, users: Users) -> None:
        super().__init__(store)
        self.database = answering(users).database

    def get(self, id: str) -> str | None:
        """As the store's, if users can be read and written, too: all TABLES are there, and it is our turn to write."""
        with self.database.alone(), self.database.connect() as users:
            for table in TABLES:
                users.execute(f"SELECT 1 FROM {table} LIMIT 1")
        return super().get(id)


def create_app(
    *,
    store: Store | None = None,
    users: Users | None = None,
    trust_proxy: bool = False,
    secure_cookies: str = "auto",
    roles: Mapping[str, str] | None = None,
    clock: Clock = time.time,
    **options: Any,
) -> Proxy:
    """The site of step 7, with its events noted, and a health page before all; `options` are the middleware's."""
    known = users or Users(str(read_settings()["USERS"]))
    kept = FailFast(MemoryStore(clock=clock) if store is None else store)
    logins = Logins()
    site = step7.create_site(known, logins=logins, roles=roles or {}, clock=clock)
    site.enter(__file__)
    noted = EventLog(site, known, clock=clock)
    by_scheme = ByScheme(noted, store=kept, **{"clock": clock, **LIFETIMES, **options})
    logins.ask(by_scheme.http)
    guarded: App = SecurityHeaders(Health(RefusalPages(by_scheme, site), Everything(kept, known)))
    if secure_cookies != "auto":
        guarded = Scheme(guarded, "https" if secure_cookies == "always" else "http")
    return Proxy(guarded, believed=trust_proxy)


def application() -> Proxy:
    """The app as the settings want it: what each worker calls when it starts."""
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    settings = read_settings()
    return create_app(
        store=HashedIds(open_store(settings["STORE"])),
        users=Users(settings["USERS"]),
        trust_proxy=settings["TRUST_PROXY"],
        secure_cookies=settings["SECURE_COOKIES"],
        secret=settings["SECRET"],
        cookie={"max_age": settings["IDLE_TIMEOUT"]},
        absolute_timeout=settings["ABSOLUTE_TIMEOUT"],
    )


def can_have_workers() -> bool:
    """Whether gunicorn runs here: it needs Unix."""
    return sys.platform != "win32" and find_spec("gunicorn") is not None


def main() -> None:
    """Check the settings, then serve until SIGTERM or Ctrl-C; SIGHUP exchanges the workers, and loses no request.

    Where there is no gunicorn, waitress serves: one process, and no SIGHUP.
    """
    try:
        with suppress(OSError):  # only the defaults of STORE and USERS need it, and they say so
            Path("build").mkdir(exist_ok=True)
        settings = read_settings()
        refuse_unsafe(settings)
    except Refused as refused:
        sys.exit(f"This does not start: {refused}")
    except (OSError, sqlite3.Error) as error:
        sys.exit(f"This does not start: USERS cannot be used: {error}.")
    if can_have_workers():
        from steps.step8_production.workers import Workers

        Workers(settings, application).run()
    elif settings["WORKERS"] > 1:
        sys.exit(f"This does not start: WORKERS={settings['WORKERS']} needs gunicorn, which runs on Unix only. Take 1.")
    else:
        print("One process, on waitress: gunicorn, for WORKERS and SIGHUP, runs on Unix only.", file=sys.stderr)
        run(application())


if __name__ == "__main__":
    main()
