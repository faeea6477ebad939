"""propose(): the whole way from the morning's data to a proposal, on one screen."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from models.errors import ChangedRunError
from models.judge import assert_obeys, judge
from models.scenario import Scenario
from models.solution import Solution
from optimizer.answering.plan_tests import failed_tests
from optimizer.common.clock import Clock
from optimizer.jobs.day_changes import changes, no_changes
from optimizer.jobs.ingest import ingest, shrink_warnings
from optimizer.jobs.job_file import Job
from optimizer.jobs.journal import Journal
from optimizer.jobs.ladder import SOLVE_SHARE, LadderResult, Rung, Watch, climb_down, in_child
from optimizer.jobs.locking import folder_lock
from optimizer.jobs.past import Past, findings, last_approved
from optimizer.jobs.recovering import recover
from optimizer.planning.judged_plan import JudgedPlan
from optimizer.reading.databases import is_sqlite_file
from optimizer.reading.quarantine import QuarantineResult
from optimizer.runs.run_files import CHANGES, PROPOSAL, QUARANTINE, RUN_FILES, RunFile
from optimizer.runs.run_id import run_id
from optimizer.runs.run_reader import is_run_folder, read_run
from optimizer.runs.run_writer import write_run
from optimizer.runs.sealing import changes as damages
from optimizer.solving.lexicographic import Progress
from optimizer.store import Run, Store

DRY = "dry_run"
"""Instead of a status, where nothing was registered."""


@dataclass(frozen=True, eq=False)
class Proposal:
    """What came out of a job.

    Parameters
    ----------
    run, folder
        Run id and run folder; with a dry run the folder that would be.
    status
        ``proposed``, ``approved``, ``rejected`` as registered, or ``dry_run``.
    rung
        How the plan was got; see :class:`optimizer.jobs.ladder.Rung`.
    new
        Whether it was planned now, and not by an earlier run with the same inputs.
    scenario, solution
        Question and answer.
    plan
        Where it was planned now.
    aside
        Orders that were set aside.
    changes
        Against the last approved run: the columns of :data:`optimizer.jobs.day_changes.COLUMNS`.
    base
        Id of the last approved run; blank without one.
    missed
        Tests of the plan that failed: it cannot be published.
    warnings
        What operators and planners should look at.
    cancelled
        Whether it was cut short by a signal.
    """

    run: str
    folder: Path
    status: str
    rung: Rung
    new: bool
    scenario: Scenario
    solution: Solution
    plan: JudgedPlan | None
    aside: QuarantineResult
    changes: pd.DataFrame
    base: str
    missed: list[str]
    warnings: tuple[str, ...]
    cancelled: bool


@dataclass(frozen=True)
class Means:
    """How a proposal is made.

    Parameters
    ----------
    watch
        How a plan is attempted.
    files
        Which files its run folder has.
    """

    watch: Watch = in_child
    files: Sequence[RunFile] = RUN_FILES


@dataclass(frozen=True, eq=False)
class _Day:
    """What is known before there is a plan."""

    as_of: date
    aside: QuarantineResult
    base: Past | None
    warnings: tuple[str, ...] = ()


def propose(
    job: Job,
    as_of: date,
    *,
    dry_run: bool = False,
    cancel: threading.Event | None = None,
    journal: Journal | None = None,
    means: Means = Means(),
) -> Proposal:
    """Read the day's data, plan, judge, write and register a proposal.

    Parameters
    ----------
    job
        From :func:`optimizer.jobs.read_job`.
    as_of
        The day.
    dry_run
        Do all of it, but write and register nothing.
    cancel
        Set it to end with the best answer so far.
    journal
        Told of every step.
    means
        How plan and run folder are made.

    Returns
    -------
    Proposal
        The same inputs, configuration and version give the same run; there is never a second one.

    Raises
    ------
    AllocoreError
        Of the kind that names the exit code; then nothing was written.
    """
    journal, cancel = journal or Journal(), cancel or threading.Event()
    clock = Clock(job.settings.deadline_seconds)
    with _alone(job, journal, dry_run=dry_run), _store(job, dry_run=dry_run) as store:
        day = _Day(as_of, *ingest(job, as_of, partial(_last, store, as_of)))
        scenario = day.aside.scenario
        run = journal.run = run_id(scenario, scenario.settings.policy)
        folder = job.runs / f"{scenario.settings.name}-{run}"
        day = replace(day, warnings=_warnings(job, day))
        _tell_of_data(journal, day)
        if store and (there := _earlier_run(store, run, folder, as_of)):
            journal.tell("already_there", status=there.status, folder=str(folder))
            return _as_before(there, day)
        climbed = _plan(scenario, clock, cancel, journal, means)
        made = _proposal(run, folder, climbed, day)
        if store is None or dry_run:
            return replace(made, status=DRY)
        _save(made, climbed.plan, as_of, store, means, journal)
    return made


def _plan(
    scenario: Scenario, clock: Clock, cancel: threading.Event, journal: Journal, means: Means
) -> LadderResult:
    """Make a plan, whatever happens, and judge it once more."""
    tell, failure = partial(_tell_goal, journal), partial(_tell_failure, journal)
    climbed = climb_down(scenario, clock, cancel, tell, failure, means.watch)
    assert_obeys(scenario, climbed.plan.solution)
    journal.tell("planned", rung=climbed.rung, status=climbed.plan.status)
    return climbed


def _save(
    made: Proposal, plan: JudgedPlan, as_of: date, store: Store, means: Means, journal: Journal
) -> None:
    """Write the run folder, and register it."""
    extras = _extras(made, as_of)
    write_run(plan, made.folder, files=means.files, extras=extras, guard=store.guard)
    journal.tell("written", folder=str(made.folder))
    registered = store.register(made.folder, as_of=as_of, rung=made.rung)
    journal.tell("registered", status=registered.status, store=store.name)


@contextmanager
def _alone(job: Job, journal: Journal, *, dry_run: bool) -> Iterator[None]:
    """Keep other jobs out, and clear what a dead one left; a dry run writes nothing."""
    if dry_run:
        yield
        return
    with folder_lock(job.runs, job.settings.lock_seconds):
        for name in recover(job.runs):
            journal.tell("recovered", logging.WARNING, left_by_a_killed_job=name)
        yield


@contextmanager
def _store(job: Job, *, dry_run: bool) -> Iterator[Store | None]:
    """Open the store; a dry run makes none."""
    file = Path(job.store.rpartition("sqlite:///")[2])
    if dry_run and is_sqlite_file(job.store) and not file.exists():
        yield None
        return
    with Store.open(job.store) as store:
        yield store


def _last(store: Store | None, as_of: date, scenario: str) -> Past | None:
    return last_approved(store, scenario, as_of) if store else None


def _warnings(job: Job, day: _Day) -> tuple[str, ...]:
    """Say what operators and planners should look at."""
    scenario = day.aside.scenario
    found = [
        *scenario.warnings,
        *(shrink_warnings(scenario, day.base.scenario) if day.base else ()),
    ]
    solving, deadline = scenario.settings.solver.seconds, job.settings.deadline_seconds
    if solving > SOLVE_SHARE * deadline:
        found.append(
            f"solver.seconds {solving:g} is more than deadline_seconds {deadline:g} leaves: the "
            "solver may be ended from outside; lower the one, or raise the other"
        )
    return (*found,)


def _earlier_run(store: Store, run: str, folder: Path, as_of: date) -> Run | None:
    """Return the run if it was made before; one that was written and not registered is now."""
    there = store.find(run)
    if there is not None:
        found = findings(store, run)
        if not found:
            return there
        if there.status != "proposed":
            msg = f"{there.folder} is {there.status} and was changed since: {'; '.join(found)}"
            raise ChangedRunError(msg)
        return None
    if not (is_run_folder(folder) and PROPOSAL.path(folder).is_file()) or damages(folder):
        return None
    if judge(*read_run(folder)):
        return None
    return store.register(folder, as_of=as_of, rung=_read_proposal_file(folder)["rung"])


def _read_proposal_file(folder: Path) -> dict[str, Any]:
    about: dict[str, Any] = json.loads(PROPOSAL.path(folder).read_bytes())
    return about


def _proposal(run: str, folder: Path, climbed: LadderResult, day: _Day) -> Proposal:
    """Put together what was planned now."""
    solution = climbed.plan.solution
    scenario = climbed.plan.scenario
    return Proposal(
        run=run,
        folder=folder,
        status="proposed",
        rung=climbed.rung,
        new=True,
        scenario=scenario,
        solution=solution,
        plan=climbed.plan,
        aside=day.aside,
        changes=_changes((scenario, solution), day),
        base=day.base.run.run if day.base else "",
        missed=failed_tests(scenario, solution),
        warnings=day.warnings,
        cancelled=climbed.plan.cancelled,
    )


def _as_before(there: Run, day: _Day) -> Proposal:
    """Put together what was planned by an earlier job."""
    scenario, solution = read_run(there.folder)
    about = _read_proposal_file(there.folder)
    return Proposal(
        run=there.run,
        folder=there.folder,
        status=there.status,
        rung=Rung(about["rung"]),
        new=False,
        scenario=scenario,
        solution=solution,
        plan=None,
        aside=day.aside,
        changes=_changes((scenario, solution), day),
        base=about["base"],
        missed=failed_tests(scenario, solution),
        warnings=day.warnings,
        cancelled=about["cancelled"],
    )


def _changes(now: tuple[Scenario, Solution], day: _Day) -> pd.DataFrame:
    """Compare with the last approved run."""
    if day.base is None:
        return no_changes()
    before = day.base.scenario, day.base.solution
    return changes(before, now, day.as_of, day.aside.orders)


def _extras(made: Proposal, as_of: date) -> dict[str, pd.DataFrame | dict[str, Any]]:
    """Give what only proposals have in their run folders."""
    about = {
        "run": made.run,
        "as_of": as_of.isoformat(),
        "rung": made.rung,
        "base": made.base,
        "cancelled": made.cancelled,
        "publishable": not made.missed,
        "tests_missed": made.missed,
        "orders": made.aside.total,
        "orders_set_aside": len(made.aside.orders),
        "changed_lines": len(made.changes),
        "warnings": list(made.warnings),
    }
    return {
        CHANGES.name: made.changes,
        QUARANTINE.name: made.aside.faults,
        PROPOSAL.name: about,
    }


def _tell_of_data(journal: Journal, day: _Day) -> None:
    aside = day.aside
    journal.tell(
        "read",
        orders=aside.total,
        lines=len(aside.scenario["lines"]),
        commitments=len(aside.scenario["commitments"]),
        last_approved=day.base.run.run if day.base else None,
    )
    for warning in day.warnings:
        journal.tell("warning", logging.WARNING, text=warning)
    if aside.orders:
        journal.tell("set_aside", logging.WARNING, orders=len(aside.orders), of=aside.total)
        for fault in aside.faults.to_dict("records"):
            journal.tell(
                "order_set_aside", logging.WARNING, **{str(k): v for k, v in fault.items()}
            )


def _tell_goal(journal: Journal, step: Progress) -> None:
    journal.tell("goal", goal=step.goal, value=step.value, bound=step.bound, gap=step.gap)


def _tell_failure(journal: Journal, rung: Rung, why: str) -> None:
    journal.tell("rung_failed", logging.WARNING, rung=rung, why=why)
