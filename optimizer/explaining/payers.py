"""Who would pay if a line were filled from known supply: the least that others lose for it.

Planned anew are the line's order and those who have what it wants; all others keep what they have.
The line must be full and on time. The scenario's goals are solved one after another as ever, and at
last as few lines change as can be. So the price is what this way costs: another way, over more
orders, may be cheaper.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import scipy.sparse as sp

from models.allocation import search_steps
from models.goals import GoalKind, GoalName, kind_of
from models.problem import Problem
from models.settings import Settings
from models.solution import Goal
from models.tolerances import UNIT, UNIT_DECIMALS
from optimizer.common.clock import Clock
from optimizer.common.words import goal_unit
from optimizer.compiling import Matrix
from optimizer.explaining.certain_supply import with_certain_part
from optimizer.explaining.freezing import freeze_others
from optimizer.explaining.line_question import LineQuestion
from optimizer.explaining.residual_model import Demand, free_columns, solve_feasible
from optimizer.planning.pose import pose_problem
from optimizer.policies.commitment_keeping import keep_frozen
from optimizer.preparing import prepare
from optimizer.scenario.frozen_commitments import frozen_shipments
from optimizer.solving.evaluation import evaluate_goals
from optimizer.solving.highs import SolverProcess
from optimizer.solving.locked_model import LockedModel
from optimizer.solving.restricted_mip import RestrictedMip, solve_restricted
from optimizer.solving.search import Search

ANY = 1e12
"""A gap that any answer is within."""
SHIPPED = (
    *("x", "carried", "moved", "missing", "used", "joined", "kept"),
    *("taken_line", "taken_order"),
)
"""Variables of what is shipped; the others count it."""
MOST = 30
"""Orders that are planned anew with the line's."""
SECONDS, GOAL_SECONDS = 1.0, 0.6
"""Time for any plan, and then for goals: cut short, others may pay more than they need [s]."""


@dataclass(frozen=True, eq=False)
class Payment:
    """What others lose when a line is filled from known supply.

    Parameters
    ----------
    losers
        Lines that get less or less on time: ``order``, ``line``, ``tier``, ``units`` (less
        delivered), ``late`` (less on time) [unit].
    goals
        Goals that change: ``goal``, ``before``, ``after``, ``unit``.
    """

    losers: pd.DataFrame
    goals: pd.DataFrame


def find_payers(
    question: LineQuestion, goals: Sequence[Goal], rivals: Sequence[str], process: SolverProcess
) -> Payment | None:
    """Fill a line at the least cost to others.

    Parameters
    ----------
    question
        The line and the plan.
    goals
        What the plan reaches.
    rivals
        Orders that have what the line wants, those that matter least first.
    process
        Solves.

    Returns
    -------
    Payment or None
        None where these orders cannot give enough.

    Raises
    ------
    NoAnswerError
        When the solver says nothing.
    """
    orders = [*question.orders, *rivals[:MOST]]
    scenario = freeze_others(question.scenario, question.shipments, orders, as_now=True)
    scenario = replace(scenario, settings=_settings(scenario.settings))
    problem = prepare(scenario)
    held = pose_problem(problem, fine=True).model()
    before, mine = frozen_shipments(question.scenario, question.shipments), _mine(problem, orders)
    held.matrix, _ = with_certain_part(problem, held.matrix, before, mine)
    held.matrix = _with_demand(held.matrix, problem, question.demands(problem))
    free = _free(held, orders)
    vector = _some_plan(held, free, process)
    if vector is None:
        return None
    clock, gap = Clock(GOAL_SECONDS), scenario.settings.solver.relative_gap
    for spec in search_steps(problem):
        if spec.expression and not spec.settles:
            search = Search.of(spec, held, vector)
            if search.value > UNIT or spec.expression == "loss":
                solve_restricted(search, RestrictedMip(free, gap=gap), process, clock)
            vector = search.best
            held.lock(spec, vector)
    x, moved = held.shipped(vector), held.moved(vector)
    after = evaluate_goals(held, x, None, moved)
    return Payment(_losers(question, problem, x), _changed(scenario.settings, goals, after))


