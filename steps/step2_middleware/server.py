"""Server 2: the count moves into the session. The browser holds an id with a signature, the server holds the rest."""

from typing import Any

from bottle import request

from steps.step1_install import server as step1
from steps.step2_middleware.middleware import SessionMiddleware
from steps.step2_middleware.session import Session
from steps.step2_middleware.store import Store
from steps.tea_house import TeaHouse, page, run
from steps.tea_house.site import shorten

SECRET = "your-secret-key"  # as in the article, and as little of a secret: everybody can read it here
MOST_VIEWS = 2**53  # beyond it, JSON counts no longer one by one


def home() -> str:
    """Count this visit, in the session."""
    request.session["views"] = views_in(request.session) + 1
    return page("home", views=request.session["views"])


def views_in(session: Session) -> int:
    """The visits that a session has counted; 0 where another program has left there what is no count."""
    views = session.get("views")
    return views if type(views) is int and 0 <= views < MOST_VIEWS else 0


def whoami() -> dict[str, Any]:
    """What the session says about the visitor. Asking changes nothing: the answer is the last thing it is used for."""
    session = request.session
    user = session.get("user")  # a text, from step 3 on
    request.environ["session"] = None
    return {
        "user": user if isinstance(user, str) else None,
        "views": views_in(session),
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
