"""``allocore publish``: the priority list of an approved run goes out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from optimizer.cli.registry import command
from optimizer.cli.shared import AsJson
from optimizer.cli.store_access import RunName, StoreAddress, open_store, say_change


@command(110)
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
    address: StoreAddress = None,
    as_json: AsJson = False,
) -> None:
    """Publish the priority list of an approved run whose tests passed."""
    with open_store(address) as store:
        into = (database, table) if database else None
        say_change(store.publish(store.find_by_name(name).run, to=to, into=into), as_json=as_json)
