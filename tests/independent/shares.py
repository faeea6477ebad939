"""Fairness in a tiny scenario: what customers could get alone, and what they get of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import cached_property

from tests.independent.case import Case, Option
from tests.independent.lots import Lot
from tests.independent.rows import total
from tests.independent.supply import Supply

NOTHING = Fraction(1, 10**6)
STEPS = 10
"""Smallest shares that are raised one after another."""

Kind = tuple[str, int]
"""Item and pool of certainty."""


class Alone:
    """What each line could get from stock, were it alone, whatever capacity and quotas say."""

    def __init__(self, case: Case) -> None:
        self._case, self._supply = case, Supply(case)

    def by_customer(self, segment: str) -> dict[str, Fraction]:
        """Add up the lines of each customer of a segment; those without anything are left out."""
        found: dict[str, Fraction] = {}
        for k, line in enumerate(self._case.lines):
            if line.segment == segment and self._case.counts(k):
                found[line.customer] = found.get(line.customer, Fraction(0)) + self._line(k)
        return {name: found[name] for name in sorted(found) if found[name] > NOTHING}

    def _line(self, k: int) -> Fraction:
        line, fixed = self._case.lines[k], self._case.fixed[k]
        options = [o for o in self._case.options if o.line == k and (o.frozen or not self._held(k))]
        whole_order = [n for n, other in enumerate(self._case.lines) if other.order == line.order]
        stuck = self._stuck(k)
        if line.ship_complete:
            rest = {n: self._case.lines[n].quantity - self._case.fixed[n] for n in whole_order}
            stuck |= any(self._stuck(n) for n in whole_order if rest[n] > NOTHING)
        if stuck:
            return min(self._found(o for o in options if o.frozen), fixed)
        return min(self._found(options), max(line.most, fixed))

    def _held(self, k: int) -> bool:
        line = self._case.lines[k]
        rows = self._case.rows.all("overrides", order=line.order, action="hold")
        return any(row["line"] in ("", line.name) for row in rows)

    def _stuck(self, k: int) -> bool:
        """Tell whether nothing but what is frozen can ever ship of a line."""
        line, fixed = self._case.lines[k], self._case.fixed[k]
        free = [o for o in self._case.options if o.line == k and not o.frozen]
        most, least = max(line.most, fixed), line.least - fixed
        if line.all_or_nothing:
            most, least = most - fixed, line.quantity - fixed
        units = Fraction(0) if self._held(k) else min(self._found(free), most)
        return units <= NOTHING or units < least - NOTHING

    def _found(self, options: Iterable[Option]) -> Fraction:
        """Add up what there is by the last of the options at each site; moved stock but once."""
        by_kind: dict[Kind, dict[str, int]] = {}
        each: dict[str, Fraction] = {}
        for o in options:
            day = (o.ship - self._case.start).days
            each[o.item] = o.each
            for pool in self._pools(o):
                if self._there(o.site, o.item, pool, day):
                    last = by_kind.setdefault((o.item, pool), {})
                    last[o.site] = max(last.get(o.site, 0), day)
        return total(
            each[item]
            * min(
                self._all(item, pool), total(self._site(s, item, pool, d) for s, d in last.items())
            )
            for (item, pool), last in by_kind.items()
        )

    def _pools(self, option: Option) -> list[int]:
        levels = self._supply.levels
        return [n for n, level in enumerate(levels) if level >= self._supply.needed(option)]

    def _site(self, site: str, item: str, pool: int, day: int) -> Fraction:
        """Return what a site has by a day; of what can be moved, all there ever is anywhere."""
        if item in self._moved:
            return self._all(item, pool)
        return total(
            lot.quantity for lot in self._lots(item, pool) if lot.site == site and lot.day <= day
        )

    def _all(self, item: str, pool: int) -> Fraction:
        return total(lot.quantity for lot in self._lots(item, pool))

    def _lots(self, item: str, pool: int) -> list[Lot]:
        levels = self._supply.levels
        return [
            lot
            for lot in self._supply.lots
            if lot.item == item
            and sum(lot.confidence >= level for level in levels) == pool + 1
            and lot.quantity > 0
        ]

    def _there(self, site: str, item: str, pool: int, day: int) -> bool:
        """Tell whether a site can have anything by a day: a lot, or a transfer from anywhere."""
        lots = self._lots(item, pool)
        since = min((lot.day for lot in lots), default=len(self._case.days))
        return any(lot.site == site and lot.day <= day for lot in lots) or any(
            (move.target, move.item) == (site, item)
            and since <= move.leaves
            and move.arrives <= day
            for move in self._supply.moves
        )

    @cached_property
    def _moved(self) -> set[str]:
        """Items that some transfer can take from where they are."""
        pools = range(len(self._supply.levels))
        return {
            move.item
            for move in self._supply.moves
            for pool in pools
            if self._there(move.source, move.item, pool, move.leaves)
        }


def worst(shares: Sequence[Fraction], count: int) -> Fraction:
    """Return what so many of the smallest shares miss of full ones, added up."""
    return total(1 - share for share in sorted(shares)[:count])
