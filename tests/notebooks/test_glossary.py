"""The glossary: the lessons' words in a sentence or two, each linked where a reader meets it first."""

import re

import pytest

from tests.support import ROOT
from workbook import lessons
from workbook.exercises import MAGIC

PAGE = (ROOT / "notebooks" / "glossary.md").read_text(encoding="utf-8")
TERMS = re.findall(r"^## (.+)$", PAGE, flags=re.M)
UNREAD = [  # what is not read as a sentence, or not by everybody
    r"<details>.*?</details>",
    r"```.*?```",
    r"!\[.*?\]\(.*?\)",
    r"^[#|][^\n]*$",
    r"^[^\n]*▶[^\n]*$",  # the map of the lessons
]


def anchor(term):
    """What a link to this heading ends with."""
    return re.sub(r"[^\w-]", "", term.lower().replace(" ", "-"))


def prose_of(path):
    """A lesson's sentences, where a link to the glossary is ⟦so⟧; code is left out, unless it is a term."""
    cells = [cell.source for cell in lessons.read(path).cells if cell.cell_type == "markdown"]
    text = "\n".join(cells)
    for pattern in UNREAD:
        text = re.sub(pattern, "", text, flags=re.S | re.M)
    text = re.sub(r"\[([^\]]*)\]\(\./glossary\.md#[^)]*\)", r"⟦\1⟧", text)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"`[^`]*`", lambda code: code[0] if code[0] in TERMS or code[0][1:-1] in TERMS else "``", text)


READ = {path.name: prose_of(path) for path in lessons.NOTEBOOKS}
LINKS = [
    (path.name, target)
    for path in lessons.NOTEBOOKS
    for cell in lessons.read(path).cells
    if not cell.source.startswith(MAGIC)
    for target in re.findall(r"\(\./glossary\.md#([^)]*)\)", cell.source)
]


def first_use(term):
    """The lesson in which a term is read first, and the text there: from two characters before it to two after it."""
    word = re.escape(term) if term.startswith("`") else rf"(?<![\w-]){re.escape(term)}s?(?![\w-])"
    for name, text in READ.items():
        if found := re.search(word, text, flags=re.I):
            return name, text[max(0, found.start() - 2) : found.end() + 2]
    return "", ""


@pytest.mark.parametrize("term", TERMS)
def test_a_term_is_linked_where_it_is_read_first(term):
    """No word before it is explained; and a page full of links is read by nobody."""
    lesson, used = first_use(term)
    assert "⟦" in used[:2] and "⟧" in used[-2:], f"the first use is in {lesson}: {used!r}"
    assert [name for name, target in LINKS if target == anchor(term)] == [lesson]


def test_each_link_leads_to_a_term():
    """A link that leads nowhere costs more than none."""
    assert {target for _, target in LINKS} == {anchor(term) for term in TERMS}


def test_the_glossary_is_in_the_alphabets_order():
    """Who looks up a word should not have to search."""
    words = [term.strip("`").casefold() for term in TERMS]
    assert words == sorted(set(words))


@pytest.mark.parametrize("term", TERMS)
def test_a_term_has_a_sentence_or_three_and_its_lesson(term):
    """What a word means is said shortly, and where to read on."""
    said = PAGE.partition(f"## {term}\n")[2].partition("\n## ")[0]
    text, lesson = re.fullmatch(r"\s*(.+?) \[Lesson \d\]\(([^)]+)\)\.\s*", said, flags=re.S).groups()
    assert lesson == first_use(term)[0]
    assert 5 <= len(text.split()) <= 50 and text.endswith(".")
