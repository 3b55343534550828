"""Step 1, install: a page, a plain cookie that can be forged, and the tools against it: cookies and signatures."""

import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from steps.step1_install import parse_cookies, serialize_cookie, server, sign, unsign
from tests.support.calling import call

GOOD = "DGDUkGlIkCzPz+C0B064FNgHdEjox7ch8tOBGslZ5QI"  # "hello", signed with "tobiiscool"
SECRETS = st.one_of(st.text(min_size=1), st.binary(min_size=1))

# The page


def test_the_page_greets(visitor):
    """The server runs and answers with a page: the least that a step can do."""
    answer = visitor.get("/")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=UTF-8"
    assert "tea house" in answer.text


def test_a_reload_is_counted(visitor):
    """HTTP forgets a visitor after each answer; a cookie that comes back makes the second visit a second one."""
    visitor.get("/")
    assert '<p class="big">2</p>' in visitor.get("/").text


def test_two_browsers_are_counted_apart(visitors):
    """The count belongs to whoever holds the cookie, not to the server as a whole."""
    first, second = visitors(), visitors()
    first.get("/")
    first.get("/")
    assert '<p class="big">1</p>' in second.get("/").text


def test_the_count_is_kept_in_a_plain_cookie(visitor):
    """Step 1 keeps the count where the visitor can read it: the simplest memory there is."""
    assert visitor.get("/").headers["Set-Cookie"] == "visits=1; Path=/; HttpOnly"


def test_a_forged_count_is_believed(visitor):
    """A plain cookie says what its holder wants it to say. Step 2 must not believe this any more."""
    assert '<p class="big">1000</p>' in visitor.get("/", headers={"Cookie": "visits=999"}).text


@pytest.mark.parametrize("host", ["127.0.0.1:8081", "localhost:8080", "tea.example"])
def test_the_way_to_cheat_names_the_host_that_was_asked_for(host):
    """Whoever types the command on the page reaches this server, whatever name or port it has."""
    assert f"curl -b visits=999 http://{host}/" in call(server.create_app(), HTTP_HOST=host).text


@pytest.mark.parametrize("neighbour", ["foo/bar=1", 'prefs={"a":1}', 'a="', "a=\xff", ";;;=;", "a=b=c; a=d"])
def test_an_odd_cookie_of_a_neighbour_changes_nothing(visitor, neighbour):
    """Cookies of other applications on the same host come along. None of them may hide or break ours."""
    visitor.get("/")
    ours = "; ".join(f"{cookie.name}={cookie.value}" for cookie in visitor.http.cookies)
    header = f"{neighbour}; {ours}".encode("latin-1")
    assert '<p class="big">2</p>' in visitor.get("/", headers={"Cookie": header}).text


def test_an_unknown_page_is_404_and_says_so(visitor):
    """A wrong address gets a sentence and a way back, not a stack of internals."""
    answer = visitor.get("/no-such-room")
    assert answer.status_code == 404
    assert "no such room" in answer.text and 'href="/"' in answer.text


# Reading cookies


