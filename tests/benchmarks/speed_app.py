"""The job that is measured over HTTP: a page that reads the session, one that changes it; speed.js is its twin."""

import os

import bottle

from steps import SessionMiddleware, open_store

pages = bottle.Bottle()


@pages.get("/read")
def read() -> str:
    """Show what the session holds."""
    return str(bottle.request.session["views"])


@pages.get("/write")
def write() -> str:
    """Change it."""
    session = bottle.request.session
    session["views"] = session.get("views", 0) + 1
    return str(session["views"])


application = SessionMiddleware(
    pages,
    secret="keyboard cat",
    store=open_store(os.environ.get("STORE", "memory:")),
    touch_after=float(os.environ.get("TOUCH_AFTER", "0")),
)
