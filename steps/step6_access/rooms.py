"""Rooms: the pages that know their visitor. Who that is, and what he may do, is looked up once at each request."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from bottle import HTTPError, HTTPResponse, request, response

from steps.step3_authenticate.auth import login_required, see_other
from steps.step4_destroy import server as step4
from steps.step6_access import orders
from steps.step6_access.logins import Logins
from steps.step6_access.new_password import problem
from steps.step6_access.preferences import KeptPreferences, Preferences
from steps.step6_access.proof import ProvenUsers, note_proof, still_allowed
from steps.step6_access.roles import ACCOUNT, Account, Roles, current_account, require_role
from steps.step6_access.sessions import Session
from steps.step6_access.telling import tell
from steps.tea_house import field, page
from steps.tea_house.site import session_shown

PREFERENCES = "tea.preferences"  # in the environ: how this visitor likes the pages
KEPT = ("views", "order", "preferences", "notices")  # what a visitor carries through the login
FRESH = 10 * 60  # seconds for which a password counts before a sensitive change


class Rooms:
    """The pages of this step, on one database of users, and on the sessions that are theirs."""

    def __init__(self, users: ProvenUsers, logins: Logins) -> None:
        self.users = users
        self.logins = logins
        self.roles = Roles(users)
        self.preferences = KeptPreferences(users)

    # At each request

    def recognise(self) -> None:
        """Look up who this is and what he may do, now: what was ended or taken away elsewhere counts at once.

        `session_shown()` is None where there is no session, or none that can be read: then there is nothing to look up.
        A session names its user and keeps, as `session["proof"]`, which password has opened it; if that is not the
        user's any more, or if there is none, it is destroyed. Else the environ gets an ACCOUNT, with the role of this
        moment. PREFERENCES are there for strangers, too.
        """
        session = session_shown()
        if session is None:
            return
        name = session.get("user")
        if name and not self.users.fits(name, session.get("proof")):
            session.destroy()  # the password was changed, or its user has gone
        elif name:
            request.environ[ACCOUNT] = Account(name, self.roles.of(name))
        request.environ[PREFERENCES] = self.preferred(session)

    def preferred(self, session: Session) -> Preferences:
        """What the user has chosen, on whichever device; of a stranger, what `session["preferences"]` says."""
        account = current_account()
        kept = self.preferences.of(account.name) if account else None
        return kept or Preferences.chosen(session.get("preferences"))

    # Login and logout

    def log_in(self, session: Session, name: str) -> None:
        """Begin a login: step 4's, keeping what a stranger has KEPT, in a session that is this user's.

        If somebody is logged in already, that login ends, and what another user has chosen, or ordered, does not come
        along. Chosen preferences leave the session for the database. The session keeps three keys: `browser`, for the
        list of devices, `proof`, which password it was, and `confirmed`, when that was given.
        """
        step4.log_in(session, name, keep=("views",) if session.get("user") else KEPT)
        if "preferences" in session:
            self.preferences.keep(name, Preferences.chosen(session.pop("preferences")))
        self.logins.begin(session, name, request.environ.get("HTTP_USER_AGENT", ""))
        note_proof(session)

    def logout(self) -> HTTPResponse:
        """End the session, and so the login."""
        answer = step4.logout()
        tell("logout")
        return answer

    # Everybody's

    def show_preferences(self) -> str:
        """The form, for strangers, too."""
        return page("preferences")

    def choose(self) -> HTTPResponse:
        """Take over what can be chosen: a user's into the database, a stranger's into the session."""
        chosen = Preferences.chosen({name: field(name) for name in ("theme", "language")})
        account = current_account()
        if account:
            with still_allowed(self.users):  # nobody leaves anything to the next of his name
                self.preferences.keep(account.name, chosen)
        else:
            request.session["preferences"] = chosen.as_dict()
        orders.notice(request.session, "It is as you like it now.")
        return see_other("/preferences")

    def show_order(self) -> str:
        """What has been ordered so far; a session that cannot be read is no empty order."""
        return page("order", order=request.session.get("order", {}))

    def order(self) -> HTTPResponse:
        """One more cup."""
        with or_400():
            orders.add(request.session, field("tea"))
        return see_other("/order")

    # Those who are logged in

    def devices(self) -> str:
        """One's own logins, without any session id."""
        account = current_account()
        assert account
        session = request.session
        return page("devices", logins=self.logins.of(account.name, session["proof"]), own=session.handle)

    def end_device(self) -> Any:
        """End one of one's own logins: the form's field `handle` says which. This session's own is a logout.

        Else back to /devices, with a notice, and "login ended" for `tell`. Another's handle is as unknown as one that
        there never was: 404.
        """
        handle = field("handle")
        if handle == request.session.handle:
            return self.logout()
        if not self.logins.end(request.session["user"], handle):
            raise HTTPError(404)
        tell("login ended")
        orders.notice(request.session, "That device is logged out.")
        return see_other("/devices")

    def end_others(self) -> HTTPResponse:
        """End all of one's own logins but this one."""
        ended = self.logins.end_all(request.session["user"], but=request.session)
        tell("logins ended")
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
        if wrong := problem(new):
            return refused_form("password", wrong)
        with still_allowed(self.users):
            if not self.users.still_fits(session["user"]):
                return refused_form("password", "The password has just been changed elsewhere.")
            self.users.add(session["user"], new)
            self.confirm_session()  # first: where the store fails, nothing has changed, and nobody is out
            self.logins.end_all(session["user"], but=session)
        tell("password changed")
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
        tell("confirmed")
        return see_other("/admin" if current_account() == Account(request.session["user"], "admin") else "/devices")

    def confirm_session(self) -> None:
        """A fresh password is a new level of trust: a new session id, and all that was in the session.

        The cookie has the `same_life`; then `note_proof` notes the password, as at a login. ASVS 7.2.4.
        """
        session = request.session
        with same_life(session):
            session.regenerate(keep=[*session])
        note_proof(session)

    # Admins

    def admin(self) -> str:
        """Who there is, with which role."""
        return page("admin", accounts=self.roles.everybody(), own=current_account())

    def change_role(self) -> Any:
        """Give somebody another role; it counts from that person's next request on."""
        name, role = field("username"), field("role")
        with or_400():
            self.roles.give(name, role)
        tell("role changed", of=name, role=role)
        orders.notice(request.session, f"{name} has the role {role} now.")
        return see_other("/admin")

    def end_user(self) -> HTTPResponse:
        """End all logins of a user. Source: OWASP ASVS 7.4.5."""
        name = field("username")
        with or_400():
            ended = self.logins.end_all(name)
        if ended:
            tell("logins ended", of=name)
        orders.notice(request.session, f"{name} is logged out of {ended} {'device' if ended == 1 else 'devices'}.")
        return see_other("/admin")


