"""Runs side by side: service, money, who gains and who loses, promises that change, idle stock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.scenario import Scenario
from models.solution import Solution
from models.tolerances import DECIMALS, UNIT
from optimizer.common.steps import step_by_item
from optimizer.reporting.open_part import LINE, open_part
from optimizer.scenario.free_supply import with_free_supply

if TYPE_CHECKING:
    import altair as alt
CUSTOMER = ["customer", "segment"]
ORDER = ["order", *CUSTOMER]
Run = tuple[Scenario, Solution]


@dataclass(frozen=True, eq=False)
class Comparison:
    """Runs beside each other; each against the first, of an earlier day what it has still to ship.

    Parameters
    ----------
    service
        ``run``, ``segment``, ``measure``, ``target``, ``floor``, ``achieved``, ``shortfall``.
    totals
        ``run``, ``figure``, ``value``: those of ``result.json``, and ``net_value``.
    customers
        ``run``, ``customer``, ``segment``, ``delivered``, ``on_time`` (more than in the first run
        [unit]); only who gains or loses, the lines of both runs counted.
    orders
        ``run``, ``order``, ``customer``, ``segment``, ``delivered``, ``on_time``: likewise.
    promises
        ``run``, ``order``, ``line``, ``customer``, ``delivered``, ``delivered_before``,
        ``arrival``, ``arrival_before``, ``reason``: lines that get another quantity or date than in
        the first run, and why they are not on time now.
    idle
        ``run``, ``site``, ``item``, ``units``, ``waiting``: units left at the end of the horizon of
        what somebody still waits for, and how many they are.
    book
        ``run``, ``gone``, ``new``: lines that only the first run has, and that it has not. They
        are nobody's gain or loss, as between days.
    """

    service: pd.DataFrame
    totals: pd.DataFrame
    customers: pd.DataFrame
    orders: pd.DataFrame
    promises: pd.DataFrame
    idle: pd.DataFrame
    book: pd.DataFrame

    @property
    def runs(self) -> list[str]:
        """Names of the runs."""
        return list(dict.fromkeys(self.totals["run"]))

    def to_frame(self) -> pd.DataFrame:
        """Service, a row for each segment and measure, a column for each run."""
        wide = self.service.pivot_table(
            index=["segment", "measure"], columns="run", values="achieved", sort=False
        )
        return wide.reindex(columns=self.runs).reset_index().rename_axis(columns=None)

    def plot(self) -> alt.Chart:
        """Draw what each segment that is promised anything gets in each run."""
        from optimizer.reporting.charts import service_by_run

        return service_by_run(self.service)

    def _repr_html_(self) -> str:
        return self.to_frame().to_html(index=False, float_format="{:.1%}".format, na_rep="")


def comparison_of(runs: Mapping[str, Run]) -> Comparison:
    """Compare runs.

    Parameters
    ----------
    runs
        Scenarios with their solutions, by name; others are held against the first.
    """
    first = next(iter(runs.values()))
    lines = {name: _lines_of_both(_still_open(first, own), own[1]) for name, own in runs.items()}
    return Comparison(
        service=_stack({name: own[1].service for name, own in runs.items()}),
        totals=_stack({name: _totals(own[1]) for name, own in runs.items()}),
        customers=_stack({name: _gains(both, CUSTOMER) for name, both in lines.items()}),
        orders=_stack({name: _gains(both, ORDER) for name, both in lines.items()}),
        promises=_stack({name: _promises(both) for name, both in lines.items()}),
        idle=_stack({name: _idle(*own) for name, own in runs.items()}),
        book=_stack({name: _book(first[1], own[1]) for name, own in runs.items()}),
    )


def _still_open(before: Run, now: Run) -> Solution:
    """Leave of an earlier day's plan what had not left when the other one began."""
    began, begins = (scenario.settings.horizon.start for scenario, _ in (before, now))
    return open_part(*before, begins) if began < begins else before[1]


