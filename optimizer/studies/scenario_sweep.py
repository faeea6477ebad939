"""Many scenarios, or many values of one, planned side by side into one tidy frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import as_completed
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from models.errors import UsageError
from models.scenario import Scenario
from models.solution import Solution
from optimizer.common.parallel import workers
from optimizer.planning.planner import plan_scenario
from optimizer.reading import read_scenario

SWEEP = {
    "run": "str",
    "kind": "str",  # goal, service or total
    "segment": "str",  # of service
    "figure": "str",  # name of the goal, the measure or the total
    "value": "float64",
}
"""Columns of a sweep."""
Runs = Mapping[str, str | Path | Scenario] | Sequence[str | Path]


def sweep(
    scenarios: str | Path | Runs,
    overrides: Mapping[str, Sequence[str]] | Sequence[str] | None = None,
    *,
    processes: int | None = None,
    dask: str | None = None,
    quiet: bool = False,
) -> pd.DataFrame:
    """Plan many questions at once.

    Parameters
    ----------
    scenarios
        One scenario folder, several, or folders and scenarios by name.
    overrides
        Of one scenario folder: values to set, as ``segments.core.target.level=0.95``, each a run of
        its own; or several for each run, by its name.
    processes, dask
        Where plans are made; see :func:`optimizer.common.parallel.workers`.
    quiet
        No progress.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`SWEEP`, runs in the order given.

    Raises
    ------
    UsageError
        When overrides are given for more than one scenario, or there is nothing to plan.
    ScenarioError
        With every fault of the first scenario that has any, before anything is planned.

    Examples
    --------
    >>> sweep("scenarios/quickstart", ["policy=fcfs", "policy=edd"])
    """
    questions = _read_all(scenarios, overrides)
    results = {}
    with workers(processes, dask) as pool:
        names = {pool.submit(plan_figures, each): name for name, each in questions.items()}
        for done in tqdm(as_completed(names), total=len(names), desc="plans", disable=quiet):
            results[names[done]] = done.result()
    parts = [results[name].assign(run=name) for name in questions]
    return pd.concat(parts, ignore_index=True)[list(SWEEP)].astype(SWEEP)


def _read_all(
    scenarios: str | Path | Runs, overrides: Mapping[str, Sequence[str]] | Sequence[str] | None
) -> dict[str, Scenario]:
    """Read everything that is to be planned."""
    if isinstance(scenarios, str | Path):
        if overrides is None:
            overrides = {Path(scenarios).resolve().name: ()}
        elif not isinstance(overrides, Mapping):
            overrides = {text: (text,) for text in overrides}
        questions = {name: read_scenario(scenarios, texts) for name, texts in overrides.items()}
    elif overrides is not None:
        msg = "overrides are of one scenario folder; read other scenarios with theirs yourself"
        raise UsageError(msg)
    else:
        named = (
            scenarios
            if isinstance(scenarios, Mapping)
            else {Path(path).resolve().name: path for path in scenarios}
        )
        questions = {
            name: each if isinstance(each, Scenario) else read_scenario(each)
            for name, each in named.items()
        }
    if not questions:
        msg = "there is nothing to plan; name a scenario or an override"
        raise UsageError(msg)
    return questions


def plan_figures(scenario: Scenario) -> pd.DataFrame:
    """Plan one scenario and give its figures; runs in other processes."""
    return figures_of_solution(plan_scenario(scenario).solution)


def figures_of_solution(solution: Solution) -> pd.DataFrame:
    """Figures of a plan: goals, service by segment and measure, totals."""
    rows: list[tuple[str, str, str, float]] = [
        ("goal", "", goal.name, goal.value) for goal in solution.goals
    ]
    service = solution.service[["segment", "measure", "achieved"]]
    rows += [("service", *row) for row in service.itertuples(index=False, name=None)]
    rows += [("total", "", name, float(value)) for name, value in solution.totals.items()]
    return pd.DataFrame(rows, columns=["kind", "segment", "figure", "value"])
