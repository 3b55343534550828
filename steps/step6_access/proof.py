"""Proof: what was checked must still be so when it counts. So the act looks it up once more, in its own transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

from bottle import HTTPError, HTTPResponse, request

from steps.step3_authenticate.auth import see_other
from steps.step3_authenticate.server import LogIn
from steps.step3_authenticate.users import Users
from steps.step6_access.roles import Account, Roles, current_account
from steps.step6_access.sessions import Session
from steps.step6_access.telling import forgotten_if_undone
from steps.tea_house import page

PROOF = "tea.proof"  # in the environ: the fingerprint of the hash that the password of this request has fitted


class ProvenUsers(Users):
    """Users whose `verify` and `add` leave a proof, for the session: the fingerprint of the hash that a password fits.

    A changed password has another hash, with a salt of its own, and a user who is gone has none. So what was proved
    before opens nothing after it, wherever sessions are kept. Source: Django's session authentication hash.
    """

    def __init__(self, users: Users) -> None:
        self.users = users
        self.path, self.database = users.path, users.database

    def verify(self, name: str, password: str) -> bool:
        """As the users' own. If the same hash was there before and after, that is the one which the password fits."""
        known = self.fingerprint(name)
        right = self.users.verify(name, password)
        if right and self.fingerprint(name) != known:  # renewed, or changed: the next look tells which
            return self.verify(name, password)
        request.environ[PROOF] = known if right else None
        return right

    def add(self, name: str, password: str) -> None:
        """As the users' own. Who says what the password is has proved it."""
        self.users.add(name, password)
        request.environ[PROOF] = self.fingerprint(name)

    def fingerprint(self, name: str) -> str | None:
        """A name for the hash of a user's password, which tells neither; None for an unknown user."""
        known = self.password_hash(name)
        return None if known is None else sha256(known.encode()).hexdigest()

    def fits(self, name: str, proof: Any) -> bool:
        """Whether a fingerprint is that of the user's present password. None fits nobody's."""
        return proof is not None and proof == self.fingerprint(name)

    def still_fits(self, name: str) -> bool:
        """Whether the password that this request has proved is still that of the user. To be asked in a transaction."""
        return self.fits(name, request.environ.get(PROOF))

    def admit(self, log_in: LogIn) -> LogIn:
        """Begin a login in one transaction with the proof of its password; if that is gone, 401 and the form again.

        So nothing is kept in the database for a user of an earlier password, or for the next one of that name.
        """

        def admitting(session: Session, name: str) -> None:
            with self.database.alone():
                if not self.still_fits(name):
                    raise HTTPResponse(page("login", wrong=True), 401)
                log_in(session, name)

        return admitting


def note_proof(session: Session) -> None:
    """Note which password this request has proved, and when.

    `session["proof"]` is its fingerprint, `session["confirmed"]` the time, in seconds by `session.clock()`.
    """
    session["proof"] = request.environ[PROOF]
    session["confirmed"] = session.clock()


@contextmanager
def still_allowed(users: ProvenUsers) -> Iterator[None]:
    """Work in one transaction with the question who asks: a login or a role that was taken away meanwhile does nothing.

    Whether the session is still there, the store says; of two that would end each other, the first to be in the
    transaction does. Source: OWASP ASVS 15.4.2.
    """
    account, session = current_account(), request.session
    assert account
    with forgotten_if_undone(), users.database.alone():
        if session.newest() is None or not users.fits(account.name, session.get("proof")):
            raise see_other("/login")
        if account != Account(account.name, Roles(users).of(account.name)):
            raise HTTPError(403)
        yield
