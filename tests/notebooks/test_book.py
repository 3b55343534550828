"""The readable edition: all lessons as a site of plain files, in which nothing leads out and nothing can drift."""

import json
import re
import tempfile
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from tests.notebooks.test_figures import EXCHANGE
from tests.support import ROOT, STEPS
from workbook import book, chromium, lessons, listing, prediction
from workbook.exercises import exercises

LESSONS = [path.stem for path in lessons.NOTEBOOKS]
MADE = {}  # the site, its pages parsed: it is made once, by the first test that asks for it


@pytest.fixture
def site(tmp_path_factory, monkeypatch):
    """The pages by their files, parsed; `site[""]` is the folder."""
    if not MADE:
        monkeypatch.setattr(chromium, "found", lambda: None)
        folder = tmp_path_factory.mktemp("book")
        book.book(folder)
        MADE[""] = folder
        MADE.update({path.name: parsed(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.html"))})
    return MADE


def parsed(html):
    return BeautifulSoup(html, "html.parser")


def pages(site):
    return {name: page for name, page in site.items() if name}


def words(text):
    """A text by its words, wherever its lines are broken."""
    return " ".join(text.split())


def test_an_exchange_loses_no_word():
    """Request, answer and store, each with all its lines: the buttons show one after the other."""
    page = parsed(book.exchange("\n".join(EXCHANGE.lines())))
    assert [moment["class"] for moment in page.find_all("li")] == [["request"], ["answer"], ["store"]]
    meanings = [note.extract().text for note in page.find_all("rt")]
    assert set(meanings) == {"name", "id", "signature"}
    told = page.text
    for line in EXCHANGE.lines():
        for word in line.replace("store was asked", "it was asked").split():
            assert word.strip("():") in told, word


@pytest.mark.slow
def test_who_reads_is_told_that_he_reads(site):
    """From whatever link one comes; and who has the book need not hear how it is made."""
    for name, page in pages(site).items():
        notes = [words(note.text) for note in page.select(".reading")]
        assert (len(notes) == 1) == (name.removesuffix(".html") in LESSONS), name
        assert all(note.startswith("You are reading") for note in notes)
    start = words(site["index.html"].main.text)
    assert "To read and run nothing" not in start and "Clone this repository" in start


@pytest.mark.parametrize(
    ("address", "leads"),
    [
        ("./glossary.md#store", "glossary.html#store"),
        ("5_stores.ipynb", "5_stores.html"),
        ("../steps/README.md", "library.html"),
        ("figures/4_endings.svg", "figures/4_endings.svg"),
        ("#questions", "#questions"),
    ],
)
def test_a_link_of_a_lesson_leads_to_the_same_place_of_the_book(address, leads):
    """Notebooks link to each other's files; the book has pages."""
    pages = [
        book.Page(f"{name}.html", source, "lesson", None)
        for name, source in [
            ("4_destroy", "notebooks/4_destroy.ipynb"), ("5_stores", "notebooks/5_stores.ipynb"),
            ("glossary", "notebooks/glossary.md"), ("library", "steps/README.md"),
        ]
    ]  # fmt: skip
    assert book.inside(address, pages[0], pages) == leads
    assert book.inside("../Makefile", pages[0], pages) == book.inside("http://127.0.0.1:8080/", pages[0], pages) == ""
    with pytest.raises(LookupError, match=r"4_destroy\.ipynb leads to \.\./setup\.py, and there is no such file"):
        book.inside("../setup.py", pages[0], pages)


@pytest.mark.slow
def test_each_address_leads_to_something_in_the_book(site):
    """It is read where there is no network: no page, script or style asks for anything else."""
    names = {name: {each["id"] for each in page.find_all(id=True)} for name, page in pages(site).items()}
    for name, page in pages(site).items():
        ids = [each["id"] for each in page.find_all(id=True)]
        assert len(ids) == len(set(ids)), name
        for each in page.find_all(lambda tag: {"href", "src", "action", "srcset", "data", "poster"} & set(tag.attrs)):
            address = next(
                each[key] for key in ("href", "src", "action", "srcset", "data", "poster") if key in each.attrs
            )
            if address.startswith("data:"):
                continue
            file, _, anchor = address.partition("#")
            assert (site[""] / (file or name)).is_file(), f"{name}: {address}"
            assert not anchor or anchor in names[file or name], f"{name}: {address}"
        assert "@import" not in str(page.find_all("style")) and not page.find_all("base")
    for path in site[""].glob("*.[cj]s*"):
        assert path.name == "search-index.js" or not re.search(r"url\(|@import|https?:|fetch", path.read_text()), path


@pytest.mark.slow
def test_each_page_is_reached_and_leads_on(site):
    """From the first page through all others by `next`, and from each to each by the contents."""
    seen, file = [], "index.html"
    while file:
        seen.append(file)
        on = site[file].find("a", rel="next")
        file = on and on["href"]
    assert seen[:9] == ["index.html", *(f"{name}.html" for name in LESSONS)]
    assert {*seen, "search.html", "whole.html"} == {*pages(site)}
    for name, page in pages(site).items():
        contents = {link["href"] for link in page.find("nav", id="contents").find_all("a")}
        assert {*seen, "whole.html"} <= contents
        assert page.title.text and page.html["lang"] == "en", name
    assert "Begin to read: lesson 1" in site["index.html"].main.text


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS)
def test_the_books_listings_are_the_steps_sources(site, step):
    """Every file of a step as it is; and in the lesson, every piece of one that it shows."""
    folder = STEPS[step].folder
    page = site[f"{folder}.html"]
    files = [path for path in (ROOT / "steps" / folder).rglob("*") if path.suffix in book.LEXERS]
    for path in files:
        source = path.read_text(encoding="utf-8").strip()
        heading = page.main.find("h2", string=path.relative_to(ROOT / "steps" / folder).as_posix())
        assert not source or heading.find_next("pre").text.strip() == source, path


@pytest.mark.slow
@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lessons_listings_are_the_steps_sources(site, lesson):
    """A listing says which piece of which module it is; it leads to the whole."""
    places = [each for each in site[f"{lesson}.html"].main.find_all("em") if re.match(r"steps/.*\.py\b", each.text)]
    assert places
    for place in places:
        path, _, names = place.text.partition(": ")
        module = path.removeprefix("steps/").removesuffix(".py").replace("/", ".")
        shown = listing.show(module, *names.split(", ")) if names else listing.show(module)
        assert place.find_previous("pre").text.strip() == shown.source.strip()
        assert place.a["href"].startswith(f"{path.split('/')[1]}.html#")


@pytest.mark.slow
@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_in_the_book_has_all_that_the_notebook_shows(site, lesson):
    """Its sentences, code, outputs, folded answers and exchanges; what is folded there is folded here."""
    page, notebook = site[f"{lesson}.html"], lessons.read(ROOT / "notebooks" / f"{lesson}.ipynb")
    cells = [cell for cell in notebook.cells if not cell.id.startswith("map-")]
    code = [each.text for each in page.select(".input pre")]
    for cell in cells:
        if cell.cell_type == "code" and "predict(" not in cell.source:
            assert re.sub(r"^%%exercise .*\n", "", cell.source).strip() in map(str.strip, code)
        if cell.cell_type == "markdown":
            for fold in re.findall(r"<summary>(.*?)</summary>", cell.source):
                assert words(parsed(fold).text) in map(words, (each.text for each in page.find_all("summary")))
    folded = [cell for cell in cells if cell.metadata.get("jupyter", {}).get("outputs_hidden")]
    assert [each.summary.text for each in page.select("details.output")] == ["What happens"] * len(folded)
    exchanges = sum(
        "server of step" in output.data.get("text/html", "").partition(":")[0]
        for cell in cells
        for output in cell.get("outputs", [])
        if "data" in output
    )
    assert len(page.select("figure.exchange")) == exchanges


@pytest.mark.slow
@pytest.mark.parametrize("lesson", LESSONS)
def test_predictions_and_exercises_can_be_used_without_a_kernel(site, lesson):
    """A choice opens to its verdict; an exercise shows its blank, and says what doing it needs."""
    page = site[f"{lesson}.html"]
    text = words(page.main.text)
    for question in prediction.asked_in(lesson):
        for choice in question.choices:
            opened = [each for each in page.find_all("details") if each.summary.text.startswith(f"{choice.letter} ")]
            assert any(words(choice.verdict.replace("`", "")) in words(each.text) for each in opened)
    assert text.count(book.FOLDED) == 1 and "In JupyterLab, the output" not in text and "predict(" not in text
    for name, exercise in exercises().items():
        if name.startswith(f"step{lesson[0]}_"):
            magic = page.find("p", id=name)
            assert f"%%exercise {name}" in magic.text and f"make start-{exercise.short}" in magic.text
            assert magic.find_next("pre").text.strip() == exercise.blank.strip()


@pytest.mark.slow
def test_nothing_in_the_book_is_of_the_machine_that_made_it(site):
    """No path, no kernel, no registry: whoever makes it, it is the same."""
    machine = [str(ROOT), str(Path.home()), tempfile.gettempdir()]
    ours = [*machine, "ipykernel_", "kernelspec", "site-packages", "pypi", "npmjs"]
    for path in site[""].rglob("*.*"):
        written = path.read_bytes()
        assert [each for each in ours if each.encode() in written] == [], path.name


@pytest.mark.slow
def test_the_search_knows_every_part(site):
    """The index is a script, since a page that is opened from a file may read no data."""
    script = (site[""] / "search-index.js").read_text(encoding="utf-8")
    index = json.loads(script.removeprefix("const INDEX = ").rstrip(";\n"))
    for name, page in pages(site).items():
        if name not in ("search.html", "whole.html"):
            headings = [[each["id"], each.text] for each in page.main.find_all(["h1", "h2", "h3"])]
            assert [part[2:4] for part in index if part[0] == name] == headings
    found = {part[0] for part in index if "COMPARE_AND_SWAP" in part[4]}
    assert {"5_stores.html", "step5_stores.html"} <= found
