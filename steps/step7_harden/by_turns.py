"""By turns: two sessions in one stack, as where an app with a session of its own is mounted in one that has another."""

from collections.abc import Callable, Iterator
from typing import Any

from steps.step2_middleware.middleware import App, Environ


class ByTurns:
    """The answer of an app that opens a session where there is another: in `environ["session"]`, each finds its own.

    The app does for as long as it works: when it is called, and at each piece of its body. In between, and when it
    calls start_response, the one that was there before stands again.

    place     where in the environ else the app's session stands, for who asks for the cookie of its name and path
    standing  the app's session, if it is one that stands further out, with another in between; None: it opens its own
    """

    def __init__(self, app: App, environ: Environ, start_response: Any, place: str, standing: Any = None) -> None:
        self.environ = environ
        self.waiting = {"session": standing, place: standing}  # what has not its turn
        self.body = self.turn(app, environ, lambda *told: self.turn(start_response, *told))
        self.pieces = self.turn(iter, self.body)

    def turn(self, work: Callable[..., Any], *args: Any) -> Any:
        """Do this with the other session in its place."""
        self.swap()
        try:
            return work(*args)
        finally:
            self.swap()

    def swap(self) -> None:
        """The one goes, the other comes."""
        for key, session in self.waiting.items():
            self.environ[key], self.waiting[key] = session, self.environ.get(key)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        piece: bytes = self.turn(next, self.pieces)
        return piece

    def close(self) -> None:
        """Close the body, if it wants to be closed."""
        self.turn(getattr(self.body, "close", lambda: None))
