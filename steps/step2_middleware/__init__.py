"""Middleware: a session for every request, between the browser's cookie and the server's store."""

from steps.step2_middleware.middleware import SessionMiddleware
from steps.step2_middleware.session import Session
from steps.step2_middleware.store import MemoryStore, Store

__all__ = ["MemoryStore", "Session", "SessionMiddleware", "Store"]
