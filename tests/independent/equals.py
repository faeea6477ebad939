"""What decides between plans that reach every goal equally, counted from what arrives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import pandas as pd

from models.settings import Ties
from tests.independent.case import Case
from tests.independent.rows import day_of, exact, total


@dataclass(frozen=True)
class Arrival:
    """Ordered units of a line that arrive, and how far down its list their service stands."""

    line: int
    units: Fraction
    day: date
    place: int


def of_plan(case: Case, plan: Sequence[Fraction]) -> list[Arrival]:
    """Tell the arrivals of quantities by option."""
    return [
        Arrival(o.line, x * o.each, o.arrival, place_of(case, o.line, o.service))
        for x, o in zip(plan, case.options, strict=True)
        if x
    ]


def of_shipments(case: Case, shipments: pd.DataFrame) -> list[Arrival]:
    """Tell the arrivals of the rows of ``shipments.csv``."""
    found = []
    for row in shipments.to_dict("records"):
        k = case.numbers[row["order"], row["line"]]
        each = next(
            (o.each for o in case.options if (o.line, o.item) == (k, row["item"])), Fraction(1)
        )
        place = place_of(case, k, row["service"])
        day = row["arrival_date"].date()
        found.append(Arrival(k, exact(round(row["quantity"], 7)) * each, day, place))
    return found


def waiting(case: Case, arrivals: Iterable[Arrival]) -> Fraction:
    """Add up the days that units come later than they could, by the weight of their line.

    What is never delivered waits a day longer than anything can.
    """
    due = [max(o.requested, case.windows[k][0]) for k, o in enumerate(case.lines)]
    latest = [(case.windows[k][1] - due[k]).days for k in range(len(case.lines))]
    latest += [(o.arrival - due[o.line]).days for o in case.options]
    never = 1 + max([0, *latest])
    weights, sum_ = weights_of(case), Fraction(0)
    left = [line.quantity for line in case.lines]
    for each in arrivals:
        left[each.line] -= each.units
        sum_ += weights[each.line] * each.units * max(0, (each.day - due[each.line]).days)
    return sum_ + total(w * units * never for w, units in zip(weights, left, strict=True))


def weights_of(case: Case) -> list[Fraction]:
    """Rank lines by the ties of their segments; the first weighs 1, expected ones nothing."""
    found = [Fraction(0)] * len(case.lines)
    for rule in Ties:
        keys = {
            k: _key(case, k, rule)
            for k, line in enumerate(case.lines)
            if case.header.segments[line.segment].ties == rule and case.counts(k)
        }
        ranks = sorted(set(keys.values()))
        for k, key in keys.items():
            found[k] = Fraction(ranks.index(key) + 1, len(ranks))
    return found


def _key(case: Case, k: int, rule: Ties) -> Any:
    """Return what a rule sorts by, the first one largest."""
    line = case.lines[k]
    if rule == Ties.MOST_VALUABLE:
        return line.unit_value
    ordered = day_of(case.rows.one("orders", order=line.order)["ordered"], case.start)
    age = (line.requested - case.start).days, (ordered - case.start).days
    return tuple(-days for days in age) if rule == Ties.OLDEST_FIRST else age


def place_of(case: Case, k: int, service: str) -> int:
    """Return the place of a service in the list of a line's segment; lent ones come after."""
    line = case.lines[k]
    if line.expected:
        return 0
    lent = next(s.lends_services for n, s in case.header.stages.items() if n == line.stage)
    listed = [*case.header.segments[line.segment].services, *lent]
    return listed.index(service) if service in listed else len(listed)


def units_by_line(case: Case, arrivals: Iterable[Arrival]) -> list[Fraction]:
    """Add up what each line gets."""
    units = [Fraction(0)] * len(case.lines)
    for each in arrivals:
        units[each.line] += each.units
    return units


def places(arrivals: Iterable[Arrival]) -> Fraction:
    """Add up units by the place of their service."""
    return total(each.units * each.place for each in arrivals)
