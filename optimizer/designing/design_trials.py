"""compare_designs(): candidates on the same demand days, what more is worth, and the frontier."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path

import pandas as pd

from models.errors import UsageError
from optimizer.common.parallel import workers
from optimizer.designing.day_plans import evaluate
from optimizer.designing.demand_sample import OWN, DemandDay, demand_days
from optimizer.designing.design import Designs
from optimizer.designing.design_comparison import DesignComparison
from optimizer.designing.designs_file import read_designs
from optimizer.designing.frontier_search import frontier
from optimizer.designing.paired_intervals import paired_intervals
from optimizer.designing.resource_worth import WORTH, worth
from optimizer.planning.planner import plan_scenario
from optimizer.reading import read_scenario

DAYS = 12
"""Days that are drawn where nobody says how many."""


# A public call whose options are keywords of their own, more than six of them.
def compare_designs(
    designs: Designs | str | Path,
    file: str | Path | None = None,
    *,
    days: int = DAYS,
    seed: int = 1,
    history: Sequence[str | Path] = (),
    with_frontier: bool | None = None,
    segment: str | None = None,
    levels: Sequence[float] | None = None,
    verify: int = 0,
    processes: int | None = None,
    dask: str | None = None,
    quiet: bool = False,
) -> DesignComparison:
    """Try candidate designs on the same demand days, by the allocation that plans every day.

    Parameters
    ----------
    designs
        From :func:`read_designs`, or the scenario's folder.
    file
        Of the designs, where ``designs`` is a folder; ``designs.yaml`` in it by default.
    days, seed
        How many days are drawn from the scenario's orders, beside its own; of what is drawn.
    history
        Folders of scenarios whose orders are days, too.
    with_frontier
        Whether to look for the cheapest networks; by default where the file says what to choose.
    segment, levels
        Of the frontier; see :func:`optimizer.designing.frontier_search.frontier`.
    verify
        How many prices of each resource, and how many faster lanes, are tried by another plan.
    processes, dask
        Where plans are made; see :func:`optimizer.common.parallel.workers`.
    quiet
        No progress.

    Raises
    ------
    ScenarioError
        With every fault of the scenario or of the designs.
    UsageError
        When there is no day to try designs on, or something to choose is missing.
    """
    if not isinstance(designs, Designs):
        designs = read_designs(designs, file)
    sample = _sample(designs, days, seed, history)
    if with_frontier is None:
        with_frontier = designs.choices is not None
    with workers(processes, dask) as pool:
        kpis = evaluate(designs.candidates, sample, pool, quiet=quiet)
        prices = _worth_today(designs, pool, verify, quiet=quiet)
        cheapest = None
        if with_frontier:
            drawn = sample[1:] or sample
            cheapest = frontier(designs, drawn, pool, segment=segment, levels=levels, quiet=quiet)
    titles = {name: design.title for name, design in designs.candidates.items()}
    return DesignComparison(titles, kpis, _differences(kpis), prices, cheapest)


def _sample(
    designs: Designs, days: int, seed: int, history: Sequence[str | Path]
) -> list[DemandDay]:
    """List the days on which designs are tried, the scenario's own first."""
    if days < 0:
        msg = f"{days} days cannot be drawn; ask for 0 or more"
        raise UsageError(msg)
    return demand_days(designs.scenario, days, seed, [read_scenario(each) for each in history])


def _worth_today(designs: Designs, pool: Executor, verify: int, *, quiet: bool) -> pd.DataFrame:
    """Work out what more is worth in the first design on its own day."""
    first = next(iter(designs.candidates.values())).scenario
    solution = plan_scenario(first).solution
    rows = worth(first, solution, pool if verify else None, verify=verify, quiet=quiet)
    return rows.astype(WORTH)


def _differences(kpis: pd.DataFrame) -> pd.DataFrame:
    """Hold designs against the first on the sampled days, or on the only day that there is."""
    drawn = kpis[kpis["day"] != OWN]
    return paired_intervals(drawn if len(drawn) else kpis)
