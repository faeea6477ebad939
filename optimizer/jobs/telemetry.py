"""Figures of a job for Prometheus, as a text file that its node exporter collects."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile
from prometheus_client.parser import text_string_to_metric_families

from models.solution import Status
from optimizer.common.versions import version_of
from optimizer.jobs.ladder import Rung
from optimizer.jobs.proposing import Proposal

PREFIX = "allocore_job_"
LAST_SUCCESS = f"{PREFIX}last_success_timestamp_seconds"


class Tell(Protocol):
    """Sets one figure."""

    def __call__(self, name: str, text: str, value: float, **labels: str) -> None:
        """Set it, with its labels beside that of the job."""


@dataclass(frozen=True)
class Ending:
    """How a job ended.

    Parameters
    ----------
    exit_code
        Of the command.
    seconds
        Time it took [s].
    proposal
        What came out, if anything did.
    """

    exit_code: int
    seconds: float
    proposal: Proposal | None


def write_metrics(file: Path, job: str, ending: Ending) -> None:
    """Replace the file, whole.

    Parameters
    ----------
    file
        Text file; its folder is made where it is missing.
    job
        Label of every figure.
    ending
        What to tell.

    Raises
    ------
    OSError
        When it cannot be written.
    """
    registry = CollectorRegistry()

    def tell(name: str, text: str, value: float, **labels: str) -> None:
        gauge = gauges.get(name) or Gauge(PREFIX + name, text, ["job", *labels], registry=registry)
        gauges[name] = gauge
        gauge.labels(job, *labels.values()).set(value)

    gauges: dict[str, Gauge] = {}
    now = time.time()
    succeeded = ending.exit_code == 0
    tell("success", "1 when the last run ended with exit code 0.", float(succeeded))
    tell("exit_code", "Exit code of the last run.", ending.exit_code)
    tell("duration_seconds", "Time that the last run took.", ending.seconds)
    tell("last_run_timestamp_seconds", "When the last run ended.", now)
    last = now if succeeded else _last_success(file, job)
    tell("last_success_timestamp_seconds", "When a run ended with exit code 0.", last)
    if ending.proposal:
        _tell_proposal(tell, ending.proposal)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_to_textfile(str(file), registry)


def _tell_proposal(tell: Tell, made: Proposal) -> None:
    solution, version = made.solution, version_of("allocore")
    tell("info", "The last proposal.", 1.0, run=made.run, version=version, base=made.base)
    for status in Status:
        value = float(solution.status is status)
        tell("status", "1 for the proof level of the plan.", value, status=status.value)
    for rung in Rung:
        tell("rung", "1 for how the plan was got.", float(made.rung is rung), rung=rung.value)
    for goal in solution.goals:
        tell("goal", "Value of each goal.", goal.value, goal=goal.name)
    for goal in solution.goals:
        if goal.gap is not None:
            tell("goal_gap", "Relative gap of each goal.", goal.gap, goal=goal.name)
    for word, count in solution.lines["status"].value_counts().sort_index().items():
        tell("lines", "Lines by what they get.", count, status=str(word))
    tell("orders", "Orders in the data.", made.aside.total)
    tell("orders_set_aside", "Orders that are broken.", len(made.aside.orders))
    tell("changed_lines", "Lines promised otherwise than before.", len(made.changes))
    tell("tests_missed", "Tests of the plan that failed.", len(made.missed))
    tell("new", "1 when the proposal was not there before.", float(made.new))


def _last_success(file: Path, job: str) -> float:
    """Read when a run of this job succeeded last; 0 where that is not known."""
    try:
        families = list(text_string_to_metric_families(file.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return 0.0
    samples = (sample for family in families for sample in family.samples)
    mine = (s.value for s in samples if s.name == LAST_SUCCESS and s.labels.get("job") == job)
    return float(next(mine, 0.0))
