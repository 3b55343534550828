"""Figures and drawings: each can be read where it is shown, on a narrow page, in the dark and on paper."""

import re
import xml.etree.ElementTree as ET
from html import unescape
from urllib.parse import unquote

import pytest

from tests.support import ROOT
from workbook.browser import Exchange
from workbook.drawing import LETTER, MARGIN, SMALL, WIDTH, Drawing
from workbook.notebook import progress
from workbook.serving import Timeline

FIGURES = sorted((ROOT / "notebooks" / "figures").glob("*.svg"))
CSS = (ROOT / "notebooks" / "workbook" / "jupyterlab" / "custom.css").read_text(encoding="utf-8")
NAMES = [path.stem for path in FIGURES]
NUMBER = r"(-?[\d.]+)"


def shapes(path, kind):
    """The shapes of a kind in a figure, with their attributes; the sheet itself aside."""
    found = ET.parse(path).getroot().iter(f"{{http://www.w3.org/2000/svg}}{kind}")
    return [each.attrib for each in found if "x" not in each.attrib or float(each.attrib["x"]) >= 1]


def tips(path):
    """Where a figure's lines end, each with the words that draw it; a line without a head has no tip."""
    for line in (shape["d"] for shape in shapes(path, "path")):
        if straight := re.match(rf"M{NUMBER} {NUMBER}L{NUMBER} {NUMBER}M", line):
            yield line, float(straight[3]), float(straight[4])
        elif across := re.match(rf"M{NUMBER} {NUMBER}H{NUMBER}m-9 -5l9 5l-9 5$", line):
            yield line, float(across[3]), float(across[2])
        else:
            yield line, None, None


@pytest.mark.parametrize("path", FIGURES, ids=NAMES)
def test_each_arrow_has_a_head_that_stays_clear_of_the_boxes(path):
    """An arrow that runs into its box, or has no head, says nothing of its direction."""
    boxes = [tuple(float(box[each]) for each in ("x", "y", "width", "height")) for box in shapes(path, "rect")]
    for line, x, y in tips(path):
        if re.fullmatch(r"M\d+ \d+V\d+", line):
            continue  # between two halves of a figure
        assert x is not None, line
        for left, top, width, height in boxes:
            assert not (left - 4 < x < left + width + 4 and top - 4 < y < top + height + 4), line


@pytest.mark.parametrize("path", FIGURES, ids=NAMES)
def test_a_figures_letters_can_be_read_and_it_brings_its_own_paper(path):
    """Shown at the least width that the lessons give it; dark pages and printers change nothing."""
    picture = ET.parse(path).getroot()
    shrunk = 720 / float(picture.get("width"))
    assert "min-width: 720px !important" in CSS
    assert min(float(text["font-size"]) for text in shapes(path, "text") if "font-size" in text) * shrunk >= 10
    paper = next(picture.iter("{http://www.w3.org/2000/svg}rect")).attrib
    assert paper["fill"] == "#fffdf8"
    assert float(paper["width"]) >= float(picture.get("width")) - 1


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("7_attack_ladder", ["the attack works", "it fails", "empty: there is nothing to attack yet"]),
        ("8_throughput", ["each factor is the median of the rounds' ratios", "upper bar: a page that reads"]),
    ],
)
def test_a_figure_says_what_its_marks_mean(name, words):
    """Nobody guesses a legend; and a factor that is not the quotient of two bars says what it is."""
    drawn = (ROOT / "notebooks" / "figures" / f"{name}.svg").read_text(encoding="utf-8").partition("</desc>")[2]
    assert [word for word in words if word not in drawn] == []


LONG = "theme=dark&user=queen&role=admin&login=VqHg9Gb-w-iCgbS0gqVT1g&confirmed=9e9&" * 3
ROW = '{"cookie":{"originalMaxAge":1800000,"expires":"2026-11-26T19:16:41.100Z","httpOnly":true},"notices":["It is"]}'
EXCHANGE = Exchange(
    who="Alice",
    step=7,
    request="POST /preferences",
    form=LONG,
    sent=f"connect.sid=s%3A{'x' * 32}.{'y' * 43}; other={'z' * 300}",
    status="303 See Other",
    location="/dashboard?next=" + "a/" * 80,
    set_cookies=[
        "connect.sid=s%3Axxxxxxxxxxx.yyyyyyyy; Path=/; Expires=Thu, 26 Nov 2026 19:16:41 GMT; HttpOnly; Secure"
    ],
    says="The page says: " + "welcome back to the tea house " * 8,
    before={"x" * 32: ROW},
    after={"x" * 32: ROW * 3},
    asked=["get", "set"],
)


@pytest.mark.parametrize(
    "drawn", [EXCHANGE, Timeline([("the logout", "arrives"), ("the slow one", "set: refused")]), progress()]
)
def test_a_drawing_keeps_its_width_and_all_its_words(drawn):
    """It has a least width where it is shown, and nothing is drawn beyond its edge."""
    html = drawn._repr_mimebundle_()["text/html"]
    assert re.match(rf'<img alt="[^"]+" style="min-width: min\({WIDTH}px, 75vw\)" src="data:', html)
    picture = unquote(html.partition("src=")[2])
    texts = re.findall(
        r'<text x="([\d.-]+)" y="[\d.]+" font-size="(\d+)"[^>]*?xml:space="preserve" (.*?)>(.*?)</text>', picture
    )
    assert texts
    for x, size, more, text in texts:
        long = len(unescape(text)) * {"13": LETTER, "11": SMALL}[size]
        start = float(x) - long * (1 if '"end"' in more else 0.5 if '"middle"' in more else 0)
        assert start >= MARGIN - 6 and start + long <= WIDTH - MARGIN + LETTER, text
    assert 'fill="#fffdf8"' in picture.partition("/>")[0]
    assert float(re.search(r'font-size="(\d+)"', picture)[1]) >= 11


def test_a_label_that_is_too_long_goes_on_below():
    """Nothing of it is lost."""
    picture = Drawing("")
    picture.arrow("right", f"POST /preferences   {LONG}")
    drawn = "".join(unescape(text) for text in re.findall(r">([^<]+)</text>", picture.svg()))
    assert drawn.replace(" ", "") == f"POST/preferences{LONG}"
