"""What somebody decided and could take back: each rule in words, and the scenario without it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import pandas as pd

from models.relationship import StageName
from models.scenario import Scenario
from models.settings import Fairness, GiveUp, Segment, Settings, Stability
from optimizer.common.words import listed, number, percent
from optimizer.scenario.stages import stages_today

BUDGET = "the change budget"
"""Words of the rule; what the commitments goal misses of it alone are lines."""


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
        if segment.floor_level is not None:
            own = segment.floor_measure
            counted = "" if own is segment.measure else f" by {own}"
            words = f"the floor of {percent(segment.floor_level)}{counted} for segment {name}"
            yield BusinessRule(words, partial(_without_term, name, "floor", None))
    yield from _rules_of_stages(scenario)
    yield from _commitments(scenario)
    yield from rules_by_hand(scenario)
    for row in range(len(scenario["quotas"])):
        words = f"row {row + 1} of quotas ({_quota_words(scenario['quotas'].iloc[row])})"
        yield BusinessRule(words, _without_row("quotas", row))
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
    """List frozen commitments by line; the others, which only the change is counted from, as one.

    Those of a line that is locked are frozen by the lock, and go with it.
    """
    table = scenario["commitments"]
    frozen = table[table["frozen"]]
    for (order, line), rows in frozen.groupby(["order", "line"]):
        units = number(float(rows["quantity"].sum()))
        words = f"the commitments of order {order} line {line}, {units} units"
        drop = _without("commitments", order=order, line=line, frozen=True)
        yield BusinessRule(words, drop)
    if len(frozen) < len(table):
        words, drop = (
            "the plan that changes are counted from",
            _without("commitments", frozen=False),
        )
        yield BusinessRule(words, drop, firm=False)


def _quota_words(row: pd.Series) -> str:
    """Say what a row of quotas limits or keeps, and for whom."""
    names = ("item", "segment", "customer", "region", "site")
    scope = [f"{name} {row[name]}" for name in names if row[name]]
    days = [f"{name} {row[name]:%Y-%m-%d}" for name in ("from", "to") if pd.notna(row[name])]
    most = [f"at most {number(row['at_most'])}"] if pd.notna(row["at_most"]) else []
    kept = [f"{number(row['protected'])} protected"] if row["protected"] > 0 else []
    return ", ".join([*most, *kept, *scope, *days])


def rules_by_hand(scenario: Scenario) -> Iterator[BusinessRule]:
    """List what planners decided, a rule for each override."""
    for row in scenario["overrides"].to_dict("records"):
        order, line, action = row["order"], row["line"], row["action"]
        firm = action in ("hold", "quantity", "lock")
        amount = number(row["value"]) if pd.notna(row["value"]) else ""
        if action == "must":
            amount = f"{row['until']:%Y-%m-%d}" if pd.notna(row["until"]) else "the day requested"
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
    "must": "completion by {}",
}
"""Overrides in words."""


def _terms(scenario: Scenario) -> Iterator[BusinessRule]:
    """List what segments are promised, limited to and expected to order, and what change may cost.

    Floors are apart.
    """
    for name, segment in scenario.settings.segments.items():
        for term, (words, none) in _TERMS.items():
            if getattr(segment, term) != none:
                told = words.format(_shown(segment, term), name)
                yield BusinessRule(told, partial(_without_term, name, term, none), firm=False)
        if more := [each for each in scenario.settings.services if each not in segment.services]:
            every = (*segment.services, *more)
            words = f"the limit to {listed(segment.services)} for segment {name}"
            yield BusinessRule(words, partial(_without_term, name, "services", every), firm=False)
    for name in scenario["forecast"]["segment"].drop_duplicates().sort_values():
        drop = _without("forecast", segment=name)
        yield BusinessRule(f"the forecast of segment {name}", drop, firm=False)
    if scenario.settings.stability != Stability():
        yield BusinessRule(BUDGET, _without_budget)
    if scenario.settings.give_up.value > 0:
        share = percent(scenario.settings.give_up.value)
        words = f"the {share} of value that fairness and stability may cost"
        yield BusinessRule(words, lambda s: _with(s, give_up=GiveUp()), firm=False)


_TERMS: dict[str, tuple[str, object]] = {
    "target": ("the target of {} for segment {}", None),
    "max_days_late": ("at most {} days late for segment {}", None),
    "max_days_early": ("at most {} days early for segment {}", None),
    "max_cost_share": ("at most {} of value for cost in segment {}", None),
    "min_confidence": ("supply of at least {} certainty for segment {}", 0.0),
    "fairness": ("{} fairness in segment {}", Fairness.NONE),
}
"""Words of each term of a segment, and its value when there is none."""


def _shown(segment: Segment, term: str) -> str:
    value = segment.target.level if term == "target" and segment.target else getattr(segment, term)
    return percent(value) if isinstance(value, float) else str(value)


def _rules_of_orders(scenario: Scenario) -> Iterator[BusinessRule]:
    """List the kinds of rules of orders, lines and items, each for all that have it."""
    for (table, column), (words, none) in _COLUMNS.items():
        values = scenario[table][column]
        if (values.notna() & (values != none)).any():
            yield BusinessRule(words, partial(_cleared, table, column, none), firm=False)


_COLUMNS: dict[tuple[str, str], tuple[str, object]] = {
    ("orders", "ship_complete"): ("ship-complete orders", False),
    ("orders", "max_shipments"): ("the most parcels of orders", float("nan")),
    ("orders", "service"): ("services that orders ask for", ""),
    ("lines", "complete"): ("lines all or nothing", False),
    ("lines", "min_fill"): ("the least fill of lines", 0.0),
    ("items", "pack"): ("whole packs of items", 1.0),
    ("substitutes", "segments"): ("substitutes for some segments only", ""),
}
"""Columns that hold rules: in words, and the value when there is none."""


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
    update = {term: none} | ({"penalty": None} if term == "target" else {})
    segments[name] = segments[name].model_copy(update=update)
    return _with(scenario, segments=segments)


def _without(table: str, **keys: object) -> Callable[[Scenario], Scenario]:
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
