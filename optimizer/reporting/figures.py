"""Sums and counts that the summary and the page show, as they stand in ``figures.csv``."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from models.reasons import Holder, reasons_held_by
from models.scenario import Scenario
from models.shortages import KINDS, LATE, SHORT
from models.solution import AS_ASKED, Solution
from models.tolerances import UNIT, UNIT_DECIMALS
from optimizer.scenario.free_supply import with_free_supply

FIGURES = ["of", "name", "by", "figure", "value"]
"""What is counted, of whom, by what else; which figure it is, and how much."""
TAKEN = reasons_held_by(Holder.ORDERS, Holder.LOWER_TIERS)
"""Reasons of units that somebody else has: stock was there and is gone."""


def figures(scenario: Scenario, solution: Solution) -> pd.DataFrame:
    """List all sums and counts that people are shown and no other file has.

    Parameters
    ----------
    scenario, solution
        Of the run.

    Returns
    -------
    pandas.DataFrame
        The columns :data:`FIGURES`: ``lines`` by status, ``reasons`` and ``notices`` and
        ``contracts`` counted, ``totals``, the use of capacity (``capacity``) and what is waited for
        (``stock``) by site and day, units ``shipped`` by site and segment.
    """
    return pd.DataFrame(list(_rows(scenario, solution)), columns=FIGURES).astype(
        {"of": "str", "name": "str", "by": "str", "figure": "str", "value": "float64"}
    )


def _rows(scenario: Scenario, solution: Solution) -> Iterator[tuple[str, str, str, str, float]]:
    lines, totals = solution.lines, solution.totals
    yield "lines", "all", "", "lines", len(lines)
    yield "lines", "not on time", "", "lines", int((~lines["status"].isin(AS_ASKED)).sum())
    for status, count in lines["status"].value_counts(sort=False).sort_index().items():
        yield "lines", str(status), "", "lines", int(count)
    yield "totals", "net_value", "", "value", totals["delivered_value"] - totals["cost"]
    yield "contracts", "all", "", "contracts", len(solution.contracts)
    yield "contracts", "met", "", "contracts", int(solution.contracts["met"].sum())
    yield "contracts", "penalty", "", "value", float(solution.contracts["penalty"].sum())
    for tier, share in attainable(solution).items():
        yield "contracts", f"tier {tier}", "", "attainable", float(share)
    yield "notices", "all", "", "orders", len(solution.notices)
    yield "notices", "all", "", "customers", solution.notices["customer"].nunique()
    offers = int((solution.remedies["state"] == "offer").sum())
    yield "remedies", "offer", "", "remedies", offers
    for reason, amounts in by_reason(solution).iterrows():
        for figure in ("lines", "short", "late"):
            yield "reasons", str(reason), "", figure, float(amounts[figure])
        yield "missing", str(reason), "", "units", float(amounts["units"])
    for row in site_use(scenario, solution).to_dict("records"):
        for figure in ("used", "units", "share"):
            yield "capacity", row["site"], f"{row['date']:%Y-%m-%d}", figure, row[figure]
    for row in waiting(scenario, solution).to_dict("records"):
        yield "stock", row["site"], f"{row['date']:%Y-%m-%d}", "waiting", row["waiting"]
    for row in units_by_site(solution).to_dict("records"):
        yield "shipped", row["site"], row["segment"], "units", row["quantity"]


def attainable(solution: Solution) -> pd.Series:
    """Share of what is due to the contracts of each tier that could be reached, where tested."""
    tested = solution.contracts[solution.contracts["attainable"].notna()]
    counted = tested["ordered_before"] + tested["ordered"]
    due = tested["target"] * counted
    short = (tested["target"] - tested["attainable"]).clip(lower=0) * counted
    sums = pd.DataFrame({"due": due, "short": short}).groupby(tested["tier"]).sum()
    sums = sums[sums["due"] > 0]
    return 1.0 - sums["short"] / sums["due"]


def by_reason(solution: Solution) -> pd.DataFrame:
    """Count what is missing by reason, most units first.

    Returns
    -------
    pandas.DataFrame
        By ``reason``: units ``short`` and ``late``, their sum ``units``, and the ``lines`` whose
        main reason it is.
    """
    shortages = _with_kinds(solution)
    units = shortages.pivot_table(index="reason", columns="kind", values="units", aggfunc="sum")
    units = units.reindex(columns=list(KINDS)).fillna(0.0).rename_axis(columns=None)
    missed = solution.lines[~solution.lines["status"].isin(AS_ASKED)]
    lines = missed["reason"].value_counts().reindex(units.index, fill_value=0)
    sums = units.assign(units=units.sum(axis=1), lines=lines)
    return sums.sort_values("units", ascending=False, kind="stable")


def _with_kinds(solution: Solution) -> pd.DataFrame:
    """Tell short units from late ones in older runs, too: those of lines in full come late."""
    shortages, lines = solution.shortages, solution.lines
    late = pd.MultiIndex.from_frame(lines.loc[lines["status"] == "late", ["order", "line"]])
    is_late = pd.MultiIndex.from_frame(shortages[["order", "line"]]).isin(late)
    kind = shortages["kind"].where(shortages["kind"] != "", np.where(is_late, LATE, SHORT))
    return shortages.assign(kind=kind)


def units_by_site(solution: Solution) -> pd.DataFrame:
    """Units from each site to each segment: ``site``, ``segment``, ``quantity``."""
    segments = solution.lines[["order", "line", "segment"]]
    rows = solution.shipments.merge(segments, on=["order", "line"])
    return rows.groupby(["site", "segment"])["quantity"].sum().reset_index()


def site_use(scenario: Scenario, solution: Solution) -> pd.DataFrame:
    """Capacity used of each site and day: ``site``, ``date``, ``used``, ``units``, ``share``.

    Parameters
    ----------
    scenario, solution
        Of the run.
    """
    limits = scenario["site_capacity"]
    if limits.empty:
        return pd.DataFrame(columns=["site", "date", "used", "units", "share"])
    every = limits[limits["date"].isna()].drop(columns="date").merge(_days(scenario), how="cross")
    dated = limits[limits["date"].notna()]
    both = pd.concat([dated, every]).drop_duplicates(["site", "date"])
    effort = scenario["items"].set_index("item")["pick_effort"]
    sent = solution.shipments.assign(
        used=solution.shipments["quantity"] * solution.shipments["item"].map(effort).fillna(1.0)
    )
    used = sent.groupby(["site", "ship_date"])["used"].sum().rename_axis(["site", "date"])
    table = both.merge(used.reset_index(), on=["site", "date"], how="left").fillna({"used": 0.0})
    table["share"] = (table["used"] / table["units"].where(table["units"] > 0)).clip(upper=1.0)
    return table.sort_values(["site", "date"], ignore_index=True)


def waiting(scenario: Scenario, solution: Solution) -> pd.DataFrame:
    """Units waited for of what is sold out, by site and day: ``site``, ``date``, ``waiting``.

    The sums of :func:`waiting_items`, with all open sites.

    Parameters
    ----------
    scenario, solution
        Of the run.
    """
    by_item = waiting_items(scenario, solution)
    by_site = by_item.pivot_table("waiting", "site", "date", aggfunc="sum")
    sites = sorted(scenario["sites"].loc[scenario["sites"]["open"], "site"])
    days = pd.DatetimeIndex(_days(scenario)["date"])
    by_site = by_site.reindex(index=sites, columns=days, fill_value=0.0)
    by_site = by_site.rename_axis(index="site", columns="date")
    rows = by_site.reset_index().melt("site", value_name="waiting")
    return rows.astype({"date": "datetime64[s]"})


def waiting_items(scenario: Scenario, solution: Solution) -> pd.DataFrame:
    """Units waited for of what is sold out: ``site``, ``item``, ``date``, ``waiting``.

    An item is sold out on a day if all that is there then or comes later is promised. Counted are
    the units that lines miss because somebody else has them, until the last day that counts for
    the line.

    Parameters
    ----------
    scenario, solution
        Of the run.
    """
    short = solution.shortages
    short = short[short["reason"].isin(TAKEN) & (short["site"] != "")]
    days = _days(scenario)["date"]
    pairs = pd.MultiIndex.from_frame(short[["site", "item"]].drop_duplicates())
    transfers, shipments = solution.transfers, solution.shipments
    supply = with_free_supply(scenario)
    flows = [
        _flow(supply["stock"].assign(date=days.iloc[0]), "site", "date", "on_hand"),
        _flow(supply["receipts"], "site", "date", "quantity"),
        _flow(transfers, "to_site", "arrival_date", "quantity"),
        _flow(
            transfers.assign(quantity=-transfers["quantity"]), "from_site", "ship_date", "quantity"
        ),
        _flow(shipments.assign(quantity=-shipments["quantity"]), "site", "ship_date", "quantity"),
    ]
    stock = _by_day(flows, pairs, days).cumsum(axis=1)
    missing_until = _by_day([_flow(short, "site", "until", "units")], pairs, days, to_last=True)
    free = np.minimum.accumulate(stock[:, ::-1], axis=1)[:, ::-1]
    until = missing_until[:, ::-1].cumsum(axis=1)[:, ::-1]
    units = np.where(free <= UNIT, until, 0.0).round(UNIT_DECIMALS)
    by_item = pd.DataFrame(units, index=pairs, columns=pd.DatetimeIndex(days, name="date"))
    rows = by_item.reset_index().melt(["site", "item"], var_name="date", value_name="waiting")
    return rows.astype({"date": "datetime64[s]", "waiting": float})


def _flow(table: pd.DataFrame, site: str, date: str, units: str) -> pd.DataFrame:
    """Take ``site``, ``item``, ``date`` and ``units`` out of a table that calls them otherwise."""
    return table[[site, "item", date, units]].set_axis(["site", "item", "date", "units"], axis=1)


def _by_day(
    flows: list[pd.DataFrame], pairs: pd.MultiIndex, days: pd.Series, *, to_last: bool = False
) -> np.ndarray:
    """Sum up units by pair of site and item (rows) and day (columns).

    What came before the first day counts on it; what comes after the last one likewise if asked.
    """
    amounts = np.zeros((len(pairs), len(days)))
    for flow in flows:
        row = pairs.get_indexer(pd.MultiIndex.from_frame(flow[["site", "item"]]))
        day = np.maximum((flow["date"] - days.iloc[0]).dt.days.to_numpy(), 0)
        day = np.minimum(day, len(days) - 1) if to_last else day
        counted = (row >= 0) & (day < len(days))
        np.add.at(amounts, (row[counted], day[counted]), flow["units"].to_numpy()[counted])
    return amounts


def _days(scenario: Scenario) -> pd.DataFrame:
    horizon = scenario.settings.horizon
    return pd.DataFrame({"date": pd.date_range(horizon.start, periods=horizon.days, unit="s")})
