"""Commands that look ahead: expected demand, an order of today against what is held, backtests."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from models.errors import UsageError
from optimizer.cli.common import (
    AsJson,
    Overrides,
    Quiet,
    ScenarioPath,
    complain,
    console,
    read,
    records,
    say,
    say_json,
)
from optimizer.cli.questions import dated

if TYPE_CHECKING:
    import pandas as pd

    from models.scenario import Scenario


def forecast(
    history: Annotated[
        Path,
        typer.Argument(metavar="HISTORY", help="Order history (CSV, Parquet), or a scenario."),
    ],
    scenario: Annotated[
        Path | None,
        typer.Option(metavar="SCENARIO", help="Only its segments, regions and items; its start."),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Day up to which orders are known. Default the last."),
    ] = None,
    days: Annotated[int, typer.Option(min=2, max=366, help="Days, the first one included.")] = 14,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the table there (CSV).")
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Expect what is not ordered yet, by segment, region, item and day; say how far off that is.

    The table goes to standard output, or to FILE; errors on days held out to standard error.
    """
    from optimizer.forecasting import forecast_errors, history_within, learn, read_history

    rows = read_history(history)
    known = read(scenario, (), quiet=quiet) if scenario else None
    if known is not None:
        kept = history_within(rows, known)
        if len(kept) < len(rows) and not quiet:
            complain(f"warning: {len(rows) - len(kept):,} lines left out: not of the scenario")
        rows = kept
    day = _day(as_of, rows, known)
    rows = rows[rows["ordered"] <= day].reset_index(drop=True)
    if rows.empty:
        msg = f"nothing was ordered up to {day:%Y-%m-%d}"
        raise UsageError(msg)
    table = learn(rows, day).table(days)
    try:
        errors = forecast_errors(rows, days - 1)
    except UsageError as short:
        errors = None
        complain(f"warning: no errors: {short}")
    if out:
        table.to_csv(out, index=False, lineterminator="\n", date_format="%Y-%m-%d")
    if as_json:
        content = {"as_of": f"{day:%Y-%m-%d}", "forecast": dated(table)}
        say_json(content | {"errors": None if errors is None else records(errors)})
        return
    if not out:
        say(table.to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d").rstrip())
    if errors is not None and not quiet:
        complain(errors.round(3).to_string(index=False))


def price(
    order: Annotated[Path, typer.Argument(metavar="ORDER", help="The order, as YAML or JSON.")],
    run: Annotated[Path, typer.Option(metavar="RUN", help="Today's run folder.")],
    as_json: AsJson = False,
) -> None:
    """Accept or decline an order now, line by line, against what is held back at its price."""
    from optimizer.quoting import Quoter, read_order

    quoted = Quoter.of_run(run).quote(read_order(order))
    if as_json:
        say_json(quoted.as_record())
    else:
        say(repr(quoted))


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
    quiet: Quiet = False,
) -> None:
    """Let policies live through the same simulated days; compare with what was possible at all."""
    from optimizer.backtesting import POLICIES
    from optimizer.backtesting import backtest as backtested
    from optimizer.forecasting import read_history

    read_as = read(scenario, overrides or (), quiet=quiet)
    path = history or _beside(scenario)
    with _counted(quiet=quiet) as report:
        found = backtested(
            read_as,
            days,
            seeds,
            history=read_history(path) if path else None,
            policies=policies.split(",") if policies else POLICIES,
            processes=processes,
            dask=dask,
            out=out,
            resume=resume,
            report=report,
        )
    if out:
        found.write(out)
    if as_json:
        say_json(found.record())
    else:
        say(repr(found))


def _day(as_of: str | None, rows: pd.DataFrame, known: Scenario | None) -> pd.Timestamp:
    """Say up to which day orders are known: as asked, the scenario's start, or the last one."""
    import pandas as pd

    if as_of is None:
        last: pd.Timestamp = rows["ordered"].max()
        return pd.Timestamp(known.settings.horizon.start).as_unit("s") if known else last
    try:
        return pd.Timestamp(pd.to_datetime(as_of, format="%Y-%m-%d")).as_unit("s")
    except ValueError as error:
        msg = f"--as-of {as_of}: write a date as 2026-11-23"
        raise UsageError(msg) from error


def _beside(scenario: Path) -> Path | None:
    """Order history that lies in a scenario's folder."""
    folder = scenario if scenario.is_dir() else scenario.parent
    names = ("_history.csv", "_history.parquet")
    return next((folder / name for name in names if (folder / name).is_file()), None)


@contextmanager
def _counted(*, quiet: bool) -> Iterator[Callable[[int, int], None]]:
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

        def told(done: int, of: int) -> None:
            if done == of or done % max(1, of // 20) == 0:
                complain(f"{done} of {of} parts")

        yield told
