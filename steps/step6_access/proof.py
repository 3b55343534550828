"""Proof: what was checked must still be so when it counts. So the act looks it up once more, in its own transaction."""

from collections.abc import Iterator
from contextlib import contextmanager

from bottle import HTTPError, HTTPResponse, request

from steps.step2_middleware.session import Session
from steps.step3_authenticate.auth import see_other
from steps.step3_authenticate.server import LogIn
from steps.step3_authenticate.users import Users
from steps.step6_access.logins import Logins
from steps.step6_access.roles import Account, Roles, current_account
from steps.step6_access.telling import forgotten_if_undone
from steps.tea_house import page

PROOF = "tea.proof"  # in the environ: the hash that the password of this request has fitted


class ProvenUsers(Users):
    """Users whose `verify` leaves a proof: a password may be changed in the 30 ms between its check and the login."""

    def __init__(self, users: Users) -> None:
        self.users = users
        self.path, self.database = users.path, users.database

    def verify(self, name: str, password: str) -> bool:
        """As the users' own. If the same hash was there before and after, that is the one which the password fits."""
        known = self.password_hash(name)
        right = self.users.verify(name, password)
        if right and self.password_hash(name) != known:  # renewed, or changed: the next look tells which
            return self.verify(name, password)
        request.environ[PROOF] = known if right else None
        return right

    def still_fits(self, name: str) -> bool:
        """Whether the password that this request has proved is still that of the user. To be asked in a transaction."""
        proof = request.environ.get(PROOF)
        return proof is not None and proof == self.password_hash(name)

    def admit(self, log_in: LogIn) -> LogIn:
        """Begin a login in one transaction with the proof of its password; if that is gone, 401 and the form again."""

        def admitting(session: Session, name: str) -> None:
            with self.database.alone():
                if not self.still_fits(name):
                    raise HTTPResponse(page("login", wrong=True), 401)
                log_in(session, name)

        return admitting


@contextmanager
def still_allowed(users: Users) -> Iterator[None]:
    """Work in one transaction with the question who asks: a login or a role that was taken away meanwhile does nothing.

    Source: OWASP ASVS 15.4.2.
    """
    account = current_account()
    assert account
    with forgotten_if_undone(), users.database.alone():
        if Logins(users).name_of(request.session["login"]) != account.name:
            raise see_other("/login")
        if account != Account(account.name, Roles(users).of(account.name)):
            raise HTTPError(403)
        yield
