"""``allocore propose``: the scheduled job."""

from __future__ import annotations

import logging
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from models.errors import AllocoreError, ScenarioError
from optimizer.cli.registry import command
from optimizer.cli.shared import (
    DEFECT,
    EXIT_CODES,
    TEST_FAILED,
    AsJson,
    console,
    is_quiet,
    say,
    say_json,
)

if TYPE_CHECKING:
    from optimizer.common.stopping import Stop
    from optimizer.jobs import Job, Proposal
    from optimizer.jobs.journal import Journal


@dataclass
class _JobEnd:
    """What is known of a job at its end."""

    began: float = field(default_factory=time.monotonic)
    job: Job | None = None
    proposal: Proposal | None = None
    exit_code: int = DEFECT


@command(140)
def propose(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="YAML file of the job.")],
    as_of: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Day to plan; default today in the job's time zone."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Do everything, but write and register nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Plan the day by a job's configuration, and register the plan as a proposal."""
    from optimizer.common.stopping import catch_signals
    from optimizer.jobs.journal import json_log

    end = _JobEnd()
    with json_log(sys.stderr, quiet=is_quiet()) as journal:
        with catch_signals(
            lambda text: journal.tell("stopping", logging.WARNING, text=text)
        ) as stop:
            try:
                _run(config, as_of, end, journal, stop, dry_run=dry_run)
            except AllocoreError as error:
                end.exit_code = EXIT_CODES[type(error)]
                _tell_error(journal, error)
            except Exception as error:
                text = f"{type(error).__name__}: {error}. This is a defect: please report it."
                journal.tell("defect", logging.ERROR, text=text)
                logging.getLogger(__name__).debug("traceback", exc_info=True)
        if not dry_run:
            _measure(end, journal)
        seconds = round(time.monotonic() - end.began, 3)
        journal.tell("finished", exit_code=end.exit_code, seconds=seconds)
    if end.proposal:
        _print_proposal(end.proposal, as_json=as_json)
    raise typer.Exit(end.exit_code)


def _run(
    config: Path,
    as_of: str | None,
    end: _JobEnd,
    journal: Journal,
    stop: Stop,
    *,
    dry_run: bool,
) -> None:
    """Read the configuration and make the proposal."""
    from optimizer.common.versions import version_of
    from optimizer.jobs import propose as make
    from optimizer.jobs import read_job
    from optimizer.jobs.today import day_of, today

    end.job = job = read_job(config)
    day = today(job.settings.time_zone) if as_of is None else day_of(as_of)
    version = version_of("allocore")
    journal.tell("started", job=job.name, as_of=day, dry_run=dry_run, version=version)
    proposal = make(job, day, dry_run=dry_run, cancel=stop.cancel, journal=journal)
    end.proposal = proposal
    end.exit_code = TEST_FAILED if proposal.missed else 0
    if proposal.new and proposal.cancelled:
        end.exit_code = stop.exit_code


def _tell_error(journal: Journal, error: AllocoreError) -> None:
    """Log an error; of faulty input each fault on a line of its own."""
    if isinstance(error, ScenarioError):
        for issue in error.issues:
            journal.tell("fault", logging.ERROR, text=str(issue))
        text = str(error).partition("\n")[0].rstrip(":")
    else:
        text = str(error)
    journal.tell("failed", logging.ERROR, kind=type(error).__name__, text=text)


def _measure(end: _JobEnd, journal: Journal) -> None:
    """Write the metrics file; that it cannot be written changes no exit code."""
    from optimizer.jobs.telemetry import Ending, write_metrics

    if end.job is None or end.job.metrics is None:
        return
    ending = Ending(end.exit_code, time.monotonic() - end.began, end.proposal)
    try:
        write_metrics(end.job.metrics, end.job.name, ending)
    except OSError as error:
        text = f"the metrics file cannot be written: {error.strerror or error}"
        journal.tell("warning", logging.WARNING, text=text)


def _print_proposal(proposal: Proposal, *, as_json: bool) -> None:
    """Print what came out."""
    from optimizer.jobs.proposal_text import as_data, proposal_lines

    if as_json:
        say_json(as_data(proposal))
        return
    if proposal.plan:
        from optimizer.cli.plan_text import print_summary

        print_summary(console(sys.stdout), proposal.plan, proposal.folder)
    say("\n".join(proposal_lines(proposal)))
