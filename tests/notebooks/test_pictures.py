"""The README's pictures: they show what the server and the check say today."""

import re

import pytest

from tests.support import ROOT
from workbook import pictures

README = (ROOT / "README.md").read_text(encoding="utf-8")
AGAIN = "make them anew: python -m workbook lessons --pictures"


def alternative(path):
    """What the README says in place of a picture."""
    return re.search(rf"!\[([^\]]*)\]\({path.relative_to(ROOT).as_posix()}\)", README)[1]


@pytest.mark.slow
@pytest.mark.sentence("The picture of the tea house has the words of its page")
def test_the_picture_of_the_tea_house_is_that_of_its_page():
    """Who follows the README sees what it has shown."""
    page = pictures.words(pictures.tea_house())
    assert pictures.description(pictures.TEA_HOUSE.read_bytes()) == page, AGAIN
    said = alternative(pictures.TEA_HOUSE).partition(": ")[2]
    assert all(sentence.rstrip(".") in page for sentence in said.split(". "))


@pytest.mark.slow
def test_the_picture_of_a_failing_check_is_what_the_check_says():
    """Line by line; and its alternative is the same in words."""
    said = pictures.failing_check()
    assert said[0].startswith("✗ step1_install.cookies: 34 of 35 checks pass.")
    assert pictures.drawn_words(pictures.FAILING_CHECK.read_text(encoding="utf-8")) == " ".join(said), AGAIN
    assert alternative(pictures.FAILING_CHECK) == "\n".join(said)


@pytest.mark.parametrize("picture", [pictures.TEA_HOUSE, pictures.FAILING_CHECK], ids=["tea_house", "failing_check"])
def test_the_readmes_pictures_are_small(picture):
    """Everybody who clones the workbook loads them."""
    assert picture.stat().st_size < 60_000
