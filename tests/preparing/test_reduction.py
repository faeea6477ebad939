"""What is closed before solving cannot ship in any plan, and something is closed."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

from models.allocation import declare
from models.problem import Problem
from models.scenario import Scenario
from models.settings import Policy
from models.solution import Goal
from optimizer.common.clock import Clock
from optimizer.compiling import compile_matrix
from optimizer.policies import allocate
from optimizer.preparing.reduction import close_impossible
from optimizer.solving.locked_model import LockedModel
from optimizer.solving.optimise import optimise
from tests.support.answers_as_text import TABLES, one_line
from tests.support.scenarios_as_text import make_scenario
from tests.support.seeds import seeds
from tests.support.solverless_plans import prepared
from tests.support.tiny_scenarios import tiny_scenario

SEEDS = range(100)
SOLVED = (10, 36, 54, 95)
"""Seeds in which something is closed, solved with and without."""


def closed(problem: Problem) -> NDArray[np.bool_]:
    """Find the options that reducing takes from a problem."""
    after = close_impossible(problem).options["upper"].to_numpy()
    found: NDArray[np.bool_] = (after == 0) & (problem.options["upper"] > 0).to_numpy()
    return found


def closed_lines(scenario: Scenario) -> list[str]:
    """Name the lines that reducing closes."""
    problem = prepared(scenario)
    line = np.unique(problem.options["line"][closed(problem)])
    order = problem.orders["order"].to_numpy()[problem.lines["order"].to_numpy()[line]]
    names: list[str] = (order + "/" + problem.lines["line"].to_numpy()[line]).tolist()
    return names


@pytest.mark.parametrize(
    ("stock", "quantity", "keys", "lost"),
    [
        (9, 10, "complete", True),
        (10, 10, "complete", False),
        (6, 10, "min_fill", True),  # 0.65 x 10 is 7 whole units
        (7, 10, "min_fill", False),
        (1, 10, "", False),
    ],
)
def test_a_line_that_cannot_reach_its_smallest_delivery(
    stock: int, quantity: int, keys: str, lost: bool
) -> None:
    value = {"complete": ",true", "min_fill": ",0.65", "": ""}[keys]
    lines = f"order,line,item,quantity{',' if keys else ''}{keys}\nSO1,1,pump,{quantity}{value}"
    scenario = one_line(lines=lines, stock=f"site,item,on_hand\nLYON,pump,{stock}")
    assert closed_lines(scenario) == (["SO1/1"] if lost else [])


def ship_complete(lines: str, stock: str) -> Scenario:
    """Build a ship-complete order and a plain one."""
    return make_scenario(
        customers=TABLES["customers"],
        lanes="site,region,service,transit_days\nGENT,north,standard,1\nLYON,north,standard,1",
        orders="order,customer,requested,ship_complete\n"
        "SO1,ACME,2026-11-25,true\nSO2,ACME,2026-11-25,",
        lines=f"order,line,item,quantity\n{lines}\nSO2,1,pump,99",
        stock=f"site,item,on_hand\n{stock}",
    )


@pytest.mark.parametrize(
    ("lines", "stock", "lost"),
    [
        ("SO1,1,pump,5\nSO1,2,valve,5", "LYON,pump,9\nLYON,valve,4", ["SO1/1", "SO1/2"]),
        ("SO1,1,pump,5\nSO1,2,valve,5", "LYON,pump,9\nLYON,valve,4\nGENT,valve,1", []),
        ("SO1,1,pump,5\nSO1,2,hose,5", "LYON,pump,9", ["SO1/1"]),  # hose is nowhere
        ("SO1,1,pump,5\nSO1,2,pump,5", "LYON,pump,9", ["SO1/1", "SO1/2"]),  # together too much
        ("SO1,1,pump,5\nSO1,2,pump,5", "LYON,pump,9\nGENT,pump,1", []),
    ],
)
def test_an_order_that_cannot_be_complete(lines: str, stock: str, lost: list[str]) -> None:
    assert closed_lines(ship_complete(lines, stock)) == lost


def test_stock_that_comes_too_late_is_out_of_reach() -> None:
    scenario = one_line(
        orders="order,customer,requested,cancel\nSO1,ACME,2026-11-25,2026-11-25",
        lines="order,line,item,quantity,complete\nSO1,1,pump,10,true",
        stock="site,item,on_hand\nLYON,pump,6",
        receipts="site,item,date,quantity\nLYON,pump,2026-11-25,9",
    )
    assert closed_lines(scenario) == ["SO1/1"]


@pytest.mark.parametrize("seed", seeds(30, 100))
def test_no_plan_ships_anything_by_a_closed_option(seed: int) -> None:
    problem = prepared(tiny_scenario(seed))
    gone = closed(problem)
    if not gone.any():
        return
    m = compile_matrix(declare(problem))
    weight = np.zeros(len(m.upper))
    weight[m.columns["x"]][gone] = 1.0
    found = milp(
        -weight,
        integrality=m.whole.astype(int),
        bounds=Bounds(0, m.upper),
        constraints=LinearConstraint(m.a, m.row_lower, m.row_upper),
    )
    assert found.status == 0
    assert found.fun == pytest.approx(0, abs=1e-6)


def test_the_seeds_have_something_to_close() -> None:
    closing = {seed for seed in SEEDS if closed(prepared(tiny_scenario(seed))).any()}
    assert len(closing) >= 10
    assert closing >= set(SOLVED)


def test_nothing_else_changes() -> None:
    for seed in SOLVED:
        before = prepared(tiny_scenario(seed))
        after = close_impossible(before)
        kept = ~closed(before)
        assert (after.options["upper"] == before.options["upper"])[kept].all()
        assert after.options.drop(columns="upper").equals(before.options.drop(columns="upper"))


def goals_of(problem: Problem) -> tuple[Goal, ...]:
    """Solve a problem to proved optimality."""
    declared = declare(problem)
    held = LockedModel(problem, declared, compile_matrix(declared))
    rules = (Policy.FCFS, Policy.SEGMENT_PRIORITY)
    starts = {policy: allocate(problem, policy) for policy in rules}
    return optimise(held, starts, Clock(60), threading.Event(), lambda _: None).goals


@pytest.mark.parametrize("seed", SOLVED)
def test_the_optimum_stays_the_same(seed: int) -> None:
    problem = prepared(tiny_scenario(seed))
    assert goals_of(close_impossible(problem)) == goals_of(problem)
