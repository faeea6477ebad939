"""A second opinion on who would pay: who competes with an order, and the least that others lose."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from fractions import Fraction

import pandas as pd

from models.goals import GoalName
from models.scenario import Scenario
from optimizer.explaining.freezing import freeze_others
from tests.independent.case import Case, Line
from tests.independent.formulation import Formulation
from tests.independent.goals import MONEY
from tests.independent.limits import limits
from tests.independent.optimum import slack_of

NOISE = Fraction(1, 10**6)


def rivals(scenario: Scenario, shipments: pd.DataFrame, order: str) -> set[str]:
    """Find the orders that use stock, or a limit too short for all, that an order could use.

    Parameters
    ----------
    scenario
        Tiny, none of whose supply is uncertain.
    shipments
        Of the plan.
    order
        Which.
    """
    case = Case(freeze_others(scenario, shipments, (order,)))
    names = [case.lines[option.line].order for option in case.options]
    own = {j for j, name in enumerate(names) if name == order}
    others = {j: o for j, o in enumerate(case.options) if o.kept and names[j] != order}
    anywhere = bool(case.rows["transfers"])
    stock = {(o.item, "" if anywhere else o.site) for o in map(case.options.__getitem__, own)}
    found = {names[j] for j, o in others.items() if (o.item, "" if anywhere else o.site) in stock}
    need = sum((line.quantity for line in case.lines if line.order == order), Fraction(0))
    for limit in limits(case):
        mine = [weight for j, weight in limit.uses.items() if j in own]
        if limit.line >= 0 or not mine:
            continue
        used = sum(
            (weight * others[j].committed for j, weight in limit.uses.items() if j in others),
            Fraction(0),
        )
        if limit.most - used < need * max(mine) - NOISE:
            found |= {names[j] for j in limit.uses if j in others}
    return found


def least_losses(
    scenario: Scenario,
    shipments: pd.DataFrame,
    before: pd.DataFrame,
    reached: Mapping[str, float],
    orders: Collection[str],
    line: str,
    *,
    ever: bool = False,
) -> dict[str, float] | None:
    """Give what each goal loses at least when a line is filled; None where it cannot be.

    Parameters
    ----------
    scenario, shipments, before
        Tiny; the plan, and what lines got in it.
    reached
        Its goals: better is no aim.
    orders
        Those that may change, the line's first.
    line
        Which.
    ever
        Whether it may come late, too.
    """
    order, *_ = orders
    frozen = freeze_others(scenario, shipments, orders, as_now=True)
    left_out = (GoalName.FAIRNESS, GoalName.STABILITY)
    goals = [goal for goal in frozen.settings.goals if goal not in left_out]
    settings = frozen.settings.model_copy(
        update={
            "goals": (*goals, GoalName.STABILITY),
            "give_up": frozen.settings.give_up.model_copy(update={"value": 0.0}),
        }
    )
    case = Case(replace(frozen, settings=settings))
    formulation = Formulation(case)
    for j, option in enumerate(case.options):
        if option.kept and case.lines[option.line].order not in orders:
            formulation.programme.require(formulation.shipped[j], least=float(option.committed))
    mine = before[before["order"] == order].set_index("line")
    for k, each in enumerate(case.lines):
        if each.order == order and not _ask(formulation, k, each, mine, line, ever=ever):
            return None
    try:
        return _losses(formulation, reached)
    except AssertionError as error:
        if "a plan is always possible" in str(error):
            return None
        raise


def _losses(formulation: Formulation, reached: Mapping[str, float]) -> dict[str, float]:
    """Lose as little as possible, one goal after another."""
    lost = {}
    for name, objective in formulation.goals.items():
        counted = formulation.counted(formulation.programme.minimise(objective))[name]
        sign = -1 if name in MONEY else 1
        now = sign * reached.get(name, 0.0)
        most = max(sign * float(counted), now)
        lost[name] = most - now
        if objective:
            formulation.programme.hold(objective, most, slack_of(formulation.case, name))
    return lost


def _ask(
    formulation: Formulation, k: int, each: Line, mine: pd.DataFrame, line: str, *, ever: bool
) -> bool:
    """Ask for a line in full, or no less of it than now; whether anything can deliver it."""
    programme = formulation.programme
    punctual = formulation.delivered(k, on_time=True)
    if each.ship_complete:
        wanted = punctual or formulation.delivered(k)
    elif each.name == line:
        wanted = formulation.delivered(k, on_time=not ever)
    else:
        for column, given in (
            ("delivered", formulation.delivered(k)),
            ("delivered_on_time", punctual),
        ):
            least = float(mine[column][each.name])
            if least > 0:
                programme.require(given, least=least - 1e-7)
        return True
    if wanted:
        programme.require(wanted, least=float(each.enough) - 1e-7)
    return bool(wanted)
