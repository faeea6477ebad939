"""What a plan of a tiny scenario is worth: promises, goals, and the count of both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cached_property

from models.settings import Fairness
from tests.independent.case import Case, Option
from tests.independent.rows import exact, total
from tests.independent.shares import STEPS, Alone, worst
from tests.independent.stages import Party, floors_of, so_far

MONEY = ("value", "then value")
"""Goals of which more is better."""

TOLERANCE = Fraction(1, 10**6)
"""Quantities that differ by less are the same."""


@dataclass(frozen=True)
class Promise:
    """A target or floor of a party: what is needed of its measure."""

    goal: str
    party: Party
    measure: str
    need: Fraction
    waived: bool = False
    """Whether late units of overdue lines count as on time."""


class Goals:
    """The goals of a case in order of importance, and the exact value of each for a plan."""

    def __init__(self, case: Case) -> None:
        self.case = case
        owned = {Party(name, s.tier, "", "") for name, s in case.header.segments.items()}
        self._parties = sorted(owned | {line.party for line in case.lines})
        self.promises = list(self._promises())
        alone = Alone(case)
        self.sharing = {
            f"fairness:{name}": alone.by_customer(name)
            for name, segment in case.header.segments.items()
            if segment.fairness != Fairness.NONE
        }
        """What each customer who takes part could get alone, by goal."""

    def _promises(self) -> Iterator[Promise]:
        for party in self._parties:
            segment = self.case.header.segments[party.segment]
            measure = segment.target.measure.value if segment.target else "unit_otif"
            whole = self._total(party, measure)
            for counted, level, waived in floors_of(self.case.header, party):
                need = level * self._total(party, counted)
                yield Promise(f"floor:{party.tier}", party, counted, need, waived)
            if segment.target is not None:
                ordered, served = so_far(self.case.header, self.case.rows, party)
                due = exact(segment.target.level) * (ordered + whole) - served
                need = max(due, Fraction(0)) if whole else Fraction(0)
                yield Promise(f"target:{party.tier}", party, measure, need)
                if party.tier in self._looking_ahead:
                    ahead = self._expected(party, measure)
                    due += exact(segment.target.level) * ahead
                    need = max(due, Fraction(0)) if whole + ahead else Fraction(0)
                    yield Promise(f"reserve:{party.tier}", party, measure, need)

    @property
    def _looking_ahead(self) -> set[int]:
        """Tiers in which demand is expected of a segment with a target."""
        targets = {name for name, s in self.case.header.segments.items() if s.target}
        lines = zip(self.case.lines, self.case.due, strict=True)
        return {o.tier for o, due in lines if o.expected and due and o.segment in targets}

    def ahead(self, party: Party, measure: str) -> dict[int, Fraction]:
        """Return what a unit of each expected line of a party counts; each is one line or order."""
        base, found = measure.split("_")[0], {}
        if base == "backlog":
            return {}
        for k, line in enumerate(self.case.lines):
            if line.expected and self.case.due[k] and line.party == party:
                counted = base in ("unit", "value")
                found[k] = self.worth(k, base) if counted else 1 / line.quantity
        return found

    def _expected(self, party: Party, measure: str) -> Fraction:
        """Add up what is expected, in the measure's base."""
        ahead = self.ahead(party, measure).items()
        return total(self.case.lines[k].quantity * worth for k, worth in ahead)

    def _total(self, party: Party, measure: str) -> Fraction:
        """Add up what was ordered, in the measure's base."""
        lines, base = self.mine(party), measure.split("_")[0]
        if base == "backlog":
            return total(self.case.lines[k].quantity for k in lines if self.overdue(k))
        if base == "order":
            return Fraction(len(self.orders(party)))
        if base == "line":
            return Fraction(len(lines))
        return total(self.case.lines[k].quantity * self.worth(k, base) for k in lines)

    def overdue(self, k: int) -> bool:
        """Tell whether a line was asked for before it can arrive at all."""
        line = self.case.lines[k]
        return line.requested < self.case.windows[k][0] and not line.expected

    def worth(self, k: int, base: str) -> Fraction:
        """Return what a unit of a line counts, in units or money."""
        return self.case.lines[k].unit_value if base == "value" else Fraction(1)

    def mine(self, party: Party) -> list[int]:
        """Return the lines of a party that are due, expected ones apart."""
        lines = enumerate(self.case.lines)
        return [k for k, line in lines if line.party == party and self.case.counts(k)]

    def orders(self, party: Party) -> list[list[int]]:
        """Return the lines, in any tier, of each order whose first lines are of this party."""
        found: dict[str, list[int]] = {}
        for k, line in enumerate(self.case.lines):
            if replace(line.party, tier=party.tier) == party and self.case.counts(k):
                found.setdefault(line.order, []).append(k)
        best = {order: min(self.case.lines[k].tier for k in ks) for order, ks in found.items()}
        return [found[order] for order in sorted(found) if best[order] == party.tier]

    @cached_property
    def names(self) -> list[str]:
        """Names in order of importance; what begins with ``then`` is no goal of its own."""
        found = self._families()
        taking = [name for name in found if name in self.takes_value]
        if "value" in found and self.case.header.give_up.value and taking:
            last = max(found.index(name) for name in taking)
            return [*found, "then value"] if last > found.index("value") else found
        return found

    @property
    def takes_value(self) -> set[str]:
        """Names of what may give up some of value."""
        further = {f"then {name}:{k}" for name in self.sharing for k in range(2, STEPS + 1)}
        return {"stability", *self.sharing, *further}

    def flat(self, promise: Promise) -> Fraction:
        """Return what missing a promise costs."""
        penalty = self.case.header.segments[promise.party.segment].penalty
        return exact(penalty.flat) if penalty else Fraction(0)

    def per_unit(self, promise: Promise) -> Fraction:
        """Return what each missing unit costs."""
        penalty = self.case.header.segments[promise.party.segment].penalty
        return exact(penalty.per_unit) if penalty else Fraction(0)

    def _families(self) -> list[str]:
        tiers = sorted({party.tier for party in self._parties})
        promised = {promise.goal for promise in self.promises}
        found = []
        for family in self.case.header.goals:
            if family in ("commitments", "value"):
                found.append(family.value)
                if family == "commitments" and self.case.in_doubt:
                    found.append("commitments_delay")
                if family == "commitments" and self.musts:
                    found.append("must")
            elif family in ("floors", "targets", "fill"):
                names = [f"{family.value.rstrip('s')}:{tier}" for tier in tiers]
                for name in names:
                    if family == "fill" or name in promised:
                        found += self._with_contracts(name)
                    reserve = name.replace("target", "reserve")
                    if family == "targets" and reserve in promised:
                        found.append(reserve)
            elif family == "fairness":
                found += [step for name in self.sharing for step in self.steps(name)]
            elif family == "stability" and self.case.profiles:
                found.append("stability")
        return found

    def _with_contracts(self, name: str) -> list[str]:
        """Return a goal, and what the ledger counts before or after a target."""
        mode, tier = self.case.header.ledger.mode, name.partition(":")[2]
        if not name.startswith("target:"):
            return [name]
        if mode == "compliance":
            return [f"contracts:{tier}", name]
        if mode == "max_min":
            return [f"least:{tier}", name]
        due = [p for p in self.contracts(tier) if p.need > 0]
        past = any(so_far(self.case.header, self.case.rows, p.party)[0] > 0 for p in due)
        return [name, f"then contracts:{tier}"] if len(due) > 1 and past else [name]

    def contracts(self, tier: str) -> list[Promise]:
        """Return the targets of a tier."""
        return [promise for promise in self.promises if promise.goal == f"target:{tier}"]

    def due(self, promise: Promise) -> Fraction:
        """Return what a target asks for in the whole period."""
        return promise.need + so_far(self.case.header, self.case.rows, promise.party)[1]

    def steps(self, name: str) -> list[str]:
        """Return a goal of fairness and what is searched after it: one share after the other."""
        customers = len(self.sharing[name])
        if self.proportional(name) or customers < 2:
            return [name]
        return [name, *(f"then {name}:{k}" for k in range(2, min(customers, STEPS) + 1))]

    def proportional(self, name: str) -> bool:
        """Tell what a goal of fairness asks for."""
        segment = self.case.header.segments[name.removeprefix("fairness:")]
        return segment.fairness == Fairness.PROPORTIONAL

    def counted(self, shipped: Sequence[Fraction], moving: Fraction) -> dict[str, Fraction]:
        """Count the goal vector of given quantities by the definitions of the measures.

        Parameters
        ----------
        shipped
            Units by option.
        moving
            Cost of transfers.
        """
        every, on_time = (self._delivered(shipped, late=late) for late in (True, False))
        values = dict.fromkeys(self.names, Fraction(0))
        penalties = Fraction(0)
        for promise in self.promises:
            got = on_time if promise.measure.endswith("otif") else every
            if promise.waived:
                got = [every[k] if self.overdue(k) else got[k] for k in range(len(got))]
            held = Fraction(0)
            if promise.goal.startswith("reserve:"):
                ahead = self.ahead(promise.party, promise.measure).items()
                held = total(got[k] * worth for k, worth in ahead)
            short = max(Fraction(0), promise.need - self._achieved(promise, got) - held)
            if promise.goal in values:
                values[promise.goal] += short
            family, _, tier = promise.goal.partition(":")
            if family == "target" and short > TOLERANCE:
                penalties += self.flat(promise) + self.per_unit(promise) * short
                for name in (f"contracts:{tier}", f"then contracts:{tier}"):
                    if name in values:
                        values[name] += 1
                if f"least:{tier}" in values:
                    least = values[f"least:{tier}"]
                    values[f"least:{tier}"] = max(least, short / self.due(promise))
        for k, (line, delivered) in enumerate(zip(self.case.lines, every, strict=True)):
            if f"fill:{line.tier}" in values and self.case.counts(k):
                values[f"fill:{line.tier}"] += line.quantity - delivered
        changed, worse = self._changes(shipped)
        single = {
            "commitments": self._broken(shipped) + self._over_budget(changed, worse),
            "commitments_delay": self._delay(shipped),
            "must": self._must(shipped),
            "value": self._value(shipped) - moving - penalties,
            "stability": Fraction(changed),
        }
        single["then value"] = single["value"]
        for name in self.sharing:
            single |= self._fairness(name, every)
        return values | {name: value for name, value in single.items() if name in values}

    def _fairness(self, name: str, got: Sequence[Fraction]) -> dict[str, Fraction]:
        reachable = self.sharing[name]
        units = {customer: total(got[k] for k in self.bought(customer)) for customer in reachable}
        if len(reachable) < 2:
            return {name: Fraction(0)}
        if self.proportional(name):
            overall = total(units.values()) / total(reachable.values())
            lag = (reachable[c] * overall - units[c] for c in reachable)
            return {name: total(max(Fraction(0), behind) for behind in lag)}
        shares = [units[c] / reachable[c] for c in reachable]
        return {step: worst(shares, k + 1) for k, step in enumerate(self.steps(name))}

    def bought(self, customer: str) -> list[int]:
        """Return the due lines of a customer."""
        lines = enumerate(self.case.lines)
        return [k for k, line in lines if line.customer == customer and self.case.counts(k)]

    def _delivered(self, shipped: Sequence[Fraction], *, late: bool) -> list[Fraction]:
        got = [Fraction(0)] * len(self.case.lines)
        for x, option in zip(shipped, self.case.options, strict=True):
            if x and (late or option.on_time):
                got[option.line] += x * option.each
        return got

    def _achieved(self, promise: Promise, got: Sequence[Fraction]) -> Fraction:
        base = promise.measure.split("_")[0]
        lines = self.mine(promise.party)
        if base == "backlog":
            return total(got[k] for k in lines if self.overdue(k))
        if base in ("unit", "value"):
            return total(got[k] * self.worth(k, base) for k in lines)
        parts = [[k] for k in lines]
        if base == "order":
            parts = self.orders(promise.party)
        full = [g >= o.enough - TOLERANCE for g, o in zip(got, self.case.lines, strict=True)]
        return Fraction(sum(all(full[k] for k in part) for part in parts))

    def _broken(self, shipped: Sequence[Fraction]) -> Fraction:
        options = zip(shipped, self.case.options, strict=True)
        return total((o.committed - x) * o.each for x, o in options if o.kept)

    def _delay(self, shipped: Sequence[Fraction]) -> Fraction:
        """Add up the days of units that are moved, and of those that never come."""
        lost = [option.committed for option, _ in self.case.promised]
        late = Fraction(0)
        for x, option in zip(shipped, self.case.options, strict=True):
            if option.frozen:
                lost[option.promise] -= x
                late += x * option.each * option.delay
        never = (
            units * self.case.promised[f][0].each * self.case.lost_days(f)
            for f, units in enumerate(lost)
        )
        return late + total(never)

    @property
    def musts(self) -> dict[int, date]:
        """Return the lines that a planner wants complete, and by which day."""
        return {k: line.must for k, line in enumerate(self.case.lines) if line.must}

    def must_days(self, option: Option) -> int:
        """Return by how many days a unit of an option shortens the delay of such a line."""
        line = self.case.lines[option.line]
        assert line.must
        late = max(0, (option.arrival - line.must).days)
        return self.case.days_of_never(line, line.must) - late

    @property
    def must_nothing(self) -> Fraction:
        """Return the delay of such lines where nothing ships."""
        lines = [self.case.lines[k] for k in self.musts]
        return total(o.quantity * self.case.days_of_never(o, o.must) for o in lines if o.must)

    def _must(self, shipped: Sequence[Fraction]) -> Fraction:
        """Add up the days by which units come after the day of their line."""
        options = zip(shipped, self.case.options, strict=True)
        spared = total(x * o.each * self.must_days(o) for x, o in options if o.line in self.musts)
        return self.must_nothing - spared

    def _over_budget(self, changed: int, worse: int) -> Fraction:
        budget = self.case.header.stability
        pairs = ((changed, budget.max_changed_lines), (worse, budget.max_worse_promises))
        return Fraction(sum(max(0, n - most) for n, most in pairs if most is not None))

    def _changes(self, shipped: Sequence[Fraction]) -> tuple[int, int]:
        """Count the lines that differ from their commitments, and those that are worse off."""
        changed = worse = 0
        for k, promised in self.case.profiles.items():
            got = dict.fromkeys(promised, Fraction(0))
            for x, option in zip(shipped, self.case.options, strict=True):
                if option.line == k:
                    got[option.arrival] = got.get(option.arrival, Fraction(0)) + x * option.each
            changed += any(abs(got[d] - promised.get(d, 0)) > TOLERANCE for d in got)
            worse += any(_until(promised, d) - _until(got, d) > TOLERANCE for d in promised)
        return changed, worse

    def _value(self, shipped: Sequence[Fraction]) -> Fraction:
        margins = (x * o.margin for x, o in zip(shipped, self.case.options, strict=True) if x)
        sent = (p.cost for p in self.case.parcels if any(shipped[j] > 0 for j in p.options))
        return total(margins) - total(sent)


def _until(profile: dict[date, Fraction], day: date) -> Fraction:
    return total(units for arrival, units in profile.items() if arrival <= day)
