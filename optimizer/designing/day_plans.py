"""Designs on demand days, planned by the allocation side by side in other processes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, as_completed

import pandas as pd
from tqdm import tqdm

from models.scenario import Scenario
from optimizer.designing.demand_sample import DemandDay
from optimizer.designing.design import Design
from optimizer.designing.kpis import KPIS, kpis_of
from optimizer.designing.replay import replay
from optimizer.designing.stock_change import StockChange
from optimizer.planning.planner import plan_scenario


def evaluate(
    designs: Mapping[str, Design], days: Sequence[DemandDay], pool: Executor, *, quiet: bool = False
) -> pd.DataFrame:
    """Plan every design on every day.

    Parameters
    ----------
    designs
        By name.
    days
        Of :func:`optimizer.designing.demand_sample.demand_days`.
    pool
        Where the plans are made, of :func:`optimizer.common.parallel.workers`.
    quiet
        No progress.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`optimizer.designing.kpis.KPIS`, by design, day, and figure as given.

    Raises
    ------
    RuleViolationError
        When the judge rejects a plan: a defect of ours.
    """
    tasks = {
        pool.submit(day_kpis, design.scenario, day, design.fixed_cost, design.stock): (n, m)
        for m, day in enumerate(days)
        for n, design in enumerate(designs.values())
    }
    results: dict[tuple[int, int], pd.DataFrame] = {}
    for done in tqdm(as_completed(tasks), total=len(tasks), desc="plans", disable=quiet):
        results[tasks[done]] = done.result()
    names = list(designs)
    parts = [results[n, m].assign(design=names[n], day=days[m].name) for n, m in sorted(results)]
    return pd.concat(parts, ignore_index=True)[list(KPIS)].astype(KPIS)


def day_kpis(
    scenario: Scenario, day: DemandDay, fixed_cost: float, stock: StockChange
) -> pd.DataFrame:
    """Plan one day and give its figures; runs in other processes.

    The scenario's own day is a whole plan, judged; others are made by the same allocation, but
    only their figures are worked out, which takes a quarter of the time.

    Parameters
    ----------
    scenario
        With the design's network.
    day
        The order book.
    fixed_cost
        Of the network for the horizon [currency].
    stock
        What the network does to today's stock.
    """
    book = day.of(scenario)
    if day.book is None:
        solution = plan_scenario(book).solution
        return kpis_of(book, solution.service, solution.totals, fixed_cost, stock)
    return kpis_of(book, *replay(book), fixed_cost, stock)
