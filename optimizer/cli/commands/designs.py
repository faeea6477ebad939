"""``allocore designs``: candidate networks on many demand days."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from optimizer.cli.registry import command
from optimizer.cli.shared import AsJson, ScenarioPath, console, dated_records, is_quiet, say_json


@command(180)
def designs(
    scenario: ScenarioPath,
    file: Annotated[
        Path | None,
        typer.Option("--designs", metavar="FILE", help="Default: designs.yaml in the folder."),
    ] = None,
    days: Annotated[
        int, typer.Option("--days", "--samples", min=0, help="Demand days drawn from the orders.")
    ] = 12,
    seed: Annotated[int, typer.Option("--seed", "--seeds", help="Of the days drawn.")] = 1,
    history: Annotated[
        list[Path] | None,
        typer.Option(metavar="SCENARIO", help="Scenario whose orders are a day, too; repeat."),
    ] = None,
    frontier: Annotated[
        bool | None,
        typer.Option(
            help="Find the cheapest network for each level of service. "
            "Default: where designs.yaml says what to choose."
        ),
    ] = None,
    verify: Annotated[
        int, typer.Option(min=0, help="Prices of each resource that another plan verifies.")
    ] = 0,
    processes: Annotated[
        int | None, typer.Option(min=1, help="Default: one for each core.")
    ] = None,
    dask: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Of a Dask scheduler, instead.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write every table there as CSV.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Try candidate networks on many demand days; find the cheapest for each promise."""
    from optimizer.cli.designs_text import print_designs
    from optimizer.designing import compare_designs

    comparison = compare_designs(
        scenario,
        file,
        days=days,
        seed=seed,
        history=history or (),
        with_frontier=frontier,
        verify=verify,
        processes=processes,
        dask=dask,
        quiet=is_quiet(),
    )
    if out:
        comparison.write(out)
    if as_json:
        say_json({name: dated_records(frame) for name, frame in comparison.frames().items()})
    else:
        print_designs(console(sys.stdout), comparison)
