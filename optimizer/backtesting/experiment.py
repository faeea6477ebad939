"""backtest(): policies side by side in the same simulated days."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, as_completed
from pathlib import Path
from typing import Any

import pandas as pd

from models.errors import UsageError
from models.scenario import Scenario
from models.settings import Policy
from models.tables import TABLES
from optimizer.backtesting.backtest_result import Backtested
from optimizer.backtesting.deciders import LOOK_AHEAD, MYOPIC
from optimizer.backtesting.part_files import fingerprint, open_parts, read_part, write_part
from optimizer.backtesting.world_job import BOUND, WorldJob, run_world_job
from optimizer.backtesting.worlds import check_world
from optimizer.common.parallel import workers
from optimizer.forecasting.history import history_of
from optimizer.scenario.table_edits import with_table

POLICIES = (
    *(Policy.FCFS.value, Policy.EDD.value, Policy.SEGMENT_PRIORITY.value),
    *(Policy.FAIR_SHARE.value, Policy.REVENUE.value, MYOPIC, LOOK_AHEAD),
)
"""What is compared by default: every rule that needs nothing else, and the optimiser."""
NEEDS_MORE = (Policy.BOP, Policy.OPTIMAL)
"""A rule about commitments, which a backtest has none of; and what has two names here."""

Report = Callable[[int, int], None]


# A public call whose options are keywords of their own, more than six of them.
def backtest(
    scenario: Scenario,
    days: int,
    seeds: int,
    *,
    history: pd.DataFrame | None = None,
    policies: Sequence[str] = POLICIES,
    processes: int | None = 1,
    dask: str | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    report: Report | None = None,
) -> Backtested:
    """Let policies live through the same simulated days and compare what they make of them.

    Parameters
    ----------
    scenario
        Network, segments and how supply comes (``backtest`` in its header).
    days, seeds
        Simulated days from the scenario's start on; worlds.
    history
        That days are drawn from, as :func:`optimizer.forecasting.read_history` gives it; the
        scenario's own book by default.
    policies
        Rules, ``myopic`` and ``look_ahead``.
    processes, dask
        Where to work; see :func:`optimizer.common.parallel.workers`. 1 works in one other process.
    out
        Folder for every finished part; without one nothing is kept.
    resume
        Take finished parts that are in ``out`` already.
    report
        Told how many parts are done, and of how many.

    Raises
    ------
    UsageError
        For a policy that does not exist, too few days or seeds, or a folder that is in the way.
    ScenarioError
        For what cannot be simulated.
    """
    _check(days, seeds, policies)
    history = history_of(scenario) if history is None else history
    check_world(scenario, history, days)
    scenario = with_table(scenario, "forecast", TABLES["forecast"].empty())  # learnt anew each day
    folder = open_parts(Path(out), fingerprint(scenario, history, days), resume) if out else None
    jobs = [
        WorldJob(scenario, history, days, seed, name)
        for seed in range(1, seeds + 1)
        for name in (BOUND, *policies)
    ]
    with workers(processes, dask) as pool:
        rows = _results(jobs, pool, folder, report or (lambda *_: None))
    return Backtested.of(rows, days, policies)


def _results(
    jobs: Sequence[WorldJob], pool: Executor, folder: Path | None, report: Report
) -> list[dict[str, Any]]:
    """Give the result of each job; take those from the folder that are there, keep the others."""
    results = {job.name: read_part(folder, job.name) if folder else None for job in jobs}
    missing = [job for job in jobs if results[job.name] is None]
    report(len(jobs) - len(missing), len(jobs))
    names = {pool.submit(run_world_job, job): job.name for job in missing}
    for nth, future in enumerate(as_completed(names), start=len(jobs) - len(missing) + 1):
        name, content = names[future], future.result()
        results[name] = content
        if folder:
            write_part(folder, name, content)
        report(nth, len(jobs))
    return [result for result in results.values() if result is not None]


def _check(days: int, seeds: int, policies: Sequence[str]) -> None:
    known = [MYOPIC, LOOK_AHEAD, *(p.value for p in Policy if p not in NEEDS_MORE)]
    for name in policies:
        if name not in known:
            msg = f"policy {name!r} cannot be tested; choose of {', '.join(known)}"
            raise UsageError(msg)
    if days < 1 or seeds < 1 or not policies or len(set(policies)) < len(policies):
        msg = "give at least one day, one seed and one policy, each policy once"
        raise UsageError(msg)
