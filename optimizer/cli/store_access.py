"""What commands on the run store share: options, opening it, saying what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from optimizer.cli.shared import say, say_json

if TYPE_CHECKING:
    from optimizer.store import Run, Store, StoreChange

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


def open_store(address: str | None) -> Store:
    """Open the store of an address, of the environment, or of the working directory."""
    from optimizer.store import Store, address_of

    return Store.open(address_of(address))


def run_as_data(run: Run) -> dict[str, Any]:
    """Give a run as JSON has it."""
    from dataclasses import asdict

    dates = {"as_of": run.as_of.isoformat(), "created": run.created.isoformat()}
    return asdict(run) | dates | {"folder": str(run.folder)}


def say_change(change: StoreChange, *, as_json: bool) -> None:
    """Say what a decision or a publication did."""
    if as_json:
        say_json(run_as_data(change.run) | {"changed": change.changed, "text": change.text})
    else:
        say(change.text)
