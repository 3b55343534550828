"""Auth: the session remembers who has logged in. To be logged in is one key in it, and nothing else."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from bottle import HTTPResponse, request

from steps.step2_middleware.session import Session


def see_other(path: str) -> HTTPResponse:
    """Send the browser on to a page of this site with GET: after a form, so that reloading does not send it again.

    Bottle's own redirect() builds the whole address from headers that the client can write; a path needs none of them.
    """
    return HTTPResponse(status=303, headers={"Location": path})


def log_in(session: Session, name: str) -> None:
    """Remember in the session who this is.

    As in the article, the session keeps its id. The lesson shows what an attacker makes of that; step 4 ends it.
    """
    session["user"] = name


def current_user(session: Session) -> str | None:
    """The name of whoever is logged in, or None. What is no text is no name, whoever has put it into the row."""
    user = session.get("user")
    return user if isinstance(user, str) else None


def login_required(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Let a handler answer only those who are logged in; the others are sent to /login. Its arguments are handed on."""

    @wraps(handler)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        return handler(*args, **kwargs) if current_user(request.session) else see_other("/login")

    return guarded
