"""What comes to a site of a tiny scenario, when and how certainly; what is owed is paid first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from tests.independent.rows import exact, total

if TYPE_CHECKING:
    from tests.independent.case import Case


@dataclass(frozen=True)
class Lot:
    """Units that are there from a day on, numbered from 0 = the start."""

    site: str
    item: str
    day: int
    quantity: Fraction
    confidence: Fraction


def lots_at(case: Case, site: str, item: str) -> Iterator[Lot]:
    """Yield what can be shipped of an item at a site, whenever it comes.

    Units that are owed are paid by what comes first. Units of a certainty are those that are free
    if nothing less certain comes, beyond those that are free if only more certain ones come.
    """
    stock = total(exact(row["on_hand"]) for row in case.rows.all("stock", site=site, item=item))
    lots = sorted(_coming(case, site, item), key=lambda lot: lot.day)
    if stock >= 0:
        yield Lot(site, item, 0, stock, Fraction(1))
        yield from lots
        return
    surer: dict[int, Fraction] = {}
    for certainty in sorted({lot.confidence for lot in lots}, reverse=True):
        owed, free = -stock, dict[int, Fraction]()
        for lot in lots:
            if lot.confidence >= certainty:
                paid = min(owed, lot.quantity)
                owed -= paid
                free[lot.day] = free.get(lot.day, Fraction(0)) + lot.quantity - paid
        for day, units in free.items():
            yield Lot(site, item, day, units - surer.get(day, Fraction(0)), certainty)
        surer = free


def _coming(case: Case, site: str, item: str) -> Iterator[Lot]:
    """Yield receipts; one before the start is what the header says."""
    overdue = case.header.receipts_overdue
    for row in case.rows.all("receipts", site=site, item=item):
        day, confidence = (row["date"].date() - case.start).days, exact(row["confidence"])
        if day < 0 and overdue == "ignore":
            continue
        if day < 0 and overdue == "on_hand":
            confidence = Fraction(1)
        yield Lot(site, item, max(0, day), exact(row["quantity"]), confidence)
