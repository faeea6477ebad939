"""The list of faults, and how their sentences are made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches

import numpy as np
import numpy.typing as npt

from models.errors import Issue
from optimizer.reading.raw_table import RawTable

SHOWN = 20
"""Faults of one kind in one column that are listed one by one; the rest are counted."""
LONGEST = 60
"""Characters of an offending value that are shown."""


MISSPELT = 1 / 3
"""Most slips in a misspelt word, as a share of its letters."""
MISSPELT_LATER = 0.4
"""The same where the first two letters are right, as in nord for north."""


class Faults:
    """All that is wrong so far, in the order in which it was noticed."""

    def __init__(self) -> None:
        self.issues: list[Issue] = []
        self._told: dict[int, npt.NDArray[np.bool_]] = {}

    @property
    def any(self) -> bool:
        """Whether anything is wrong."""
        return bool(self.issues)

    def add(
        self, file: str, problem: str, remedy: str, row: int | None = None, column: str = ""
    ) -> None:
        """Note one fault."""
        self.issues.append(Issue(file, problem, remedy, row, column))

    def add_cells(
        self,
        table: RawTable,
        column: str,
        bad: npt.NDArray[np.bool_],
        explain: Callable[[int], tuple[str, str]],
        *,
        of_scenario: bool = False,
    ) -> None:
        """Note the cells of a column that are bad.

        Parameters
        ----------
        table, column
            Where.
        bad
            Which rows.
        explain
            Problem and remedy of a row.
        of_scenario
            Whether they are wrong only together with other rows: then no single row, nor its
            order, is to blame.
        """
        positions = np.flatnonzero(self.untold(table, bad))
        if not len(positions):
            return
        lines = table.lines()
        for position in positions[:SHOWN].tolist():
            self.add(table.file, *explain(position), int(lines[position]), column)
        if len(positions) > SHOWN:
            text = f"... and {len(positions) - SHOWN:,} more of the same kind"
            self.add(table.file, text, "see the rows above", column=column)

    def add_rows(
        self, table: RawTable, bad: npt.NDArray[np.bool_], problem: str, remedy: str
    ) -> None:
        """Note the rows that are bad as a whole; nothing else is noted about them from now on."""
        self.add_cells(table, "", bad, lambda _: (problem, remedy))
        self._told[id(table)] = bad

    def untold(self, table: RawTable, bad: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Leave out the rows of which all has been said."""
        return bad & ~self._told[id(table)] if id(table) in self._told else bad


def excerpt(value: object) -> str:
    """Quote a value in a message, cut to a readable length."""
    text = str(value)
    return repr(text if len(text) <= LONGEST else text[: LONGEST - 3] + "...")


def join_words(words: Iterable[str]) -> str:
    """Join words for a message, cut to the first ten."""
    words = list(words)
    return ", ".join(words[:10]) + (f" and {len(words) - 10} more" if len(words) > 10 else "")


def suggest(word: str, known: Iterable[str]) -> str:
    """Suggest a remedy for an unknown word: the most similar known one, or a list of them."""
    known = [k for k in known if k]
    if meant := closest(word, known):
        return f"did you mean {meant!r}?"
    return f"use one of: {join_words(known)}" if known else "none is known"


def closest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is most like this one, if it may be this one misspelt."""
    folded = {k.casefold(): k for k in known}
    typed = word.strip().casefold()
    alike = get_close_matches(typed, folded, n=5, cutoff=0.6)
    slips, meant = min(((_slips(typed, name), name) for name in alike), default=(0, ""))
    share = MISSPELT_LATER if typed[:2] == meant[:2] else MISSPELT
    return folded[meant] if meant and slips <= share * max(len(typed), len(meant)) else None


def _slips(typed: str, meant: str) -> int:
    """Count the letters to insert, leave out, replace, or swap with the next, at the fewest."""
    before: list[int] = []
    row = list(range(len(meant) + 1))
    for i, letter in enumerate(typed):
        oldest, before, row = before, row, [i + 1]
        for j, wanted in enumerate(meant):
            fewest = min(row[j] + 1, before[j + 1] + 1, before[j] + (letter != wanted))
            if i and j and letter == meant[j - 1] and wanted == typed[i - 1]:
                fewest = min(fewest, oldest[j - 1] + 1)
            row.append(fewest)
    return row[-1]
