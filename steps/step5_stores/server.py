"""Server 5: sessions live outside the process. Restart it, and the guests are still logged in."""

import os
import sys
from pathlib import Path
from typing import Any

from steps.step2_middleware.server import SECRET
from steps.step3_authenticate.server import LogIn
from steps.step3_authenticate.users import Users
from steps.step4_destroy import server as step4
from steps.step4_destroy.server import LIFETIMES, log_in
from steps.step5_stores.middleware import SessionMiddleware
from steps.step5_stores.open_store import open_store
from steps.step5_stores.store import Store, StoreError, try_out
from steps.tea_house import TeaHouse, page, run

DEFAULT_STORE = "sqlite:///build/sessions.sqlite3"  # below the folder from which the server is started


def menu() -> str:
    """A page without a session: it is there even when the store is not."""
    return page("menu")


def create_site(users: Users | None = None, *, log_in: LogIn = log_in) -> TeaHouse:
    """The pages of step 4, and one that needs no store."""
    site = step4.create_site(users, log_in=log_in)
    site.enter(__file__)
    site.get("/menu", callback=menu)
    return site


def create_app(*, store: Store | None = None, users: Users | None = None, **options: Any) -> SessionMiddleware:
    """The site inside a session middleware that keeps its promises; `options` are the middleware's."""
    return SessionMiddleware(create_site(users), **{"secret": SECRET, "store": store, **LIFETIMES, **options})


def chosen_store() -> Store:
    """The store that $STORE names; if it does not answer, one sentence and exit status 1."""
    try:
        Path("build").mkdir(exist_ok=True)
        store = open_store(os.environ.get("STORE", DEFAULT_STORE))
        try_out(store)
    except ValueError as error:
        sys.exit(f"STORE cannot be used: {error}.")
    except (StoreError, OSError) as error:
        problem = f"STORE does not answer: {str(error).rstrip('.')}. Is the server running, or the file's folder there?"
        sys.exit(f"{problem} With STORE={DEFAULT_STORE} no server is needed.")
    return store


if __name__ == "__main__":
    run(create_app(store=chosen_store()))
