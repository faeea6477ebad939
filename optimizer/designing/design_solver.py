"""The cheapest design that keeps its promises, with a proof: as one model, or day by day."""

from __future__ import annotations

import logging
import threading
import time

import numpy as np
import pandas as pd

from models.design import Network
from models.errors import NoPlanError
from models.tolerances import FEASIBILITY
from optimizer.common.clock import Clock
from optimizer.designing.benders import Decomposed
from optimizer.designing.design_arrays import Answer, Compiled, Floats
from optimizer.designing.solver_calls import Told, lp, mip
from optimizer.solving.highs import NoAnswerError, SolverProcess

log = logging.getLogger(__name__)

HALF = 0.5
"""A yes-or-no above it is a yes."""
LARGE = 60_000
"""Flows from which on the days are solved apart from the design (Benders)."""


def solve_design(
    compiled: Compiled,
    process: SolverProcess,
    clock: Clock,
    relative_gap: float,
    *,
    start: Answer | None = None,
    parts: Decomposed | None = None,
    told: Told = lambda _cost, _bound: None,
) -> Answer:
    """Find the cheapest design that keeps every promise, as far as any design can.

    What no design can reach is found first and held; then cost is minimised. The two are never
    weighed against each other.

    Parameters
    ----------
    compiled
        The model and the promises.
    process
        Solves it.
    clock
        Ends the search with the best answer so far.
    relative_gap
        Enough, as a share of the cost.
    start
        An answer that keeps these promises, too: of a network that promises more.
    parts
        The same problem taken apart, to be solved day by day instead of as one model.
    told
        Told of progress.

    Raises
    ------
    NoPlanError
        When there was no answer in time.
    """
    began = time.monotonic()
    try:
        short = unreachable(compiled, process, clock)
        rounds = 0
        if parts is None:
            values, bound = _one_model(compiled, process, clock, relative_gap, short, start, told)
        else:
            values, bound, rounds = parts.solve(compiled, process, clock, relative_gap, short, told)
    except NoAnswerError as error:
        msg = f"no design was found in time ({error}); allow more seconds or fewer days"
        raise NoPlanError(msg) from error
    cost = float(compiled.cost @ values)
    return Answer(values, cost, min(bound, cost), short, time.monotonic() - began, rounds)


def unreachable(compiled: Compiled, process: SolverProcess, clock: Clock) -> Floats:
    """Find what is missing to each promise even with every site open and every lane run.

    Both cost money only, so no design reaches more: an LP for each tier, first one first, is the
    proof.
    """
    short, slack = compiled.need.copy(), FEASIBILITY * np.maximum(compiled.need, 1.0)
    tiers = compiled.network.segments["tier"].to_numpy()
    for tier in np.unique(tiers):
        model = compiled.model(short=short, cost=compiled.missing_of(tiers == tier))
        for name in ("open", "runs"):
            columns = compiled.matrix.columns[name]
            model["lower"][columns] = model["upper"][columns]
        found = compiled.of_variable("short", lp(process, model, clock)["values"])
        least = np.where(found > slack, np.minimum(found + slack, compiled.need), 0.0)
        short = np.where(tiers == tier, least, short)
    return short


def _one_model(
    compiled: Compiled,
    process: SolverProcess,
    clock: Clock,
    relative_gap: float,
    short: Floats,
    start: Answer | None,
    told: Told,
) -> tuple[Floats, float]:
    """Solve everything at once."""
    model = compiled.model(short=short)
    relaxed = float(lp(process, model, clock)["objective"])
    gap = relative_gap * abs(relaxed)
    values, bound = mip(process, model, clock, gap, start.vector if start else None, told)
    return values, max(bound, relaxed)


def design_network(
    network: Network,
    *,
    relative_gap: float = 1e-6,
    seconds: float = 600.0,
    decompose: bool | None = None,
) -> tuple[pd.DataFrame, Answer]:
    """Find the cheapest network that keeps its promises.

    Parameters
    ----------
    network
        From :func:`optimizer.designing.networking.network_of` or
        :func:`optimizer.designing.facility_location.read_facility_location`.
    relative_gap
        Enough, as a share of the cost.
    seconds
        Time for it [s].
    decompose
        Solve the days apart from the network; by default where there are many flows.

    Returns
    -------
    sites, answer
        ``site``, ``open``; and cost, bound and gap.

    Raises
    ------
    NoPlanError
        When no network was found in time.
    """
    compiled = Compiled.of(network)
    apart = len(network.flows) > LARGE if decompose is None else decompose
    with SolverProcess(threading.Event()) as process:
        parts = Decomposed(compiled) if apart else None
        answer = solve_design(compiled, process, Clock(seconds), relative_gap, parts=parts)
    is_open = compiled.of_variable("open", answer.vector) > HALF
    return pd.DataFrame({"site": network.sites["site"], "open": is_open}), answer
