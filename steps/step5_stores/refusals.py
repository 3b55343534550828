"""Refusals: where an answer would be a lie, a status and a sentence leave in its place."""

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from steps.step2_middleware.middleware import App, Environ, Headers
from steps.step4_destroy.endings import SessionEnded
from steps.step5_stores.store import StoreError

REFUSAL = "session.refusal"  # in the environ: the Refusal that leaves in place of the answer
MET = "session.error"  # in the environ: the error that the app has met, whether it makes an answer of it or not


class Refusal(NamedTuple):
    """What is answered instead.

    again  the seconds after which the request may be sent again, where that helps
    page   HTML in place of the bare sentence: a site may put its own in when start_response is called
    """

    status: str
    sentence: str
    again: int | None = None
    page: str = ""

    def body(self) -> bytes:
        """The page or the sentence."""
        return (self.page or self.sentence).encode()

    def headers(self) -> Headers:
        """Those of a short text that no cache keeps."""
        kind, again = "html" if self.page else "plain", [("Retry-After", str(self.again))] if self.again else []
        length = str(len(self.body()))
        told = {"Content-Type": f"text/{kind}; charset=utf-8", "Content-Length": length, "Cache-Control": "no-store"}
        return [*told.items(), *again]


REFUSALS = {
    SessionEnded: Refusal(
        "409 Conflict", "Your session has ended meanwhile, so nothing was saved. Please log in again."
    ),
    StoreError: Refusal(
        "503 Service Unavailable", "Sessions cannot be reached at the moment. Please try again soon.", again=1
    ),
}


def refusal_for(error: Any) -> Refusal | None:
    """The refusal for an error of sessions; None for any other error, or none."""
    return next((refusal for kind, refusal in REFUSALS.items() if isinstance(error, kind)), None)


def or_refusal(app: App, environ: Environ, start_response: Any) -> Iterable[bytes]:
    """The answer of a WSGI app, or the refusal in its place: then that is the REFUSAL in the environ.

    So it is if the app has put it there; if it raises an error that has a refusal, or hands it to start_response as
    exc_info, as Bottle does with what a handler raises; if it makes a 500 of an error that it has MET, as Flask and
    Django do; and if its body raises one. All other errors are the app's own.
    """
    started = False

    def start(status: str, headers: Headers, exc_info: Any = None) -> Any:
        nonlocal started
        started = True
        error = exc_info[1] if exc_info else environ.get(MET) if status.startswith("500") else None
        if error and (refusal := refusal_for(error)):
            environ[REFUSAL] = refusal
        if refusal := environ.get(REFUSAL):
            status, headers = refusal.status, refusal.headers()
        return start_response(status, headers, exc_info)

    try:
        body = app(environ, start)
    except tuple(REFUSALS):
        start("", [], sys.exc_info())
        body = []
    in_order = started and REFUSAL not in environ
    return body if in_order and cannot_raise(body, environ) else Refusable(body, environ, start)


def cannot_raise(body: Iterable[bytes], environ: Environ) -> bool:
    """Whether a body is there as a whole. A server's own wrapper of a file is: it looks for it, so it must stay."""
    wrapper = environ.get("wsgi.file_wrapper")
    return isinstance(body, list | tuple) or (isinstance(wrapper, type) and isinstance(body, wrapper))


@dataclass
class Refusable:
    """A body that gives way to that of a refusal, if there is one by the time that a chunk is there.

    Where headers have left, nothing can be refused any more: an error of the body then goes on to the server.
    """

    body: Iterable[bytes]
    environ: Environ
    start: Callable[..., Any]

    def __iter__(self) -> Iterator[bytes]:
        try:
            for chunk in self.body:
                if REFUSAL in self.environ:
                    break
                yield chunk
        except tuple(REFUSALS):
            self.start("", [], sys.exc_info())  # raises the error again if headers have left
        refusal = self.environ.get(REFUSAL)
        if refusal and self.environ["REQUEST_METHOD"] != "HEAD":
            yield refusal.body()

    def close(self) -> None:
        """Close the body, read or not: PEP 3333 wants it."""
        getattr(self.body, "close", lambda: None)()
