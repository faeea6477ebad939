"""Mixed scenarios: every feature occurs and matters; the second opinion's two solvers agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from math import nan

import pandas as pd
import pytest

from models.goals import GoalName
from models.scenario import Scenario
from models.settings import Fairness, Stability
from models.tables import TABLES
from tests.independent.case import Case
from tests.independent.enumeration import assignments, brute_force
from tests.independent.optimum import goal_vector
from tests.support.mixed_scenarios import mixed_scenario

SEEDS = range(300)
MOST_ASSIGNMENTS = 2000
"""What enumeration may have to try."""

FAIR_SHARE = 0.06
"""Share of the seeds in which each feature occurs at least."""

FEW = 2
"""Seeds in which each feature has to matter."""

Change = Callable[[Scenario], pd.DataFrame]
"""Returns a table as it is without a feature."""


def _rows(table: str, unwanted: Callable[[pd.DataFrame], pd.Series]) -> tuple[str, Change]:
    """Remove rows."""

    def remove(scenario: Scenario) -> pd.DataFrame:
        frame = scenario[table]
        return frame[~unwanted(frame).to_numpy(dtype=bool)].reset_index(drop=True)

    return table, remove


def _column(table: str, column: str, value: float | str) -> tuple[str, Change]:
    """Give all rows the same value."""
    return table, lambda scenario: scenario[table].assign(**{column: value})


def _action(action: str) -> tuple[str, Change]:
    return _rows("overrides", lambda rows: rows["action"] == action)


def _committed_substitutes(scenario: Scenario) -> pd.DataFrame:
    """Remove all substitutes that no commitment needs."""
    rows = scenario["substitutes"]
    return rows[rows["substitute"].isin(scenario["commitments"]["item"])].reset_index(drop=True)


FEATURES: dict[str, tuple[str, Change]] = {
    "substitutes": ("substitutes", _committed_substitutes),
    "substitutes of some segments": _column("substitutes", "segments", ""),
    "ratios": _column("substitutes", "ratio", 1.0),
    "penalties": _column("substitutes", "penalty_per_unit", 0.0),
    "packs": _column("items", "pack", 1.0),
    "max_shipments": _column("orders", "max_shipments", nan),
    "cost_per_shipment": _column("lanes", "cost_per_shipment", 0.0),
    "confidence": _column("receipts", "confidence", 1.0),
    "transfers": _rows("transfers", lambda rows: rows["transit_days"] >= 0),
    "transfers on the way": _column("transfers", "transit_days", 0),
    "transfers that cost": _column("transfers", "cost_per_unit", 0.0),
    "limited transfers": _column("transfers", "units_per_day", nan),
    "at_most": _column("quotas", "at_most", nan),
    "protected": _column("quotas", "protected", nan),
    "protected for several": _rows(
        "quotas", lambda rows: rows["protected"].notna() & rows.duplicated("item")
    ),
    "frozen commitments": _rows("commitments", lambda rows: rows["frozen"]),
    "yesterday's plan": _rows("commitments", lambda rows: ~rows["frozen"]),
    **{action: _action(action) for action in ("lock", "hold", "expedite", "tier", "quantity")},
}
"""Each feature with its table, and how to remove it."""


DETAILS = {
    "substitutes of some segments",
    "ratios",
    "penalties",
    "transfers on the way",
    "transfers that cost",
    "limited transfers",
}
"""Parts of other features; that they matter is shown by hand."""


def test_the_same_seed_gives_the_same_scenario() -> None:
    first, second = mixed_scenario(3), mixed_scenario.__wrapped__(3)
    assert first.settings == second.settings
    for table in TABLES:
        pd.testing.assert_frame_equal(first[table], second[table])


def test_every_feature_occurs_often_and_together() -> None:
    occurs = {
        seed: [name for name in FEATURES if _occurs(name, mixed_scenario(seed))] for seed in SEEDS
    }
    counts = Counter(name for names in occurs.values() for name in names)
    rare = {name: counts[name] for name in FEATURES if counts[name] < FAIR_SHARE * len(SEEDS)}
    assert rare == {}
    assert sum(len(names) >= 5 for names in occurs.values()) >= len(SEEDS) / 3


@pytest.mark.parametrize("feature", [name for name in FEATURES if name not in DETAILS])
def test_every_feature_matters(feature: str) -> None:
    table, change = FEATURES[feature]

    def without(scenario: Scenario) -> Scenario:
        if not _occurs(feature, scenario):
            return scenario
        return replace(scenario, tables={**scenario.tables, table: change(scenario)})

    assert len(list(islice(_change_goals(without), FEW))) == FEW


def test_budgets_matter() -> None:
    def without(scenario: Scenario) -> Scenario:
        if scenario.settings.stability == Stability():
            return scenario
        settings = scenario.settings.model_copy(update={"stability": Stability()})
        return replace(scenario, settings=settings)

    assert len(list(islice(_change_goals(without), FEW))) == FEW


def test_fairness_occurs_and_matters() -> None:
    def without(scenario: Scenario) -> Scenario:
        """Take it out of the goals: another plan for the same segments, or the same one."""
        settings = scenario.settings
        goals = tuple(goal for goal in settings.goals if goal != GoalName.FAIRNESS)
        if not _fair(scenario):
            return scenario
        return replace(scenario, settings=settings.model_copy(update={"goals": goals}))

    fair = [seed for seed in SEEDS if _fair(mixed_scenario(seed))]
    assert 0.1 * len(SEEDS) <= len(fair) <= 0.2 * len(SEEDS)
    assert sum(mixed_scenario(seed).settings.give_up.value > 0 for seed in fair) >= len(fair) / 3
    assert len(list(islice(_change_goals(without), FEW))) == FEW


def test_fairness_is_not_reached_by_itself_nor_always_in_full() -> None:
    found = [goal_vector(mixed_scenario(seed)) for seed in SEEDS if _fair(mixed_scenario(seed))]
    values = [v for goals in found for name, v in goals.items() if name.startswith("fairness:")]
    assert sum(value > 1e-3 for value in values) >= len(values) / 5
    assert sum(value < 1e-3 for value in values) >= len(values) / 10


def _fair(scenario: Scenario) -> bool:
    return any(s.fairness != Fairness.NONE for s in scenario.settings.segments.values())


def _occurs(feature: str, scenario: Scenario) -> bool:
    table, change = FEATURES[feature]
    return len(scenario[table]) > 0 and not change(scenario).equals(scenario[table])


def _change_goals(change: Callable[[Scenario], Scenario]) -> Iterator[int]:
    """Yield the seeds in which a change changes a goal that is there before and after."""
    for seed in SEEDS:
        scenario = mixed_scenario(seed)
        changed = change(scenario)
        if changed is not scenario:
            found, without = goal_vector(scenario), goal_vector(changed)
            if any(abs(found[name] - without[name]) > 1e-3 for name in found if name in without):
                yield seed


def test_frozen_commitments_obey_the_door() -> None:
    for scenario in map(mixed_scenario, SEEDS):
        if len(scenario["commitments"]):
            case = Case(scenario)
            assert scenario.settings.goals[0] == GoalName.COMMITMENTS
            assert all(f <= o.quantity for f, o in zip(case.fixed, case.lines, strict=True))


def test_some_commitments_cannot_be_kept() -> None:
    values = [goal_vector(mixed_scenario(seed)).get("commitments", 0) for seed in range(80)]
    assert sum(value > 0 for value in values) >= 8


def test_solving_and_enumerating_find_the_same_optimum() -> None:
    compared = [s for s in range(120) if 1 < assignments(mixed_scenario(s)) <= MOST_ASSIGNMENTS]
    assert len(compared) >= 30
    for seed in compared:
        solved, tried = goal_vector(mixed_scenario(seed)), brute_force(mixed_scenario(seed))
        assert list(solved) == list(tried)
        assert solved == pytest.approx(tried, abs=1e-6), f"mixed({seed})"
