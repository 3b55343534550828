"""Commands: `make test` is `python notebooks/workbook test`; once that is set up, `python -m workbook test`.

This file must be readable for every Python 3: it is where an old one is told that it is too old.
"""

import sys
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit(
        "This workbook needs Python 3.11 or newer, and this is %d.%d. Name a newer one: make PYTHON=python3.12 …"  # noqa: UP031
        % sys.version_info[:2]
    )

# Run as a folder (python notebooks/workbook), Python finds neither this package nor the steps by itself.
NOTEBOOKS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(NOTEBOOKS), str(NOTEBOOKS.parent)]

try:
    from workbook.commands import main

    main(sys.argv[1:])
except KeyboardInterrupt:
    sys.exit("\nStopped.")
