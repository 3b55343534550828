"""Figure: pictures for the lessons that commands draw: a sheet with a title, and in words what is on it."""


def sheet(width: int, height: int, title: str, said: str, parts: list[str]) -> str:
    """The picture as SVG, with all its parts on one sheet."""
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'role="img" aria-labelledby="t d" font-family="Georgia, DejaVu Serif, serif">',
        f'<title id="t">{title}</title>',
        f'<desc id="d">{said}</desc>',
        f'<rect x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="10" fill="#fffdf8" stroke="#e0d6c4"/>',
    ]
    return "\n".join([*head, *parts, "</svg>", ""])


def text(x: int, y: int, words: str, ink: str, *, anchor: str = "start") -> str:
    """A line of text."""
    return f'<text x="{x}" y="{y}" font-size="14" fill="{ink}" text-anchor="{anchor}">{words}</text>'