def _stack(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    parts = [frame.assign(run=name) for name, frame in frames.items()]
    both = pd.concat(parts, ignore_index=True)
    return both[["run", *(name for name in both.columns if name != "run")]]


def _totals(solution: Solution) -> pd.DataFrame:
    totals = dict(solution.totals)
    totals["net_value"] = totals["delivered_value"] - totals["cost"]
    return pd.DataFrame({"figure": list(totals), "value": [float(v) for v in totals.values()]})


def _lines_of_both(before: Solution, now: Solution) -> pd.DataFrame:
    """Lines that both have: ``_before`` and now, and how much ``more`` and more ``punctual``."""
    figures = ["delivered", "delivered_on_time", "last_arrival"]
    old = before.lines[[*LINE, *figures]]
    new = now.lines[[*ORDER, "line", *figures, "reason"]]
    both = old.merge(new, on=LINE, suffixes=("_before", ""))
    return both.assign(
        more=both["delivered"] - both["delivered_before"],
        punctual=both["delivered_on_time"] - both["delivered_on_time_before"],
    )


def _book(before: Solution, now: Solution) -> pd.DataFrame:
    """Count the lines that only one of them has."""
    old, new = (pd.MultiIndex.from_frame(each.lines[LINE]) for each in (before, now))
    return pd.DataFrame({"gone": [(~old.isin(new)).sum()], "new": [(~new.isin(old)).sum()]})


def _gains(both: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Sum up what customers or orders gain and lose, who loses most first."""
    sums = both.groupby(keys)[["more", "punctual"]].sum().round(DECIMALS).reset_index()
    changed = (sums["more"].abs() > UNIT) | (sums["punctual"].abs() > UNIT)
    rows = sums[changed].rename(columns={"more": "delivered", "punctual": "on_time"})
    return rows.sort_values(["on_time", keys[0]], ignore_index=True)


def _promises(both: pd.DataFrame) -> pd.DataFrame:
    moved = both["more"].abs() > UNIT
    dates = both[["last_arrival", "last_arrival_before"]]
    moved |= (dates["last_arrival"] != dates["last_arrival_before"]) & dates.notna().any(axis=1)
    names = {"last_arrival": "arrival", "last_arrival_before": "arrival_before"}
    columns = [*LINE, "customer", "delivered", "delivered_before"]
    rows = both[moved].rename(columns=names)
    return rows[[*columns, "arrival", "arrival_before", "reason"]].reset_index(drop=True)


def _idle(scenario: Scenario, solution: Solution) -> pd.DataFrame:
    """Sum up what is left at the end of what somebody still waits for; less than a step is none."""
    keys = ["site", "item"]
    end = pd.Timestamp(scenario.settings.horizon.start)
    end += pd.Timedelta(days=scenario.settings.horizon.days - 1)
    free, transfers = with_free_supply(scenario), solution.transfers
    receipts = free["receipts"]
    sites = scenario["sites"]
    flows = [
        free["stock"].rename(columns={"on_hand": "units"}),
        receipts[receipts["date"] <= end].rename(columns={"quantity": "units"}),
        transfers.rename(columns={"to_site": "site", "quantity": "units"}),
        transfers.rename(columns={"from_site": "site"}).assign(units=-transfers["quantity"]),
        solution.shipments.assign(units=-solution.shipments["quantity"]),
    ]
    left = pd.concat([flow[[*keys, "units"]] for flow in flows]).groupby(keys)["units"].sum()
    rows = left.round(DECIMALS).reset_index()
    waiting = solution.lines.groupby("item")["short"].sum()
    rows["waiting"] = waiting.reindex(rows["item"], fill_value=0.0).to_numpy()
    is_open = rows["site"].isin(sites.loc[sites["open"], "site"])
    enough = rows["units"] >= step_by_item(scenario["items"], rows["item"]) - UNIT
    found = rows[is_open & enough & (rows["waiting"] > UNIT)]
    return found.sort_values("units", ascending=False, kind="stable", ignore_index=True)


def spread(frame: pd.DataFrame, keys: list[str], value: str, runs: list[str]) -> pd.DataFrame:
    """Give a column for each run.

    Parameters
    ----------
    frame
        With the column ``run``.
    keys, value
        What names a row, and what stands in the cells.
    runs
        Their order.
    """
    wide = frame.pivot_table(index=keys, columns="run", values=value, sort=False, dropna=False)
    return wide.reindex(columns=runs).astype(np.float64)
