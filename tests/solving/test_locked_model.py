"""What is reached is locked, no more than that; bounds are raised no further than answers go."""

from __future__ import annotations

import numpy as np
import pytest

from models.settings import Policy
from optimizer.policies import SEQUENCES, allocate
from optimizer.solving.locked_model import OFF_GRID, LockedModel, slack_of
from tests.support.answers_as_text import TABLES, one_line
from tests.support.locked_models import (
    HOSES,
    Plan,
    goal,
    goals_with_cost,
    model_of,
    search_for,
    target_model,
    vector_for,
)
from tests.support.tiny_scenarios import tiny_scenario


@pytest.mark.parametrize(
    ("level", "reached", "kept", "lost"),
    [
        (0.5, 8, 5, 4),  # the surplus over the promise may be given away
        (0.55, 8, 6, 5),  # 5.5 units are promised: the sixth is needed
        (0.9, 3, 3, 2),  # missed: what is reached is kept
        (0.9, 9, 9, 8),
    ],
)
def test_a_reached_promise_is_held_but_not_its_surplus(
    level: float, reached: float, kept: float, lost: float
) -> None:
    model = target_model("unit_otif", level)
    vector = vector_for(model, {"SO1/1 0": reached})
    model.lock(goal(model, "target:1"), vector)
    assert model.lower[model.matrix.columns["achieved"]] == kept  # a whole number
    assert model.accepts(vector)
    assert model.accepts(vector_for(model, {"SO1/1 0": kept}))
    assert not model.accepts(vector_for(model, {"SO1/1 0": lost}))


@pytest.mark.parametrize(
    ("measure", "level", "kept", "lost"),
    [
        ("line_otif", 0.3, {"SO1/2 0": 5}, {"SO1/1 0": 9, "SO1/2 0": 4}),
        ("order_fill", 0.3, {"SO1/1 3": 10, "SO1/2 3": 5}, {"SO1/1 0": 10}),
        ("value_fill", 0.5, {"SO1/1 0": 7}, {"SO1/1 0": 6}),  # 20 of 40 in money
    ],
)
def test_every_measure_is_held_in_what_it_counts(
    measure: str, level: float, kept: Plan, lost: Plan
) -> None:
    model = target_model(measure, level, "SO1,1,pump,10,3\nSO1,2,pump,5,2")
    vector = vector_for(model, {"SO1/1 0": 10, "SO1/2 0": 5})
    model.lock(goal(model, "target:1"), vector)
    assert model.accepts(vector)
    assert model.accepts(vector_for(model, kept))
    assert not model.accepts(vector_for(model, lost))


def two_segments() -> LockedModel:
    """Build two segments that share a tier, and a stock for less than half of what they want."""
    segment = {"tier": 1, "services": ["standard"]}
    target = {"target": {"measure": "unit_otif", "level": 0.9}}
    scenario = one_line(
        {"segments": {"gold": segment | target, "more": segment | target}, "goals": ["targets"]},
        customers="customer,segment,region\nACME,gold,north\nBETA,more,north",
        orders="order,customer,requested\nSO1,ACME,2026-11-25\nSO2,BETA,2026-11-25",
        lines="order,line,item,quantity\nSO1,1,pump,10\nSO2,1,pump,10",
        stock=TABLES["stock"].replace("100", "10"),
    )
    return model_of(scenario)


def test_segments_of_a_tier_share_what_they_miss() -> None:
    model = two_segments()
    vector = vector_for(model, {"SO1/1 0": 5, "SO2/1 0": 5})
    model.lock(goal(model, "target:1"), vector)
    assert len(model.rows) == 1
    assert model.accepts(vector_for(model, {"SO1/1 0": 2, "SO2/1 0": 8}))
    assert not model.accepts(vector_for(model, {"SO1/1 0": 4, "SO2/1 0": 5}))
    assert not model.accepts(vector_for(model, {"SO1/1 0": 10}))  # the tenth unit is surplus


