"""Pictures: the two in the README, of the tea house and of a check that fails, made of what server and check say now.

`python -m workbook lessons --pictures` makes them anew. Each holds the words that it shows, so that a test can tell
whether they are still true: the check's picture is drawn text, and the photograph has them as its description.
"""

import os
import re
import struct
import tempfile
from html import unescape
from pathlib import Path
from textwrap import wrap
from zlib import crc32

from workbook import chromium, workspace
from workbook.browser import Browser
from workbook.checking import check
from workbook.drawing import CUP, INK, LETTER, MARGIN, ROOM, SOFT, Drawing
from workbook.environment import ROOT
from workbook.exercises import exercises
from workbook.serving import serve

FIGURES = ROOT / "notebooks" / "figures"
TEA_HOUSE = FIGURES / "tea_house.png"
FAILING_CHECK = FIGURES / "failing_check.svg"
WIDTH, HEIGHT = 820, 410  # of the photograph: down to the page's first card
EXERCISE = "step1_install.cookies"
RIGHT = 'cookies.setdefault(name.strip(" \\t"), _decode(value.strip(" \\t")))'
WRONG = 'cookies[name.strip(" \\t")] = _decode(value.strip(" \\t"))'  # of two cookies of one name it takes the last
KEYWORD = b"Description"
AFTER_HEADER = 33  # bytes: a PNG's signature and its first chunk


def tea_house() -> str:
    """The page of step 2 that a guest gets who comes for the second time."""
    alice = Browser(serve(2), "Alice")
    alice.get("/")
    return alice.http.get(alice.house.url).text


def words(page: str) -> str:
    """What stands on a page, without its marks."""
    main = page.partition("<main")[2].partition("</main>")[0].partition(">")[2]
    return " ".join(unescape(re.sub("<[^>]*>", " ", main)).split())


def photograph() -> None:
    """Take the picture of the tea house, and write its words into it."""
    page = tea_house()
    with tempfile.TemporaryDirectory() as folder:
        place, picture = Path(folder) / "page.html", Path(folder) / "page.png"
        place.write_text(page, encoding="utf-8")
        chromium.photograph(place, picture, width=WIDTH, height=HEIGHT)
        TEA_HOUSE.write_bytes(described(picture.read_bytes(), words(page)))


def described(png: bytes, text: str) -> bytes:
    """A PNG with a description: an iTXt chunk of UTF-8, neither compressed nor in a named language."""
    chunk = b"iTXt" + KEYWORD + bytes(5) + text.encode()
    packed = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", crc32(chunk))
    return png[:AFTER_HEADER] + packed + png[AFTER_HEADER:]


def description(png: bytes) -> str:
    """The description that `described` has put into a PNG."""
    long = struct.unpack(">I", png[AFTER_HEADER : AFTER_HEADER + 4])[0]
    return png[AFTER_HEADER + 8 : AFTER_HEADER + 8 + long].removeprefix(KEYWORD + bytes(5)).decode()


def failing_check() -> list[str]:
    """What a check says of an answer that has one mistake."""
    before = os.environ.get("WORKBOOK_WORKSPACE")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["WORKBOOK_WORKSPACE"] = folder
        try:
            chosen = exercises()[EXERCISE]
            workspace.write(EXERCISE, chosen.reference.read_text(encoding="utf-8").replace(RIGHT, WRONG))
            return check(chosen).lines
        finally:
            os.environ.pop("WORKBOOK_WORKSPACE")
            os.environ.update({"WORKBOOK_WORKSPACE": before} if before else {})


def drawn(lines: list[str]) -> str:
    """A check's lines as a picture."""
    picture = Drawing("")
    for n, line in enumerate(lines):
        label = re.match(r"(sent|tried|came back|expected|why|where): ", line)
        for m, piece in enumerate(wrap(line, ROOM, subsequent_indent="  ")):
            head = label[0] if label and m == 0 else ""
            bold, fill = ('font-weight="bold"', CUP) if n == 0 else ("", SOFT if head else INK)
            picture.text(MARGIN, picture.y + 16, head or piece, fill=fill, more=bold)
            if head:
                picture.text(MARGIN + len(head) * LETTER, picture.y + 16, piece.removeprefix(head))
            picture.y += 22
    return picture.svg()


def drawn_words(svg: str) -> str:
    """The words of such a picture."""
    return " ".join(" ".join(unescape(text) for text in re.findall(r">([^<]+)</text>", svg)).split())


def refresh() -> None:
    """Make both anew, where their words have changed."""
    said = failing_check()
    if not FAILING_CHECK.exists() or drawn_words(FAILING_CHECK.read_text(encoding="utf-8")) != " ".join(said):
        FAILING_CHECK.write_text(drawn(said) + "\n", encoding="utf-8", newline="\n")
    if TEA_HOUSE.exists() and description(TEA_HOUSE.read_bytes()) == words(tea_house()):
        return
    if chromium.found():
        photograph()
    else:
        print("The picture of the tea house is old: Chromium or Chrome is needed to take it anew.")
