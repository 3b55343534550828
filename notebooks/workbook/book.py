"""Book: the lessons as a site of plain files, in `build/book/`, for those who want to read and run nothing.

nbconvert makes a page of each notebook, with our template. What is no notebook yet, the README, the glossary and the
steps' code, becomes one of Markdown first, so that all pages are made alike. No page leads out of the folder or needs a
server or a kernel: an exchange is shown by the words of its picture; a prediction and an answer open by themselves.
"""

import copy
import json
import posixpath
import re
import shutil
from dataclasses import dataclass
from functools import cache
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString

from workbook import chromium, lessons, prediction
from workbook.environment import ROOT, steps

TARGET = ROOT / "build" / "book"
TEMPLATES = Path(__file__).parent / "templates"
ASSETS = ("style.css", "book.js", "search.js")
NAMES = {"steps/README.md": "library", "tests/README.md": "evidence"}  # of pages that are all called README
LEXERS = {".py": "python", ".tpl": "html", ".conf": "nginx"}
UNCOLOURED = re.compile(r'<span class="(?:w|n|nb|ne|nn|nv|bp|o|p|vm)">([^<]*)</span>')  # in style.css
HEADINGS = ("h1", "h2", "h3")
FOLDED = "What is folded below shows the answer: choose first, then open it."
WAY_IN = (
    "\n**[Begin to read: lesson 1](notebooks/{lesson})**\n\n"
    "This is the readable edition: all eight lessons, with what each cell has put out. To run them, and to write their "
    "exercises, you need the workbook itself:\n"
)
MAKING = re.compile(r"\s+To read and run\s+nothing, type `make book`.+?installed\.", flags=re.S)
# An exchange in words, line by line: see Exchange.lines.
MOMENT = re.compile(r"(?P<who>\S.* → server of step \d+|server → .+?|the store): (?P<what>.*)")
COOKIE = re.compile(r"(?P<name>[^\s=]+)=s:(?P<id>[^.\s]+)\.(?P<signature>[^;\s]+)")
ROW = re.compile(r"(?P<mark>[+−~=]) (?P<id>\S+) (?P<row>.*)  \((?P<word>.*)\)")


@dataclass
class Page:
    """A page of the book, and what it is made from."""

    file: str  # "1_install.html"
    source: str  # what the repository's links call it: "notebooks/1_install.ipynb"
    kind: str  # in the contents: lesson, more or code; else start, search or whole
    notebook: Any
    before: "Page | None" = None
    after: "Page | None" = None

    @property
    def title(self) -> str:
        """Its first heading."""
        return str(self.notebook.cells[0].source).partition("\n")[0].removeprefix("# ").replace("`", "")

    @property
    def name(self) -> str:
        """The same, as short as the contents want it."""
        return self.title.partition(":")[0]


def pages() -> list[Page]:
    """The pages in their order; the search and the page for paper aside, which stand last."""
    made = [Page("index.html", "README.md", "start", first())]
    made += [Page(f"{path.stem}.html", shown(path), "lesson", lessons.read(path)) for path in lessons.NOTEBOOKS]
    express = ROOT / "notebooks" / "from_express.ipynb"
    made.append(Page(f"{express.stem}.html", shown(express), "more", lessons.read(express)))
    for source in dict.fromkeys(re.findall(r"\]\(([^)#]+\.md)\b", text("README.md"))):
        name = NAMES.get(source, Path(source).stem.lower())
        made.append(Page(f"{name}.html", source, "more", of_markdown(text(source))))
    made.append(Page("licence.html", "LICENSE", "more", of_markdown(f"# Licence\n\n```text\n{text('LICENSE')}```\n")))
    made += [Page(f"{folder.name}.html", shown(folder), "code", listings(folder)) for folder in folders()]
    for page, following in pairwise(made):
        page.after, following.before = following, page
    search = Page("search.html", "", "search", of_markdown("# Search"))
    return [*made, search, Page("whole.html", "", "whole", of_markdown("# All lessons on one page"))]


def shown(path: Path) -> str:
    """A path as the repository's links write it."""
    return path.relative_to(ROOT).as_posix()


def text(path: str) -> str:
    """The text of one of the repository's files."""
    return (ROOT / path).read_text(encoding="utf-8")


def of_markdown(*texts: str) -> Any:
    """A notebook of Markdown alone, a cell for each text."""
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(each) for each in texts])


def first() -> Any:
    """The first page: the README, with the way to the first lesson before the first command; how to make this book,
    who has it need not hear.
    """
    head, clone, rest = MAKING.sub("", text("README.md")).partition("\nClone this repository")
    return of_markdown(head + WAY_IN.format(lesson=lessons.NOTEBOOKS[0].name) + clone + rest)


def folders() -> list[Path]:
    """The folders whose code is in the book: the steps, and the site's look."""
    return [ROOT / "steps" / name for name in (*(step.folder for step in steps().values()), "tea_house")]


