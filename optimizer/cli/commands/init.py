"""``allocore init``: a runnable template to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from optimizer.cli.registry import command
from optimizer.cli.shared import AsJson, say, say_json


@command(130)
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="New or empty folder.")],
    template: Annotated[str, typer.Option(help="Bundled scenario to start from.")] = "quickstart",
    workbook: Annotated[
        bool, typer.Option("--workbook", help="Tables in one Excel workbook.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write a runnable template scenario."""
    from optimizer.scenario.bundled import copy_bundled

    if workbook:
        from tempfile import TemporaryDirectory

        from optimizer.reading import read_scenario
        from optimizer.scenario.scenario_writer import write_scenario

        with TemporaryDirectory() as spare:
            copied = read_scenario(copy_bundled(template, Path(spare) / template))
        write_scenario(copied, folder, "xlsx")
    else:
        copy_bundled(template, folder)
    if as_json:
        say_json({"folder": str(folder), "scenario": template})
    else:
        say(f"{folder} holds the scenario {template}. Next: allocore run {folder}")
