"""How a lesson looks where nothing runs and only sanitised HTML is shown: nothing that it says is lost there."""

import re

import pytest
from bs4 import BeautifulSoup

from tests.notebooks.preview import preview, sanitised
from tests.notebooks.test_figures import EXCHANGE
from tests.support import ROOT
from workbook import lessons, prediction
from workbook.notebook import progress
from workbook.serving import Timeline


@pytest.mark.parametrize(
    "drawn", [EXCHANGE, Timeline([("the logout", "arrives"), ("she", "set: refused")]), progress(2)]
)
def test_the_words_of_a_picture_that_is_dropped_stand_below_it(drawn):
    """A code host drops pictures that are no files, and runs the lines of their alternative together."""
    bundle = drawn._repr_mimebundle_()
    page = BeautifulSoup(sanitised(bundle["text/html"]), "html.parser")
    assert page.find("img", src=True) is None
    said = "\n".join(each.text for each in page.find_all("pre"))
    assert [line for line in bundle["text/plain"].splitlines() if line not in said] == []
    assert {each.find_previous("summary").text for each in page.find_all("pre")} == {"In words"}


@pytest.mark.slow
@pytest.mark.parametrize("path", lessons.NOTEBOOKS, ids=lambda path: path.stem)
def test_a_lesson_on_a_code_host_has_its_figures_choices_and_listings(path):
    """Figures are files, and there; choices and answers open by themselves."""
    page = BeautifulSoup(preview(lessons.read(path)), "html.parser")
    sources = [each["src"] for each in page.find_all("img", src=True)]
    assert sources and all((ROOT / "notebooks" / source).is_file() for source in sources)
    assert not page.find_all(["style", "script"]) and not page.find_all(style=True)
    folds = [each.summary.text for each in page.find_all("details")]
    for question in prediction.asked_in(path.stem):
        for choice in question.choices:
            assert f"{choice.letter} {choice.text.replace('`', '')}" in folds
    assert len(re.findall(r"^steps/.*\.py", page.text, flags=re.M)) > 2