def listings(folder: Path) -> Any:
    """The files of a folder, modules first, each under its name."""
    files = [path for path in folder.rglob("*") if path.suffix in LEXERS and path.read_text(encoding="utf-8").strip()]
    files.sort(key=lambda path: (len(path.parts), path.suffix == ".conf", path.name))
    written = [
        f"## `{path.relative_to(folder).as_posix()}`\n\n`````{LEXERS[path.suffix]}\n{text(shown(path)).rstrip()}\n`````"
        for path in files
    ]
    return of_markdown(f"# {shown(folder)}", *written)


# From notebook to page


@cache
def exporter() -> Any:
    """nbconvert with our template. HTMLExporter would parse each page, to amend what its own templates make."""
    from nbconvert import HTMLExporter  # takes half a second to load
    from nbconvert.exporters.templateexporter import TemplateExporter
    from nbconvert.filters import DataTypeFilter, Highlight2HTML

    class Exporter(HTMLExporter):
        from_notebook_node = TemplateExporter.from_notebook_node

    made = Exporter(
        template_name="book",
        extra_template_basedirs=[str(TEMPLATES)],
        exclude_anchor_links=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
    )
    made.register_filter("highlight_code", Highlight2HTML(pygments_lexer="python", parent=made))
    made.register_filter("filter_data_type", DataTypeFilter(parent=made))
    return made


def rendered(page: Page, book: list[Page]) -> Any:
    """A page, parsed: as nbconvert makes it, and then with what it does not know of."""
    resources = {"page": page, "book": book, "has_pdf": bool(chromium.found())}
    html, _ = exporter().from_notebook_node(prepared(page.notebook), resources)
    soup = parsed(UNCOLOURED.sub(r"\1", html))
    name_headings(soup)
    for image in soup.main.find_all("img"):
        if MOMENT.match(image["alt"]):
            if folded := image.find_next_sibling("details"):
                folded.decompose()  # the same words
            image.replace_with(parsed(exchange(image["alt"])))
    for own in soup.main.find_all(style=True):
        own["class"] = {"div": "said"}.get(own.name, "drawn")
        del own["style"]
    for corner in soup.main.select("th:empty"):
        corner.name = "td"  # it heads nothing
    for wide in soup.main.find_all(["table", "img"]):
        wide.wrap(soup.new_tag("div", attrs={"class": "scroll"}))
    for place in soup.main.find_all("em", string=re.compile(r"^steps/\w+/[\w/]+\.py\b")):
        name, _, rest = place.string.partition(".py")
        place.replace_with(parsed(f'<em><a href="{link_to_code(name + ".py")}">{name}.py</a>{escape(rest)}</em>'))
    for link in soup.main.find_all(["a", "img"]):
        attribute = "href" if link.name == "a" else "src"
        if address := inside(link[attribute], page, book):
            link[attribute] = address
        else:
            link.unwrap()
    return soup


def parsed(html: str) -> Any:
    """A piece of a page."""
    return BeautifulSoup(html, "html.parser")


def prepared(notebook: Any) -> Any:
    """A notebook for those who run nothing: without the map of what they have done, and without `predict(…)`."""
    notebook = copy.deepcopy(notebook)
    notebook.cells = [cell for cell in notebook.cells if not cell.get("id", "").startswith("map-")]
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        if "predict(" in cell.source:
            cell.metadata.transient = {"remove_source": True}
            for output in cell.outputs:
                output.data["text/html"] = output.data["text/html"].replace(prediction.FOLDED, FOLDED)
        if cell.source.startswith("%%exercise "):
            magic, _, cell.source = cell.source.partition("\n")
            cell.metadata.exercise.name = magic.split()[1]
            cell.metadata.exercise.short = re.sub(r"^step(\d+)_\w+", r"\1", magic.split()[1])
        if cell.metadata.get("jupyter", {}).get("outputs_hidden"):
            cell.metadata.folded = cell.outputs.pop(0).data["text/plain"].rstrip(":")
    return notebook


def name_headings(soup: Any) -> None:
    """Give each heading the name that links know it by, and the contents those of this page."""
    taken: set[str] = set()
    for heading in soup.main.find_all(HEADINGS):
        name = slug = slug_of(heading.get_text())
        while name in taken:
            name = f"{slug}-{len(taken)}"
        taken.add(name)
        heading["id"] = name
    here = soup.find("nav", id="contents").find("a", attrs={"aria-current": True})
    parts = [f'<li><a href="#{each["id"]}">{escape(each.get_text())}</a></li>' for each in soup.main.find_all("h2")]
    if here and parts:
        here.insert_after(parsed(f"<ul>{''.join(parts)}</ul>"))


