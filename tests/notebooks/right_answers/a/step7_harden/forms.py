"""Forms: only what a form of ours could send is read at all, and only paths of ours are gone to afterwards."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from bottle import HTTPError, request

from steps.step7_harden import csrf

SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")  # those that change nothing. Source: RFC 9110, section 9.2.1
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
LARGEST_BODY = 64 * 1024  # bytes
MOST_FIELDS = 50
LONGEST_FIELD = 4096  # bytes
LOCAL_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*")  # printable ASCII, no backslash, no second slash at the front


def guard(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Let a handler answer a request that may change something only if it is a form, sane, and from a page of ours."""

    @wraps(handler)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if request.method not in SAFE_METHODS:
            check_body()
            check_fields()
            csrf.require_token()
        return handler(*args, **kwargs)

    return guarded


def check_body() -> None:
    """Answer 400, 411, 413 or 415 before anything is read."""
    environ = request.environ
    if environ.get("HTTP_TRANSFER_ENCODING") or not environ.get("CONTENT_LENGTH"):
        raise HTTPError(411)
    length = environ["CONTENT_LENGTH"]
    if not (length.isascii() and length.isdecimal()):
        raise HTTPError(400)
    if len(length) > 10 or int(length) > LARGEST_BODY:
        raise HTTPError(413)
    content_type = environ.get("CONTENT_TYPE", "").split(";")[0].strip().lower()
    if content_type not in FORM_TYPES:
        raise HTTPError(415)


def check_fields() -> None:
    """Answer 400 or 413 to fields that no form of ours has: garbled, too many, or too long."""
    try:
        fields = list(request.POST.decode("utf-8").allitems())
    except (LookupError, ValueError):
        raise HTTPError(400) from None
    if len(fields) > MOST_FIELDS:
        raise HTTPError(413)
    for name, value in fields:
        if not isinstance(value, str):  # a file: no form of ours sends one
            raise HTTPError(400)
        if len(name.encode()) > LONGEST_FIELD or len(value.encode()) > LONGEST_FIELD:
            raise HTTPError(413)


def local_path(wanted: str, *, otherwise: str) -> str:
    """The path, if it leads to a page of this site; else the other one. ASVS 3.7.2.

    What browsers take for another site is subtle ("//evil", "/\\\\evil", a tab in between), so only what is plainly a
    path passes.
    """
    if not LOCAL_PATH.fullmatch(wanted):
        return otherwise
    parts = urlsplit(wanted)
    if parts.scheme or parts.netloc:
        return otherwise
    return wanted