@pytest.mark.parametrize(
    ("header", "cookies"),
    [
        ("a=1; b=2", {"a": "1", "b": "2"}),
        ("a=1;b=2", {"a": "1", "b": "2"}),
        ("  a \t= 1 ; b=2", {"a": "1", "b": "2"}),
        ("a=1; a=2", {"a": "1"}),
        ("\xa0a\xa0=\xa01\xa0; xbx=x2x", {"\xa0a\xa0": "\xa01\xa0", "xbx": "x2x"}),
        ('a="1"; b="', {"a": "1", "b": ""}),
        ('a="1; b=2"; c=""3""', {"a": '"1', "b": '2"', "c": '"3"'}),
        ('a="%e2%98%83"; b="%zz"', {"a": "☃", "b": "%zz"}),
        ("a=x=y", {"a": "x=y"}),
        ("a; b=2; ; =3", {"b": "2", "": "3"}),
        ("a=%e2%98%83; b=é%41", {"a": "☃", "b": "éA"}),
        ("a=%zz%41; b=%ff; c=%", {"a": "%zz%41", "b": "%ff", "c": "%"}),
        ("a=%41%zz; b=%41%4", {"a": "%41%zz", "b": "%41%4"}),
        ("a=1+2; b=1+%41", {"a": "1+2", "b": "1+A"}),
        ("a=", {"a": ""}),
        ("=3", {"": "3"}),
        ("= ", {"": ""}),
        ("a=\t1\t; b= \t 2 \t ", {"a": "1", "b": "2"}),
        ("a\n=\r1\n; \x0bb=2\r", {"a\n": "\r1\n", "\x0bb": "2\r"}),
        ('a="%ff"; b="%41%zz"', {"a": "%ff", "b": "%41%zz"}),
        ("a=%22x%22", {"a": '"x"'}),
        ('a=" 1 "', {"a": " 1 "}),
        ("a='1'", {"a": "'1'"}),
        ("a=1,b=2", {"a": "1,b=2"}),
        ("A=1; a=2", {"A": "1", "a": "2"}),
        ("%61=1", {"%61": "1"}),
        ('"a"=1', {'"a"': "1"}),
        ("$Version=1; a=2", {"$Version": "1", "a": "2"}),
        ("=", {}),
        ("", {}),
    ],
)
def test_cookie_headers_are_read_as_express_reads_them(header, cookies):
    """Odd headers, too: two servers that read one header differently see two visitors."""
    assert parse_cookies(header) == cookies


@given(st.text())
@example('=;a;=";b=%;c=%ff;d="%')
@example("a\0=\0")
@example("\ud800=\ud800%41")
def test_no_cookie_header_is_an_error(header):
    """Whatever a client sends, the answer must not be a crash: the header is outside our control."""
    cookies = parse_cookies(header)
    assert isinstance(cookies, dict), f"{cookies!r}, which is no dict"


@pytest.mark.parametrize(
    ("value", "read"),
    [("%41\ud800", "A\ud800"), ("\udfff%e2%98%83", "\udfff☃"), ("%ed%a0%80", "%ed%a0%80"), ("é%41%c3", "é%41%c3")],
)
def test_only_what_is_percent_encoded_is_decoded(value, read):
    """Half a surrogate pair is no UTF-8, and stays as it came, as by JavaScript's decodeURIComponent."""
    assert parse_cookies(f"a={value}") == {"a": read}


@given(st.text(st.characters(codec="utf-8")))
@example(' "a=1; b, %41\\\r\n☕')
def test_what_is_written_is_read_again(value):
    """A value survives the way to the browser and back, whatever characters it has."""
    assert parse_cookies(serialize_cookie("name", value)) == {"name": value}


def test_a_long_header_is_read_in_one_pass():
    """Python's own reader takes seconds for this header; ours looks at each piece once."""
    assert parse_cookies("a=" + "=" * 300_000 + '"')["a"].endswith('"')


def test_no_cookie_of_many_is_lost():
    """Applications on one host share a header, and a browser keeps 50 cookies of each, or more."""
    assert len(parse_cookies("; ".join(f"c{n}={n}" for n in range(500)))) == 500


def test_each_request_has_a_dict_of_its_own():
    """One that is kept for the next request with this header shows a visitor what another's request put into it."""
    mine = parse_cookies("a=1")
    mine["b"] = "2"
    assert parse_cookies("a=1") == {"a": "1"}
    parse_cookies("c=3")
    assert mine == {"a": "1", "b": "2"}


# Writing cookies


def test_a_cookie_has_no_attribute_that_was_not_asked_for():
    """A function that adds things by itself writes other bytes than Express, and cannot be trusted."""
    assert serialize_cookie("a", "b") == "a=b"


