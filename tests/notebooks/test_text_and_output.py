"""The text and the cell beside it agree: a robot looks at what can be compared, numbers and names.

What a sentence says of a cell is otherwise for a reader to judge. But a number that no output shows, or a name that no
code uses, is found without reading.
"""

import re
from itertools import pairwise

import pytest

from workbook import lessons
from workbook.exercises import MAGIC

LESSONS = {path.name: lessons.read(path) for path in lessons.NOTEBOOKS}
COUNTS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
# What the text beside a cell names, though neither the cell nor its output does, with the reason.
ELSEWHERE = {
    ("lesson1-15", "999"): "of the cell before",
    ("lesson1-23", "Set-Cookie"): "what the cell shows is the header's value",
    ("lesson1-40", "45"): "so many letters has what was signed further up",
    ("lesson1-41", "999"): "what Mallory has been after from the start",
    ("lesson4-36", "31"): "29 and 2",
    ("lesson5-83", "0.4"): "measured, and in no output",
    ("lesson5-60", "8.1"): "a server's version",
    ("lesson5-60", "8.4"): "a server's version",
    ("lesson7-65", "127.0.0.1"): "where all our servers are",
    ("lesson8-19", "python -m steps.step8_production.settings"): "what the cell runs",
    ("lesson8-33", "make step-8"): "the command for what the cell does",
    ("lesson8-39", "make step-8"): "the command where there is no gunicorn",
    ("lesson8-33", "python -m steps.step8_production.server"): "what the cell runs",
}

# And what stands anywhere in a lesson, and in no cell close by.
UNREAD = r"```.*?```|<details>.*?</details>|!\[.*?\]\(.*?\)|\]\([^)]*\)|https?://\S+|^[#|][^\n]*$|^[^\n]*▶[^\n]*$"
NUMBER = r"(?<![\w.<>])\d[\d,.]*\d(?!\w)"  # of one digit are lessons, steps and events
KNOWN = {  # what no cell shows, for it comes from elsewhere
    "1_install": "999 43 45 64 4,096",  # lengths of a signature and a signed cookie, the alphabet, the largest cookie
    "2_middleware": "192",  # bits of an id
    "3_authenticate": "30 12",  # milliseconds for a hash; a challenge
    "4_destroy": "2025 46336 16 36 64",  # a CVE, `make exam`, and BITE
    "5_stores": "500 8.4 8.1 2.6 0.4",  # another status, servers' versions, PATIENCE
    "6_access": "503",
    "7_harden": "127.0.0.1 64 30",  # LARGEST_BODY in kB; milliseconds for a hash
    "8_production": "420 45 2.4 1.9 60 0.9 0.8 6265",  # `make bench`, an RFC
}


def asks(cell):
    """Whether it is a question, a map or an exercise, which have their own tests."""
    return "predict(" in cell.source or "progress(" in cell.source or cell.source.startswith(MAGIC)


def sentences(paragraph):
    """The sentences of a paragraph; none of what is no prose."""
    text = " ".join(paragraph.split())
    return (
        []
        if text.startswith(("|", "!", "#", "<", "- ")) or text.endswith("</details>")
        else re.split(r"(?<=[.!?:])\s+(?=[A-Z`*])", text)
    )


def numbers(sentence):
    """The numbers that stand in digits in a sentence, outside of its code; "step 4" and "1st" count nothing."""
    prose = re.sub(r"`[^`]+`|<[^>]*>|\b([Ss]tep|[Ll]esson)s? \d+", " ", sentence)
    return re.findall(r"(?<![\w-])\d(?:[\d,.]*\d)?(?![\w-])", prose)


def names(sentence):
    """The code in a sentence."""
    return re.findall(r"`([^`]+)`", sentence)


def found(claim, cells):
    """Whether a number, or each word of a name, is in a cell or in what it shows."""
    shown = " ".join(lessons.masked(text) for cell in cells for text in [cell.source, *lessons.texts(cell)])
    shown = shown.replace(",", "").lower()
    if claim[0].isdigit():
        return bool(re.search(rf"(?<!\d){re.escape(claim.replace(',', ''))}(?!\d)", shown))
    return all(word in shown.replace("_", "") for word in re.findall(r"[^\W_]+", claim.lower()))


