"""Drawing: exchanges as pictures. Each picture brings its own paper, so that it is readable on light and dark pages
and in print, and its text alternative says all that it shows.
"""

from html import escape
from textwrap import wrap
from typing import Any
from urllib.parse import quote

WIDTH = 720
MARGIN = 24
LETTER = 7.83  # the width of a letter of 13 px monospace
SMALL = 6.62  # of 11 px
ROOM = int((WIDTH - 2 * MARGIN) / LETTER)  # letters in a line
INK, SOFT, LEAF, CUP, PAPER = "#2a2520", "#685e53", "#2c6549", "#a4471f", "#fffdf8"
FILLS = {"name": "#efe6d6", "id": "#d5e8dc", "signature": "#f3d9cb", "value": "#e3e1f2"}
EDGE = 'stroke="#e0d6c4"'
FONTS = "ui-monospace, DejaVu Sans Mono, Menlo, Consolas, monospace"
WORDS = {"+": "new", "−": "gone", "~": "changed", "=": "as before"}


class Drawing:
    """A picture that grows downwards, line by line. `alternative` says the same in words."""

    def __init__(self, alternative: str) -> None:
        self.alternative = alternative
        self.shapes: list[str] = []
        self.y = 14

    def text(self, x: float, y: float, text: str, *, size: int = 13, fill: str = INK, more: str = "") -> None:
        """A line of text; `more` are further attributes."""
        attributes = f'x="{x:g}" y="{y:g}" font-size="{size}" fill="{fill}" xml:space="preserve" {more}'
        self.shapes.append(f"<text {attributes}>{escape(text)}</text>")

    def box(self, x: float, y: float, width: float, height: float, fill: str, more: str = "") -> str:
        """A box with round corners."""
        return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="4" fill="{fill}" {more}/>'

    def heading(self, left: str, right: str) -> None:
        """The two who talk: one at each side."""
        for x, anchor, name in ((MARGIN, "start", left), (WIDTH - MARGIN, "end", right)):
            self.text(x, self.y + 14, name, more=f'font-weight="bold" text-anchor="{anchor}"')
        self.y += 24

    def arrow(self, direction: str, label: str) -> None:
        """An arrow across, with what it carries above it."""
        right = direction == "right"
        start, end = (MARGIN, WIDTH - MARGIN) if right else (WIDTH - MARGIN, MARGIN)
        head = -9 if right else 9
        colour = LEAF if right else CUP
        anchor, x = ("start", MARGIN) if right else ("end", WIDTH - MARGIN)
        for line in wrap(label, ROOM, drop_whitespace=False):
            self.text(x, self.y + 18, line.strip(), fill=colour, more=f'font-weight="bold" text-anchor="{anchor}"')
            self.y += 18
        y = self.y + 8
        line = f"M{start} {y:g}H{end}m{head} -5l{-head} 5l{head} 5"
        self.shapes.append(f'<path d="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        self.y += 16

    def parts(self, label: str, parts: list[Any]) -> None:
        """A cookie taken apart: each part that has a meaning stands on its colour, with its meaning below."""
        self.text(MARGIN, self.y + 17, f"{label}:", fill=SOFT)
        x = MARGIN + (len(label) + 2) * LETTER
        for part in parts:
            room = int((WIDTH - MARGIN - x) / LETTER)
            if not part.meaning and len(part.text) > room > 0 and "; " in part.text[:room]:
                first = part.text[: part.text.rindex("; ", 0, room) + 1]  # the rest goes below: nothing of it is lost
                self.text(x, self.y + 17, first, fill=SOFT)
                self.y += 36
                self.text(MARGIN + 13 * LETTER, self.y + 17, part.text[len(first) :].lstrip(), fill=SOFT)
                break
            text = part.text if len(part.text) <= room else part.text[: max(room - 1, 0)] + "…"
            width = len(text) * LETTER
            if part.meaning:
                self.shapes.append(self.box(x - 2, self.y + 3, width + 4, 19, FILLS[part.meaning]))
                self.text(x + width / 2, self.y + 34, part.meaning, size=11, fill=SOFT, more='text-anchor="middle"')
            self.text(x, self.y + 17, text, fill=INK if part.meaning else SOFT)
            x += width
        self.y += 42

    def note(self, text: str) -> None:
        """A remark between the arrows."""
        for line in wrap(text, ROOM):
            self.text(MARGIN, self.y + 17, line, fill=SOFT)
            self.y += 20
        self.y += 4

    def store(self, asked: list[str], rows: list[tuple[str, str, str]]) -> None:
        """What the store was asked, and its rows with a mark and a word each for what has become of them."""
        top = self.y + 4
        self.y = top + 8
        asked_for = ", ".join(asked) or "nothing"
        self.text(MARGIN + 12, self.y + 14, "the store", more='font-weight="bold"')
        self.text(
            WIDTH - MARGIN - 12, self.y + 14, f"it was asked: {asked_for}", size=11, fill=SOFT, more='text-anchor="end"'
        )
        self.y += 24
        if not rows:
            self.text(MARGIN + 12, self.y + 14, "holds nothing", fill=SOFT)
            self.y += 22
        for mark, id, row in rows:
            gone = 'text-decoration="line-through"' if mark == "−" else ""
            colour = {"+": LEAF, "−": CUP, "~": LEAF}.get(mark, SOFT)
            self.text(MARGIN + 12, self.y + 14, f"{mark} {WORDS[mark]:<10}", fill=colour, more='font-weight="bold"')
            self.text(MARGIN + 12 + 13 * LETTER, self.y + 14, id, more=gone)
            self.y += 18
            room = int((WIDTH - 2 * MARGIN - 38) / SMALL)
            for line in [row[start : start + room] for start in range(0, len(row), room)]:
                self.text(MARGIN + 26, self.y + 13, line, size=11, fill=SOFT if mark in "=−" else INK, more=gone)
                self.y += 16
            self.y += 5
        height = self.y - top + 4
        self.shapes.insert(0, self.box(MARGIN, top, WIDTH - 2 * MARGIN, height, "#faf4e8", EDGE))
        self.y += 10

    def timeline(self, events: list[tuple[str, str]]) -> None:
        """Requests side by side, time going down: each event in the column of its request, with its number."""
        names = list(dict.fromkeys(name for name, _ in events))
        width = (WIDTH - 2 * MARGIN) / max(len(names), 2)
        columns = {name: MARGIN + n * width for n, name in enumerate(names)}
        for name, x in columns.items():
            self.text(x, self.y + 14, name, more='font-weight="bold"')
            rows = [n for n, (who, _) in enumerate(events) if who == name]
            top, bottom = (self.y + 36 + 26 * row for row in (rows[0], rows[-1]))
            self.shapes.append(f'<path d="M{x + 9:g} {top:g}V{bottom:g}" stroke="#c9bfae" stroke-width="2"/>')
        self.y += 24
        for n, (name, what) in enumerate(events, 1):
            x, wrong = columns[name], what.endswith(("refused", "no row"))
            self.shapes.append(self.box(x, self.y + 2, 18, 20, FILLS["signature" if wrong else "id"]))
            self.text(x + 9, self.y + 16, str(n), size=11, more='text-anchor="middle"')
            self.text(x + 26, self.y + 16, what, fill=CUP if wrong else INK)
            self.y += 26

    def map(self, lines: list[str]) -> None:
        """The map of progress: a line a step, done exercises in green and with their mark; then the rest in words."""
        *steps, count, following = lines
        for line in steps:
            x: float = MARGIN
            for n, part in enumerate(line.split("   ")):
                if x + len(part) * LETTER > WIDTH - MARGIN:
                    x, self.y = MARGIN + 19 * LETTER, self.y + 20
                if part.strip():
                    colour = LEAF if part.startswith("✓") else INK if n == 0 else SOFT
                    self.text(x, self.y + 16, part.strip(), fill=colour, more='font-weight="bold"' if n == 0 else "")
                    x += max(len(part) + 3, 19 if n == 0 else 0) * LETTER
            self.y += 24
        self.y += 6
        self.text(MARGIN, self.y + 14, count, fill=SOFT)
        self.text(MARGIN, self.y + 36, following)
        self.y += 44

    def svg(self) -> str:
        """The picture as SVG."""
        height = self.y + 12
        size = f'viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" height="{height:g}" font-family="{FONTS}"'
        paper = self.box(0.5, 0.5, WIDTH - 1, height - 1, PAPER, EDGE)
        return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{paper}{"".join(self.shapes)}</svg>'

    def bundle(self) -> dict[str, str]:
        """For Jupyter. As an image, since notebooks that are not trusted yet show those, and no SVG in the page.

        Where there is less room than its least width, it scrolls; what is left of a page fits on paper, which cannot.
        Its words stand below it, folded, a line each: some hosts of code drop a picture that is no file.
        """
        style = f"min-width: min({WIDTH}px, 75vw)"
        source = "data:image/svg+xml;utf8," + quote(self.svg(), safe=" =:/;,.'()-_<>")
        picture = f'<img alt="{escape(self.alternative)}" style="{style}" src="{source}">'
        words = f"<details><summary>In words</summary><pre>{escape(self.alternative, quote=False)}</pre></details>"
        return {"text/html": picture + words, "text/plain": self.alternative}
