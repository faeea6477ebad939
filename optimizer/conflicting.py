"""Promises that exclude each other: a smallest set of them, and the cheapest way out.

What must be kept is taken away rule by rule and planned again, until no rule can be spared: all
that is left is needed for the conflict (QuickXplain: halves first, so that few plans are needed).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import pandas as pd

from models.relationship import StageName
from models.scenario import Scenario
from models.settings import GoalName, Settings
from optimizer.clock import Clock
from optimizer.customers.staging import stages_today
from optimizer.replanning import OutOfTimeError, replanned
from optimizer.wording import goal_name, goal_unit, listed, number, percent

FIRM = (GoalName.COMMITMENTS, GoalName.FLOORS)
"""Goals that must be kept, in their order."""
TOLERANCE = 1e-6
"""Less is no miss [base unit]."""


@dataclass(frozen=True, eq=False)
class BusinessRule:
    """Something that somebody decided and could take back."""

    words: str
    drop: Callable[[Scenario], Scenario]


@dataclass(frozen=True)
class Conflict:
    """Rules that cannot all be kept, though each of them could be without one of the others."""

    rules: tuple[str, ...]
    repair: str
    """The cheapest way out."""
    complete: bool
    """Whether time allowed to leave out everything that is not needed."""

    @property
    def words(self) -> str:
        """Say it in a sentence."""
        if len(self.rules) == 1:
            said = f"No plan keeps {self.rules[0]}: stock, capacity and order rules forbid it."
        else:
            said = f"No plan keeps all of these together: {listed(self.rules)}."
        if not self.complete:
            said += " Not all of them may be needed for that; time did not allow to say."
        return said + (f" The cheapest way out: {self.repair}." if self.repair else "")


def conflict_of(scenario: Scenario, clock: Clock, cancel: threading.Event) -> Conflict | None:
    """Find a smallest set of rules that exclude each other.

    Parameters
    ----------
    scenario
        Whose plan breaks a commitment or misses a floor.
    clock
        Ends the search; what is left then may hold more than is needed.
    cancel
        Ends it, too.

    Returns
    -------
    Conflict or None
        None where everything can be kept, or time did not allow to say.
    """
    rules = list(_rules(scenario))
    search = _Search(scenario, rules, clock, cancel)
    try:
        if not search.conflicts(rules):
            return None
    except OutOfTimeError:
        return None
    core, complete = search.core()
    return Conflict(tuple(rule.words for rule in core), search.repair(core), complete)


@dataclass(eq=False)
class _Search:
    scenario: Scenario
    rules: list[BusinessRule]
    clock: Clock
    cancel: threading.Event

    def conflicts(self, kept: Sequence[BusinessRule]) -> bool:
        """Whether the kept rules, and nothing else, exclude each other."""
        return any(missed > TOLERANCE for missed in self.missed(kept, FIRM).values())

    def missed(self, kept: Sequence[BusinessRule], goals: Sequence[GoalName]) -> dict[str, float]:
        """Say what every plan under the kept rules misses, proved, by goal [base unit]."""
        scenario = self.scenario
        for rule in self.rules:
            if rule not in kept:
                scenario = rule.drop(scenario)
        solver = scenario.settings.solver.model_copy(update={"relative_gap": 0.0})
        scenario = _with(scenario, goals=tuple(goals), solver=solver)
        found = replanned(scenario, self.clock, self.cancel)
        return {goal.name: goal.bound or 0.0 for goal in found.goals}

    def core(self) -> tuple[list[BusinessRule], bool]:
        """Leave out what is not needed; say whether time allowed to try everything."""
        core, spare = list(self.rules), list(self.rules)
        size = max(1, len(spare) // 2)
        while spare:
            some = spare[:size]
            rest = [rule for rule in core if rule not in some]
            try:
                needed = not self.conflicts(rest)
            except OutOfTimeError:
                return core, False
            if not needed:
                core, spare = rest, spare[size:]
            elif size == 1:
                spare = spare[1:]
            else:
                size = max(1, size // 2)
                continue
            size = max(1, min(size * 2, len(spare) // 2))
        return core, True

    def repair(self, core: Sequence[BusinessRule]) -> str:
        """Say what must give way at least, whichever of the two kinds does."""
        try:
            ways = [self.missed(core, goals) for goals in (FIRM, FIRM[::-1])]
        except OutOfTimeError:
            return ""
        told = [self._given_up(missed) for missed in ways]
        units = {goal_unit(self.scenario.settings, goal) for missed in ways for goal in missed}
        if len(units) == 1:  # only then can they be compared
            cheaper = min((0, 1), key=lambda nth: sum(ways[nth].values()))
            told = [told[cheaper]]
        others = ", or take back one of the others" if len(core) > 1 else ""
        return " or ".join(dict.fromkeys(told)) + others

    def _given_up(self, missed: Mapping[str, float]) -> str:
        parts = []
        for goal, amount in missed.items():
            if amount > TOLERANCE and goal == GoalName.COMMITMENTS:
                parts.append(f"release {number(amount)} committed units")
            elif amount > TOLERANCE:
                unit = goal_unit(self.scenario.settings, goal)
                parts.append(f"lower the {goal_name(goal)} by {number(amount)} {unit} in all")
        return listed(parts)


def _with(scenario: Scenario, **changes: object) -> Scenario:
    settings: Settings = scenario.settings.model_copy(update=changes)
    return replace(scenario, settings=settings)


def _rules(scenario: Scenario) -> Iterator[BusinessRule]:
    """List what somebody decided: floors, caps of stages, commitments, overrides, quotas."""
    for name, segment in scenario.settings.segments.items():
        if segment.floor is not None:
            words = f"the floor of {percent(segment.floor)} for segment {name}"
            yield BusinessRule(words, partial(_without_floor, name))
    yield from _rules_of_stages(scenario)
    table = scenario["commitments"]
    for order, line in table[["order", "line"]].drop_duplicates().itertuples(index=False):
        rows = (table["order"] == order) & (table["line"] == line)
        units = number(float(table["quantity"][rows].sum()))
        words = f"the commitments of order {order} line {line}, {units} units"
        yield BusinessRule(words, _without("commitments", order=order, line=line))
    by_hand = scenario["overrides"]
    columns = (by_hand[name].tolist() for name in ("order", "line", "action", "value"))
    for order, line, action, value in zip(*columns, strict=True):
        if action in ("hold", "quantity"):
            most = "hold" if action == "hold" else f"cap of {number(value)} units"
            words = f"the {most} on order {order}" + (f" line {line}" if line else "")
            yield BusinessRule(words, _without("overrides", order=order, line=line, action=action))
    for row in range(len(scenario["quotas"])):
        yield BusinessRule(f"row {row + 1} of quotas", _without_row("quotas", row))


def _rules_of_stages(scenario: Scenario) -> Iterator[BusinessRule]:
    """List what stages that customers are at promise and allow."""
    at = set(stages_today(scenario.settings, scenario.tables))
    for name, stage in scenario.settings.stages.items():
        if name in at and stage.floor:
            words = f"the floor of {percent(stage.floor)} at stage {name}"
            yield BusinessRule(words, partial(_without_effect, name, "floor"))
        if name in at and stage.supply_share_cap is not None:
            words = f"the cap of {percent(stage.supply_share_cap)} of supply at stage {name}"
            yield BusinessRule(words, partial(_without_effect, name, "supply_share_cap"))


def _without_effect(name: StageName, effect: str, scenario: Scenario) -> Scenario:
    stages = dict(scenario.settings.stages)
    stages[name] = stages[name].model_copy(update={effect: None})
    return _with(scenario, stages=stages)


def _without_floor(name: str, scenario: Scenario) -> Scenario:
    segments = dict(scenario.settings.segments)
    segments[name] = segments[name].model_copy(update={"floor": None})
    return _with(scenario, segments=segments)


def _without(table: str, **keys: str) -> Callable[[Scenario], Scenario]:
    """Drop the rows of a table with these keys."""

    def drop(scenario: Scenario) -> Scenario:
        frame = scenario[table]
        same = pd.concat([frame[name] == value for name, value in keys.items()], axis=1).all(axis=1)
        return replace(scenario, tables={**scenario.tables, table: frame[~same]})

    return drop


def _without_row(table: str, row: int) -> Callable[[Scenario], Scenario]:
    """Drop a row of a table; others keep their names, so that several can be dropped."""
    return lambda scenario: replace(
        scenario, tables={**scenario.tables, table: scenario[table].drop(index=row)}
    )