@pytest.mark.sentence("All attributes stand in Express's order")
def test_all_attributes_stand_in_expresss_order():
    """The order is part of the bytes, and bytes are what is compared with Express."""
    assert serialize_cookie(
        "connect.sid",
        "x y",
        max_age=60.9,
        domain="example.com",
        path="/",
        expires=1_767_225_600.9,
        http_only=True,
        secure=True,
        partitioned=True,
        priority="high",
        same_site="none",
    ) == (
        "connect.sid=x%20y; Max-Age=60; Domain=example.com; Path=/; Expires=Thu, 01 Jan 2026 00:00:00 GMT; "
        "HttpOnly; Secure; Partitioned; Priority=High; SameSite=None"
    )


@pytest.mark.parametrize(
    ("attribute", "written"),
    [
        ({"max_age": 60}, "Max-Age=60"),
        ({"domain": "example.com"}, "Domain=example.com"),
        ({"path": "/tea"}, "Path=/tea"),
        ({"expires": 1_767_225_600}, "Expires=Thu, 01 Jan 2026 00:00:00 GMT"),
        ({"http_only": True}, "HttpOnly"),
        ({"secure": True}, "Secure"),
        ({"partitioned": True}, "Partitioned"),
        ({"priority": "low"}, "Priority=Low"),
        ({"same_site": "none"}, "SameSite=None"),
        ({"same_site": True}, "SameSite=Strict"),
    ],
)
def test_no_attribute_brings_another(attribute, written):
    """Browsers want Secure beside SameSite=None or Partitioned: the application asks for it, as it does in Express."""
    assert serialize_cookie("a", "b", **attribute) == f"a=b; {written}"


@pytest.mark.parametrize("name", ["__Host-a", "__Secure-a", "Connect.SID"])
def test_no_name_brings_an_attribute(name):
    """Browsers want Secure beside such a prefix; a function that adds it hides what the application has forgotten."""
    assert serialize_cookie(name, "b") == f"{name}=b"


@pytest.mark.parametrize(
    ("attribute", "written"),
    [
        ({"max_age": -1}, "Max-Age=-1"),
        ({"expires": -1}, "Expires=Wed, 31 Dec 1969 23:59:59 GMT"),
        ({"domain": "Example.COM"}, "Domain=Example.COM"),
        ({"domain": ".example.com"}, "Domain=.example.com"),
        ({"path": "/Tea/%20"}, "Path=/Tea/%20"),
    ],
)
def test_an_attribute_is_written_as_it_was_given(attribute, written):
    """A browser knows what to do with a dot, a capital or a time that has passed; other bytes are not Express's."""
    assert serialize_cookie("a", "b", **attribute) == f"a=b; {written}"


@pytest.mark.parametrize(
    ("attribute", "written"),
    [({"max_age": 0}, "Max-Age=0"), ({"expires": 0}, "Expires=Thu, 01 Jan 1970 00:00:00 GMT")],
)
def test_a_time_of_0_was_asked_for(attribute, written):
    """0 is a time like any other, and the one with which a cookie is deleted; in Python it is as false as None."""
    assert serialize_cookie("a", "b", **attribute) == f"a=b; {written}"


@pytest.mark.sentence("same_site=False was not asked for")
def test_same_site_false_was_not_asked_for():
    """False is how an application says that it does not want the attribute; so does Express."""
    assert serialize_cookie("a", "b", same_site=False) == "a=b"


@pytest.mark.parametrize("attribute", ["domain", "path", "priority", "same_site"])
def test_an_empty_text_was_not_asked_for(attribute):
    """Express leaves out what is empty: `Path=` with nothing behind it would be other bytes that tell nothing."""
    assert serialize_cookie("a", "b", **{attribute: ""}) == "a=b"


@pytest.mark.sentence("A value is escaped as JavaScript escapes it")
@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("!~*'()_.-", "!~*'()_.-"),
        ("/?:@&=+$,#;", "%2F%3F%3A%40%26%3D%2B%24%2C%23%3B"),
        ('" %☕', "%22%20%25%E2%98%95"),
        ("\r\n\0\\", "%0D%0A%00%5C"),
        ("", ""),
    ],
)
def test_a_value_is_escaped_as_javascript_does(value, written):
    """The same bytes take encodeURIComponent's choice of letters: it leaves !~*'() alone, beside _.- and the rest."""
    assert serialize_cookie("a", value) == f"a={written}"


