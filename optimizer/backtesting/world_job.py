"""One policy in one world, as a job that any process can do, and its result as a file."""

from __future__ import annotations

import hashlib
import json
import os
import time
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from models.scenario import Scenario
from models.tolerances import UNIT_DECIMALS
from optimizer.backtesting.clairvoyant import clairvoyant
from optimizer.backtesting.deciders import Optimiser, decider_of
from optimizer.backtesting.scoring import score
from optimizer.backtesting.walking import walk
from optimizer.backtesting.worlds import world_of
from optimizer.common.versions import version_of

BOUND = "bound"
"""The job that bounds what any policy can reach."""


@dataclass(frozen=True, eq=False)
class Job:
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
        """Of its file."""
        return f"{self.seed:04d}-{self.policy}"


def do(job: Job) -> dict[str, Any]:
    """Walk through the world; return plain numbers.

    The same job gives the same numbers, ``seconds`` aside: nothing of it depends on others.
    """
    began = time.process_time()
    pd.set_option("mode.string_storage", "python")  # small frames take half the time
    world = world_of(job.scenario, job.history, job.days, job.seed)
    if job.policy == BOUND:
        found: dict[str, Any] = {"value": round(clairvoyant(world), UNIT_DECIMALS)}
    else:
        decider = decider_of(job.policy)
        with decider if isinstance(decider, Optimiser) else nullcontext():
            found = score(walk(world, decider)).as_record()
    seconds = round(time.process_time() - began, 3)
    return {"seed": job.seed, "policy": job.policy, **found, "seconds": seconds}


def fingerprint(scenario: Scenario, history: pd.DataFrame, days: int) -> str:
    """Tell inputs and versions apart: results of others must not be mixed."""
    parts = [version_of("allocore"), str(days), scenario.settings.model_dump_json()]
    parts += [frame.to_csv(index=False) for _, frame in sorted(scenario.tables.items())]
    parts.append(history.to_csv(index=False))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def write_part(folder: Path, name: str, content: object) -> None:
    """Write a file so that it is there as a whole or not at all."""
    path = folder / f"{name}.json"
    aside = path.with_suffix(f".{os.getpid()}.tmp")
    with aside.open("w", encoding="utf-8") as target:
        json.dump(content, target)
        target.flush()
        os.fsync(target.fileno())
    aside.replace(path)


def read_part(folder: Path, name: str) -> dict[str, Any] | None:
    """Read a finished result; None where there is none."""
    path = folder / f"{name}.json"
    if not path.is_file():
        return None
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
