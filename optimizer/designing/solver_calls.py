"""Requests to the solver process, as design problems make them."""

from __future__ import annotations

from typing import Any

import numpy as np

from optimizer.common.clock import Clock
from optimizer.designing.compiled_network import Floats
from optimizer.solving.highs import MipLimits, NoAnswerError, SolverProcess


def load_lp(process: SolverProcess, model: dict[str, Any], clock: Clock) -> None:
    """Keep an LP in the process, to be solved again and again."""
    process.ask("load", clock.left, model=model)


def solve_loaded_lp(
    process: SolverProcess, cost: Floats, lower: Floats, upper: Floats, clock: Clock
) -> dict[str, Any]:
    """Solve the kept LP at other bounds of all columns, from where it stands."""
    columns = np.arange(len(lower))
    process.ask("change", clock.left, columns=columns, lower=lower, upper=upper, rows=[])
    return _solve_lp(process, cost, clock, "down")


def _solve_lp(process: SolverProcess, cost: Floats, clock: Clock, way: str) -> dict[str, Any]:
    nothing = np.empty(0)
    reach = {"columns": nothing, "lower": nothing, "back": nothing, "upper": nothing}
    return process.ask("lp", clock.left, cost=cost, reach=reach, seconds=clock.left, way=way)


def solve_lp(process: SolverProcess, model: dict[str, Any], clock: Clock) -> dict[str, Any]:
    """Solve without whole columns, from nothing.

    Raises
    ------
    NoAnswerError
        When there was no answer in time.
    """
    load_lp(process, {name: value for name, value in model.items() if name != "whole"}, clock)
    answer = _solve_lp(process, model["cost"], clock, "scratch")
    if not answer["optimal"]:
        msg = f"the LP ended as {answer['status']}"
        raise NoAnswerError(msg)
    return answer


def solve_mip(
    process: SolverProcess,
    model: dict[str, Any],
    clock: Clock,
    gap: float,
    start: Floats | None,
) -> tuple[Floats, float]:
    """Solve a MIP that has an answer: the best values, and the bound.

    Raises
    ------
    NoAnswerError
        When there was none in time, two ways.
    """
    for again in (False, True):
        try:
            limits = MipLimits(clock.left, gap)
            answer = process.solve_mip(model, limits, start, again=again)
        except NoAnswerError:
            if again or clock.left <= 0:
                raise
            continue
        if answer["values"] is not None:
            return answer["values"], float(answer["bound"])
    msg = f"the MIP ended as {answer['status']}"
    raise NoAnswerError(msg)
