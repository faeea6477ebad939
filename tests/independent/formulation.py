"""A tiny scenario as a mixed integer programme; each goal is a sum of variables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction

from tests.independent.case import Case, Option
from tests.independent.flow import Flow
from tests.independent.goals import MONEY, Goals, Promise
from tests.independent.limits import Limit, limits
from tests.independent.programme import Programme
from tests.independent.rows import Expression, total
from tests.independent.supply import Supply

ONE = Fraction(1)
DIGITS = 7
"""Decimals of a quantity that may be a fraction; the rest is noise."""


class Formulation:
    """The case as a programme."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.counting = Goals(case)
        self.programme = Programme()
        self.shipped = [self._quantity(option) for option in case.options]
        self.flow = Flow(self.programme, Supply(case), self.shipped)
        for limit in limits(case):
            self._limit(limit)
        self._frozen_before_free()
        self._lost = self._lost_units()
        self._order_rules()
        self._parcel_limits()
        self._paid = self._parcels_paid()
        self._changed, self._worse = self._changes()
        self.goals = {name: self._goal(name) for name in self.counting.names}

    def _quantity(self, option: Option) -> Expression:
        if option.step == 0:
            return {self.programme.variable(upper=float(option.most)): ONE}
        times = option.most // option.step
        return {self.programme.variable(upper=float(times), whole=True): option.step}

    def _units(self, weights: Expression) -> dict[int, Fraction]:
        """Turn weights of options into an expression of variables."""
        return {x: w * c for j, w in weights.items() for x, c in self.shipped[j].items()}

    def delivered(
        self, k: int, *, on_time: bool = False, frozen: bool = True, worth: Fraction = ONE
    ) -> dict[int, Fraction]:
        """Ordered units of a line, all or only those on time, with or without frozen ones."""
        return self._units(
            {
                j: o.each * worth
                for j, o in enumerate(self.case.options)
                if o.line == k and (o.on_time or not on_time) and (frozen or not o.frozen)
            }
        )

    def _limit(self, limit: Limit) -> None:
        """Require a limit, or that nothing free is added to frozen units that exceed it."""
        options = self.case.options
        exempt = {j: w for j, w in limit.uses.items() if limit.exempts(options[j])}
        frozen = total(w * options[j].most for j, w in exempt.items() if options[j].kept)
        if limit.line >= 0:
            frozen = self.case.fixed[limit.line]
        beyond = frozen - limit.most
        if beyond <= 0:
            self.programme.require(self._units(limit.uses), most=float(limit.most))
            return
        exceeded = self.programme.yes_or_no()
        row = self._units(limit.uses) | {exceeded: -beyond}
        self.programme.require(row, most=float(limit.most))
        free = {j: w for j, w in limit.uses.items() if j not in exempt}
        row = self._units(free) | {exceeded: limit.most}
        self.programme.require(row, most=float(limit.most))

    def _frozen_before_free(self) -> None:
        """Allow free units of a shipment only beside all that is committed of it."""
        free = {o.key: j for j, o in enumerate(self.case.options) if not o.frozen}
        for j, option in enumerate(self.case.options):
            if option.kept and option.key in free:
                kept = self.programme.yes_or_no()
                row = self._units({j: ONE}) | {kept: -option.committed}
                self.programme.require(row, least=0)
                twin = free[option.key]
                row = self._units({twin: ONE}) | {kept: -self.case.options[twin].most}
                self.programme.require(row, most=0)

    def _order_rules(self) -> None:
        taken = {line.order: self.programme.yes_or_no() for line in self.case.lines}
        for k, line in enumerate(self.case.lines):
            free = self.delivered(k, frozen=False)
            begun = taken[line.order] if line.ship_complete else self.programme.yes_or_no()
            if line.all_or_nothing:
                rest = line.quantity - self.case.fixed[k]
                self.programme.require(free | {begun: -rest}, least=0, most=0)
            elif line.least > self.case.fixed[k]:
                least = line.least - self.case.fixed[k]
                self.programme.require(free | {begun: -least}, least=0)
                self.programme.require(free | {begun: -line.quantity}, most=0)

    def _parcel_limits(self) -> None:
        carrying: dict[str, dict[int, Fraction]] = {}
        for parcel in self.case.parcels:
            if parcel.order in self.case.parcel_limits:
                free = [j for j in parcel.options if not self.case.options[j].frozen]
                carrying.setdefault(parcel.order, {})[self._sent(free)] = ONE
        for order, parcels in carrying.items():
            self.programme.require(parcels, most=self.case.parcel_limits[order])

    def _parcels_paid(self) -> dict[int, Fraction]:
        """Return the cost of each parcel that costs something, if it is sent."""
        return {self._sent(p.options): p.cost for p in self.case.parcels if p.cost}

    def _sent(self, options: Iterable[int]) -> int:
        """Return a variable that is 0 only if nothing of these options is shipped."""
        sent = self.programme.yes_or_no()
        for j in options:
            row = self._units({j: ONE}) | {sent: -self.case.options[j].most}
            self.programme.require(row, most=0)
        return sent

    def _changes(self) -> tuple[dict[int, Fraction], dict[int, Fraction]]:
        """Return the lines that change, and those that are worse off, as sums of variables."""
        budget = self.case.header.stability
        limited = (budget.max_changed_lines, budget.max_worse_promises) != (None, None)
        if not limited and "stability" not in self.counting.names:
            return {}, {}
        profiles = self.case.profiles.items()
        changed = {self._is_changed(k, promised): ONE for k, promised in profiles}
        return changed, {self._is_worse(k, promised): ONE for k, promised in profiles}

    def _is_changed(self, k: int, promised: dict[date, Fraction]) -> int:
        changed = self.programme.yes_or_no()
        most = max(self.case.lines[k].quantity, *promised.values())
        for day in {o.arrival for o in self.case.options if o.line == k} | set(promised):
            got, units = self._arrived(k, day, day), promised.get(day, Fraction(0))
            self.programme.require(got | {changed: most}, least=float(units))
            self.programme.require(got | {changed: -most}, most=float(units))
        return changed

    def _is_worse(self, k: int, promised: dict[date, Fraction]) -> int:
        worse = self.programme.yes_or_no()
        for day in promised:
            units = total(u for arrival, u in promised.items() if arrival <= day)
            got = self._arrived(k, date.min, day)
            self.programme.require(got | {worse: units}, least=float(units))
        return worse

    def _arrived(self, k: int, first: date, last: date) -> dict[int, Fraction]:
        options = enumerate(self.case.options)
        return self._units(
            {j: o.each for j, o in options if o.line == k and first <= o.arrival <= last}
        )

    def _goal(self, name: str) -> dict[int, Fraction]:
        """Return the expression that is to be as small as possible."""
        if name == "commitments":
            return self._broken() | self._over_budget()
        if name == "commitments_delay":
            return self._delay()
        if name == "must":
            return self._must()
        if name in MONEY:
            margins = {j: -option.margin for j, option in enumerate(self.case.options)}
            moving = {n: move.cost * self.flow.step(move) for n, move in self.flow.moved}
            return self._units(margins) | self._paid | moving | self._penalties()
        family, _, tier = name.removeprefix("then ").partition(":")
        if family == "contracts":
            contracts = [p for p in self.counting.contracts(tier) if p.need > 0]
            return {self._missed(promise): ONE for promise in contracts}
        if family == "least":
            distance = self.programme.variable(upper=1)
            for promise in self.counting.contracts(tier):
                if promise.need > 0:
                    row = {distance: self.counting.due(promise), self._shortfall(promise): -ONE}
                    self.programme.require(row, least=0)
            return {distance: ONE}
        if name == "stability":
            return self._changed
        if name.startswith("fill:"):
            return self._short_units(int(name.removeprefix("fill:")))
        if "fairness:" in name:
            return self._fairness(name)
        promises = [promise for promise in self.counting.promises if promise.goal == name]
        return {self._shortfall(promise): ONE for promise in promises}

    def _missed(self, promise: Promise) -> int:
        """Return a variable that is 0 only if nothing is missing to a promise."""
        missed = self.programme.yes_or_no()
        row = {missed: promise.need, self._shortfall(promise): -ONE}
        self.programme.require(row, least=0)
        return missed

    def _penalties(self) -> dict[int, Fraction]:
        due = {}
        for promise in self.counting.promises:
            if promise.goal.startswith("target:") and promise.need > 0:
                if self.counting.flat(promise):
                    due[self._missed(promise)] = self.counting.flat(promise)
                if self.counting.per_unit(promise):
                    due[self._shortfall(promise)] = self.counting.per_unit(promise)
        return due

    def _fairness(self, step: str) -> dict[int, Fraction]:
        name = next(name for name in self.counting.sharing if step in self.counting.steps(name))
        reachable = self.counting.sharing[name]
        if len(reachable) < 2:
            return {}
        if self.counting.proportional(name):
            return {self._lag(customer, reachable): ONE for customer in reachable}
        count = self.counting.steps(name).index(step) + 1
        one, least = self.programme.variable(upper=1), self.programme.variable(upper=1)
        self.programme.require({one: ONE}, least=1)
        below = {self._below(customer, reachable, least): ONE for customer in reachable}
        return {one: Fraction(count), least: Fraction(-count)} | below

    def _lag(self, customer: str, reachable: Mapping[str, Fraction]) -> int:
        """Return a variable for the units that a customer gets less than its share of all."""
        lag, part = self.programme.variable(), reachable[customer] / total(reachable.values())
        row = {lag: ONE}
        for other in reachable:
            mine = 1 if other == customer else 0
            row |= {x: (mine - part) * c for x, c in self._bought(other).items()}
        self.programme.require(row, least=0)
        return lag

    def _below(self, customer: str, reachable: Mapping[str, Fraction], least: int) -> int:
        """Return a variable for how far the share of a customer is below another."""
        below = self.programme.variable()
        share = {x: c / reachable[customer] for x, c in self._bought(customer).items()}
        self.programme.require(share | {below: ONE, least: -ONE}, least=0)
        return below

    def _bought(self, customer: str) -> dict[int, Fraction]:
        lines = self.counting.bought(customer)
        return {x: c for k in lines for x, c in self.delivered(k).items()}

    def _broken(self) -> dict[int, Fraction]:
        broken = {}
        for j, option in enumerate(self.case.options):
            if option.kept:
                missing, units = self.programme.variable(), float(option.committed)
                row = self._units({j: ONE}) | {missing: ONE}
                self.programme.require(row, least=units, most=units)
                broken[missing] = option.each
        return broken

    def _lost_units(self) -> list[int]:
        """Return a variable for the units of each commitment that never come."""
        lost = []
        for f, (option, _) in enumerate(self.case.promised):
            mine = {j: ONE for j, o in enumerate(self.case.options) if o.promise == f}
            lost.append(self.programme.variable())
            units = float(option.committed)
            self.programme.require(self._units(mine) | {lost[-1]: ONE}, least=units, most=units)
        return lost

    def _delay(self) -> dict[int, Fraction]:
        moved = self._units(
            {j: o.delay * o.each for j, o in enumerate(self.case.options) if o.delay}
        )
        for f, (option, _) in enumerate(self.case.promised):
            moved[self._lost[f]] = self.case.lost_days(f) * option.each
        return moved

    def _must(self) -> dict[int, Fraction]:
        days = self.counting.must_days
        options = enumerate(self.case.options)
        row = self._units({j: o.each * days(o) for j, o in options if self.case.lines[o.line].must})
        variable = self.programme.variable()
        self.programme.require(row | {variable: ONE}, least=float(self.counting.must_nothing))
        return {variable: ONE}

    def _over_budget(self) -> dict[int, Fraction]:
        budget, over = self.case.header.stability, {}
        for lines, most in (
            (self._changed, budget.max_changed_lines),
            (self._worse, budget.max_worse_promises),
        ):
            if most is not None:
                beyond = self.programme.variable()
                self.programme.require(lines | {beyond: -ONE}, most=most)
                over[beyond] = ONE
        return over

    def _short_units(self, tier: int) -> dict[int, Fraction]:
        short: dict[int, Fraction] = {}
        for k, line in enumerate(self.case.lines):
            if line.tier == tier and self.case.counts(k):
                variable = self.programme.variable()
                row = self.delivered(k) | {variable: ONE}
                self.programme.require(row, least=float(line.quantity), most=float(line.quantity))
                short[variable] = ONE
        return short

    def _shortfall(self, promise: Promise) -> int:
        variable = self.programme.variable()
        row = self._achieved(promise) | {variable: ONE}
        if promise.goal.startswith("reserve:"):
            timing = promise.measure.split("_")[1]
            for k, worth in self.counting.ahead(promise.party, promise.measure).items():
                row |= self.delivered(k, on_time=timing == "otif", worth=worth)
        self.programme.require(row, least=float(promise.need))
        return variable

    def _achieved(self, promise: Promise) -> dict[int, Fraction]:
        base, timing = promise.measure.split("_")
        lines, overdue = self.counting.mine(promise.party), self.counting.overdue
        strict = {
            k: timing == "otif" and not (promise.waived and overdue(k))
            for k in range(len(self.case.lines))
        }
        if base == "line":
            return {self._full([k], strict): ONE for k in lines}
        if base == "order":
            parts = self.counting.orders(promise.party)
            return {self._full(part, strict): ONE for part in parts}
        achieved: dict[int, Fraction] = {}
        for k in lines:
            if base != "backlog" or overdue(k):
                worth = self.counting.worth(k, base)
                achieved |= self.delivered(k, on_time=strict[k], worth=worth)
        return achieved

    def _full(self, lines: Iterable[int], strict: Mapping[int, bool]) -> int:
        """Return a variable that can be 1 only if all these lines are full (and on time)."""
        full = self.programme.yes_or_no()
        for k in lines:
            row = self.delivered(k, on_time=strict[k])
            self.programme.require(row | {full: -self.case.lines[k].enough}, least=0)
        return full

    def counted(self, answer: Sequence[float]) -> dict[str, Fraction]:
        """Count the goals of an answer, its quantities whole where they have to be."""
        shipped = [
            total(c * self._clean(answer[x], whole=option.step > 0) for x, c in units.items())
            for units, option in zip(self.shipped, self.case.options, strict=True)
        ]
        moving = total(
            move.cost * self.flow.step(move) * self._clean(answer[x], whole=True)
            for x, move in self.flow.moved
        )
        return self.counting.counted(shipped, moving)

    @staticmethod
    def _clean(value: float, *, whole: bool) -> Fraction:
        return Fraction(str(round(value, 0 if whole else DIGITS)))
