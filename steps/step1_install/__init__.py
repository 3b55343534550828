"""Install: Bottle answers, a cookie remembers, a signature makes it trustworthy."""

from steps.step1_install.cookies import parse_cookies
from steps.step1_install.set_cookie import serialize_cookie
from steps.step1_install.signature import sign, unsign

__all__ = ["parse_cookies", "serialize_cookie", "sign", "unsign"]
