"""Preview: a notebook as a code host shows it: Markdown and outputs as HTML, sanitised, and nothing run.

What is kept is what GitHub's sanitiser keeps, in outline: no style, no script, no address but http(s) and paths, so
that a picture that is written into the page itself is lost. To look at one:
`python -m tests.notebooks.preview notebooks/2_middleware.ipynb > build/preview.html`.
"""

import sys
from pathlib import Path

import bleach

from workbook import lessons

TAGS = """
a b blockquote br code dd del details div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li ol p pre q
rp rt ruby s samp span strike strong sub summary sup table tbody td tfoot th thead tr tt ul var
"""
ATTRIBUTES = ["alt", "align", "colspan", "height", "href", "id", "open", "rowspan", "src", "title", "width"]
PROTOCOLS = ["http", "https", "mailto"]
STYLE = """<!doctype html><meta charset="utf-8"><style>
body { max-width: 54rem; margin: 2rem auto; font: 16px/1.5 sans-serif }
pre { background: #f6f8fa; padding: 1rem; overflow: auto }
table { border-collapse: collapse } td, th { border: 1px solid #ccc; padding: 4px 10px }
</style>"""


def sanitised(html):
    """HTML as the host shows it."""
    return bleach.clean(html, TAGS.split(), ATTRIBUTES, PROTOCOLS, strip=True)


def preview(notebook):
    """A notebook as the host shows it."""
    from nbconvert import HTMLExporter  # takes half a second to load

    html, _ = HTMLExporter(template_name="basic", exclude_anchor_links=True).from_notebook_node(notebook)
    return sanitised(html)


if __name__ == "__main__":
    print(STYLE + preview(lessons.read(Path(sys.argv[1]))))
