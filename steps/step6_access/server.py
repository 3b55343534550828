"""Server 6: roles, personal pages, and one's own devices. What is ended or taken away counts at the next request."""

import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from bottle import request

from steps.step2_middleware.server import SECRET
from steps.step3_authenticate.server import USERS_FILE
from steps.step3_authenticate.users import DEMO_USERS, Users
from steps.step4_destroy.expiry import Clock
from steps.step4_destroy.server import LIFETIMES
from steps.step5_stores import server as step5
from steps.step5_stores.server import RefusalPages, chosen_store
from steps.step5_stores.store import Store, StoreError
from steps.step6_access.database import answering
from steps.step6_access.logins import Logins
from steps.step6_access.open_store import open_store
from steps.step6_access.orders import TEAS, take_notices
from steps.step6_access.preferences import LANGUAGES, THEMES, Preferences
from steps.step6_access.proof import ProvenUsers
from steps.step6_access.roles import current_account
from steps.step6_access.rooms import PREFERENCES, Rooms, doors
from steps.step6_access.sessions import SessionMiddleware
from steps.step6_access.shapes import keep_shape
from steps.tea_house import TeaHouse, building, run
from steps.tea_house.site import session_shown

DEMO_ROLES = {"queen": "admin", "alice": "user"}
SAME_FOR_ALL = ("/menu",)  # pages that need neither a session nor a user


def demo_users() -> Users:
    """The users of the lessons, with the passwords and roles that the lessons say, whatever was tried out before."""
    users = Users(USERS_FILE)
    for name, password in DEMO_USERS.items():
        if not users.verify(name, password):
            users.add(name, password)
    return users


def personal() -> dict[str, Any]:
    """What every page needs to know about its visitor."""
    preferences = request.environ.get(PREFERENCES, Preferences())
    session = session_shown()
    return {
        "account": current_account() if session is not None else None,
        "preferences": preferences,
        "theme": preferences.theme,
        "notices": [] if session is None else take_notices(session),
        "order": {} if session is None else session.get("order", {}),
        "choices": {"theme": THEMES, "language": LANGUAGES, "tea": TEAS},
    }


def recognise_or_go_on(rooms: Rooms) -> None:
    """Look up who this is. Where that cannot be known, a page that is the same for all goes on without a session."""
    try:
        if (session := session_shown()) is not None:
            keep_shape(session)
        rooms.recognise()
    except StoreError:
        if request.path not in SAME_FOR_ALL:
            raise
        request.environ["session"] = None


def create_site(
    users: Users | None = None, *, logins: Logins, roles: Mapping[str, str] = MappingProxyType(DEMO_ROLES)
) -> TeaHouse:
    """The pages of step 5, and those that know their visitor. `roles` are given anew where these users are there."""
    known = ProvenUsers(answering(demo_users() if users is None else users))
    rooms = Rooms(known, logins)
    for name, role in roles.items():
        if known.password_hash(name):
            rooms.roles.give(name, role)
    site = step5.create_site(known, log_in=known.admit(rooms.log_in))
    site.enter(__file__)
    site.shows(personal)
    site.add_hook("before_request", lambda: recognise_or_go_on(rooms))
    for method, path, handler in doors(rooms):
        site.route(path, method, handler)
    return site


def create_app(
    *, store: Store | None = None, users: Users | None = None, clock: Clock = time.time, **options: Any
) -> RefusalPages:
    """The site inside this step's session middleware; `options` are the middleware's. The store must know owners."""
    logins = Logins()
    site = create_site(users, logins=logins)
    options = {"secret": SECRET, "store": store, "clock": clock, **LIFETIMES, **options}
    return RefusalPages(logins.ask(SessionMiddleware(site, **options)), site)


if __name__ == "__main__":
    with building():
        app = create_app(store=chosen_store(open_store))
    run(app)
