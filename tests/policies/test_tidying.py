"""A tidy plan: no needless parcel, no needless wait, the nearest site, and nothing lost."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
import pytest

from models.allocation import declare
from models.problem import Problem
from models.scenario import Scenario
from models.settings import Policy
from optimizer.compiling import compile_matrix
from optimizer.policies import SEQUENCES, allocate, tidying
from optimizer.policies.tidying import tidy
from optimizer.solving.locked_model import LockedModel
from tests.support.answers_as_text import TABLES, one_line, one_segment
from tests.support.named_plans import Floats, plan_in_names
from tests.support.seeds import seeds
from tests.support.solverless_plans import prepared, units
from tests.support.tiny_scenarios import tiny_scenario

POLICIES = list(SEQUENCES)


def tidied(scenario: Scenario, plan: Mapping[str, float]) -> dict[str, float]:
    """Tidy a plan told in names."""
    problem = prepared(scenario)
    return plan_in_names(problem, tidy(problem, units(problem, plan)))


def test_a_needless_split_is_merged() -> None:
    assert tidied(one_line(), {"SO1/1 0": 4, "SO1/1 1": 6}) == {"SO1/1 0 standard LYON": 10}


def test_a_needless_wait_is_removed() -> None:
    assert tidied(one_line(), {"SO1/1 2": 10}) == {"SO1/1 0 standard LYON": 10}


def test_a_split_that_stock_forces_remains() -> None:
    scenario = one_line(
        stock="site,item,on_hand\nLYON,pump,4",
        receipts="site,item,date,quantity\nLYON,pump,2026-11-24,6",
        orders="order,customer,requested,cancel\nSO1,ACME,2026-11-24,2026-11-25",
    )
    plan = {"SO1/1 0": 4, "SO1/1 1": 6}
    assert tidied(scenario, plan) == {"SO1/1 0 standard LYON": 4, "SO1/1 1 standard LYON": 6}


def test_a_split_that_keeps_units_on_time_remains() -> None:
    scenario = one_line(
        one_segment(value_kept_per_day_late=1),
        stock="site,item,on_hand\nLYON,pump,4",
        receipts="site,item,date,quantity\nLYON,pump,2026-11-25,6",
    )
    plan = {"SO1/1 1": 4, "SO1/1 2": 6}  # all on day 2 would be one parcel, but late
    assert tidied(scenario, plan) == {"SO1/1 0 standard LYON": 4, "SO1/1 2 standard LYON": 6}


def test_lines_of_one_order_come_together() -> None:
    scenario = one_line(
        lines="order,line,item,quantity\nSO1,1,pump,5\nSO1,2,valve,5",
        stock="site,item,on_hand\nLYON,pump,5\nLYON,valve,5\nGENT,pump,5",
        lanes="site,region,service,transit_days\nGENT,north,standard,1\nLYON,north,standard,1",
    )
    plan = {"SO1/1 0 standard GENT": 5, "SO1/2 0 standard LYON": 5}
    assert tidied(scenario, plan) == {"SO1/1 0 standard LYON": 5, "SO1/2 0 standard LYON": 5}


NEAR_AND_FAR = {
    "stock": "site,item,on_hand\nFAR,pump,10\nNEAR,pump,10",
    "calendars": "of,id,closed\nregion,north,2026-11-24",  # both arrive on the 25th
    "orders": "order,customer,requested\nSO1,ACME,2026-11-25",
}


@pytest.mark.parametrize(("near_cost", "site"), [(2, "NEAR"), (1, "NEAR"), (3, "FAR")])
def test_the_nearer_site_ships_unless_it_costs_more(near_cost: float, site: str) -> None:
    lanes = f"FAR,north,standard,2,2\nNEAR,north,standard,1,{near_cost}"
    lanes = f"site,region,service,transit_days,cost_per_unit\n{lanes}"
    scenario = one_line(None, lanes=lanes, **NEAR_AND_FAR)
    assert tidied(scenario, {"SO1/1 0 standard FAR": 10}) == {f"SO1/1 0 standard {site}": 10}


def test_no_earlier_arrival_is_bought() -> None:
    services = {"standard": {}, "express": {"surcharge_per_unit": 0.01}}
    segments = {"gold": {"tier": 1, "services": ["express", "standard"]}}
    scenario = one_line(
        {"services": services, "segments": segments},
        lanes=TABLES["lanes"] + "\nLYON,north,express,0",
    )
    plan = {"SO1/1 0 standard": 10}
    assert tidied(scenario, plan) == {"SO1/1 0 standard LYON": 10}


def test_capacity_that_others_use_is_left_to_them() -> None:
    scenario = one_line(
        orders="order,customer,requested\nSO1,ACME,2026-11-25\nSO2,ACME,2026-11-25",
        lines="order,line,item,quantity\nSO1,1,pump,6\nSO2,1,pump,6",
        site_capacity="site,units\nLYON,9",
    )
    plan = {"SO2/1 0": 6, "SO1/1 1": 6}
    assert tidied(scenario, plan) == {"SO2/1 0 standard LYON": 6, "SO1/1 1 standard LYON": 6}


def rough(seed: int) -> tuple[Problem, Floats]:
    """Return the plan of one of the policies for a tiny scenario."""
    problem = prepared(tiny_scenario(seed))
    return problem, allocate(problem, POLICIES[seed % len(POLICIES)])


@cache
def delayed(seed: int) -> tuple[Problem, Floats]:
    """Let all shipments leave as late as rules allow, one by one: much to tidy up."""
    problem, x = rough(seed)
    held = LockedModel(problem, declared := declare(problem), compile_matrix(declared))
    options = problem.options
    way = options.groupby(["line", "site", "service", "on_time"]).ngroup().to_numpy()
    for source in np.flatnonzero(x).tolist():
        for target in np.flatnonzero(way == way[source])[::-1].tolist():
            tried = x.copy()
            tried[source] -= x[source]
            tried[target] += x[source]
            if target > source and held.accepts(held.vector_of(tried)):
                x = tried
                break
    return problem, x


def parcels(problem: Problem, x: Floats) -> int:
    """Count order, site, service and day of what is shipped."""
    shipped = problem.options[x > 0]
    order = problem.lines["order"].to_numpy()[shipped["line"]]
    keys = shipped.assign(order=order)[["order", "site", "service", "day"]]
    return len(keys.drop_duplicates())


def by_line(problem: Problem, amounts: Floats) -> Floats:
    """Add up by line."""
    line = problem.options["line"].to_numpy()
    totals: Floats = np.bincount(line, amounts, minlength=len(problem.lines)).astype(float)
    return totals


def assert_nothing_lost(problem: Problem, before: Floats, after: Floats) -> None:
    """Hold a tidied plan to the rules and to what each line got before."""
    held = LockedModel(problem, declared := declare(problem), compile_matrix(declared))
    assert held.accepts(held.vector_of(after))
    np.testing.assert_allclose(by_line(problem, after), by_line(problem, before), atol=1e-9)
    on_time = problem.options["on_time"].to_numpy()
    assert (by_line(problem, after * on_time) >= by_line(problem, before * on_time) - 1e-9).all()
    margin = (problem.options["unit_worth"] - problem.options["unit_cost"]).to_numpy()
    assert margin @ after >= margin @ before - 1e-6
    assert parcels(problem, after) <= parcels(problem, before)


@pytest.mark.parametrize("seed", range(0, 60, 4))
def test_nothing_is_lost_of_a_plan_that_waits_needlessly(seed: int) -> None:
    problem, x = delayed(seed)
    assert_nothing_lost(problem, x, tidy(problem, x))


def test_the_plans_that_wait_are_tidied() -> None:
    changed = 0
    for seed in range(0, 60, 4):
        problem, x = delayed(seed)
        changed += bool((tidy(problem, x) != x).any())
    assert changed > 6


@pytest.mark.parametrize("seed", seeds(20, 60))
def test_a_tidy_plan_loses_nothing_and_stays_as_it_is(seed: int) -> None:
    problem, x = rough(seed)
    given = x.copy()
    once = tidy(problem, x)
    np.testing.assert_array_equal(x, given)
    np.testing.assert_allclose(by_line(problem, once), by_line(problem, x), atol=1e-9)
    assert parcels(problem, once) <= parcels(problem, x)
    np.testing.assert_array_equal(tidy(problem, x), once)
    np.testing.assert_array_equal(tidy(problem, once), once)


def test_a_plan_without_shipments_is_tidy() -> None:
    problem = prepared(one_line())
    assert not tidy(problem, np.zeros(len(problem.options))).any()
    nowhere = prepared(one_line(stock="site,item,on_hand"))
    assert tidy(nowhere, allocate(nowhere, Policy.FCFS)).shape == (0,)


def test_out_of_time_nothing_more_is_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    problem, x = delayed(4)
    done = tidy(problem, x)
    assert (done != x).any()
    np.testing.assert_array_equal(tidy(problem, x, seconds=-1.0), x)
    monkeypatch.setattr(tidying, "AT_ONCE", 1)
    for looks in range(4):
        ticks = iter([0.0] * (1 + looks) + [9.0])
        monkeypatch.setattr(tidying, "monotonic", lambda ticks=ticks: next(ticks))
        assert_nothing_lost(problem, x, tidy(problem, x, seconds=5.0))