@pytest.mark.parametrize(("name", "kept", "lost"), [("fill:1", 3, 4), ("value", 0, 1)])
def test_fill_and_value_are_held_as_rows(name: str, kept: int, lost: int) -> None:
    model = target_model("unit_otif", 0.5)
    vector = vector_for(model, {"SO1/1 0": 4, "SO1/1 3": 4})
    model.lock(goal(model, name), vector)
    assert model.accepts(vector)
    assert model.accepts(vector_for(model, {"SO1/1 0": 4 + kept, "SO1/1 3": 4 - kept}))
    assert not model.accepts(vector_for(model, {"SO1/1 0": 4, "SO1/1 3": 4 - lost}))


def test_a_copy_holds_for_itself() -> None:
    model = target_model("unit_otif", 0.5)
    worse = vector_for(model, {"SO1/1 0": 1})
    copy = model.copy()
    for name in ("target:1", "value"):
        copy.lock(goal(model, name), vector_for(model, {"SO1/1 0": 8}))
    assert model.accepts(worse)
    assert not copy.accepts(worse)


@pytest.mark.parametrize("plan", [{"SO1/1 0": 6, "SO1/1 1": 5}, {"SO1/1 0": 2, "SO1/1 1": -1}])
def test_a_plan_that_breaks_a_rule_is_not_accepted(plan: Plan) -> None:
    model = target_model("unit_otif", 0.5)
    assert not model.accepts(vector_for(model, plan))


def test_noise_is_taken_out_of_what_is_shipped() -> None:
    model = target_model("unit_otif", 0.5, "SO1,1,pump,10,3\nSO1,2,hose,4.5,1", **HOSES)
    vector = np.zeros(len(model.lower))
    at = model.matrix.columns["x"].start
    first = int((model.problem.options["line"] == 0).sum())
    vector[[at, at + 1, at + first, at + first + 1]] = [3.0000004, 4e-7, 2.25, 3e-7]
    shipped = model.shipped(vector)
    assert shipped[[0, 1, first, first + 1]].tolist() == [3.0, 0.0, 2.25, 0.0]


@pytest.mark.parametrize(
    ("bound", "raised"),
    [
        (-3.0, -3.0),
        (0.0, 0.0),
        (1e-9, 1e-9),
        (0.1, 0.7),
        (0.7, 0.7),
        (0.7000001, 0.7),  # the solver's noise
        (0.71, 1.7),
        (2.6, 2.7),
    ],
)
def test_the_bound_of_a_count_is_raised_to_what_can_be_missed(bound: float, raised: float) -> None:
    model = target_model("line_fill", 0.9, "SO1,1,pump,3,1\nSO1,2,pump,3,1\nSO1,3,pump,3,1")
    assert model.rounded_bound(goal(model, "target:1"), bound) == pytest.approx(raised, abs=2e-7)


@pytest.mark.parametrize(("bound", "raised"), [(3.2, 4.0), (4.0, 4.0), (-1.0, -1.0)])
def test_the_bound_of_whole_units_is_raised_to_the_next(bound: float, raised: float) -> None:
    model = target_model("unit_otif", 0.5)
    assert model.rounded_bound(goal(model, "fill:1"), bound) == raised


@pytest.mark.parametrize(
    ("price", "raised"),
    [
        ("3", 3.5),  # need 6.5 of 13 in whole money: 3.5, 2.5 ... can be missed
        ("2.5", 3.25),  # need 6.25 of 12.5 in steps of 0.1
        ("0.12", 3.22),  # need 5.06 of 10.12 in steps of 0.04
        ("0.123456789", 3.201),  # no steps that are worth telling apart
    ],
)
def test_the_bound_of_money_is_raised_to_the_next_step(price: str, raised: float) -> None:
    model = target_model("value_fill", 0.5, f"SO1,1,pump,1,{price}\nSO1,2,pump,10,1")
    bound = model.rounded_bound(goal(model, "target:1"), 3.201)
    assert bound == pytest.approx(raised, abs=1e-9)


