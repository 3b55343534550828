"""Rooms: the pages that know their visitor. Who that is, and what he may do, is looked up once at each request."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from bottle import HTTPError, HTTPResponse, request, response

from steps.step3_authenticate.auth import login_required, see_other
from steps.step3_authenticate.users import Users
from steps.step4_destroy import server as step4
from steps.step4_destroy.endings import Session
from steps.step6_access import orders
from steps.step6_access.logins import Logins
from steps.step6_access.preferences import KeptPreferences, Preferences
from steps.step6_access.roles import ACCOUNT, Account, Roles, current_account, require_role
from steps.tea_house import field, page
from steps.tea_house.site import session_shown

PREFERENCES = "tea.preferences"  # in the environ: how this visitor likes the pages
KEPT = ("views", "order", "preferences", "notices")  # what a visitor carries through the login
FRESH = 10 * 60  # seconds for which a password counts before a sensitive change
SHORTEST = 8  # letters of a password. Source: OWASP ASVS 6.2.1


class Rooms:
    """The pages of this step, on one database of users."""

    def __init__(self, users: Users, logins: Logins) -> None:
        self.users = users
        self.logins = logins
        self.roles = Roles(users)
        self.preferences = KeptPreferences(users)

    # At each request

    def recognise(self) -> None:
        """Look up who this is and what he may do, now: what was ended or taken away elsewhere counts at once.

        `session_shown()` is None where there is no session, or none that can be read: then there is nothing to look up.
        A session names its user and, as `session["login"]`, the handle of a login; it is destroyed where the two do not
        belong together, or no longer. Else the environ gets an ACCOUNT, and the login is noted, but not for /whoami,
        `request.path`: to ask is no sign of life. PREFERENCES are there for strangers, too.
        """
        environ, session = request.environ, session_shown()
        if session is None:
            return
        user, handle = session.get("user"), session.get("login")
        if user:
            if handle and self.logins.name_of(handle) == user:
                environ[ACCOUNT] = Account(name=user, role=self.roles.of(user))
                if environ["PATH_INFO"] != "/whoami":
                    self.logins.note(handle, session.expires)
            else:
                session.destroy()
        environ[PREFERENCES] = self.preferred(session)

    def preferred(self, session: Session) -> Preferences:
        """What the user has chosen, on whichever device; of a stranger, what `session["preferences"]` says."""
        if current_account() is None:
            return Preferences.chosen(session.get("preferences"))
        return self.preferences.of(current_account().name) or Preferences()

    # Login and logout

    def log_in(self, session: Session, name: str) -> None:
        """Begin a login: step 4's, keeping what a stranger has KEPT, and a row that can be ended from elsewhere.

        If somebody is logged in already, that login ends, and what another user has chosen does not come along. Chosen
        preferences leave the session for the database. The session keeps two keys: `login`, the new row's handle, and
        `confirmed`, when a password was given, in seconds by `session.rules.clock()`.
        """
        keep = KEPT
        if "user" in session:
            self.logins.end(session["user"], session.get("login", ""))
            keep = ["views"]
        step4.log_in(session, name, keep)
        if wishes := session.pop("preferences", None):
            self.preferences.keep(name, Preferences.chosen(wishes))
        agent = request.headers.get("User-Agent") or ""
        session.update(login=self.logins.begin(name, agent, session.expires), confirmed=session.rules.clock())

    def logout(self) -> HTTPResponse:
        """End the login's row, and the session."""
        session = request.session
        self.logins.end(session.get("user", ""), session.get("login", ""))
        return step4.logout()

    # Everybody's

    def show_preferences(self) -> str:
        """The form, for strangers, too."""
        return page("preferences")

    def choose(self) -> HTTPResponse:
        """Take over what can be chosen: a user's into the database, a stranger's into the session."""
        chosen = Preferences.chosen({name: field(name) for name in ("theme", "language")})
        account = current_account()
        if account:
            self.preferences.keep(account.name, chosen)
        else:
            request.session["preferences"] = chosen.as_dict()
        orders.notice(request.session, "It is as you like it now.")
        return see_other("/preferences")

    def show_order(self) -> str:
        """What has been ordered so far."""
        return page("order")

    def order(self) -> HTTPResponse:
        """One more cup."""
        try:
            orders.add(request.session, field("tea"))
        except ValueError as error:
            raise HTTPError(400, str(error)) from None
        return see_other("/order")

    # Those who are logged in

    def devices(self) -> str:
        """One's own logins, without any session id."""
        account = current_account()
        assert account
        return page("devices", logins=self.logins.of(account.name), own=request.session.get("login"))

    def end_device(self) -> Any:
        """End one of one's own logins: the form's field `handle` says which. This session's own is a logout.

        Else back to /devices, with a notice. Another's handle is as unknown as one that there never was: 404.
        """
        session = request.session
        if field("handle") == session["login"]:
            return self.logout()
        if self.logins.end(session["user"], field("handle")):
            orders.notice(session, "It is logged out now, and whoever has it is a stranger.")
            return see_other("/devices")
        raise HTTPError(404, "There is no such login of yours.")

    def end_others(self) -> HTTPResponse:
        """End all of one's own logins but this one."""
        ended = self.logins.end_all(request.session["user"], but=request.session["login"])
        orders.notice(request.session, f"{ended} other {'device is' if ended == 1 else 'devices are'} logged out.")
        return see_other("/devices")

    def password_form(self) -> str:
        """The form for a new password."""
        return page("password", problem="")

    def change_password(self) -> Any:
        """A new password ends all other logins, and changes this one's session id. Source: OWASP ASVS 7.4.3."""
        session, new = request.session, field("new")
        if not self.users.verify(session["user"], field("password")):
            return refused_form("password", "The present password is another one.")
        if len(new) < SHORTEST:
            return refused_form("password", f"The new password needs {SHORTEST} letters or more.")
        self.users.add(session["user"], new)
        self.logins.end_all(session["user"], but=session["login"])
        self.confirm_session()
        orders.notice(session, "The password is changed, and all other devices are logged out.")
        return see_other("/devices")

    def confirm_form(self) -> str:
        """Ask for the password once more."""
        return page("confirm", problem="")

    def confirm(self) -> Any:
        """The password is right: it counts for a while."""
        if not self.users.verify(request.session["user"], field("password")):
            return refused_form("confirm", "That is not your password.")
        self.confirm_session()
        return see_other("/admin" if current_account() == Account(request.session["user"], "admin") else "/devices")

    def confirm_session(self) -> None:
        """A fresh password is a new level of trust: a new session id, and all that was in the session.

        `confirmed` is now, by the session's clock, as after a login. Source: OWASP ASVS 7.2.4.
        """
        life = request.session.cookie.original_max_age
        request.session.regenerate(keep=list(request.session.keys()))
        request.session.cookie.max_age = life
        request.session["confirmed"] = request.session.rules.clock()

    # Admins

    def admin(self) -> str:
        """Who there is, with which role."""
        return page("admin", accounts=self.roles.everybody(), own=current_account())

    def change_role(self) -> Any:
        """Give somebody another role; it counts from that person's next request on."""
        name, role = field("username"), field("role")
        try:
            self.roles.give(name, role)
        except ValueError as error:
            raise HTTPError(400, str(error)) from None
        orders.notice(request.session, f"{name} has the role {role} now.")
        return see_other("/admin")

    def end_user(self) -> HTTPResponse:
        """End all logins of a user. Source: OWASP ASVS 7.4.5."""
        name = field("username")
        ended = self.logins.end_all(name)
        orders.notice(request.session, f"{name} is logged out of {ended} {'device' if ended == 1 else 'devices'}.")
        return see_other("/admin")


