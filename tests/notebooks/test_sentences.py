"""A test's name is turned into a sentence, for learners and for tables: it must be one, in good English."""

import re

import pytest

from tests.support import ROOT
from tests.support.sentences import SPELT, sentence, sentences

SAID = {
    f"{path.stem}::{name}": said
    for path in sorted((ROOT / "tests").glob("test_*.py"))
    for name, said in sentences(path).items()
}
OF = "app browser caller command guest house library neighbour sender server session store stranger user visitor"
LOST = [  # where an apostrophe is missing, which a name cannot have
    rf"\b(?:a|an|another|each|no) (?:new )?(?:{OF.replace(' ', '|')})s\b",
    rf"\b(?:the|its) (?:{OF.replace(' ', '|')})s (?:own|database|place|log|word|fault|hand|page|transcript|wrapper)\b",
    rf"\b(?:the|its) (?:{OF.replace(' ', '|')})s$",
    r"\b(?:anothers|callers|elses|expresss|nobodys|ones own|readmes|somebodys|todays|cant|doesnt|isnt|wont)\b",
    r"\w (?:too|either|neither)$",  # and here a comma
]


@pytest.mark.parametrize("test", SAID)
def test_a_sentence_is_good_english(test):
    """Where the name cannot say it, `@pytest.mark.sentence` does."""
    said = SAID[test].removesuffix(".")
    assert [lost for lost in LOST if re.search(lost, said)] == []
    assert len(said.split()) > 2 and not said.endswith(".")


@pytest.mark.parametrize("test", [test for test, said in SAID.items() if said != sentence(test.partition("::")[2])])
def test_a_marker_is_at_its_own_test(test):
    """Where a test is put between a marker and its function, the marker speaks for the wrong one."""
    named, told = (
        {word[:4] for word in re.findall(r"[a-z0-9]{4,}", text.lower())}
        for text in (test.partition("::test_")[2].replace("_", " "), SAID[test])
    )
    assert len(named & told) >= min(2, len(named) - 1)


def test_no_two_tests_of_a_file_promise_the_same():
    """The second would be looked for in vain."""
    told = [(test.partition("::")[0], said) for test, said in SAID.items()]
    assert len(told) == len(set(told))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("test_the_row_is_json", "The row is JSON."),
        ("test_whoami_over_http_is_a_type_error", "/whoami over HTTP is a TypeError."),
        ("test_hashes_are_sha_256", "Hashes are SHA-256."),
        ("test_other_set_cookie_headers_stay", "Other Set-Cookie headers stay."),
    ],
)
def test_words_are_spelt_as_they_are(name, said):
    """Names know small letters alone."""
    assert sentence(name) == said
    assert sentence(name, "It is Alice's.") == "It is Alice's."


def test_each_spelling_is_used():
    """One that nobody needs is not looked after."""
    names = " ".join(test.replace("_", " ") for test in SAID)
    assert [word for word in SPELT if not re.search(rf"\b{word.lower()}\b", names)] == []
