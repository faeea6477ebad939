"""``allocore backtest``: policies over simulated days, beside what was possible."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from optimizer.cli.registry import command
from optimizer.cli.shared import (
    AsJson,
    Overrides,
    ScenarioPath,
    complain,
    console,
    is_quiet,
    read,
    say,
    say_json,
)

if TYPE_CHECKING:
    import pandas as pd

    from models.settings import Settings


@command(170)
def backtest(
    scenario: ScenarioPath,
    days: Annotated[int, typer.Option(min=1, max=3660, help="Simulated days.")],
    seeds: Annotated[int, typer.Option(min=1, help="Worlds.")],
    history: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Order history to draw days from. Default _history.csv or _history.parquet of the "
            "scenario, else its own book.",
        ),
    ] = None,
    policies: Annotated[
        str | None, typer.Option(help="Separated by commas. Default all that need nothing else.")
    ] = None,
    processes: Annotated[
        int | None, typer.Option(min=1, help="On this machine. Default one for each core.")
    ] = None,
    dask: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="A Dask scheduler instead.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep every finished part, and the result.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the finished parts in DIR.")
    ] = False,
    overrides: Overrides = None,
    as_json: AsJson = False,
) -> None:
    """Let policies live through the same simulated days; compare with what was possible at all."""
    from optimizer.backtesting import POLICIES
    from optimizer.backtesting import backtest as backtested

    read_as = read(scenario, overrides or (), quiet=is_quiet())
    path = history or _history_in(scenario)
    with _part_display(quiet=is_quiet()) as report:
        result = backtested(
            read_as,
            days,
            seeds,
            history=_history(path, read_as.settings) if path else None,
            policies=policies.split(",") if policies else POLICIES,
            processes=processes,
            dask=dask,
            out=out,
            resume=resume,
            report=report,
        )
    if out:
        result.write(out)
    if as_json:
        say_json(result.record())
    else:
        say(repr(result))


def _history(path: Path, settings: Settings) -> pd.DataFrame:
    """Read order history as the header says."""
    from optimizer.forecasting import read_history

    return read_history(path, settings.csv, settings.time_zone)


def _history_in(scenario: Path) -> Path | None:
    """Order history that lies in a scenario's folder."""
    folder = scenario if scenario.is_dir() else scenario.parent
    names = ("_history.csv", "_history.parquet")
    return next((folder / name for name in names if (folder / name).is_file()), None)


@contextmanager
def _part_display(*, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """Show how many parts are done: a bar in a terminal, now and then a line elsewhere."""
    stream = console(sys.stderr)
    if quiet:
        yield lambda *_: None
    elif stream.is_terminal:
        from rich.progress import Progress

        with Progress(console=stream) as progress:
            task = progress.add_task("simulating", total=None)
            yield lambda done, of: progress.update(task, completed=done, total=of)
    else:

        def report(done: int, of: int) -> None:
            if done == of or done % max(1, of // 20) == 0:
                complain(f"{done} of {of} parts")

        yield report
