"""One policy in one world, as a job that any process can do."""

from __future__ import annotations

import time
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import pandas as pd

from models.scenario import Scenario
from models.tolerances import UNIT_DECIMALS
from optimizer.backtesting.clairvoyant import clairvoyant_bound
from optimizer.backtesting.deciders import OptimiserDecider, decider_of
from optimizer.backtesting.score import score
from optimizer.backtesting.walk import walk
from optimizer.backtesting.worlds import world_of

BOUND = "bound"
"""The job that bounds what any policy can reach."""


@dataclass(frozen=True, eq=False)
class WorldJob:
    """One policy, or the bound, in one world.

    Parameters
    ----------
    scenario, history, days, seed
        Of the world.
    policy
        Its name, or :data:`BOUND`.
    """

    scenario: Scenario
    history: pd.DataFrame
    days: int
    seed: int
    policy: str

    @property
    def name(self) -> str:
        """Name of the file of its result."""
        return f"{self.seed:04d}-{self.policy}"


def run_world_job(job: WorldJob) -> dict[str, Any]:
    """Walk through the world; return plain numbers.

    The same job gives the same numbers, ``seconds`` aside: nothing of it depends on others.
    """
    began = time.process_time()
    pd.set_option("mode.string_storage", "python")  # small frames take half the time
    world = world_of(job.scenario, job.history, job.days, job.seed)
    if job.policy == BOUND:
        figures: dict[str, Any] = {"value": round(clairvoyant_bound(world), UNIT_DECIMALS)}
    else:
        decider = decider_of(job.policy)
        with decider if isinstance(decider, OptimiserDecider) else nullcontext():
            figures = score(walk(world, decider)).as_record()
    seconds = round(time.process_time() - began, 3)
    return {"seed": job.seed, "policy": job.policy, **figures, "seconds": seconds}
