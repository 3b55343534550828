"""Server 5: sessions live outside the process. Restart it, and the guests are still logged in."""

import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from bottle import request

from steps.step2_middleware.middleware import App, Environ, Headers
from steps.step2_middleware.server import SECRET
from steps.step3_authenticate.server import LogIn
from steps.step3_authenticate.users import Users
from steps.step4_destroy import server as step4
from steps.step4_destroy.server import LIFETIMES, log_in
from steps.step5_stores.middleware import SessionMiddleware
from steps.step5_stores.open_store import open_store
from steps.step5_stores.refusals import REFUSAL, Refusal
from steps.step5_stores.store import Store, StoreError, try_out
from steps.tea_house import TeaHouse, building, page, run

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


class RefusalPages:
    """Stands around a session middleware: what it refuses with a sentence becomes a page of the house."""

    def __init__(self, app: App, site: TeaHouse) -> None:
        self.app = app
        self.site = site

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answer one request. Status and headers of a refusal stay, but for those that say what kind of text it is."""

        def start(status: str, headers: Headers, exc_info: Any = None) -> Any:
            if refusal := environ.get(REFUSAL):
                refusal = environ[REFUSAL] = refusal._replace(page=self.page(environ, refusal))
                told = dict(refusal.headers())
                headers = [(name, told.get(name, value)) for name, value in headers]
            return start_response(status, headers, exc_info)

        return self.app(environ, start)

    def page(self, environ: Environ, refusal: Refusal) -> str:
        """The page, as for a stranger: what there was of a session is not to be relied on any more."""
        environ["session"] = None
        request.bind(environ)
        lead = {} if refusal.again else {"link": "/login", "words": "Log in"}
        return self.site.error_page(refusal.status, refusal.sentence, **lead)


def create_app(*, store: Store | None = None, users: Users | None = None, **options: Any) -> RefusalPages:
    """The site inside a session middleware that keeps its promises; `options` are the middleware's."""
    site = create_site(users)
    return RefusalPages(SessionMiddleware(site, **{"secret": SECRET, "store": store, **LIFETIMES, **options}), site)


def chosen_store(open_store: Callable[[str], Store] = open_store) -> Store:
    """The store that $STORE names; if it does not answer, one sentence and exit status 1."""
    try:
        with suppress(OSError):  # only the default store needs it, and says so
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
    with building():
        app = create_app(store=chosen_store())
    run(app)
