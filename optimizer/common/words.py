"""The plan's codes and figures in a planner's words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from models.settings import Fairness, Settings
from models.solution import Goal, Status

REASONS: Mapping[str, str] = {
    "stock": "no stock left that may be used",
    "late_receipt": "supply arrives too late",
    "site_capacity": "sites are full",
    "lane_capacity": "lanes are full",
    "no_lane": "no lane, or none fast enough",
    "entitlement": "only by services they may not use",
    "window": "customer does not receive in the delivery window",
    "cancel_date": "their dates leave no day",
    "order_rule": "all or nothing, or so many parcels, and not all was there",
    "pack": "less than a pack is missing",
    "quota": "quotas leave no more",
    "confidence": "only supply that is not certain enough",
    "hold": "held or capped by hand",
    "commitment": "units were promised to others beforehand",
    "higher_tier": "units went to a better tier",
    "same_tier": "units went to the same tier",
    "reserve": "units are held for orders that are expected",
    "value": "went to lower tiers, or is not worth its cost",
}
"""Why lines are not on time."""

NOTHING = 1e-6
"""Less of a goal is none."""
HELD_COUNTS = (
    "The value of the plan counts what is held by what it is expected to bring; rules hold nothing "
    "and are measured by what they ship."
)
"""What to know of policies beside a plan that looks ahead."""
COUNTED = {"unit": "units", "line": "lines", "order": "orders"}


def percent(share: float) -> str:
    """Write a share so that it never looks better than it is: 0.9698 is 96.9 %."""
    return "" if math.isnan(share) else f"{math.floor(share * 1000 + 1e-6) / 10:.1f} %"


def number(value: float) -> str:
    """Write an amount: whole ones without decimals, small remainders with them."""
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


def goal_unit(settings: Settings, goal: str) -> str:
    """Name what the value of a goal counts."""
    family, _, tier = goal.partition(":")
    if family == "value":
        return settings.currency
    if family == "fill":
        return "units"
    if family == "contracts":
        return "contracts"
    if family == "least":
        return "of its target"
    if family == "stability":
        return "lines"
    if family == "fairness":
        equal = settings.segments[tier].fairness is Fairness.PROPORTIONAL
        return "units" if equal else "of what can be reached"
    bases = (
        s.measure.base
        for s in settings.segments.values()
        if str(s.tier) == tier and (s.target or s.floor is not None)
    )
    return unit_of(settings, next(bases, "unit"))


def goal_name(goal: str) -> str:
    """Name a goal: ``target:2`` is the targets of tier 2."""
    family, _, tier = goal.partition(":")
    names = {
        "floor": "floors of tier",
        "target": "targets of tier",
        "reserve": "targets, with what is forecast, of tier",
        "contracts": "contracts met of tier",
        "least": "least served contract of tier",
        "fill": "fill of tier",
        "fairness": "fairness in segment",
    }
    return f"{names[family]} {tier}" if family in names else family


def lagging(settings: Settings, goals: Iterable[Goal]) -> list[str]:
    """Say what is left of a proportional share that whole packs, say, make impossible."""
    found = []
    for goal in goals:
        family, _, segment = goal.name.partition(":")
        proportional = family == "fairness" and goal_unit(settings, goal.name) == "units"
        if proportional and goal.value > NOTHING:
            said = (
                f"Customers of segment {segment} lag behind its share by {number(goal.value)} units"
            )
            why = ": whole packs, order rules and the goals before it leave no less"
            found.append(said + (why if goal.status is Status.OPTIMAL else "") + ".")
    return found
