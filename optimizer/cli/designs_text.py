"""What an analyst reads of designs that were tried."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from models.tolerances import UNIT
from optimizer.common.words import goal_name, several
from optimizer.designing.design_comparison import DesignComparison
from optimizer.designing.frontier_result import Frontier
from optimizer.designing.kpis import FIGURES, SERVICE

STOCK_COST = "stock_cost"
"""The same on every day: shown with the means, where a design moves, buys or holds stock."""
LEAST_DAYS = 2
"""Fewer days have no interval."""
MOST = 10
"""Rows of a table that are shown."""
TITLES = {figure.name: figure.title for figure in FIGURES if figure.title}
"""Heading of each figure that is shown."""


def print_designs(console: Console, comparison: DesignComparison) -> None:
    """Print designs side by side, their differences, the frontier, and what more is worth.

    Parameters
    ----------
    console
        On standard output.
    comparison
        What came out.
    """
    console.print(_means(comparison))
    for note in comparison.notes:
        console.print(escape(note))
    if len(comparison.names) > 1:
        console.print(_differences(comparison))
        narrower = _narrower(comparison)
        if narrower:
            console.print(narrower)
    if comparison.frontier is not None:
        _print_frontier(console, comparison.frontier)
    if len(comparison.worth):
        console.print(_worth(comparison.worth))


def _table(title: str, columns: Sequence[str], words: int = 1) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for nth, column in enumerate(columns):
        table.add_column(escape(column), justify="left" if nth < words else "right")
    return table


def _means(comparison: DesignComparison) -> Table:
    frame = comparison.to_frame()
    shares = [name for name in frame if str(name).startswith(f"{SERVICE} ")]
    segments = [str(name).removeprefix(f"{SERVICE} ") for name in shares]
    alone = "" if comparison.days else ": the scenario's own day alone"
    shown = [name for name in TITLES if name != STOCK_COST or frame[name].any()]
    heads = [TITLES[name] for name in shown]
    table = _table(f"Mean of the days{alone}", ["Design", *segments, *heads])
    for row in frame.to_dict("records"):
        service = (_amount(row[name], share=True) for name in shares)
        table.add_row(escape(row["design"]), *service, *(_amount(row[name]) for name in shown))
    return table


def _differences(comparison: DesignComparison) -> Table:
    rows = comparison.differences
    rows = rows[(rows["design"] != comparison.names[0])]
    figures = [SERVICE, *(name for name in TITLES if name != STOCK_COST)]
    shown = rows["figure"].isin(figures)
    keys = rows[shown][["segment", "figure"]].drop_duplicates()
    heads = [s if f == SERVICE else TITLES[f] for s, f in keys.itertuples(index=False, name=None)]
    what = "mean difference and its 95 % interval, day by day"
    if comparison.days < LEAST_DAYS:
        what = "difference on one day, which has no interval"
    title = escape(f"Against {comparison.names[0]}: {what}")
    table = _table(title, ["Design", *heads])
    for design, mine in rows[shown].groupby("design", sort=False):
        cells = [
            _cell(d, p, share=f == SERVICE)
            for d, p, f in zip(mine["difference"], mine["paired"], mine["figure"], strict=True)
        ]
        table.add_row(escape(str(design)), *cells)
    return table


def _cell(difference: float, half: float, *, share: bool) -> str:
    """Write a difference with half of its interval, where it has one."""
    amount = _amount(difference, share=share, sign="+")
    return amount if np.isnan(half) else f"{amount} ± {_amount(half, share=share)}"


def _amount(value: float, *, share: bool = False, sign: str = "") -> str:
    """Write a figure: a share in percent, others whole; unknown ones as a dash."""
    if np.isnan(value):
        return "-"
    return format(value, f"{sign}z.1%" if share else f"{sign}z,.0f")


def _narrower(comparison: DesignComparison) -> str:
    """Say what it was worth to try all designs on the same days."""
    rows = comparison.differences
    rows = rows[(rows["design"] != comparison.names[0]) & (rows["figure"] == "total_cost")]
    ratios = (rows["unpaired"] / rows["paired"].where(rows["paired"] > 0)).dropna()
    if ratios.empty:
        return ""
    days = several(int(rows["days"].max()), "day")
    return (
        f"On the same {days}, intervals of total cost are {ratios.min():,.1f} to "
        f"{ratios.max():,.1f} times narrower than on different ones.\n"
    )


def _print_frontier(console: Console, frontier: Frontier) -> None:
    columns = ["Level", "Cost", "At least", "Gap", "Replayed", "Open", "Units moved", "Replay"]
    table = _table("The cheapest network for each level of service", [*columns, "Sites"])
    for row in frontier.points.to_dict("records"):
        sites = frontier.sites[(frontier.sites["point"] == row["point"]) & frontier.sites["open"]]
        table.add_row(
            _amount(row["level"], share=True),
            _amount(row["cost"]),
            _amount(row["bound"]),
            "proved" if row["proved"] else f"{_amount(row['gap'], share=True)} open",
            _amount(row["replayed_cost"]),
            f"{row['open']}",
            _amount(row["moved"]),
            "kept" if row["kept"] else "missed",
            escape(", ".join(sites["site"])),
        )
    console.print(table)
    missed = frontier.service[frontier.service["possible"] < frontier.service["promised"] - UNIT]
    for row in missed.to_dict("records"):
        console.print(
            escape(
                f"{row['point']}: no network of the choices reaches more than "
                f"{_amount(row['possible'], share=True)} for {row['segment']}."
            )
        )
    if not frontier.points["proved"].all():
        console.print("Where the gap is open, a network that is so much cheaper is not ruled out.")
    console.print(escape(frontier.takeaway))


def _worth(worth: pd.DataFrame) -> Table:
    columns = ["What", "Site", "Item or lane", "Week of", "First goal that needs them", "Units"]
    table = _table("What the last units are worth", columns, 5)
    for name in ("Worth, about", "Lost without, at least", "More gains, at most", "Verified"):
        table.add_column(name, justify="right")
    for row in worth.head(MOST).to_dict("records"):
        lane = " ".join(part for part in (row["item"], row["region"], row["service"]) if part)
        week = "" if pd.isna(row["week"]) else f"{row['week']:%m-%d}"
        amounts = [row[name] for name in ("worth", "at_least", "at_most", "gained")]
        table.add_row(
            row["resource"].replace("_", " "),
            escape(row["site"]),
            escape(lane),
            week,
            f"{goal_name(row['goal'])} by {row['by']:,.4g}" if row["goal"] else "",
            f"{row['units']:g}",
            *("-" if np.isnan(amount) else f"{amount:,.2f}" for amount in amounts),
        )
    return table
