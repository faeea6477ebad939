"""Promises that exclude each other: a smallest set of them, and the cheapest way out.

What must be kept is taken away rule by rule and planned again, until no rule can be spared: all
that is left is needed for the conflict (QuickXplain: halves first, so that few plans are needed).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from models.goals import GoalKind, GoalName, kind_of
from models.scenario import Scenario
from models.settings import Settings
from models.tolerances import UNIT
from optimizer.common.clock import Clock
from optimizer.common.words import goal_name, goal_unit, listed, number, several
from optimizer.planning.business_rules import BUDGET, BusinessRule, rules_of
from optimizer.planning.replan import OutOfTimeError, replan
from optimizer.scenario.frozen_commitments import frozen_rows, no_way
from optimizer.scenario.table_edits import with_table

FIRM = (GoalName.COMMITMENTS, GoalName.FLOORS)
"""Goals that must be kept, in their order."""
MEASURED = (GoalKind.COMMITMENTS_DELAY, GoalKind.MUST)
"""Goals that say how much is missed of what others say is missed."""


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
    scenario = _without_hopeless(scenario)
    rules = [rule for rule in rules_of(scenario) if rule.firm]
    search = _Search(scenario, rules, clock, cancel)
    try:
        if not search.conflicts(rules):
            return None
    except OutOfTimeError:
        return None
    core, complete = search.core()
    if not core:  # nothing that anybody decided stands in the way
        return None
    return Conflict(tuple(rule.words for rule in core), search.repair(core), complete)


@dataclass(eq=False)
class _Search:
    scenario: Scenario
    rules: list[BusinessRule]
    clock: Clock
    cancel: threading.Event

    def conflicts(self, kept: Sequence[BusinessRule]) -> bool:
        """Whether the kept rules, and nothing else, exclude each other."""
        return any(missed > UNIT for missed in self.missed(kept, FIRM).values())

    def missed(self, kept: Sequence[BusinessRule], goals: Sequence[GoalName]) -> dict[str, float]:
        """Say what every plan under the kept rules misses, proved, by goal [base unit]."""
        scenario = self.scenario
        for rule in self.rules:
            if rule not in kept:
                scenario = rule.drop(scenario)
        solver = scenario.settings.solver.model_copy(update={"relative_gap": 0.0})
        scenario = _with(scenario, goals=tuple(goals), solver=solver)
        found = replan(scenario, self.clock, self.cancel)
        return {g.name: g.bound or 0.0 for g in found.goals if kind_of(g.name) not in MEASURED}

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
        if [rule.words for rule in core] == [BUDGET]:
            return f"raise it by {several(round(sum(ways[0].values())), 'line')} in all"
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
            if amount > UNIT and goal == GoalKind.COMMITMENTS:
                parts.append(f"release {number(amount)} committed units")
            elif amount > UNIT:
                unit = goal_unit(self.scenario.settings, goal)
                parts.append(f"lower the {goal_name(goal)} by {number(amount)} {unit} in all")
        return listed(parts)


def _without_hopeless(scenario: Scenario) -> Scenario:
    """Leave out promises that nothing could keep on their days: they exclude no other rule."""
    promises = frozen_rows(scenario)
    hopeless = promises.index[no_way(scenario, promises) != ""]
    return with_table(scenario, "commitments", scenario["commitments"].drop(index=hopeless))


def _with(scenario: Scenario, **changes: object) -> Scenario:
    settings: Settings = scenario.settings.model_copy(update=changes)
    return replace(scenario, settings=settings)
