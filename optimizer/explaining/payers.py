"""Who would pay if a line were filled from known supply: the least that others lose for it.

Planned anew are the line's order and its competitors (:mod:`optimizer.explaining.competitors`); all
others keep what they have. The line must be full and on time; a ship-complete order is asked for as
a whole. Goal by goal as little as possible is lost of what the plan reaches - better than now is no
aim - and at last as few lines change as can be. Each search ends by nodes, never by the clock, so
that the same question has the same answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
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
from optimizer.explaining.residual_model import (
    NODES,
    UNHURRIED,
    Demand,
    free_columns,
    lines_of,
    solve_feasible,
)
from optimizer.planning.pose import pose_problem
from optimizer.policies.commitment_keeping import keep_commitments
from optimizer.preparing import prepare
from optimizer.scenario.frozen_commitments import frozen_shipments
from optimizer.solving.evaluation import PROOF, evaluate_goals
from optimizer.solving.highs import NoAnswerError, SolverProcess
from optimizer.solving.locked_model import LockedModel
from optimizer.solving.restricted_mip import RestrictedMip, solve_restricted
from optimizer.solving.search import Search

SHIPPED = (
    *("x", "carried", "moved", "missing", "used", "joined", "kept"),
    *("taken_line", "taken_order"),
)
"""Variables of what is shipped; the others count it."""
COLUMNS = 40_000
"""Columns that may change at most: beyond them nothing is said. A search of one goal ends after
:data:`NODES` nodes; beyond them, others may pay more than they need."""
SWAPS = 20
"""Competitors that could give way alone and are compared, those that matter least first."""


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
    proved
        Whether nothing less is enough; if not, it is what they lose at most.
    swap
        The least that one order alone could give way for it, where several pay and one could.
    """

    losers: pd.DataFrame
    goals: pd.DataFrame
    proved: bool
    swap: Payment | None = None


@dataclass(frozen=True, eq=False)
class _Least:
    """The plan in which others lose the least: its columns, losses by goal, whether proved."""

    vector: np.ndarray
    lost: tuple[float, ...]
    proved: bool


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
        Orders that compete with the line's, those that matter least first.
    process
        Solves.

    Returns
    -------
    Payment or None
        None where these orders cannot give enough.

    Raises
    ------
    NoAnswerError
        When it would be too much work.
    """
    orders = [*question.orders, *rivals]
    scenario = freeze_others(question.scenario, question.shipments, orders, as_now=True)
    scenario = replace(scenario, settings=_settings(scenario.settings))
    problem = prepare(scenario)
    held = pose_problem(problem, fine=True).model()
    before = frozen_shipments(question.scenario, question.shipments)
    held.matrix, _ = with_certain_part(problem, held.matrix, before, lines_of(problem, orders))
    held.matrix = _with_demand(held.matrix, problem, question.demands_to_others(problem))
    now = keep_commitments(problem)
    if abs(now.sum() - question.shipments["quantity"].sum()) > UNIT:
        msg = "the plan cannot be told from its shipments"
        raise NoAnswerError(msg)
    swap = _simplest_swap(question, held, rivals, now, process)
    least = _least(held, orders, now, process, swap)
    if least is None:
        return None
    payment = _payment(question, held, least, goals)
    if swap is None or len(payment.losers["order"].unique()) <= 1:
        return payment
    return replace(payment, swap=_payment(question, held, swap, goals))


def _simplest_swap(
    question: LineQuestion,
    held: LockedModel,
    rivals: Sequence[str],
    now: np.ndarray,
    process: SolverProcess,
) -> _Least | None:
    """Find the one competitor whose giving way costs least, all others as they are."""
    found: list[_Least] = []
    for rival in rivals:
        with suppress(NoAnswerError):
            least = _least(held, [*question.orders, rival], now, process)
            found += [least] if least is not None else []
        if len(found) == SWAPS:
            break
    return min(found, key=lambda least: least.lost, default=None)


def _least(
    unlocked: LockedModel,
    orders: Sequence[str],
    x: np.ndarray,
    process: SolverProcess,
    start: _Least | None = None,
) -> _Least | None:
    """Plan some orders anew, goal by goal, from the plan as it is; None where nothing fits."""
    held = unlocked.copy()
    free, now = _free(held, orders), held.vector_of(x)
    if free.sum() > COLUMNS:
        msg = "too much competes"
        raise NoAnswerError(msg)
    vector = start.vector if start else _some_plan(held, free, now, process)
    if vector is None:
        return None
    proved, lost = True, []
    for spec in search_steps(held.problem):
        if spec.expression and not spec.settles:
            search, before = Search.of(spec, held, vector), Search.of(spec, held, now).value
            if search.value > before + search.noise:
                search.bound = before  # better is no aim
                mip = RestrictedMip(free, nodes=NODES)
                search.raise_bound(solve_restricted(search, mip, process, Clock(UNHURRIED)))
            vector, loses = search.best, search.value > before + search.noise
            apart = search.value - search.bound > PROOF * max(1.0, abs(search.value))
            proved &= not (loses and apart)
            lost.append(round(max(0.0, search.value - before), UNIT_DECIMALS))
            held.lock(spec, vector if loses else now)
    return _Least(vector, tuple(lost), proved)


def _payment(
    question: LineQuestion, held: LockedModel, least: _Least, goals: Sequence[Goal]
) -> Payment:
    """Tell a plan by what others lose in it."""
    x, moved = held.shipped(least.vector), held.moved(least.vector)
    after = evaluate_goals(held, x, None, moved)
    changed = _changed(held.problem.settings, goals, after)
    return Payment(_losers(question, held.problem, x), changed, least.proved)


def _free(held: LockedModel, orders: Sequence[str]) -> np.ndarray:
    """Columns of some orders and of what goals count: bool array (columns,)."""
    problem, matrix = held.problem, held.matrix
    free, _ = free_columns(problem, matrix, lines_of(problem, orders))
    for name, columns in matrix.columns.items():
        if name not in SHIPPED:
            free[columns] = True
    return free


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


def _some_plan(
    held: LockedModel, free: np.ndarray, base: np.ndarray, process: SolverProcess
) -> np.ndarray | None:
    """Find a plan with the line in full that is near the one at hand; None where there is none."""
    cost, x = np.zeros(len(base)), held.matrix.columns["x"]
    cost[x] = np.where(base[x] > 0, -1.0, 1.0) * held.matrix.step[x]
    values = solve_feasible(process, held.mip_arrays(free, base, cost))
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
