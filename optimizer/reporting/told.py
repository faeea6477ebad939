"""What customers are to be told, in the same rows and headings for page and workbook."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from models.solution import Solution

HEADINGS: Mapping[str, str] = {
    "customer": "Customer",
    "order": "Order",
    "reference": "Their reference",
    "what": "Late or missing",
    "promised": "Date not kept",
    "new_date": "New date",
    "know_by": "More known by",
    "offer": "What comes",
    "reason": "Reason",
}
"""Columns of ``notices.csv`` that people read, and what they are called."""


def to_be_told(solution: Solution, *, with_text: bool = False) -> pd.DataFrame:
    """Give ``notices.csv`` in words: a row for each order, the columns of :data:`HEADINGS`.

    Parameters
    ----------
    solution
        Of the run; older ones, which told customers of all their orders at once, have no rows.
    with_text
        Adds what to send, under ``Text``.
    """
    headings = {**HEADINGS, **({"text": "Text"} if with_text else {})}
    notices = solution.notices[solution.notices["order"] != ""]
    return notices[list(headings)].rename(columns=headings).reset_index(drop=True)