def test_a_vector_is_accepted_by_its_own_hold_however_much_money_it_is() -> None:
    dice = np.random.default_rng(0)
    for _ in range(10):
        units, cents = dice.integers(10**6, 10**7, 4), dice.integers(1, 10**5, 4)
        rows = [f"SO1,{k},pump,{units[k]},{cents[k] / 100}" for k in range(4)]
        stock = f"site,item,on_hand\nLYON,pump,{units.sum()}"
        model = target_model("value_fill", 1.0, "\n".join(rows), stock=stock)
        vector = vector_for(model, {f"SO1/{k} 0": float(units[k] - k) for k in range(4)})
        assert model.accepts(vector)
        model.lock(goal(model, "target:1"), vector)
        assert model.accepts(vector)


def test_bounds_of_value_and_of_what_is_divisible_stay() -> None:
    money = target_model("value_fill", 0.5)
    assert money.rounded_bound(goal(money, "value"), 3.2) == 3.2
    divisible = target_model("unit_fill", 0.5, "SO1,1,hose,4.5,1", **HOSES)
    assert divisible.rounded_bound(goal(divisible, "fill:1"), 3.2) == 3.2
    assert divisible.rounded_bound(goal(divisible, "target:1"), 1.1) == 1.1
    shared = two_segments()
    assert shared.rounded_bound(goal(shared, "target:1"), 3.2) == 3.2


@pytest.mark.parametrize("seed", range(0, 100, 8))
def test_no_bound_is_raised_beyond_what_a_plan_reaches(seed: int) -> None:
    model = model_of(tiny_scenario(seed))
    for policy in SEQUENCES:
        vector = model.vector_of(allocate(model.problem, policy))
        for spec in goals_with_cost(model):
            value = search_for(model, spec, vector).value
            for distance in (0.0, 1e-7, 0.01, 0.3, 0.99, 1.0, 2.5):
                assert model.rounded_bound(spec, value - distance) <= value + 2e-6


def test_no_hold_is_tighter_than_the_solver_can_see() -> None:
    model = target_model("unit_otif", 0.5)
    vector = vector_for(model, {"SO1/1 0": 8})
    for name in ("target:1", "fill:1", "value"):
        model.lock(goal(model, name), vector)
    free = np.ones(len(vector), dtype=bool)
    part = model.mip_arrays(free, vector, model.cost(goal(model, "value"))[0])
    achieved = model.matrix.columns["achieved"].start
    assert part["lower"][achieved] == pytest.approx(5 - slack_of(1.0).mip, abs=1e-9)
    limits = [row.limit + row.slack.mip for row in model.rows]
    assert set(np.round(limits, 6)) <= set(np.round(part["row_upper"], 6))


def test_divisible_items_give_less_away() -> None:
    assert target_model("unit_otif", 0.5).grids == [1.0]
    assert target_model("unit_otif", 0.5, "SO1,1,hose,4.5,1", **HOSES).grids == [0.001]
    assert slack_of(0.0) == OFF_GRID
    assert slack_of(1.0).mip > OFF_GRID.mip


def test_the_part_left_free_sees_what_is_fixed() -> None:
    model = target_model("unit_otif", 0.5, stock=TABLES["stock"].replace("100", "7"))
    fixed = vector_for(model, {"SO1/1 1": 3})
    x = model.matrix.columns["x"]
    free = np.ones(len(fixed), dtype=bool)
    free[x.start + 1 : x.stop] = False  # all that does not ship on the first day
    part = model.mip_arrays(free, np.where(free, 0.0, fixed), np.ones(len(fixed)))
    assert len(part["cost"]) == free.sum()
    assert 7 - 3 in part["row_upper"]  # stock
    assert 7 not in part["row_upper"]


def test_a_policy_start_is_its_own_lift() -> None:
    model = model_of(tiny_scenario(3))
    x = allocate(model.problem, Policy.EDD)
    np.testing.assert_allclose(model.shipped(model.vector_of(x)), x, atol=1e-9)
