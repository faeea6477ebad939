"""``allocore forecast``: what is still to be ordered, and how far off that is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from models.errors import UsageError
from optimizer.cli.registry import command
from optimizer.cli.shared import (
    AsJson,
    complain,
    dated_records,
    is_quiet,
    read,
    records,
    say,
    say_json,
)
from optimizer.common.number_text import number_text

if TYPE_CHECKING:
    import pandas as pd

    from models.scenario import Scenario


@command(150)
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
) -> None:
    """Expect what is not ordered yet, by segment, region, item and day; say how far off that is.

    The table goes to standard output, or to FILE; errors on days held out to standard error.
    """
    from optimizer.forecasting import forecast_errors, history_within, learn, read_history

    known = read(scenario, (), quiet=is_quiet()) if scenario else None
    said = (known.settings.csv, known.settings.time_zone) if known else ()
    rows = read_history(history, *said)
    if known is not None:
        kept = history_within(rows, known)
        if len(kept) < len(rows) and not is_quiet():
            complain(f"warning: {len(rows) - len(kept):,} lines left out: not of the scenario")
        rows = kept
    day = _last_known_day(as_of, rows, known)
    rows = rows[rows["ordered"] <= day].reset_index(drop=True)
    if rows.empty:
        msg = f"nothing was ordered up to {day:%Y-%m-%d}"
        raise UsageError(msg)
    table = learn(rows, day).table(days)
    try:
        errors = forecast_errors(rows, days - 1)
    except UsageError as short:
        errors = None
        if not is_quiet():
            complain(f"warning: no errors: {short}")
    text = table.assign(**{n: table[n].map(number_text) for n in ("quantity", "unit_value")})
    if out:
        text.to_csv(out, index=False, lineterminator="\n", date_format="%Y-%m-%d")
    if as_json:
        content = {"as_of": f"{day:%Y-%m-%d}", "forecast": dated_records(table)}
        say_json(content | {"errors": None if errors is None else records(errors)})
        return
    if not out:
        say(text.to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d").rstrip())
    if errors is not None and not is_quiet():
        complain(errors.round(3).to_string(index=False))


def _last_known_day(as_of: str | None, rows: pd.DataFrame, known: Scenario | None) -> pd.Timestamp:
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
