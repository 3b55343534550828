"""Logins: each is a session that says whose it is. So the store can list one user's, and end them from elsewhere."""

from steps.step6_access.owners import owning
from steps.step6_access.sessions import OwnedSession, Session, SessionMiddleware

BROWSERS = (
    "Firefox",
    "Edg",
    "OPR",
    "Chrome",
    "Safari",
    "curl",
    "python-requests",
)  # what contains another's name first
SYSTEMS = {
    "Windows": "Windows",
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Mac OS": "macOS",
    "Linux": "Linux",
}
PLAIN = {"Edg": "Edge", "OPR": "Opera", "python-requests": "a Python program"}


class Logins:
    """Who is logged in, and where. The store is asked, and not a list of ours: what has gone there is no login."""

    app: SessionMiddleware  # stands around the site, so it is told later: see `ask`

    def ask(self, app: SessionMiddleware) -> SessionMiddleware:
        """From here on ask this middleware; return it. TypeError for one whose store knows no owners."""
        owning(app.store)
        self.app = app
        return app

    def begin(self, session: Session, name: str, user_agent: str) -> None:
        """Make the session this user's, and note in `session["browser"]` what `browser` makes of the header."""
        session.owner = name
        session["browser"] = browser(user_agent)

    def of(self, name: str, proof: str) -> list[OwnedSession]:
        """The logins of a user, the one seen last in front: sessions that keep this proof as `proof`.

        What keeps another one is of an earlier password, and opens nothing any more.
        """
        return [each for each in self.app.sessions_of(name) if each.data.get("proof") == proof]

    def end(self, name: str, handle: str) -> bool:
        """End one login of this user's. False if there is none of this handle, or if it is somebody else's."""
        return self.app.end_sessions(name, only=handle) == 1

    def end_all(self, name: str, *, but: Session | None = None) -> int:
        """End all logins of a user, except one perhaps; return how many. Source: OWASP ASVS 7.4.3, 7.4.5."""
        return self.app.end_sessions(name, but=but)


def browser(user_agent: str) -> str:
    """What a User-Agent header says, in words: "Firefox on Linux". It is the browser's claim, and proves nothing."""
    name = next((name for name in BROWSERS if name in user_agent), "")
    system = next((plain for name, plain in SYSTEMS.items() if name in user_agent), "")
    return (PLAIN.get(name, name) or "an unknown browser") + (f" on {system}" if system else "")
