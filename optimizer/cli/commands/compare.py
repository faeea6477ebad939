"""``allocore compare``: runs, or scenarios that are planned for it, side by side."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from models.errors import UsageError
from optimizer.cli.registry import command
from optimizer.cli.shared import AsJson, console, dated_records, is_quiet, read, say_json

if TYPE_CHECKING:
    from models.scenario import Scenario
    from models.solution import Solution


@command(60)
def compare(
    names: Annotated[
        list[Path], typer.Argument(metavar="A B [...]", help="Run folders or scenarios.")
    ],
    as_json: AsJson = False,
) -> None:
    """Show runs, or scenarios that are planned for it, side by side."""
    from dataclasses import fields

    from optimizer.api import compare as compared

    if len(names) < 2:
        msg = "name at least two run folders or scenarios to compare"
        raise UsageError(msg)
    runs = [_open_run(path, quiet=is_quiet() or as_json) for path in names]
    comparison = compared(*runs, names=_names(names))
    if as_json:
        frames = {field.name: getattr(comparison, field.name) for field in fields(comparison)}
        say_json({name: dated_records(frame) for name, frame in frames.items()})
    else:
        from optimizer.cli.comparison_text import print_comparison

        print_comparison(console(sys.stdout), comparison)


def _names(paths: list[Path]) -> list[str]:
    return [path.resolve().stem for path in paths]


def _open_run(path: Path, *, quiet: bool) -> tuple[Scenario, Solution]:
    """Read a run, or plan a scenario."""
    from optimizer.api import plan
    from optimizer.cli.progress import progress_display
    from optimizer.runs.run_reader import is_run_folder, read_run

    if is_run_folder(path):
        return read_run(path)
    scenario = read(path, (), quiet=quiet)
    with progress_display(console(sys.stderr), quiet=quiet) as report:
        return scenario, plan(scenario, progress=report).solution
