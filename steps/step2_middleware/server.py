"""Server 2: the count moves into the session. The browser holds an id with a signature, the server holds the rest."""

from typing import Any

from bottle import request

from steps.step1_install import server as step1
from steps.step2_middleware.middleware import SessionMiddleware
from steps.step2_middleware.store import Store
from steps.tea_house import TeaHouse, page, run
from steps.tea_house.site import shorten

SECRET = "your-secret-key"  # as in the article, and as little of a secret: everybody can read it here


def home() -> str:
    """Count this visit, in the session."""
    request.session["views"] = request.session.get("views", 0) + 1
    return page("home", views=request.session["views"])


def whoami() -> dict[str, Any]:
    """What the session says about the visitor. Asking changes nothing: the answer is the last thing it is used for."""
    session = request.session
    request.environ["session"] = None
    return {
        "user": session.get("user"),
        "views": session.get("views", 0),
        "session": None if session.is_new else shorten(session.id),
    }


def create_site() -> TeaHouse:
    """The pages of step 1 with a better home, and one for programs."""
    site = step1.create_site()
    site.enter(__file__)
    site.get("/", callback=home)
    site.get("/whoami", callback=whoami)
    return site


def create_app(*, store: Store | None = None, **options: Any) -> SessionMiddleware:
    """The site inside the session middleware, configured as in the article; `options` are the middleware's."""
    return SessionMiddleware(create_site(), **{"secret": SECRET, "store": store, **options})


if __name__ == "__main__":
    run(create_app())
