"""The rules of a plan held in exact arithmetic, on the numbers as they are written.

Nothing here has a tolerance: amounts are the decimals of the plan, limits those of the tables. For
scenarios without commitments.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from models.solution import Solution
from tests.independent.case import Case
from tests.independent.limits import limits
from tests.independent.rows import exact, total
from tests.independent.supply import Supply

Amounts = Sequence[Fraction]


def exact_faults(case: Case, solution: Solution) -> list[str]:
    """Say which rules the numbers of a plan break at all, and which amounts are off their step."""
    x = _amounts(case, solution)
    return [
        *_off_steps(case, x, solution),
        *(f"limit {n} is exceeded" for n, each in enumerate(limits(case)) if _used(each, x)),
        *_broken_orders(case, x),
        *_overdrawn(case, solution),
        *_overloaded_ways(case, solution),
    ]


def _amounts(case: Case, solution: Solution) -> Amounts:
    """Units of each option; each row of the plan is one."""
    places = {option.key: j for j, option in enumerate(case.options)}
    x = [Fraction(0)] * len(case.options)
    for row in solution.shipments.to_dict("records"):
        line = case.numbers[row["order"], row["line"]]
        ship = row["ship_date"].date()
        key = (line, row["item"], row["site"], row["service"], ship)
        x[places[key]] = exact(row["quantity"])
    return x


def _used(limit: object, x: Amounts) -> bool:
    uses, most = limit.uses, limit.most  # type: ignore[attr-defined]
    return total(w * x[j] for j, w in uses.items()) > most


def _off_steps(case: Case, x: Amounts, solution: Solution) -> Iterator[str]:
    for option, units in zip(case.options, x, strict=True):
        if units and (units % option.step or units < option.step):
            yield f"{units} of {option.item} is no multiple of {option.step}"
    for row in solution.transfers.to_dict("records"):
        unit = case.rows.item(row["item"]).unit
        if exact(row["quantity"]) % unit:
            yield f"{row['quantity']} of {row['item']} moved is no multiple of {unit}"


def _broken_orders(case: Case, x: Amounts) -> Iterator[str]:
    options = list(zip(case.options, x, strict=True))
    got = [total(o.each * u for o, u in options if o.line == k) for k in range(len(case.lines))]
    begun = {line.order for line, units in zip(case.lines, got, strict=True) if units}
    for line, units in zip(case.lines, got, strict=True):
        whole = line.all_or_nothing and (units or (line.ship_complete and line.order in begun))
        if whole and units != line.quantity:
            yield f"{line.order}/{line.name} has {units} of {line.quantity}"
        if units and units < line.least:
            yield f"{line.order}/{line.name} has {units}, less than {line.least}"


def _overdrawn(case: Case, solution: Solution) -> Iterator[str]:
    """Hold what has left a site by each day to what has come."""
    supply, start = Supply(case), case.start
    flows = [(lot.site, lot.item, lot.day, lot.quantity) for lot in supply.lots]
    for row in solution.shipments.to_dict("records"):
        day = (row["ship_date"].date() - start).days
        flows.append((row["site"], row["item"], day, -exact(row["quantity"])))
    for row in solution.transfers.to_dict("records"):
        leaves = (row["ship_date"].date() - start).days
        lands = (row["arrival_date"].date() - start).days
        flows.append((row["from_site"], row["item"], leaves, -exact(row["quantity"])))
        flows.append((row["to_site"], row["item"], lands, exact(row["quantity"])))
    for place in sorted({flow[:2] for flow in flows}):
        for day in range(len(case.days)):
            if total(q for *where, on, q in flows if tuple(where) == place and on <= day) < 0:
                yield f"{place} has less than nothing on day {day}"


def _overloaded_ways(case: Case, solution: Solution) -> Iterator[str]:
    loads: dict[tuple[str, str, object], Fraction] = {}
    for row in solution.transfers.to_dict("records"):
        key = (row["from_site"], row["to_site"], row["ship_date"])
        loads[key] = loads.get(key, Fraction(0)) + exact(row["quantity"])
    ways = {(row["from_site"], row["to_site"]): row for row in case.rows["transfers"]}
    for (source, target, day), load in loads.items():
        most = ways[source, target]["units_per_day"]
        if len(case.rows["transfers"]) == len(ways) and most == most and load > exact(most):
            yield f"{load} from {source} to {target} on {day}, at most {most}"
