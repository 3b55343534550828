"""Server 3: log in with a name and a password, and see a page that others do not see."""

from collections.abc import Callable
from typing import Any

from bottle import request, response

from steps.step2_middleware import server as step2
from steps.step2_middleware.middleware import SessionMiddleware
from steps.step2_middleware.store import Store
from steps.step3_authenticate.auth import current_user, log_in, login_required, see_other
from steps.step3_authenticate.users import Users
from steps.tea_house import BUILD, TeaHouse, building, field, page, run

LogIn = Callable[..., None]  # of the session and the user's name
USERS_FILE = BUILD / "users.sqlite3"


def demo_users() -> Users:
    """The users of the lessons, in a database that is made on the first run."""
    users = Users(USERS_FILE)
    users.add_demo_users()
    return users


def login_form() -> Any:
    """The form, for those who are not logged in yet; the others are sent on to /dashboard."""
    return see_other("/dashboard") if current_user(request.session) else page("login", wrong=False)


def login(users: Users, log_in: LogIn) -> Any:
    """Check name and password; the session remembers the result.

    Right: `log_in`, as it was given here, and on to /dashboard. Wrong, whichever of the two: 401, and the form again.
    """
    name = field("username")
    if not users.verify(name, field("password")):
        response.status = 401
        return page("login", wrong=True)
    log_in(request.session, name)
    return see_other("/dashboard")


@login_required
def dashboard() -> str:
    """A page for those who are logged in; it greets them by name."""
    return page("dashboard", user=current_user(request.session))


def create_site(users: Users | None = None, *, log_in: LogIn = log_in) -> TeaHouse:
    """The pages of step 2, a login and a dashboard."""
    known = demo_users() if users is None else users
    site = step2.create_site()
    site.enter(__file__)
    site.get("/login", callback=login_form)
    site.post("/login", callback=lambda: login(known, log_in))
    site.get("/dashboard", callback=dashboard)
    return site


def create_app(*, store: Store | None = None, users: Users | None = None, **options: Any) -> SessionMiddleware:
    """The site inside step 2's session middleware; `options` are the middleware's."""
    return SessionMiddleware(create_site(users), **{"secret": step2.SECRET, "store": store, **options})


if __name__ == "__main__":
    with building():
        app = create_app()
    run(app)
