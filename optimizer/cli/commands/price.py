"""``allocore price``: an order of now against what is held back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from optimizer.cli.registry import command
from optimizer.cli.shared import AsJson, say, say_json


@command(160)
def price(
    order: Annotated[Path, typer.Argument(metavar="ORDER", help="The order, as YAML or JSON.")],
    run: Annotated[Path, typer.Option(metavar="RUN", help="Today's run folder.")],
    as_json: AsJson = False,
) -> None:
    """Accept or decline an order now, line by line, against what is held back at its price."""
    from optimizer.quoting import Quoter, read_order

    quote = Quoter.of_run(run).quote(read_order(order))
    if as_json:
        say_json(quote.as_record())
    else:
        say(repr(quote))
