"""Destroy: a session ends, on purpose or by the clock."""

from steps.step4_destroy.endings import Session, SessionEnded
from steps.step4_destroy.expiry import SessionCookie
from steps.step4_destroy.middleware import SessionMiddleware
from steps.step4_destroy.store import MemoryStore, Store

__all__ = ["MemoryStore", "Session", "SessionCookie", "SessionEnded", "SessionMiddleware", "Store"]
