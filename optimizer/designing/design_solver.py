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
from optimizer.designing.benders import DecomposedDesign
from optimizer.designing.compiled_network import CompiledNetwork, Floats
from optimizer.designing.design_answer import DesignAnswer
from optimizer.designing.solver_calls import solve_lp, solve_mip
from optimizer.solving.highs import NoAnswerError, SolverProcess

log = logging.getLogger(__name__)

HALF = 0.5
"""A yes-or-no above it is a yes."""
LARGE = 60_000
"""Flows from which on the days are solved apart from the design (Benders)."""


def solve_design(
    compiled: CompiledNetwork,
    process: SolverProcess,
    clock: Clock,
    relative_gap: float,
    *,
    start: DesignAnswer | None = None,
    parts: DecomposedDesign | None = None,
) -> DesignAnswer:
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

    Raises
    ------
    NoPlanError
        When there was no answer in time.
    """
    began = time.monotonic()
    try:
        short = unreachable_service(compiled, process, clock)
        rounds = 0
        if parts is None:
            values, bound = _solve_whole(compiled, process, clock, relative_gap, short, start)
        else:
            values, bound, rounds = parts.solve(compiled, process, clock, relative_gap, short)
    except NoAnswerError as error:
        msg = f"no design was found in time ({error}); allow more seconds or fewer days"
        raise NoPlanError(msg) from error
    chosen, fixed = float(compiled.cost @ values), compiled.constant_cost
    cost, bound = chosen + fixed, min(bound, chosen) + fixed
    return DesignAnswer(values, cost, bound, short, time.monotonic() - began, rounds)


def unreachable_service(compiled: CompiledNetwork, process: SolverProcess, clock: Clock) -> Floats:
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
        missing = compiled.of_variable("short", solve_lp(process, model, clock)["values"])
        least = np.where(missing > slack, np.minimum(missing + slack, compiled.need), 0.0)
        short = np.where(tiers == tier, least, short)
    return short


def _solve_whole(
    compiled: CompiledNetwork,
    process: SolverProcess,
    clock: Clock,
    relative_gap: float,
    short: Floats,
    start: DesignAnswer | None,
) -> tuple[Floats, float]:
    """Solve everything as one model: the best values, and the bound."""
    model = compiled.model(short=short)
    relaxed = float(solve_lp(process, model, clock)["objective"])
    gap = relative_gap * abs(relaxed)
    values, bound = solve_mip(process, model, clock, gap, start.vector if start else None)
    return values, max(bound, relaxed)


def design_network(
    network: Network,
    *,
    relative_gap: float = 1e-6,
    seconds: float = 600.0,
    decompose: bool | None = None,
) -> tuple[pd.DataFrame, DesignAnswer]:
    """Find the cheapest network that keeps its promises.

    Parameters
    ----------
    network
        From :func:`optimizer.designing.network_builder.network_of` or
        :func:`optimizer.designing.or_library.read_facility_location`.
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
    compiled = CompiledNetwork.of(network)
    apart = len(network.flows) > LARGE if decompose is None else decompose
    with SolverProcess(threading.Event()) as process:
        parts = DecomposedDesign(compiled) if apart else None
        answer = solve_design(compiled, process, Clock(seconds), relative_gap, parts=parts)
    is_open = compiled.of_variable("open", answer.vector) > HALF
    return pd.DataFrame({"site": network.sites["site"], "open": is_open}), answer
