"""Stock of a tiny scenario: what arrives how certainly, and how it may move between sites."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from tests.independent.case import Case, Option
from tests.independent.lots import Lot, lots_at
from tests.independent.rows import exact

Use = tuple[int, int, Fraction]
"""Day and number of an option, and how certain its units have to be."""


@dataclass(frozen=True)
class Move:
    """A possible transfer: it leaves on one day and can be shipped on from another."""

    row: int
    source: str
    target: str
    item: str
    leaves: int
    arrives: int
    cost: Fraction


class Supply:
    """Lots at open sites, moves within the horizon, and how certain the lines need it."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.items = sorted({option.item for option in case.options})
        self.lots = list(self._lots())
        self.moves = list(self._moves())
        asked = {exact(segment.min_confidence) for segment in case.header.segments.values()}
        self.levels = sorted({Fraction(0), *asked})
        """Each is a pool of units that are at least so certain, but not as the next."""

    def _lots(self) -> Iterator[Lot]:
        places = {(row["site"], row["item"]) for row in self.case.rows["stock"]}
        places |= {(row["site"], row["item"]) for row in self.case.rows["receipts"]}
        for site, item in sorted(places):
            if site in self.case.rows.open_sites:
                for lot in lots_at(self.case, site, item):
                    if lot.day < len(self.case.days):
                        yield lot

    def _moves(self) -> Iterator[Move]:
        rows, open_sites = self.case.rows["transfers"], self.case.rows.open_sites
        named = {(row["from_site"], row["to_site"], row["item"]) for row in rows}
        for number, row in enumerate(rows):
            source, target = row["from_site"], row["to_site"]
            if not {source, target} <= open_sites:
                continue
            for item in self.items:
                if row["item"] != item and (row["item"] or (source, target, item) in named):
                    continue
                for leaves, day in enumerate(self.case.days):
                    arrives = leaves + int(row["transit_days"])
                    if arrives < len(self.case.days) and self.case.rows.is_open(
                        "site", source, day
                    ):
                        cost = exact(row["cost_per_unit"])
                        yield Move(number, source, target, item, leaves, arrives, cost)

    def daily_limit(self, row: int) -> Fraction | None:
        """Return how much may leave per day by a row of ``transfers``; None = no limit."""
        limit = self.case.rows["transfers"][row]["units_per_day"]
        return None if limit != limit else exact(limit)

    def needed(self, option: Option) -> Fraction:
        """Return how certain the units of an option have to be; promised ones may use any."""
        if option.frozen and not option.sure:
            return Fraction(0)
        segment = self.case.lines[option.line].segment
        return exact(self.case.header.segments[segment].min_confidence)

    def enough(self, site: str, item: str, plan: Sequence[Fraction]) -> bool:
        """Tell whether stock suffices without transfers: day by day, the least certain first.

        Options that the plan has no units for ship nothing.
        """
        lots, uses = self._places[site, item]
        left = [lot.quantity for lot in lots]
        for day, j, level in uses:
            wanted = plan[j] if j < len(plan) else Fraction(0)
            for n, lot in enumerate(lots):
                if wanted and left[n] and lot.day <= day and lot.confidence >= level:
                    taken = min(wanted, left[n])
                    left[n] -= taken
                    wanted -= taken
            if wanted:
                return False
        return True

    @cached_property
    def _places(self) -> dict[tuple[str, str], tuple[list[Lot], list[Use]]]:
        """Lots by certainty and options by day, of each item at each site."""
        found: dict[tuple[str, str], tuple[list[Lot], list[Use]]] = {}
        for j, o in enumerate(self.case.options):
            lots = [lot for lot in self.lots if (lot.site, lot.item) == (o.site, o.item)]
            _, uses = found.setdefault((o.site, o.item), (lots, []))
            uses.append(((o.ship - self.case.start).days, j, self.needed(o)))
        for lots, uses in found.values():
            lots.sort(key=lambda lot: lot.confidence)
            uses.sort()
        return found
