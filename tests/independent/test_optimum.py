"""The second opinion itself: tiny scenarios cover the format, and its two solvers agree."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pytest

from models.scenario import Scenario
from models.settings import Measure
from models.tables import TABLES
from tests.independent.enumeration import assignments, brute_force
from tests.independent.optimum import goal_vector
from tests.support.forecast_scenarios import forecast_scenario
from tests.support.mixed_scenarios import mixed_scenario
from tests.support.must_scenarios import must_scenario
from tests.support.relationship_scenarios import relationship_scenario
from tests.support.stepped_scenarios import stepped_scenario
from tests.support.tiny_scenarios import tiny_scenario
from tests.support.working_scenarios import working_scenario

SEEDS = range(300)
MAKERS = (
    *(tiny_scenario, mixed_scenario, relationship_scenario, forecast_scenario),
    *(stepped_scenario, working_scenario, must_scenario),
)
MOST_ASSIGNMENTS = 2000
"""What enumeration may have to try."""

NOT_DRAWN = {
    "customers.language",
    "customers.value",
    "items.text",
    "orders.reference",
    "sites.fixed_cost_per_day",
    "sites.pick_accuracy",
    "sites.latitude",
    "sites.longitude",
    "receipts.kind",
    "overrides.by",
    "overrides.note",
    *(f"segment_views.{column}" for column in TABLES["segment_views"].columns),
}
"""Columns that no decision depends on."""

EVERY_COLUMN = {f"{table}.{column}" for table, spec in TABLES.items() for column in spec.columns}

HEADER_FEATURES = {
    *(f"target short: {measure}" for measure in Measure if not measure.backlog),
    "floor short",
    "floor without target",
    "two measures in one tier",
    "segment without orders",
    "max_days_late",
    "max_cost_share",
    "nothing kept of late value",
    "window",
    "surcharge",
    "fill before value",
    "value before targets",
    "overdue order",
    "order without lines",
    "closed site",
    "receipt before the start",
}


def test_the_same_seed_gives_the_same_scenario() -> None:
    first, second = tiny_scenario(3), tiny_scenario.__wrapped__(3)
    assert first.settings == second.settings
    for table in TABLES:
        pd.testing.assert_frame_equal(first[table], second[table])


def test_scenarios_use_every_column_that_matters() -> None:
    used: set[str] = set()
    for make in MAKERS:
        for scenario in map(make, range(100)):
            used |= {name for name in EVERY_COLUMN - used if _is_used(scenario, *name.split("."))}
    assert EVERY_COLUMN - used == NOT_DRAWN


def _is_used(scenario: Scenario, table: str, column: str) -> bool:
    blank = TABLES[table].columns[column].blank
    return any(not pd.isna(value) and value != blank for value in scenario[table][column])


def test_tiny_scenarios_use_every_feature_of_the_header() -> None:
    seen: set[str] = set()
    for seed in SEEDS:
        if seen < HEADER_FEATURES:
            seen.update(_features(tiny_scenario(seed)))
    assert seen == HEADER_FEATURES


def test_most_tiny_scenarios_are_scarce() -> None:
    short = [
        any(
            value > 0 for name, value in goal_vector(tiny_scenario(seed)).items() if name != "value"
        )
        for seed in range(100)
    ]
    assert sum(short) >= 60


def test_solving_and_enumerating_find_the_same_optimum() -> None:
    compared = [s for s in range(160) if 1 < assignments(tiny_scenario(s)) <= MOST_ASSIGNMENTS]
    assert len(compared) >= 20
    for seed in compared:
        solved, tried = goal_vector(tiny_scenario(seed)), brute_force(tiny_scenario(seed))
        assert list(solved) == list(tried)
        assert solved == pytest.approx(tried, abs=1e-6), f"tiny({seed})"


def _features(scenario: Scenario) -> Iterator[str]:
    yield from _segment_features(scenario)
    header, start = scenario.settings, pd.Timestamp(scenario.settings.horizon.start)
    if any(service.window for service in header.services.values()):
        yield "window"
    if any(service.surcharge_per_unit for service in header.services.values()):
        yield "surcharge"
    goals = [goal.value for goal in header.goals]
    if "fill" in goals and goals.index("fill") < goals.index("value"):
        yield "fill before value"
    if goals.index("value") < goals.index("targets"):
        yield "value before targets"
    if (scenario["orders"]["requested"] < start).any():
        yield "overdue order"
    if not scenario["orders"]["order"].isin(scenario["lines"]["order"]).all():
        yield "order without lines"
    if not scenario["sites"]["open"].all():
        yield "closed site"
    if (scenario["receipts"]["date"] < start).any():
        yield "receipt before the start"


def _segment_features(scenario: Scenario) -> Iterator[str]:
    segments = scenario.settings.segments
    vector = goal_vector(scenario)
    ordered = scenario["orders"].merge(scenario["customers"], on="customer")["segment"]
    if set(segments) - set(ordered):
        yield "segment without orders"
    for segment in segments.values():
        if segment.target and vector.get(f"target:{segment.tier}", 0) > 0:
            yield f"target short: {segment.measure}"
        if vector.get(f"floor:{segment.tier}", 0) > 0:
            yield "floor short"
        if segment.floor is not None and not segment.target:
            yield "floor without target"
        if segment.max_days_late is not None:
            yield "max_days_late"
        if segment.max_cost_share is not None:
            yield "max_cost_share"
        if segment.value_kept_per_day_late == 0:
            yield "nothing kept of late value"
    measures = {(s.tier, s.measure) for s in segments.values() if s.target}
    if len(measures) > len({tier for tier, _ in measures}):
        yield "two measures in one tier"
