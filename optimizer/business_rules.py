"""What somebody decided and could take back: each rule in words, and the scenario without it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import pandas as pd

from models.relationship import StageName
from models.scenario import Scenario
from models.settings import Fairness, Segment, Settings, Stability
from optimizer.customers.staging import stages_today
from optimizer.wording import number, percent


@dataclass(frozen=True, eq=False)
class BusinessRule:
    """Something that somebody decided and could take back."""

    words: str
    drop: Callable[[Scenario], Scenario]
    firm: bool = True
    """Whether it can make plans break what must be kept: commitments and floors."""


def rules_of(scenario: Scenario) -> Iterator[BusinessRule]:
    """List the rules of a scenario: those of segments, stages, by hand, of groups, of orders."""
    for name, segment in scenario.settings.segments.items():
        if segment.floor is not None:
            words = f"the floor of {percent(segment.floor)} for segment {name}"
            yield BusinessRule(words, partial(_without_term, name, "floor", None))
    yield from _rules_of_stages(scenario)
    yield from _commitments(scenario)
    yield from rules_by_hand(scenario)
    for row in range(len(scenario["quotas"])):
        yield BusinessRule(f"row {row + 1} of quotas", _without_row("quotas", row))
    yield from _terms(scenario)
    yield from _rules_of_orders(scenario)


def _rules_of_stages(scenario: Scenario) -> Iterator[BusinessRule]:
    """List what stages that customers are at promise and allow."""
    at = set(stages_today(scenario.settings, scenario.tables))
    for name, stage in scenario.settings.stages.items():
        if name not in at:
            continue
        if stage.floor:
            words = f"the floor of {percent(stage.floor)} at stage {name}"
            yield BusinessRule(words, partial(_without_effect, name, "floor", None))
        if stage.supply_share_cap is not None:
            words = f"the cap of {percent(stage.supply_share_cap)} of supply at stage {name}"
            yield BusinessRule(words, partial(_without_effect, name, "supply_share_cap", None))
        if stage.tier_shift:
            words = f"the better tier at stage {name}"
            yield BusinessRule(words, partial(_without_effect, name, "tier_shift", 0), firm=False)
        if stage.lends_services:
            words = f"the services lent at stage {name}"
            drop = partial(_without_effect, name, "lends_services", ())
            yield BusinessRule(words, drop, firm=False)


def _commitments(scenario: Scenario) -> Iterator[BusinessRule]:
    """List commitments, by line."""
    table = scenario["commitments"]
    for order, line in table[["order", "line"]].drop_duplicates().itertuples(index=False):
        rows = (table["order"] == order) & (table["line"] == line)
        units = number(float(table["quantity"][rows].sum()))
        words = f"the commitments of order {order} line {line}, {units} units"
        yield BusinessRule(words, _without("commitments", order=order, line=line))


def rules_by_hand(scenario: Scenario) -> Iterator[BusinessRule]:
    """List what planners decided, a rule for each override."""
    for row in scenario["overrides"].to_dict("records"):
        order, line, action = row["order"], row["line"], row["action"]
        firm = action in ("hold", "quantity")
        amount = number(row["value"]) if pd.notna(row["value"]) else ""
        said = BY_HAND[action].format(amount)
        words = f"the {said} on order {order}" + (f" line {line}" if line else "")
        drop = _without("overrides", order=order, line=line, action=action)
        yield BusinessRule(words, drop, firm)


BY_HAND = {
    "lock": "lock",
    "hold": "hold",
    "expedite": "expedite",
    "tier": "move to tier {}",
    "quantity": "cap of {} units",
}
"""Overrides in words."""


def _terms(scenario: Scenario) -> Iterator[BusinessRule]:
    """List what segments are promised, limited to and expected to order, and the change budget.

    Floors are apart.
    """
    for name, segment in scenario.settings.segments.items():
        for term, (words, none) in _TERMS.items():
            if getattr(segment, term) != none:
                told = words.format(_shown(segment, term), name)
                yield BusinessRule(told, partial(_without_term, name, term, none), firm=False)
    for name in scenario["forecast"]["segment"].drop_duplicates().sort_values():
        drop = _without("forecast", segment=name)
        yield BusinessRule(f"the forecast of segment {name}", drop, firm=False)
    if scenario.settings.stability != Stability():
        yield BusinessRule("the change budget", _without_budget, firm=False)


_TERMS: dict[str, tuple[str, object]] = {
    "target": ("the target of {} for segment {}", None),
    "max_days_late": ("at most {} days late for segment {}", None),
    "max_cost_share": ("at most {} of value for cost in segment {}", None),
    "min_confidence": ("supply of at least {} certainty for segment {}", 0.0),
    "fairness": ("{} fairness in segment {}", Fairness.NONE),
}
"""Words of each term of a segment, and its value when there is none."""


def _shown(segment: Segment, term: str) -> str:
    value = segment.target.level if term == "target" and segment.target else getattr(segment, term)
    return percent(value) if isinstance(value, float) else str(value)


def _rules_of_orders(scenario: Scenario) -> Iterator[BusinessRule]:
    """List the kinds of order rules, each for all orders that have it."""
    orders, lines = scenario["orders"], scenario["lines"]
    if orders["ship_complete"].any():
        yield BusinessRule(
            "ship-complete orders", partial(_cleared, "orders", "ship_complete", False), firm=False
        )
    if orders["max_shipments"].notna().any():
        yield BusinessRule(
            "the most parcels of orders",
            partial(_cleared, "orders", "max_shipments", float("nan")),
            firm=False,
        )
    if (orders["service"] != "").any():
        yield BusinessRule(
            "services that orders ask for", partial(_cleared, "orders", "service", ""), firm=False
        )
    if lines["complete"].any():
        yield BusinessRule(
            "lines all or nothing", partial(_cleared, "lines", "complete", False), firm=False
        )
    if (lines["min_fill"] > 0).any():
        yield BusinessRule(
            "the least fill of lines", partial(_cleared, "lines", "min_fill", 0.0), firm=False
        )


def _cleared(table: str, column: str, value: object, scenario: Scenario) -> Scenario:
    frame = scenario[table]
    cleared = frame.assign(**{column: pd.Series(value, index=frame.index)}).astype(frame.dtypes)
    return replace(scenario, tables={**scenario.tables, table: cleared})


def _with(scenario: Scenario, **changes: object) -> Scenario:
    settings: Settings = scenario.settings.model_copy(update=changes)
    return replace(scenario, settings=settings)


def _without_budget(scenario: Scenario) -> Scenario:
    return _with(scenario, stability=Stability())


def _without_effect(name: StageName, effect: str, none: object, scenario: Scenario) -> Scenario:
    stages = dict(scenario.settings.stages)
    stages[name] = stages[name].model_copy(update={effect: none})
    return _with(scenario, stages=stages)


def _without_term(name: str, term: str, none: object, scenario: Scenario) -> Scenario:
    segments = dict(scenario.settings.segments)
    segments[name] = segments[name].model_copy(update={term: none})
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
