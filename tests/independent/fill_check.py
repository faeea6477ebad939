"""A second opinion on what fits: whether a line can be full and on time, others as they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import pandas as pd

from models.scenario import Scenario
from tests.independent.case import Case, Option
from tests.independent.formulation import Formulation
from tests.independent.rows import exact

LITTLE = Fraction(1, 100_000)
"""A full line may miss so much [unit]."""


def fits(
    scenario: Scenario,
    before: pd.DataFrame,
    order: str,
    line: str,
    promised: pd.DataFrame,
    *,
    ever: bool = False,
) -> bool:
    """Say whether a line can be full and on time in a scenario in which others are frozen.

    Parameters
    ----------
    scenario
        Tiny. Everything frozen of other orders must be kept.
    before
        What lines got so far: the other lines of the order get no less.
    order, line
        Which.
    promised
        Shipments that were frozen before the plan: they may use supply of any certainty, others
        that are frozen now may not.
    ever
        Whether it may come late, too.
    """
    case = Case(scenario)
    if not case.options:
        return False
    case.options = [
        each for option in case.options for each in _as_planned(case, option, order, promised)
    ]
    formulation = Formulation(case)
    programme = formulation.programme
    for j, option in enumerate(case.options):
        if option.kept and case.lines[option.line].order != order:
            programme.require(formulation.shipped[j], least=float(option.committed))
    mine = before[before["order"] == order].set_index("line")
    asked = None
    for k, each in enumerate(case.lines):
        if each.order != order:
            continue
        if each.name == line:
            asked = k
            continue
        for on_time, column in ((False, "delivered"), (True, "delivered_on_time")):
            least = float(mine[column][each.name])
            if least > 0:
                programme.require(formulation.delivered(k, on_time=on_time), least=least - 1e-7)
    assert asked is not None, "no such line"
    wanted = formulation.delivered(asked, on_time=not ever)
    if not wanted:
        return False
    answer = programme.minimise({x: -c for x, c in wanted.items()})
    got = sum(c * Fraction(answer[x]) for x, c in wanted.items())
    return bool(got >= case.lines[asked].enough - LITTLE)


def _as_planned(case: Case, option: Option, order: str, promised: pd.DataFrame) -> Iterator[Option]:
    """Let what the plan gave to others, beside what was promised, stay as certain as they ask."""
    line = case.lines[option.line]
    if not option.kept or line.order == order:
        yield option
        return
    named = {"order": line.order, "line": line.name, "item": option.item}
    named |= {"site": option.site, "service": option.service}
    same = (promised[list(named)] == pd.Series(named)).all(axis=1)
    same &= promised["ship_date"].dt.date == option.ship
    before = min(exact(promised.loc[same, "quantity"].sum()), option.committed)
    for units, sure in ((before, False), (option.committed - before, True)):
        if units:
            yield replace(option, committed=units, most=min(units, option.most), sure=sure)
