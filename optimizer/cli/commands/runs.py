"""``allocore runs``: list, show, compare, verify and prune what was proposed."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from models.errors import AllocoreError
from optimizer.cli.registry import group
from optimizer.cli.run_findings import run_findings
from optimizer.cli.shared import RULE_BROKEN, AsJson, console, dated_records, say, say_json
from optimizer.cli.store_access import RunName, StoreAddress, open_store, run_as_data

if TYPE_CHECKING:
    from optimizer.store import Run

runs = group("runs", "What was proposed, approved and published.")


class Decision(StrEnum):
    """What became of a proposal."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"


@runs.command("list")
def list_(
    scenario: Annotated[str | None, typer.Option(help="Only runs of this scenario.")] = None,
    status: Annotated[Decision | None, typer.Option(help="Only runs of this status.")] = None,
    address: StoreAddress = None,
    as_json: AsJson = False,
) -> None:
    """List registered runs, the newest first."""
    with open_store(address) as store:
        listing = store.runs(scenario=scenario, status=status and status.value)
    if as_json:
        text = {name: listing[name].map(str) for name in ("as_of", "created", "folder")}
        say_json(listing.assign(**text).to_dict("records"))
    else:
        from optimizer.cli.store_text import print_runs

        print_runs(console(sys.stdout), listing)


@runs.command()
def show(name: RunName, address: StoreAddress = None, as_json: AsJson = False) -> None:
    """Show a run: status, goals, service, tests, decisions, publications, files."""
    with open_store(address) as store:
        run = store.find_by_name(name)
        details, changed = store.details(run.run), store.changes(run.run)
    if as_json:
        frames = {part: dated_records(frame.astype(object)) for part, frame in details.items()}
        say_json(run_as_data(run) | frames | {"changed_files": changed})
    else:
        from optimizer.cli.store_text import print_run

        print_run(console(sys.stdout), run, details, changed)


@runs.command()
def diff(
    before: Annotated[str, typer.Argument(metavar="A", help="The run before.")],
    after: Annotated[str, typer.Argument(metavar="B", help="The run after.")],
    address: StoreAddress = None,
    as_json: AsJson = False,
) -> None:
    """Show which lines get another quantity or date in B than in A, and why."""
    from dataclasses import fields

    from optimizer.api import compare
    from optimizer.cli.comparison_text import print_comparison

    with open_store(address) as store:
        both = [store.find_by_name(name) for name in (before, after)]
    comparison = compare(*(run.folder for run in both), names=[run.run for run in both])
    if as_json:
        frames = {field.name: getattr(comparison, field.name) for field in fields(comparison)}
        say_json({name: dated_records(frame) for name, frame in frames.items()})
    else:
        print_comparison(console(sys.stdout), comparison)


@runs.command()
def verify(
    name: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="Only this run; default: all.")
    ] = None,
    address: StoreAddress = None,
    as_json: AsJson = False,
) -> None:
    """Verify the audit, all files by their hashes, and each plan by the judge."""
    with open_store(address) as store:
        runs_to_check = (
            [store.find_by_name(name)] if name else [store.find(n) for n in store.runs()["run"]]
        )
        findings = store.verify(runs_to_check[0].run if name and runs_to_check[0] else None)
    judged = [run for run in runs_to_check if run]
    for run in judged:
        findings += [text for text in _findings(run) if text not in findings]
    if as_json:
        say_json({"valid": not findings, "runs": len(judged), "findings": findings})
    elif findings:
        say("\n".join(["The store is not as it should be:", *(f" * {text}" for text in findings)]))
    else:
        say(f"The audit is whole; {len(judged)} of {len(judged)} runs are as registered and obey.")
    if findings:
        raise typer.Exit(RULE_BROKEN)


@runs.command()
def prune(
    older_than: Annotated[
        float, typer.Option(metavar="DAYS", help="Registered longer ago than so many days.")
    ],
    address: StoreAddress = None,
    as_json: AsJson = False,
) -> None:
    """Remove old runs, rows and folders; never approved or published ones, nor the audit."""
    with open_store(address) as store:
        removed = store.prune(older_than)
    if as_json:
        say_json({"removed": removed})
    else:
        from optimizer.common.words import several

        say("\n".join([f"{several(len(removed), 'run')} removed.", *removed]))


def _findings(run: Run) -> list[str]:
    """Judge the plan in a run's folder; what cannot be read is a finding."""
    try:
        return [f"{run.run}: {text}" for text in run_findings(run.folder)]
    except AllocoreError as error:
        return [f"{run.run}: {error}"]
