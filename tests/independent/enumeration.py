"""The optimum of a tiny scenario by trying every plan: no solver, only the rules and the count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import prod

from models.scenario import Scenario
from tests.independent.case import Case, Option
from tests.independent.goals import MONEY, Goals
from tests.independent.limits import limits
from tests.independent.rows import exact, total, weighed
from tests.independent.supply import Supply

Plan = tuple[Fraction, ...]
"""Units by option, frozen options first."""

FINEST = Fraction(1, 4)
"""Smallest step of which every multiple is tried."""


def assignments(scenario: Scenario) -> int:
    """Count what :func:`brute_force` would have to try at most; 0 if it cannot be used.

    It cannot where items ship in fine steps, of which there are too many, nor where stock can be
    moved.
    """
    case = Case(scenario)
    if Supply(case).moves or any(option.step < FINEST for option in case.options):
        return 0
    return prod(_ways(case, k) for k in range(len(case.lines)))


def brute_force(scenario: Scenario) -> dict[str, float]:
    """Find the lexicographic optimum by trying every assignment.

    Parameters
    ----------
    scenario
        A scenario for which :func:`assignments` is not 0, and small.

    Returns
    -------
    dict
        Value by goal, in order of importance.
    """
    goals, _ = optimal_plans(scenario)
    return {n: float(value) for n, value in goals.items() if not n.startswith("then ")}


def optimal_plans(scenario: Scenario) -> tuple[dict[str, Fraction], list[Plan]]:
    """Find what the best plans reach of each goal, and all of these plans."""
    case = Case(scenario)
    counting = Goals(case)
    every = [(counting.counted(plan, Fraction(0)), plan) for plan in Trial(case).plans()]
    left = every
    limits: dict[str, Fraction] = {}
    loose = False
    for name in counting.names:
        if name in counting.takes_value and "value" in limits and not loose:
            loose = True
            limits["value"] += exact(case.header.give_up.value) * abs(limits["value"])
            left = [g for g in every if all(_cost(h, g[0]) <= m for h, m in limits.items())]
        limits[name] = min(_cost(name, goals) for goals, _ in left)
        left = [pair for pair in left if _cost(name, pair[0]) <= limits[name]]
    return left[0][0], [plan for _, plan in left]


def _cost(name: str, goals: Mapping[str, Fraction]) -> Fraction:
    return -goals[name] if name in MONEY else goals[name]


def _ways(case: Case, k: int) -> int:
    """Count the quantities of a line's options that deliver no more than it ordered."""
    ways: Counter[Fraction] = Counter({Fraction(0): 1})
    for option in case.options:
        if option.line == k:
            more: Counter[Fraction] = Counter()
            for units in _amounts(option):
                for delivered, count in ways.items():
                    more[delivered + units * option.each] += count
            ways = Counter({d: n for d, n in more.items() if d <= case.lines[k].quantity})
    return ways.total()


def _amounts(option: Option) -> list[Fraction]:
    """Return the quantities to try."""
    return [option.step * n for n in range(int(option.most // option.step) + 1)]


class Trial:
    """All plans of a case that obey the rules."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self._supply = Supply(case)
        self._limits = [
            (limit, {j: w for j, w in limit.uses.items() if limit.exempts(case.options[j])})
            for limit in limits(case)
        ]
        frozen = {o.key: j for j, o in enumerate(case.options) if o.kept}
        self._twins = [None if o.frozen else frozen.get(o.key) for o in case.options]

    def plans(self, begun: Plan = ()) -> Iterator[Plan]:
        """Yield all quantities that obey the rules, option by option."""
        if len(begun) == len(self.case.options):
            if self._obeys_order_rules(begun) and self._obeys_parcel_limits(begun):
                yield begun
            return
        for x in _amounts(self.case.options[len(begun)]):
            plan = (*begun, x)
            if not self._possible(plan):
                return
            yield from self.plans(plan)

    def _possible(self, plan: Plan) -> bool:
        """Tell whether the last quantity is possible beside those before it."""
        last = len(plan) - 1
        option, twin = self.case.options[last], self._twins[last]
        if plan[last] and twin is not None and plan[twin] < self.case.options[twin].committed:
            return False
        if option.frozen and self._promised(option.promise, plan) > self._committed(option):
            return False
        delivered = total(
            x * o.each
            for x, o in zip(plan, self.case.options, strict=False)
            if o.line == option.line
        )
        if delivered > self.case.lines[option.line].quantity:
            return False
        return self._within_limits(plan) and self._supply.enough(option.site, option.item, plan)

    def _promised(self, promise: int, plan: Plan) -> Fraction:
        options = zip(plan, self.case.options, strict=False)
        return total(x for x, o in options if o.promise == promise)

    def _committed(self, option: Option) -> Fraction:
        return self.case.promised[option.promise][0].committed

    def _within_limits(self, plan: Plan) -> bool:
        for limit, frozen in self._limits:
            if len(plan) - 1 in limit.uses:
                used = weighed(limit.uses, plan)
                if used > limit.most and used > weighed(frozen, plan):
                    return False
        return True

    def _obeys_order_rules(self, plan: Plan) -> bool:
        free = [self._free(k, plan) for k in range(len(self.case.lines))]
        rest = [line.quantity - f for line, f in zip(self.case.lines, self.case.fixed, strict=True)]
        for k, line in enumerate(self.case.lines):
            mine = [n for n, other in enumerate(self.case.lines) if other.order == line.order]
            begun = any(free[n] for n in mine)
            if line.ship_complete and begun and any(free[n] != rest[n] for n in mine):
                return False
            least = line.least - self.case.fixed[k]
            wrong = free[k] != rest[k] if line.all_or_nothing else free[k] < least
            if free[k] and wrong:
                return False
        return True

    def _free(self, k: int, plan: Sequence[Fraction]) -> Fraction:
        options = zip(plan, self.case.options, strict=True)
        return total(x * o.each for x, o in options if o.line == k and not o.frozen)

    def _obeys_parcel_limits(self, plan: Plan) -> bool:
        carrying = Counter(
            parcel.order
            for parcel in self.case.parcels
            if any(plan[j] and not self.case.options[j].frozen for j in parcel.options)
        )
        return all(carrying[order] <= most for order, most in self.case.parcel_limits.items())
