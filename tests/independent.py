"""A second opinion: the exact goal vector of a tiny scenario, found in two other ways.

:func:`goal_vector` solves one mixed integer programme for each goal by SciPy, and
:func:`brute_force` tries every assignment of whole quantities. Neither shares anything with the
product's options, formulation or solver interface; see :mod:`independent_case`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache
from math import comb, inf, prod

import numpy as np
import numpy.typing as npt
from independent_case import Case, Promise
from scipy.optimize import Bounds, LinearConstraint, milp

from models.scenario import Scenario

UNITS_SLACK, MONEY_SLACK, FRACTION_SLACK = 4e-3, 4e-5, 1e-5
"""How loosely a reached goal is held: less than half the grid of its values (levels and money have
two decimals), or next to nothing where there is no grid."""

MISCOUNT = 2e-5
"""Largest difference between the solver's objective and the count of its answer."""

Expression = Mapping[int, Fraction]
"""Coefficients by variable."""

Values = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


class Programme:
    """A mixed integer programme, one variable and one row at a time."""

    def __init__(self) -> None:
        self._upper: list[float] = []
        self._lower: list[float] = []
        self._whole: list[int] = []
        self._rows: list[tuple[Expression, float, float]] = []

    def variable(self, *, lower: float = 0, upper: float = inf, whole: bool = False) -> int:
        """Add a variable and return its number."""
        self._lower.append(lower)
        self._upper.append(upper)
        self._whole.append(int(whole))
        return len(self._upper) - 1

    def require(self, row: Expression, *, least: float = -inf, most: float = inf) -> None:
        """Add a row."""
        self._rows.append((row, least, most))

    def minimise(self, objective: Expression) -> list[float]:
        """Return the values of the variables at the exact optimum.

        A second solve with the whole variables fixed cleans the others of the tolerance that the
        first one grants.
        """
        whole = np.array(self._whole)
        lower, upper = np.array(self._lower), np.array(self._upper)
        answer = self._solve(objective, whole, lower, upper)
        fixed = whole == 1
        lower[fixed] = upper[fixed] = answer[fixed].round()
        clean = self._solve(objective, np.zeros_like(whole), lower, upper)
        return [float(value) for value in clean]

    def _solve(self, objective: Expression, whole: Whole, lower: Values, upper: Values) -> Values:
        matrix = np.array([self._dense(row) for row, _, _ in self._rows])
        least, most = zip(*((least, most) for _, least, most in self._rows), strict=True)
        for step in (1, -1):  # HiGHS may give up on one order of columns and not on the other
            answer = milp(
                np.array(self._dense(objective))[::step],
                integrality=whole[::step],
                bounds=Bounds(lower[::step], upper[::step]),
                constraints=LinearConstraint(matrix[:, ::step], least, most),
                options={"presolve": False, "mip_rel_gap": 0},
            )
            if answer.status == 0:
                return np.asarray(answer.x, dtype=np.float64)[::step]
        raise AssertionError(answer.message)

    def _dense(self, row: Expression) -> list[float]:
        return [float(row.get(k, 0)) for k in range(len(self._upper))]


