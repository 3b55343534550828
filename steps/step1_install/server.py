"""Server 1: a page that counts visits in a plain cookie. It believes whatever the cookie says."""

from bottle import request, response

from steps.step1_install.cookies import parse_cookies
from steps.step1_install.set_cookie import serialize_cookie
from steps.tea_house import TeaHouse, page, run


def cookies_sent() -> dict[str, str]:
    """The cookies that came with this request."""
    return parse_cookies(request.environ.get("HTTP_COOKIE", ""))


def home() -> str:
    """Count this visit, in the visitor's own hands."""
    visits = visits_from(cookies_sent().get("visits", "")) + 1
    response.add_header("Set-Cookie", serialize_cookie("visits", str(visits), path="/", http_only=True))
    return page("home", visits=visits)


def visits_from(cookie: str) -> int:
    """Read the count. Anything but a number of reasonable length counts as a first visit."""
    return int(cookie) if cookie.isascii() and cookie.isdecimal() and len(cookie) < 10 else 0


def create_site() -> TeaHouse:
    """The pages of step 1."""
    site = TeaHouse()
    site.enter(__file__)
    site.shows(lambda: {"cookies": cookies_sent()})
    site.get("/", callback=home)
    return site


def create_app() -> TeaHouse:
    """The app of step 1: its pages, and nothing around them."""
    return create_site()


if __name__ == "__main__":
    run(create_app())
