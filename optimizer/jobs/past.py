"""The last approved plan, if there is one that can be read."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date

from models.errors import AllocoreError
from models.scenario import Scenario
from models.solution import Solution
from optimizer.runs.run_reader import read_run
from optimizer.store import Run, Store

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Past:
    """An approved run, read back."""

    run: Run
    scenario: Scenario
    solution: Solution


def last_approved(store: Store, scenario: str, as_of: date) -> Past | None:
    """Read the last plan that was approved for an earlier day; a damaged one is none, and said.

    Parameters
    ----------
    store
        Of all runs.
    scenario
        Name of the scenario.
    as_of
        Today.
    """
    run = store.last_approved(scenario, before=as_of)
    if run is None:
        return None
    try:
        damaged = findings(store, run.run)
        if not damaged:
            return Past(run, *read_run(run.folder))
    except AllocoreError as error:
        damaged = [str(error)]
    log.warning("the approved run %s cannot be built on: %s", run.run, "; ".join(damaged))
    return None


def findings(store: Store, run: str) -> list[str]:
    """Say what is wrong with one registered run, its folder above all."""
    return [found for found in store.verify(run) if found.startswith(run)]
