"""The plan's codes and figures in a planner's words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import assert_never

from models.goals import GoalKind, Unit, kind_of, parse
from models.settings import Fairness, Measure, Settings
from models.solution import Goal, Status
from models.tolerances import FINEST_STEP, INTEGRALITY, UNIT

HELD_COUNTS = (
    "The value of the plan counts what is held by what it is expected to bring; rules hold nothing "
    "and are measured by what they ship."
)
"""What to know of policies beside a plan that looks ahead."""
SMALL = 0.01
"""Smaller amounts, as a few steps of a divisible item, are written in full."""
SAME = 0.0005
"""Shares no further apart are told as one."""
COUNTED = {"unit": "units", "line": "lines", "order": "orders"}


def percent(share: float) -> str:
    """Write a share so that it never looks better than it is: 0.9698 is 96.9 %."""
    return "" if math.isnan(share) else f"{math.floor(share * 1000 + INTEGRALITY) / 10:.1f} %"


def reachable(alone: float, bound: float) -> str:
    """Write a level that was found to be reachable, and its bound where that shows."""
    most = f"{math.ceil(bound * 1000 - INTEGRALITY) / 10:.1f} %" if bound - alone > SAME else ""
    return f"{percent(alone)} (at most {most})" if most else percent(alone)


def number(value: float) -> str:
    """Write an amount: whole ones without decimals, small remainders with them, none as 0."""
    if FINEST_STEP <= abs(value) < SMALL:
        return f"{value:.5f}".rstrip("0")
    return f"{value:,.0f}" if abs(value) >= 100 or float(value).is_integer() else f"{value:,.2f}"


def several(count: int, word: str) -> str:
    """Write a count with its noun."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def listed(parts: Iterable[str]) -> str:
    """Write parts as in a sentence: a, b and c."""
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last


def few(parts: Sequence[str], most: int = 5) -> str:
    """Write the first of many parts, and how many more there are; of none nothing."""
    rest = [f"{len(parts) - most:,} more"] if len(parts) > most else []
    return listed([*parts[:most], *rest]) if parts else ""


def unit_of(settings: Settings, base: str) -> str:
    """Name what a shortfall counts, by the base of its measure."""
    return COUNTED.get(base, settings.currency)


def distance_to_best(goal: Goal, unit: str) -> str:
    """Say how far a goal is from the best possible at most; nothing where no bound is known.

    The distance is rounded up, so that it is never told smaller than it is.
    """
    if goal.bound is None:
        return ""
    distance = abs(goal.value - goal.bound)
    if distance <= UNIT:
        return "the best possible"
    whole = 1 if distance >= 100 else 100
    amount = number(math.ceil(distance * whole - UNIT) / whole)
    return (
        f"within {amount} {unit.removesuffix('s') if amount == '1' else unit} of the best possible"
    )


def nothing_of(measure: Measure) -> str:
    """Say that there is nothing that a measure could count."""
    return "no backlog" if measure.backlog else "no orders"


def goal_unit(settings: Settings, goal: str) -> str:
    """Name what the value of a goal counts."""
    kind, party = parse(goal)
    unit = kind.facts.unit
    if isinstance(unit, str):
        return unit
    match unit:
        case Unit.CURRENCY:
            return settings.currency
        case Unit.MEASURE:
            family = "floors" if kind is GoalKind.FLOOR else "targets"
            return unit_of(settings, _base_of_tier(settings, party, family))
        case Unit.SHARES:
            proportional = settings.segments[party].fairness is Fairness.PROPORTIONAL
            return "units" if proportional else "of what can be reached"
        case _:
            assert_never(unit)


def _base_of_tier(settings: Settings, tier: str, family: str) -> str:
    """Look up what the targets or the floors of a tier count, the same for all of them."""
    there = [s.bases for s in settings.segments.values() if str(s.tier) == tier]
    found = (bases[name] for name in (family, "targets") for bases in there if name in bases)
    return next(found, "unit")


def goal_name(goal: str) -> str:
    """Name a goal: ``target:2`` is the targets of tier 2."""
    kind, party = parse(goal)
    return f"{kind.facts.words} {party}" if kind.facts.by_party else kind.facts.words


def goal_amount(settings: Settings, goal: str, value: float) -> str:
    """Say a goal and its value: the targets of tier 1 missed by 3 lines."""
    amount = f"{number(value)} {goal_unit(settings, goal)}"
    return f"{goal_name(goal)} {kind_of(goal).facts.verb} {amount}"


def lagging(settings: Settings, goals: Iterable[Goal]) -> list[str]:
    """Say what is left of a proportional share that whole packs, say, make impossible."""
    sentences = []
    for goal in goals:
        kind, segment = parse(goal.name)
        if kind is not GoalKind.FAIRNESS or goal.value <= UNIT:
            continue
        if settings.segments[segment].fairness is Fairness.PROPORTIONAL:
            amount = f"{number(goal.value)} units"
            sentence = f"Customers of segment {segment} lag behind its share by {amount}"
            why = ": whole packs, order rules and the goals before it leave no less"
            sentences.append(sentence + (why if goal.status is Status.OPTIMAL else "") + ".")
    return sentences