class Formulation:
    """The case as a programme; each goal is a sum of variables."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.programme = Programme()
        self.shipped = [self._quantity(option.line) for option in case.options]
        for row, limit in case.limits:
            self.programme.require(row, most=float(limit))
        self._order_rules()
        self.goals = {name: self._goal(name) for name in case.goals}

    def _quantity(self, k: int) -> int:
        line = self.case.lines[k]
        return self.programme.variable(upper=float(line.quantity), whole=not line.divisible)

    def _delivered(self, k: int, *, on_time: bool = False) -> dict[int, Fraction]:
        options = zip(self.shipped, self.case.options, strict=True)
        return {x: Fraction(1) for x, o in options if o.line == k and (o.on_time or not on_time)}

    def _order_rules(self) -> None:
        taken = {line.order: self._yes_or_no() for line in self.case.lines}
        for k, line in enumerate(self.case.lines):
            delivered = self._delivered(k)
            started = self._yes_or_no()
            if line.ship_complete:
                row = delivered | {taken[line.order]: -line.quantity}
                self.programme.require(row, least=0, most=0)
            self.programme.require(delivered | {started: -line.least}, least=0)
            self.programme.require(delivered | {started: -line.quantity}, most=0)

    def _yes_or_no(self) -> int:
        return self.programme.variable(upper=1, whole=True)

    def _goal(self, name: str) -> dict[int, Fraction]:
        """Return the expression that is to be as small as possible."""
        if name == "commitments":
            return {}
        if name == "value":
            margins = (-option.margin for option in self.case.options)
            return dict(zip(self.shipped, margins, strict=True))
        if name.startswith("fill:"):
            return self._short_units(int(name.removeprefix("fill:")))
        promises = [promise for promise in self.case.promises if promise.goal == name]
        return {self._shortfall(promise): Fraction(1) for promise in promises}

    def _short_units(self, tier: int) -> dict[int, Fraction]:
        short: dict[int, Fraction] = {}
        for k, line in enumerate(self.case.lines):
            if self.case.header.segments[line.segment].tier == tier:
                variable = self.programme.variable()
                row = self._delivered(k) | {variable: Fraction(1)}
                self.programme.require(row, least=float(line.quantity), most=float(line.quantity))
                short[variable] = Fraction(1)
        return short

    def _shortfall(self, promise: Promise) -> int:
        variable = self.programme.variable()
        row = self._achieved(promise) | {variable: Fraction(1)}
        self.programme.require(row, least=float(promise.need))
        return variable

    def _achieved(self, promise: Promise) -> dict[int, Fraction]:
        base, timing = promise.measure.split("_")
        lines = [k for k, o in enumerate(self.case.lines) if o.segment == promise.segment]
        if base == "line":
            return {self._full([k], timing): Fraction(1) for k in lines}
        if base == "order":
            orders = sorted({self.case.lines[k].order for k in lines})
            parts = [[k for k in lines if self.case.lines[k].order == order] for order in orders]
            return {self._full(part, timing): Fraction(1) for part in parts}
        achieved: dict[int, Fraction] = {}
        for k in lines:
            worth = self.case.lines[k].unit_value if base == "value" else Fraction(1)
            achieved |= dict.fromkeys(self._delivered(k, on_time=timing == "otif"), worth)
        return achieved

    def _full(self, lines: Iterable[int], timing: str) -> int:
        """Return a variable that can be 1 only if all these lines are full (and on time)."""
        full = self._yes_or_no()
        for k in lines:
            row = self._delivered(k, on_time=timing == "otif")
            self.programme.require(row | {full: -self.case.lines[k].quantity}, least=0)
        return full

    def quantities(self, values: Sequence[float]) -> list[Fraction]:
        """Return the shipped quantities of an answer, whole where they have to be."""
        divisible = [self.case.lines[option.line].divisible for option in self.case.options]
        return [
            Fraction(values[x]) if free else Fraction(round(values[x]))
            for x, free in zip(self.shipped, divisible, strict=True)
        ]


@cache
def goal_vector(scenario: Scenario) -> dict[str, float]:
    """Find the lexicographic optimum, one goal after another, each held exactly.

    Parameters
    ----------
    scenario
        A tiny scenario with levels, values and costs of at most two decimals.

    Returns
    -------
    dict
        Value by goal, in order of importance: shortfalls in base units, value in money.

    Raises
    ------
    AssertionError
        When the solver fails, or its objective is not what its answer is counted to be worth.
    """
    case = Case(scenario)
    if not case.options:
        return _floats(case.counted([]))
    formulation = Formulation(case)
    reached: dict[str, Fraction] = {}
    for name, objective in formulation.goals.items():
        answer = formulation.programme.minimise(objective)
        counted = case.counted(formulation.quantities(answer))
        reached[name] = counted[name]
        cost = -counted[name] if name == "value" else counted[name]
        claimed = sum(float(c) * answer[k] for k, c in objective.items())
        assert abs(claimed - float(cost)) < MISCOUNT, (name, claimed, float(cost))
        for held, value in reached.items():
            assert abs(counted[held] - value) < MISCOUNT, (name, held, counted[held], value)
        formulation.programme.require(objective, most=float(cost) + _slack(case, name))
    return _floats(reached)


def _slack(case: Case, name: str) -> float:
    bases = {p.measure.split("_")[0] for p in case.promises if p.goal == name}
    if bases & {"line", "order"}:
        return UNITS_SLACK
    if name == "value" or any(line.divisible for line in case.lines):
        return FRACTION_SLACK
    return MONEY_SLACK if "value" in bases else UNITS_SLACK


def assignments(scenario: Scenario) -> int:
    """Count what :func:`brute_force` would have to try at most; 0 if it cannot be used."""
    case = Case(scenario)
    if any(line.divisible for line in case.lines):
        return 0
    choices = [sum(o.line == k for o in case.options) for k in range(len(case.lines))]
    return prod(
        comb(n + int(line.quantity), n) for n, line in zip(choices, case.lines, strict=True)
    )


def brute_force(scenario: Scenario) -> dict[str, float]:
    """Find the lexicographic optimum by trying every assignment of whole quantities.

    Parameters
    ----------
    scenario
        A scenario without divisible items, small enough for :func:`assignments`.

    Returns
    -------
    dict
        Value by goal, in order of importance.
    """
    case = Case(scenario)
    best = max(
        (case.counted(shipped) for shipped in _every_plan(case)),
        key=lambda goals: [v if name == "value" else -v for name, v in goals.items()],
    )
    return _floats(best)


def _every_plan(case: Case, begun: tuple[Fraction, ...] = ()) -> Iterator[tuple[Fraction, ...]]:
    """Yield all quantities that obey the rules, option by option."""
    if len(begun) == len(case.options):
        if _obeys_order_rules(case, begun):
            yield begun
        return
    quantity = case.lines[case.options[len(begun)].line].quantity
    for x in range(int(quantity) + 1):
        plan = (*begun, Fraction(x))
        if not _within_limits(case, plan):
            return
        yield from _every_plan(case, plan)


def _within_limits(case: Case, plan: Sequence[Fraction]) -> bool:
    last = len(plan) - 1
    mine = case.options[last].line
    delivered = sum(x for x, o in zip(plan, case.options, strict=False) if o.line == mine)
    return delivered <= case.lines[mine].quantity and all(
        sum(row.get(j, Fraction(0)) * x for j, x in enumerate(plan)) <= limit
        for row, limit in case.limits
        if last in row
    )


def _obeys_order_rules(case: Case, plan: Sequence[Fraction]) -> bool:
    delivered = [
        sum(x for x, o in zip(plan, case.options, strict=True) if o.line == k)
        for k in range(len(case.lines))
    ]
    short = {o.order for o, d in zip(case.lines, delivered, strict=True) if d != o.quantity}
    return all(
        d == 0 or (d >= line.least and not (line.ship_complete and line.order in short))
        for line, d in zip(case.lines, delivered, strict=True)
    )


def _floats(goals: Mapping[str, Fraction]) -> dict[str, float]:
    return {name: float(value) for name, value in goals.items()}
