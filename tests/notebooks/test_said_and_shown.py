"""What a lesson says and what it shows agree, as far as a robot can tell: each number stands in a cell close by."""

import re

import pytest

from workbook import lessons

UNREAD = r"```.*?```|<details>.*?</details>|!\[.*?\]\(.*?\)|\]\([^)]*\)|https?://\S+|^[#|][^\n]*$|^[^\n]*▶[^\n]*$"
NUMBER = r"(?<![\w.<>])\d[\d,.]*\d(?!\w)"  # of one digit are lessons, steps and events
KNOWN = {  # what no cell shows, for it comes from elsewhere
    "1_install": "999 43 45 64 4,096",  # lengths of a signature and a signed cookie, the alphabet, the largest cookie
    "2_middleware": "192",  # bits of an id
    "3_authenticate": "30 12",  # milliseconds for a hash; a challenge
    "4_destroy": "2025 46336 16 34 64",  # a CVE, `make exam`, and BITE
    "5_stores": "500 8.4 8.1 2.6 0.4",  # another status, servers' versions, PATIENCE
    "6_access": "503",
    "7_harden": "127.0.0.1 64 30",  # LARGEST_BODY in kB; milliseconds for a hash
    "8_production": "2.3 1.6 1.1 0.8 1.8 1.2 6265",  # `make bench`, an RFC
}


def shown(cell):
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
            near = " ".join(shown(each) for each in cells[max(0, n - 2) : n + 3] if each.cell_type == "code")
            said = re.findall(NUMBER, re.sub(UNREAD, "", cell.source, flags=re.S | re.M))
            assert [number for number in said if number.replace(",", "") not in near + known] == [], cell.id