@pytest.mark.parametrize(("choice", "written"), [(True, "Strict"), ("strict", "Strict"), ("LAX", "Lax")])
def test_same_site_has_these_spellings(choice, written):
    """Express takes true for strict, and any case."""
    assert serialize_cookie("a", "b", same_site=choice) == f"a=b; SameSite={written}"


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "a b"},
        {"name": "a;b"},
        {"name": ""},
        {"name": "a\r\nSet-Cookie: evil"},
        {"domain": "exa mple.com"},
        {"domain": "-a.com"},
        {"path": "/;Secure"},
        {"path": "/\r\nX: y"},
        {"expires": float("nan")},
        {"expires": 1e20},
        {"expires": "tomorrow"},
        {"max_age": float("inf")},
        {"priority": "urgent"},
        {"same_site": "maybe"},
    ],
)
def test_an_attribute_that_a_browser_would_misread_is_a_value_error(wrong, says):
    """A line break in a header is a header of the attacker's; a misspelt attribute is one that a browser ignores."""
    with pytest.raises(ValueError, match=says(rf"\b{next(iter(wrong))}\b")):
        serialize_cookie(**{"name": "a", "value": "b", **wrong})


# Signatures


@pytest.mark.parametrize(
    ("value", "secret", "signature"),
    [
        ("hello", "tobiiscool", GOOD),
        ("hello", bytes.fromhex("a0abbc0c"), "hIvljrKw5oOZtHHSq5u+MlL27cgnPKX77y7F+x5r1to"),
        ("AAECAwQFBgcICQoLDA0ODxAREhMUFRYX", "keyboard cat", "N0Id4opwqhaAYcoIYSsRkO1j3rAafXluGboH3Nk7dVc"),
        ("AAECAwQFBgcICQoLDA0ODxAREhMUFRYX", "k", "lEoL4ClimYtoELp73aTaKgQBAci/boQfY5TdwDrgWhs"),
        ("AAECAwQFBgcICQoLDA0ODxAREhMUFRYX", "s3crét ☃", "zZ0DTn2wBlBw3gO8sSlqRMIlsMtJSx625d6qEgFTlWc"),
        ("Grüße, ☃", "keyboard cat", "b8SwPTSYioDNBpWow8ubNQtkB3YS6w3XiSW4wNjc8Zo"),
    ],
)
def test_signatures_are_those_of_express(value, secret, signature):
    """Made with Node's cookie-signature: with one secret, an Express app and ours believe each other's cookies."""
    assert sign(value, secret) == f"{value}.{signature}"
    assert unsign(f"{value}.{signature}", secret) == value


@given(st.text(), SECRETS)
@example("with.a.dot\nand ☕ \ud800", "keyboard cat")
@example("", b"\x00")
@example(" tea\t\n", "keyboard cat")
@example("tea.", "keyboard cat")
def test_what_was_signed_is_believed(value, secret):
    """Dots, line breaks, other scripts: every value comes back as it was."""
    assert unsign(sign(value, secret), secret) == value


@given(st.text(), st.text(min_size=1), st.integers(0), st.characters())
@example("hello", "keyboard cat", 0, "H")
@example("hello", "keyboard cat", 5, "x")
@example("hello", "keyboard cat", 6, "é")
@example("hello", "keyboard cat", 48, "=")
def test_one_changed_character_is_noticed(value, secret, place, character):
    """The signature's whole purpose: who changes the value or the signature, and has no secret, is not believed."""
    signed = sign(value, secret)
    place %= len(signed)
    forged = signed[:place] + character + signed[place + 1 :]
    assert forged == signed or unsign(forged, secret) is None


@pytest.mark.parametrize(
    "around", ["SIGNATUREx", "SIGNATURE=", "SIGNATURE ", "SIGNATURE\n", "SIGNATUREé", " SIGNATURE"]
)
def test_nothing_may_stand_around_a_signature(around):
    """Whoever adds something to a good signature has written another one, without the secret."""
    signature = sign("tea", "k").removeprefix("tea.")
    assert unsign(f"tea.{around.replace('SIGNATURE', signature)}", "k") is None


