"""Forms: only what a form of ours could send is read at all, and only paths of ours are gone to afterwards."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

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
    """Answer 400, 411, 413 or 415 to what no form of ours is, before anything of it is read.

    411 to a body that comes in pieces (Transfer-Encoding) and without a length, 400 to a length that is no number, 413
    to more than LARGEST_BODY, 415 to a body of a type not in FORM_TYPES, in large or small letters, up to any ";".
    """
    length, kind = request.environ.get("CONTENT_LENGTH") or "", request.environ.get("CONTENT_TYPE") or ""
    if not length and request.environ.get("HTTP_TRANSFER_ENCODING"):
        raise HTTPError(411)
    if length and not (length.isascii() and length.isdecimal()):
        raise HTTPError(400)
    if len(length) > 9 or int(length or 0) > LARGEST_BODY:
        raise HTTPError(413)
    if int(length or 0) and kind.partition(";")[0].strip().lower() not in FORM_TYPES:
        raise HTTPError(415)


def check_fields() -> None:
    """Answer 400 to fields that are garbled, 413 to more than MOST_FIELDS, or a name or a value over LONGEST_FIELD.

    Files are fields, too: `request.POST` has them beside those of `request.forms`, each with its name as its value.
    Bottle reads them when they are first asked for; over garbled ones it stumbles with a LookupError or a ValueError.
    """
    try:
        fields = [(str(name), str(getattr(each, "raw_filename", each))) for name, each in request.POST.allitems()]
    except (LookupError, ValueError):
        raise HTTPError(400) from None
    if len(fields) > MOST_FIELDS or any(len(part) > LONGEST_FIELD for field in fields for part in field):
        raise HTTPError(413)


def local_path(wanted: str, *, otherwise: str) -> str:
    """The path, if it leads to a page of this site; else the other one. ASVS 3.7.2.

    What browsers take for another site is subtle ("//evil", and with a backslash or a tab in between), so only what is
    plainly a path passes: what fits LOCAL_PATH from end to end.
    """
    return wanted if LOCAL_PATH.fullmatch(wanted) else otherwise
