"""The files of a run folder, each declared once.

Writing, sealing, reading back and the table of files in the top README all follow this list. To add
a file: a line here, and the function that makes its content where that belongs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from models.solution import Solution
from optimizer.reporting.figures import figures
from optimizer.runs.file_formats import Format, write_frame, write_json
from optimizer.runs.result_json import result_of
from optimizer.scenario.scenario_writer import write_scenario

if TYPE_CHECKING:
    from optimizer.planning.judged_plan import JudgedPlan


@dataclass(frozen=True, eq=False)
class RunContent:
    """What the files of a run folder are made of.

    Parameters
    ----------
    plan
        Judged.
    run
        Its run id.
    file_format
        Of the frames.
    extras
        By name of the file, what only the caller knows: a frame, or a JSON document.
    """

    plan: JudgedPlan
    run: str
    file_format: Format = "csv"
    extras: Mapping[str, pd.DataFrame | Mapping[str, Any]] = field(default_factory=dict)

    @property
    def solution(self) -> Solution:
        """What was decided."""
        return self.plan.solution


Write = Callable[[RunContent, Path], None]


@dataclass(frozen=True)
class RunFile:
    """A file, or a folder of files, in a run folder.

    Parameters
    ----------
    name
        Its name; a frame has the suffix of the run's format instead.
    purpose
        What it is for.
    write
        Writes it, or nothing where there is nothing to say. None where it is not written with the
        others: the record comes last, as it has the hashes; some are added to a run later.
    is_frame
        Whether it is written in the run's format.
    is_sealed
        Whether its hash is kept in the record, so that a later change is found.
    for_people
        Whether nothing reads it but people.
    """

    name: str
    purpose: str
    write: Write | None = None
    is_frame: bool = False
    is_sealed: bool = True
    for_people: bool = False

    def path(self, folder: Path, file_format: str = "csv") -> Path:
        """Return where it is in a run folder."""
        path = folder / self.name
        return path.with_suffix(f".{file_format}") if self.is_frame else path


def _frame(name: str, purpose: str, make: Callable[[RunContent], pd.DataFrame]) -> RunFile:
    """Declare a frame."""
    return RunFile(name, purpose, lambda run, path: write_frame(make(run), path), is_frame=True)


def _of_solution(name: str, purpose: str) -> RunFile:
    """Declare a frame of the solution, which is read back."""
    return _frame(name, purpose, lambda run: getattr(run.solution, Path(name).stem))


def _extra(name: str, purpose: str) -> RunFile:
    """Declare a file whose content the caller may give."""

    def write(run: RunContent, path: Path) -> None:
        content = run.extras.get(name)
        if isinstance(content, pd.DataFrame):
            write_frame(content, path)
        elif content is not None:
            write_json(content, path)

    return RunFile(name, purpose, write)


def _write_page(run: RunContent, path: Path) -> None:
    from optimizer.reporting.page import write_report  # its pictures take a second to import

    plan = run.plan
    write_report(plan.scenario, plan.solution, plan.policies, plan.notes, run.run, path)


def _write_workbook(run: RunContent, path: Path) -> None:
    from optimizer.reporting.workbook import write_workbook

    plan = run.plan
    write_workbook(plan.scenario.settings, plan.solution, plan.policies, run.run, path)


RECORD = RunFile("run.json", "how the run was made, and the hashes of its files", is_sealed=False)
RESULT = RunFile(
    "result.json",
    "status, goals with value, bound and gap, totals",
    lambda run, path: write_json(result_of(run.solution), path),
)
SCENARIO = RunFile(
    "scenario",
    "the inputs, so that the folder can be verified and repeated alone",
    lambda run, path: write_scenario(run.plan.scenario, path, "parquet"),
)
PAGE = RunFile(
    "report.html",
    "one page for people: promises, what is missing, exceptions, policies, the proof",
    _write_page,
    for_people=True,
)
WORKBOOK = RunFile(
    "plan.xlsx",
    "the plan in Excel, with marked cells in which a planner decides",
    _write_workbook,
    is_sealed=False,
    for_people=True,
)
POLICIES = _frame(
    "policies.csv",
    "what each usual rule would have reached on each goal",
    lambda run: run.plan.policies,
)
PROPOSAL = _extra("proposal.json", "of a job: how the plan was got, failed tests, counts, warnings")
CHANGES = _extra("changes.csv", "of a job: what is promised otherwise than before, and why")
QUARANTINE = _extra("quarantine.csv", "of a job: faults of the orders that were set aside")
RULE_PRICES = RunFile("rule_prices.csv", "later: what each rule and override costs")
EXPLANATIONS = RunFile("explanations", "later: what was explained of the run")

RUN_FILES = (
    _of_solution("shipments.csv", "the priority list, by rank"),
    PAGE,
    WORKBOOK,
    _of_solution("lines.csv", "what each order line gets, when, and why not more"),
    _of_solution("shortages.csv", "what each line misses, unit by unit, and why"),
    _of_solution("prices.csv", "what a unit less of stock or capacity changes: first goal, money"),
    _of_solution("service.csv", "promised, reached and reachable service"),
    _of_solution("transfers.csv", "what to move between sites"),
    _of_solution("reserve.csv", "stock held for orders that are expected, with bid prices"),
    _of_solution("fairness.csv", "what each customer gets of what it could get alone"),
    _of_solution("metrics.csv", "delivery in the terms of customers"),
    _of_solution("contracts.csv", "each target, period to date"),
    _of_solution("stages.csv", "how customers moved from stage to stage and why"),
    _of_solution("signals.csv", "what today's plan adds to tomorrow's signals"),
    _of_solution("remedies.csv", "what is done and could be offered for late or short lines"),
    _of_solution("notices.csv", "what to tell whose order, in the customer's language"),
    POLICIES,
    _frame(
        "figures.csv",
        "sums and counts that the summary and the page show, and no other file has",
        lambda run: figures(run.plan.scenario, run.solution),
    ),
    RESULT,
    SCENARIO,
    *(CHANGES, QUARANTINE, PROPOSAL),
    *(RULE_PRICES, EXPLANATIONS),
    RECORD,
)
UNSEALED = tuple(file.name for file in RUN_FILES if not file.is_sealed)
"""Files that may change after the run: planners write in the workbook."""
