"""Commands on what was proposed: list, show, compare, verify, approve, reject, publish, prune."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from models.errors import AllocoreError
from optimizer.cli.common import RULE_BROKEN, AsJson, console, say, say_json
from optimizer.cli.questions import dated
from optimizer.cli.run import findings_of

if TYPE_CHECKING:
    from optimizer.store import Outcome, Run, Store

RunName = Annotated[
    str, typer.Argument(metavar="RUN", help="Run id, the beginning of one, or its folder.")
]
StoreAddress = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="URL",
        help="SQLite file or postgresql+psycopg://...; default: ALLOCORE_STORE, or allocore.db.",
    ),
]
By = Annotated[str, typer.Option(help="Who decides; kept as given.")]
Note = Annotated[str, typer.Option(help="Why; kept as given.")]

runs = typer.Typer(no_args_is_help=True, help="What was proposed, approved and published.")


class Status(StrEnum):
    """What became of a proposal."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"


@runs.command("list")
def list_(
    scenario: Annotated[str | None, typer.Option(help="Only runs of this scenario.")] = None,
    status: Annotated[Status | None, typer.Option(help="Only runs of this status.")] = None,
    store: StoreAddress = None,
    as_json: AsJson = False,
) -> None:
    """List registered runs, the newest first."""
    with _opened(store) as opened:
        found = opened.runs(scenario=scenario, status=status and status.value)
    if as_json:
        text = {name: found[name].map(str) for name in ("as_of", "created", "folder")}
        say_json(found.assign(**text).to_dict("records"))
    else:
        from optimizer.cli.store_text import print_runs

        print_runs(console(sys.stdout), found)


@runs.command()
def show(name: RunName, store: StoreAddress = None, as_json: AsJson = False) -> None:
    """Show a run: status, goals, service, tests, decisions, publications, files."""
    with _opened(store) as opened:
        run = opened.named(name)
        details, changed = opened.details(run.run), opened.changes(run.run)
    if as_json:
        frames = {part: dated(frame.astype(object)) for part, frame in details.items()}
        say_json(_told(run) | frames | {"changed_files": changed})
    else:
        from optimizer.cli.store_text import print_run

        print_run(console(sys.stdout), run, details, changed)


@runs.command()
def diff(
    before: Annotated[str, typer.Argument(metavar="A", help="The run before.")],
    after: Annotated[str, typer.Argument(metavar="B", help="The run after.")],
    store: StoreAddress = None,
    as_json: AsJson = False,
) -> None:
    """Show which lines get another quantity or date in B than in A, and why."""
    from dataclasses import fields

    from optimizer.api import compare
    from optimizer.cli.comparison_text import print_comparison

    with _opened(store) as opened:
        both = [opened.named(name) for name in (before, after)]
    found = compare(*(run.folder for run in both), names=[run.run for run in both])
    if as_json:
        frames = {field.name: getattr(found, field.name) for field in fields(found)}
        say_json({name: dated(frame) for name, frame in frames.items()})
    else:
        print_comparison(console(sys.stdout), found)


@runs.command()
def verify(
    name: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="Only this run; default: all.")
    ] = None,
    store: StoreAddress = None,
    as_json: AsJson = False,
) -> None:
    """Verify the audit, all files by their hashes, and each plan by the judge."""
    with _opened(store) as opened:
        asked = [opened.named(name)] if name else [opened.find(n) for n in opened.runs()["run"]]
        found = opened.verify(asked[0].run if name and asked[0] else None)
    judged = [run for run in asked if run]
    for run in judged:
        found += [text for text in _judged(run) if text not in found]
    if as_json:
        say_json({"valid": not found, "runs": len(judged), "findings": found})
    elif found:
        say("\n".join(["The store is not as it should be:", *(f" * {text}" for text in found)]))
    else:
        say(f"The audit is whole; {len(judged)} of {len(judged)} runs are as registered and obey.")
    if found:
        raise typer.Exit(RULE_BROKEN)


@runs.command()
def prune(
    older_than: Annotated[
        float, typer.Option(metavar="DAYS", help="Registered longer ago than so many days.")
    ],
    store: StoreAddress = None,
    as_json: AsJson = False,
) -> None:
    """Remove old runs, rows and folders; never approved or published ones, nor the audit."""
    with _opened(store) as opened:
        removed = opened.prune(older_than)
    if as_json:
        say_json({"removed": removed})
    else:
        from optimizer.common.words import several

        say("\n".join([f"{several(len(removed), 'run')} removed.", *removed]))


def approve(
    name: RunName, by: By, note: Note = "", store: StoreAddress = None, as_json: AsJson = False
) -> None:
    """Approve a proposal, for good; the same again changes nothing."""
    with _opened(store) as opened:
        _answer(opened.approve(opened.named(name).run, by, note), as_json=as_json)


def reject(
    name: RunName, by: By, note: Note = "", store: StoreAddress = None, as_json: AsJson = False
) -> None:
    """Reject a proposal, for good; the same again changes nothing."""
    with _opened(store) as opened:
        _answer(opened.reject(opened.named(name).run, by, note), as_json=as_json)


def publish(
    name: RunName,
    to: Annotated[
        Path | None, typer.Option(metavar="FILE", help=".csv or .parquet, replaced whole.")
    ] = None,
    database: Annotated[
        str | None, typer.Option(metavar="URL", help="Database for the table of priorities.")
    ] = None,
    table: Annotated[
        str, typer.Option(help="Its rows of the same scenario are replaced, all at once.")
    ] = "priorities",
    store: StoreAddress = None,
    as_json: AsJson = False,
) -> None:
    """Publish the priority list of an approved run whose tests passed."""
    with _opened(store) as opened:
        into = (database, table) if database else None
        _answer(opened.publish(opened.named(name).run, to=to, into=into), as_json=as_json)


def _opened(address: str | None) -> Store:
    from optimizer.store import Store, address_of

    return Store.open(address_of(address))


def _judged(run: Run) -> list[str]:
    """Judge the plan in a run's folder; what cannot be read is a finding."""
    try:
        return [f"{run.run}: {text}" for text in findings_of(run.folder)]
    except AllocoreError as error:
        return [f"{run.run}: {error}"]


def _told(run: Run) -> dict[str, Any]:
    """Tell a run as JSON does."""
    from dataclasses import asdict

    dates = {"as_of": run.as_of.isoformat(), "created": run.created.isoformat()}
    return asdict(run) | dates | {"folder": str(run.folder)}


def _answer(outcome: Outcome, *, as_json: bool) -> None:
    if as_json:
        say_json(_told(outcome.run) | {"changed": outcome.changed, "text": outcome.text})
    else:
        say(outcome.text)
