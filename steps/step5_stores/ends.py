"""Ends: a row that knows when it ends, for whoever moves ends only where that is worth a question to the store."""

from math import inf
from typing import Self


class Row(str):
    """The text of a row, and how its store keeps it: what `get_with_end` gives, where a store has it besides `get`.

    expires      when it ends, in seconds since 1970; None: never
    without_end  the seconds for which this store keeps a row that is given no end; Redis, for one, keeps it for a day
    """

    expires: float | None
    without_end: float

    def __new__(cls, text: str, expires: float | None, *, without_end: float = inf) -> Self:
        """A text with these two."""
        row = super().__new__(cls, text)
        row.expires, row.without_end = expires, without_end
        return row