def slug_of(title: str) -> str:
    """A heading as links write it: small letters, and hyphens for spaces."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def link_to_code(path: str) -> str:
    """Where in the book a file of the steps stands."""
    _, folder, file = path.split("/", 2)
    return f"{folder}.html#{slug_of(file)}"


def inside(address: str, page: Page, book: list[Page]) -> str:
    """Where a link of the repository leads in the book; empty for what is elsewhere, such as a server's address."""
    if "://" in address:
        return ""
    path, hash, anchor = address.partition("#")
    if not path or address.startswith("data:") or path in {each.file for each in book}:
        return address
    place = posixpath.normpath(posixpath.join(posixpath.dirname(page.source), path))
    if place.startswith("notebooks/figures/"):
        return place.removeprefix("notebooks/")
    if not (ROOT / place).exists():
        raise LookupError(f"{page.source} leads to {address}, and there is no such file")
    found = [each.file for each in book if each.source == place]
    return f"{found[0]}{hash}{anchor}" if found else ""


def exchange(words: str) -> str:
    """An exchange as a list of its moments, request, answer and store, from the words that its picture has."""
    moments: list[str] = []
    kinds = iter(("request", "answer", "store"))
    for line in words.splitlines():
        if found := MOMENT.fullmatch(re.sub("^store was asked", "the store: it was asked", line)):
            head = f'<p class="who">{escape(found["who"])}</p><p class="what">{escape(found["what"])}</p>'
            moments.append(f'<li class="{next(kinds)}">{head}\n')
        else:
            moments[-1] += f"<p>{explained(line.strip())}</p>\n"
    return f'<figure class="exchange"><ol>{"</li>".join(moments)}</li></ol></figure>'


def explained(line: str) -> str:
    """A line of an exchange: of a session's cookie the parts with their names, of a row what has become of it."""
    if row := ROW.fullmatch(line):
        tag = "del" if row["mark"] == "−" else "code"
        mark = f"<b>{row['mark']} {escape(row['word'])}</b>"
        return f"{mark} <{tag}>{escape(row['id'])}</{tag}> <{tag}>{escape(row['row'], quote=False)}</{tag}>"
    return COOKIE.sub(
        lambda found: "{}=s:{}.{}".format(
            *(f'<ruby class="{part}">{found[part]}<rt>{part}</rt></ruby>' for part in ("name", "id", "signature"))
        ),
        escape(line, quote=False),
    )


# The whole book


def search_index(made: dict[str, Any], book: list[Page]) -> str:
    """What the search looks through, as a script: a page that is opened from a file may load no other data."""
    chosen = [page for page in book if page.kind not in ("search", "whole")]
    index = [[page.file, page.name, *part] for page in chosen for part in parts(made[page.file].main)]
    return f"const INDEX = {json.dumps(index, ensure_ascii=False, separators=(',', ':'))};\n"


def parts(main: Any) -> list[tuple[str, str, str]]:
    """What stands on a page under each heading: its name for links, the heading, and the text."""
    found: list[list[str]] = []
    for each in main.descendants:
        if isinstance(each, Tag) and each.name in HEADINGS:
            found.append([str(each["id"]), each.get_text(), ""])
        elif type(each) is NavigableString and found:
            found[-1][2] += each
    return [(anchor, title, " ".join(words.removeprefix(title).split())) for anchor, title, words in found]


def put_on_one_page(made: dict[str, Any], book: list[Page]) -> None:
    """Put all lessons and the glossary on the page for paper, one below the other: links between them stay there."""
    chosen = [page.file for page in book if page.kind == "lesson" or page.file == "glossary.html"]
    names = {file: file.removesuffix(".html") for file in chosen}
    for each, name in names.items():
        chapter = copy.copy(made[each].main)
        chapter.name, chapter["id"] = "article", name
        for note in chapter.select(".reading"):
            note.decompose()
        for named in chapter.find_all(id=True):
            named["id"] = f"{name}--{named['id']}"
        for link in chapter.find_all("a"):
            file, _, anchor = link["href"].partition("#")
            if not file or file in names:
                link["href"] = "#" + "--".join(filter(None, [names[file or each], anchor]))
        made["whole.html"].main.append(chapter)


def book(target: Path = TARGET) -> list[Path]:
    """Write the book; returns its first page and, where Chromium or Chrome is, the PDF of it all."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(ROOT / "notebooks" / "figures", target / "figures")
    for asset in ASSETS:
        shutil.copy(TEMPLATES / "book" / asset, target)
    all_pages = pages()
    made = {page.file: rendered(page, all_pages) for page in all_pages}
    put_on_one_page(made, all_pages)
    files = {"search-index.js": search_index(made, all_pages), **made}
    for name, content in files.items():
        (target / name).write_text(str(content), encoding="utf-8", newline="\n")
    written = [target / "index.html"]
    if chromium.found():
        chromium.print_pdf(target / "whole.html", target / "book.pdf")
        written.append(target / "book.pdf")
    return written