def refused_form(name: str, problem: str) -> str:
    """The form once more, with what is wrong."""
    response.status = 401
    return page(name, problem=problem)


def password_required(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Let a handler answer only if the password was given less than FRESH seconds ago; else lead to /confirm.

    When that was, by `session.rules.clock()`, is in the session as `confirmed`; what the handler is called with goes on
    to it. Source: OWASP ASVS 7.5.1, 7.5.3.
    """

    @wraps(handler)
    def door(**parts: Any) -> Any:
        session = request.session
        if "confirmed" in session and session["confirmed"] + FRESH >= session.rules.clock():
            return handler(**parts)
        return see_other("/confirm")

    return door


def doors(rooms: Rooms) -> list[tuple[str, str, Callable[..., Any]]]:
    """Method, path and handler of each page, with the guards before it."""
    admin = require_role("admin")
    return [
        ("POST", "/logout", rooms.logout),
        ("GET", "/preferences", rooms.show_preferences),
        ("POST", "/preferences", rooms.choose),
        ("GET", "/order", rooms.show_order),
        ("POST", "/order", rooms.order),
        ("GET", "/devices", login_required(rooms.devices)),
        ("POST", "/devices/end", login_required(rooms.end_device)),
        ("POST", "/devices/end-others", login_required(rooms.end_others)),
        ("GET", "/password", login_required(rooms.password_form)),
        ("POST", "/password", login_required(rooms.change_password)),
        ("GET", "/confirm", login_required(rooms.confirm_form)),
        ("POST", "/confirm", login_required(rooms.confirm)),
        ("GET", "/admin", admin(rooms.admin)),
        ("POST", "/admin/role", admin(password_required(rooms.change_role))),
        ("POST", "/admin/end", admin(password_required(rooms.end_user))),
    ]
