"""Two hundred sampled lines of books of several kinds: no exception, and every ledger balances."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from models.scenario import Scenario
from optimizer import plan
from optimizer.benching.peak_week import generate
from optimizer.explaining import LineExplainer
from optimizer.explaining.explanation_record import as_record
from optimizer.scenario.table_edits import cast_rows, with_table
from tests.support.mixed_scenarios import mixed_scenario
from tests.support.relationship_scenarios import relationship_scenario

LINES, EACH = 300, 40
"""Of a generated week, and sampled of each kind; a few of these in every run."""


def week(seed: int) -> Scenario:
    """Make a peak week."""
    return generate(LINES, seed)


def in_parcels(seed: int) -> Scenario:
    """Make one with parcels and many ship-complete orders."""
    return generate(LINES, seed, ship_complete=0.3, parcels=True)


def uncertain(seed: int) -> Scenario:
    """Make one whose receipts are uncertain, and whose first segments want certain ones."""
    scenario = generate(LINES, seed)
    rows, settings = scenario["receipts"], scenario.settings
    sure = np.where(np.arange(len(rows)) % 3 == 0, 0.6, 1.0)
    segments = {
        name: segment.model_copy(update={"min_confidence": 0.9 if segment.tier <= 2 else 0.0})
        for name, segment in settings.segments.items()
    }
    changed = with_table(scenario, "receipts", rows.assign(confidence=sure))
    return replace(changed, settings=settings.model_copy(update={"segments": segments}))


def staged(seed: int) -> Scenario:
    """Make one with customers in crisis and in recovery, and supply kept for a segment."""
    scenario = generate(LINES, seed)
    customers = scenario["customers"]
    stages = np.array(["commit", "crisis", "recovery", "commit"])[np.arange(len(customers)) % 4]
    start = np.datetime64(scenario.settings.horizon.start, "s")
    now = customers.assign(stage=stages, stage_since=start)
    quotas = (
        scenario["quotas"]
        .reindex([0])
        .fillna(
            {
                "segment": "key",
                "customer": "",
                "region": "",
                "item": "",
                "site": "",
                "protected": 2.0,
            }
        )
    )
    with_stages = with_table(scenario, "customers", cast_rows("customers", now))
    return with_table(with_stages, "quotas", cast_rows("quotas", quotas))


def moved(seed: int) -> Scenario:
    """Make one in which stock may be moved between sites."""
    scenario = generate(LINES, seed)
    sites = scenario["sites"]["site"].tolist()
    roads = scenario["transfers"].reindex(range(2))
    roads = roads.assign(from_site=sites[:2], to_site=sites[2:4], transit_days=1, units_per_day=20)
    roads = roads.fillna({"item": "", "cost_per_unit": 0.5})
    return with_table(scenario, "transfers", cast_rows("transfers", roads))


def explained(scenario: Scenario, policy: str, count: int, seed: int) -> int:
    """Explain sampled lines that are not on time, and check each ledger; return how many."""
    quick = scenario.settings.solver.model_copy(update={"seconds": 20.0})
    made = plan(
        replace(scenario, settings=scenario.settings.model_copy(update={"solver": quick})), policy
    )
    late = made.lines[made.lines["status"] != "on_time"]
    picked = np.random.default_rng(seed).permutation(len(late))[:count]
    with LineExplainer(made.scenario, made.solution) as explainer:
        for order, line in late.iloc[picked][["order", "line"]].itertuples(index=False):
            told = explainer.explain(order, line)
            row = told.line
            got = row["delivered_on_time" if row["status"] == "late" else "delivered"]
            assert told.ledger["units"].sum() == pytest.approx(row["ordered"] - got, abs=1e-6)
            assert (told.ledger["units"] > 0).all()
            assert as_record(told)["words"]
    return len(picked)


@pytest.mark.parametrize("kind", [in_parcels, uncertain, staged, moved])
def test_a_few_lines_of_every_kind(kind: Callable[[int], Scenario]) -> None:
    assert explained(kind(3), "segment_priority", 2, 3) == 2


@pytest.mark.long
@pytest.mark.parametrize("kind", [week, in_parcels, uncertain, staged, moved])
def test_two_hundred_sampled_lines(kind: Callable[[int], Scenario]) -> None:
    assert sum(explained(kind(seed), "optimal", EACH // 2, seed) for seed in (1, 2)) == EACH


@pytest.mark.long
@pytest.mark.parametrize("draw", [mixed_scenario, relationship_scenario])
def test_lines_of_tiny_books_with_every_rule(draw: Callable[[int], Scenario]) -> None:
    for seed in range(200, 230):
        explained(draw(seed), "optimal", 3, seed)
