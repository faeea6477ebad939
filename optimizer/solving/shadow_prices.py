"""What a unit less of stock or capacity changes: the first goal that gets worse, and money.

The duals of a goal, with the goals before it locked, bound from below what it loses with a unit,
not what it gains by one more. What its LP could still gain over the plan must be taken off once,
from whatever total is stated: ``slack``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from models.allocation import GoalSpec
from models.goals import GoalKind
from models.solution import PRICES, Goal
from models.tolerances import DECIMALS, INTEGRALITY, MONEY, UNIT
from optimizer.outcome import no_prices
from optimizer.solving.goal_changes import goal_changes
from optimizer.solving.locked_model import LockedModel
from optimizer.solving.lp import LPSolution
from optimizer.solving.priced_limits import LIMIT, priced_limits


def shadow_prices(
    model: LockedModel,
    steps: Sequence[GoalSpec],
    lps: Mapping[str, LPSolution],
    reached: Sequence[Goal],
) -> pd.DataFrame:
    """Price what is scarce.

    Parameters
    ----------
    model
        Whose rows are priced, with all steps locked.
    steps
        Goals and what is searched beside them, in their order.
    lps
        The LP of each step for which one was solved, by name.
    reached
        What the plan reaches of each goal.

    Returns
    -------
    pandas.DataFrame
        The columns of :data:`models.solution.PRICES`; only what any goal needs.
    """
    limits = priced_limits(model.problem)
    first_rows = {rule: at.start for rule, at in model.matrix.rows.items()}
    at = limits["rule"].map(first_rows).astype("int64") + limits["nth"]
    changes = goal_changes(model, steps, lps, at.to_numpy())
    values = {goal.name: goal.value for goal in reached}
    goals = [nth for nth, step in enumerate(steps) if step.reported and step.name in lps]
    rows = [no_prices()]
    priced = np.zeros(len(limits), dtype=bool)
    for nth in goals:
        step, lp = steps[nth], lps[steps[nth].name]
        first = ~priced & (changes[nth] > MONEY)
        by = changes[nth][first]
        slack = _slack(model, step, lp, values[step.name], by)
        rows.append(limits[first].assign(goal=step.name, by=by, slack=slack))
        priced |= first
    found = pd.concat(rows)
    money = next((n for n in goals if steps[n].kind is GoalKind.VALUE), None)
    price = np.nan if money is None else changes[money][found.index]
    return _tidied(found.assign(price=price))


def _slack(
    model: LockedModel, step: GoalSpec, lp: LPSolution, value: float, by: np.ndarray
) -> np.ndarray:
    """Say what the LP could still gain over the plan, shape as ``by`` [goal].

    A goal that takes only some values gains no less than the next of them; so does each that is
    worse by whole steps.
    """
    _, constant = model.cost(step)
    reached, bound, grid = step.sign * value, lp.bound + constant, model.grid_of(step)
    slack = np.full(len(by), max(0.0, reached - bound))
    if grid:
        on_steps = np.abs(by / grid - np.round(by / grid)) < INTEGRALITY
        slack[on_steps] = max(0.0, reached - model.rounded_bound(step, bound))
    return np.where(slack < UNIT, 0.0, slack)


def _tidied(rows: pd.DataFrame) -> pd.DataFrame:
    """Give the frame its columns, rounding and order."""
    rows = rows[list(PRICES)].copy()
    amounts = ["by", "price", "slack"]
    rows[amounts] = rows[amounts].astype(float).round(DECIMALS) + 0.0
    return rows.astype(PRICES).sort_values(LIMIT, ignore_index=True)