@pytest.mark.parametrize("value", [" tea", "tea ", "tea\n", "\0tea", "tea.", "tea\ud800", "teé", "TEA"])
def test_the_signature_of_another_value_is_noticed(value):
    """However little the value differs from the one that was signed: the signature stands for every byte of it."""
    signature = sign("tea", "k").removeprefix("tea.")
    assert unsign(f"{value}.{signature}", "k") is None


@given(st.text(), SECRETS)
@example("", "keyboard cat")
@example(".", "keyboard cat")
@example("é.\ud800☕", "keyboard cat")
def test_no_text_is_an_error_for_unsign(text, secret):
    """The text comes from the visitor: it may be believed or not, but it must not crash anything."""
    assert unsign(text, secret) is None


@pytest.mark.parametrize("value", ["", "a", "s:"])
def test_without_a_dot_there_is_no_signature(value):
    """The signature alone is no proof of anything, not even of an empty value."""
    assert unsign(sign(value, "k").replace(".", ""), "k") is None


def test_the_first_secret_signs_and_all_are_believed():
    """Secrets can be changed without throwing everybody out: the new one first, the old one kept for a while."""
    assert sign("v", ["new", "old"]) == sign("v", "new")
    assert unsign(sign("v", "old"), ["new", "old"]) == "v"
    assert unsign(sign("v", "old"), ["new"]) is None
    assert unsign(sign("v", "oldest"), ["new", "old", "oldest"]) == "v"


@pytest.mark.parametrize("secrets", [["b", "a"], ["a", "b"], ["longer", "new"], ["new", "longer"], ("k", b"k", "a")])
def test_the_order_of_several_secrets_is_kept(secrets):
    """Which secret is the newest is known to the application alone: no order of letters or of lengths tells it."""
    before = list(secrets)
    assert sign("v", secrets) == sign("v", before[0])
    assert list(secrets) == before


@pytest.mark.parametrize("signed", [f"hello.{GOOD}", f"hello.{GOOD[::-1]}"])
def test_signatures_are_compared_in_constant_time(signed):
    """With ==, the time of the answer tells a forger how many letters are right; compare_digest tells nothing."""
    used = used_to_unsign(signed, "tobiiscool")
    assert "compare_digest" in used


def used_to_unsign(signed: str, secret: str) -> set[str]:
    """Which functions that end in digest it takes to unsign a text, from wherever they were imported."""
    called: set[str] = set()
    before = sys.getprofile()
    sys.setprofile(lambda frame, event, function: called.add(function.__name__) if event == "c_call" else None)
    try:
        unsign(signed, secret)
    finally:
        sys.setprofile(before)
    return {name.lstrip("_") for name in called if name.endswith("digest")}


@pytest.mark.parametrize("empty", ["", b"", [], ["good", ""], None])
def test_an_empty_secret_is_a_value_error(empty, says):
    """Everybody can sign with an empty secret; an environment variable that was not set is one."""
    with pytest.raises(ValueError, match=says("secret must not be empty")):
        sign("v", empty)
    with pytest.raises(ValueError, match=says("secret must not be empty")):
        unsign(f"hello.{GOOD}", empty)


@pytest.mark.parametrize(
    "odd",
    [
        [5],
        [None, "good"],
        [["good"]],
        ["good", 5],
        5,
        True,
        {"good"},
        {"good": "old"},
        iter(["good"]),
        object,
        bytearray(b"good"),
        bytearray(b"go\0d"),
        [bytearray(b"good")],
        memoryview(b"good"),
    ],
)
def test_a_secret_that_is_no_text_is_a_type_error(odd, says):
    """Said at the start, and in words that name what is wrong: not by the first visitor's request."""
    with pytest.raises((TypeError, ValueError), match=says("secret must")):
        sign("v", odd)