@contextmanager
def or_400() -> Iterator[None]:
    """Do what a form says. A tea, a role or a name that there cannot be is a garbled form: status 400, and why."""
    try:
        yield
    except ValueError as error:
        raise HTTPError(400, str(error)) from None


@contextmanager
def same_life(session: Session) -> Iterator[None]:
    """Let the session's cookie live as long as before, whatever becomes of it: who is remembered stays so."""
    life = session.cookie.original_max_age
    yield
    session.cookie.max_age = life


def refused_form(name: str, problem: str) -> str:
    """The form once more, with what is wrong."""
    response.status = 401
    return page(name, problem=problem)


def password_required(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Let a handler answer only if the password was given less than FRESH seconds ago; else lead to /confirm.

    When that was, by `session.clock()`, is in the session as `confirmed`; what the handler is called with goes on
    to it. Source: OWASP ASVS 7.5.1, 7.5.3.
    """

    @wraps(handler)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        session = request.session
        fresh = session.clock() - session.get("confirmed", 0) < FRESH
        return handler(*args, **kwargs) if fresh else see_other("/confirm")

    return guarded


def doors(rooms: Rooms) -> list[tuple[str, str, Callable[..., Any]]]:
    """Method, path and handler of each page, with the guards before it."""
    of_role = require_role("admin")

    def admin(handler: Callable[..., Any]) -> Callable[..., Any]:
        return login_required(of_role(handler))  # which reads the session: one that cannot be read is no stranger's

    still = still_allowed(rooms.users)
    return [
        ("POST", "/logout", rooms.logout),
        ("GET", "/preferences", rooms.show_preferences),
        ("POST", "/preferences", rooms.choose),
        ("GET", "/order", rooms.show_order),
        ("POST", "/order", rooms.order),
        ("GET", "/devices", login_required(rooms.devices)),
        ("POST", "/devices/end", login_required(still(rooms.end_device))),
        ("POST", "/devices/end-others", login_required(still(rooms.end_others))),
        ("GET", "/password", login_required(rooms.password_form)),
        ("POST", "/password", login_required(rooms.change_password)),
        ("GET", "/confirm", login_required(rooms.confirm_form)),
        ("POST", "/confirm", login_required(rooms.confirm)),
        ("GET", "/admin", admin(rooms.admin)),
        ("POST", "/admin/role", admin(password_required(still(rooms.change_role)))),
        ("POST", "/admin/end", admin(password_required(still(rooms.end_user)))),
    ]