def _free(held: LockedModel, orders: Sequence[str]) -> np.ndarray:
    """Columns of some orders and of what goals count: bool array (columns,)."""
    problem, matrix = held.problem, held.matrix
    free, _ = free_columns(problem, matrix, _mine(problem, orders))
    for name, columns in matrix.columns.items():
        if name not in SHIPPED:
            free[columns] = True
    return free | (len(problem.moves) > 0)


def _mine(problem: Problem, orders: Sequence[str]) -> np.ndarray:
    """Lines of some orders: bool array (lines,)."""
    mine: np.ndarray = problem.orders["order"].isin(orders).to_numpy()[problem.lines["order"]]
    return mine


def _settings(settings: Settings) -> Settings:
    """Solve the goals that count service and money, then change as little as possible."""
    left_out = (GoalName.FAIRNESS, GoalName.STABILITY)
    goals = (*(goal for goal in settings.goals if goal not in left_out), GoalName.STABILITY)
    give_up = settings.give_up.model_copy(update={"value": 0.0})
    return settings.model_copy(update={"goals": goals, "give_up": give_up})


def _with_demand(matrix: Matrix, problem: Problem, demands: Sequence[Demand]) -> Matrix:
    """Add rows: the line in full and on time, and no less for the order's other lines."""
    x = matrix.columns["x"]
    gives = problem.options["gives"].to_numpy() * matrix.step[x]
    rows = np.zeros((len(demands), matrix.a.shape[1]))
    for nth, each in enumerate(demands):
        rows[nth, x] = each.options * gives
    return replace(
        matrix,
        a=sp.vstack([matrix.a, sp.csc_array(rows)], format="csc"),
        row_lower=np.append(matrix.row_lower, [each.units - UNIT / 2 for each in demands]),
        row_upper=np.append(matrix.row_upper, np.full(len(demands), np.inf)),
    )


def _some_plan(held: LockedModel, free: np.ndarray, process: SolverProcess) -> np.ndarray | None:
    """Find any plan with the line in full; None where there is none."""
    base = held.vector_of(keep_frozen(held.problem))
    cost = np.zeros(len(base))
    values = solve_feasible(process, held.mip_arrays(free, base, cost), ANY, SECONDS)
    if values is None:
        return None
    vector = base.copy()
    vector[free] = values
    return held.vector_of(held.shipped(vector), held.moved(vector))


def _losers(question: LineQuestion, problem: Problem, x: np.ndarray) -> pd.DataFrame:
    """List the lines that get less, or less on time, than in the plan."""
    options = problem.options
    line, given = options["line"].to_numpy(), x * options["gives"].to_numpy()
    count = len(problem.lines)
    now = pd.DataFrame(
        {
            "order": problem.orders["order"].to_numpy()[problem.lines["order"]],
            "line": problem.lines["line"],
            "tier": problem.lines["tier"],
            "delivered": np.bincount(line, given, count),
            "punctual": np.bincount(line, given * options["on_time"], count),
        }
    )
    before = question.lines.set_index(["order", "line"])
    before = before.loc[pd.MultiIndex.from_frame(now[["order", "line"]])]
    now["units"] = (before["delivered"].to_numpy() - now["delivered"]).round(UNIT_DECIMALS)
    now["late"] = (before["delivered_on_time"].to_numpy() - now["punctual"]).round(UNIT_DECIMALS)
    lost = now[(now["units"] > UNIT) | (now["late"] > UNIT)]
    return lost[["order", "line", "tier", "units", "late"]].reset_index(drop=True)


def _changed(settings: Settings, before: Sequence[Goal], after: Sequence[Goal]) -> pd.DataFrame:
    """Compare the goals of the plan with those of the plan that fills the line."""
    then = {goal.name: goal.value for goal in before}
    rows = [
        (goal.name, then[goal.name], goal.value, goal_unit(settings, goal.name))
        for goal in after
        if goal.name in then
        and kind_of(goal.name) not in (GoalKind.COMMITMENTS, GoalKind.STABILITY)
        and abs(then[goal.name] - goal.value) > UNIT
    ]
    return pd.DataFrame(rows, columns=["goal", "before", "after", "unit"])