def claims(cells):
    """What the text beside each cell says of it: cell or text, the claim, and the cells that may bear it out.

    The sentence directly above a cell names what is in it. The first sentence below gives numbers that the cell above
    has shown; if another cell follows, it may be about that.
    """
    for n, (before, after) in enumerate(pairwise(cells)):
        if (before.cell_type, after.cell_type) == ("markdown", "code") and not asks(after):
            for sentence in sentences(before.source.rstrip().rpartition("\n\n")[2])[-1:]:
                yield from ((after.id, claim, [after]) for claim in [*names(sentence), *numbers(sentence)])
        elif (before.cell_type, after.cell_type) == ("code", "markdown") and not asks(before):
            near = [before, *(cell for cell in cells[n + 2 : n + 3] if cell.cell_type == "code")]
            for sentence in sentences(after.source.strip().partition("\n\n")[0])[:1]:
                yield from ((after.id, claim, near) for claim in numbers(sentence))


@pytest.mark.parametrize("name", LESSONS)
def test_the_text_beside_a_cell_says_what_is_in_it(name):
    """A reader who looks for the 30 that the sentence promises, and finds 42, believes neither."""
    lost = [(id, claim) for id, claim, near in claims(LESSONS[name].cells) if not found(claim, near)]
    assert [each for each in lost if each not in ELSEWHERE] == []


def test_no_exception_is_out_of_date():
    """One that is not needed any more would hide the next mistake."""
    said = {
        (id, claim) for book in LESSONS.values() for id, claim, near in claims(book.cells) if not found(claim, near)
    }
    assert set(ELSEWHERE) - said == set()


@pytest.mark.parametrize("name", LESSONS)
def test_an_exercise_says_how_many_bodies_it_has(name):
    """Who has been told "two", and finds five, thinks that something is wrong; who was told nothing, cannot plan."""
    for text, cell in pairwise(LESSONS[name].cells):
        if cell.source.startswith(MAGIC):
            told = re.search(rf"\b({'|'.join(COUNTS)}) (?:\w+ )?bod(?:y|ies)\b", text.source, flags=re.IGNORECASE)
            assert told, f"the text above {cell.id} does not say how many bodies there are to write"
            assert COUNTS.index(told[1].lower()) == len(cell.metadata["exercise"]["blank"])


@pytest.mark.parametrize("name", LESSONS)
def test_no_title_of_a_folded_text_has_raw_backticks(name):
    """A summary is HTML: code in it is <code>."""
    titles = [title for cell in LESSONS[name].cells for title in re.findall(r"<summary>(.*?)</summary>", cell.source)]
    assert [title for title in titles if "`" in title] == []


def test_the_robot_finds_what_does_not_agree():
    """A check that finds nothing proves nothing."""
    cells = [
        lessons.nbformat.v4.new_markdown_cell("Some text.\n\nOf 60 seconds, `life` says, 30 are left:"),
        lessons.nbformat.v4.new_code_cell("life", outputs=[lessons.nbformat.v4.new_output("stream", text="30")]),
        lessons.nbformat.v4.new_markdown_cell("In step 4, all 31 are there, and `nothing` else."),
    ]
    assert [claim for _, claim, near in claims(cells) if not found(claim, near)] == ["60", "31"]


def put_out(cell):
    """The code and what it has put out, in words."""
    texts = [output.get("text", "") or output.get("data", {}).get("text/plain", "") for output in cell.outputs]
    return " ".join([cell.source, *texts]).replace(",", "")


@pytest.mark.parametrize("path", lessons.NOTEBOOKS, ids=lambda path: path.stem)
def test_each_number_that_is_said_is_shown(path):
    """A text of yesterday beside an output of today costs the reader's trust in both."""
    cells = lessons.read(path).cells
    known = " " + KNOWN[path.stem].replace(",", "")
    for n, cell in enumerate(cells[1:], 1):  # the first promises minutes, which test_times.py counts
        if cell.cell_type == "markdown":
            near = " ".join(put_out(each) for each in cells[max(0, n - 2) : n + 3] if each.cell_type == "code")
            said = re.findall(NUMBER, re.sub(UNREAD, "", cell.source, flags=re.S | re.M))
            assert [number for number in said if number.replace(",", "") not in near + known] == [], cell.id
