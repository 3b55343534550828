"""Next: where a login leads, and where it must not."""

import pytest

from steps.step7_harden.forms import local_path
from tests.support.calling import DEMO_USERS

OTHER = "/another"


@pytest.mark.sentence("Only pages of this site are gone to")
@pytest.mark.asvs("3.7.2")
@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ("/devices", "/devices"),
        ("/order?tea=green#cup", "/order?tea=green#cup"),
        ("/", "/"),
        ("/caf%C3%A9", "/caf%C3%A9"),
        ("//evil.example", OTHER),
        ("/\\evil.example", OTHER),
        ("\\\\evil.example", OTHER),
        ("https://evil.example", OTHER),
        ("javascript:alert(1)", OTHER),
        ("/\tevil", OTHER),
        ("/\t/evil.example", OTHER),
        ("/devices\n", OTHER),
        ("/\n", OTHER),
        ("/a\0b", OTHER),
        ("/a\r\nSet-Cookie: x=1", OTHER),
        ("evil.example", OTHER),
        (" /devices", OTHER),
        ("///evil.example", OTHER),
        ("/é", OTHER),
        ("/a\\b", OTHER),
        ("", OTHER),
    ],
)
def test_only_own_pages_are_gone_to(wanted, path):
    """What browsers take for another site is subtle, so only what is plainly a path passes."""
    assert local_path(wanted, otherwise=OTHER) == path


@pytest.mark.parametrize(
    ("wanted", "leads"), [("/devices", "/devices"), ("//evil.example", "/dashboard"), ("/a b", "/dashboard")]
)
@pytest.mark.parametrize("how", ["query", "form", "both"])
def test_the_login_leads_on(house, how, wanted, leads):
    """To the page that was wanted; anything else leads to the dashboard."""
    guest = house.guest()
    place = "/login" if how == "form" else f"/login?next={wanted}"
    form = {} if how == "query" else {"next": wanted}
    answer = guest.post(place, username="alice", password=DEMO_USERS["alice"], **form)
    assert (answer.status, answer.location) == (303, leads)


@pytest.mark.sentence("The form carries the page to go to")
def test_the_form_carries_next(house):
    """From the address into the form, and into the form again after a wrong password; as text, never as HTML."""
    page = house.guest().get('/login?next=/order?x="><script>').text
    assert 'name="next" value="/order?x=&quot;&gt;&lt;script&gt;"' in page
    again = house.guest().post("/login", username="alice", password="wrong", next="/order")
    assert 'name="next" value="/order"' in again.text
    assert 'name="next"' not in house.guest().get("/login?next=https://evil.example").text
