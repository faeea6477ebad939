"""What one more unit of stock, a pallet of capacity or a faster lane is worth.

Prices of a plan (:mod:`optimizer.solving.shadow_prices`) say which goal a unit less touches first.
Where that is value, they say what is lost at least with the last units, and what more units gain at
most. Between the two lies the truth, which a second solve finds: ``gained``.
"""

from __future__ import annotations

from concurrent.futures import Executor

import numpy as np
import pandas as pd
from tqdm import tqdm

from models.errors import UsageError
from models.goals import GoalKind
from models.scenario import Scenario
from models.solution import Solution
from optimizer.planning.planner import plan_scenario
from optimizer.scenario.free_supply import with_free_supply
from optimizer.scenario.table_edits import cast_rows, with_rows, with_table

WORTH = {
    "resource": "str",
    "site": "str",
    "item": "str",
    "region": "str",
    "service": "str",
    "week": "datetime64[s]",  # its Monday
    "date": "datetime64[s]",  # the day on which it is worth most
    "units": "float64",
    "goal": "str",  # the first that is worse without the last units
    "by": "float64",  # by how much, about [unit of the goal]
    "worth": "float64",  # money that goes with it, about [currency]
    "at_least": "float64",  # lost without the last units [currency]; blank before other goals
    "at_most": "float64",  # gained by as many more [currency]; blank before other goals
    "gained": "float64",  # what they gain, found by another plan [currency]; blank = not tried
    "service_gained": "float64",  # on-time units of everybody, by that plan [unit]
}
SOURCES = ("stock", "site_capacity", "lane_capacity")
FASTER = "faster_lane"


# A public call whose options are keywords of their own, more than six of them.
def worth(
    scenario: Scenario,
    solution: Solution,
    pool: Executor | None = None,
    *,
    units: float = 1.0,
    pallet: float = 10.0,
    verify: int = 3,
    quiet: bool = False,
) -> pd.DataFrame:
    """Work out what more of each scarce thing is worth, by site and week.

    Parameters
    ----------
    scenario, solution
        What was planned, and its optimal plan.
    pool
        Where plans are made that verify it; without one nothing is verified.
    units
        Of stock [unit].
    pallet
        Of capacity, in units [unit].
    verify
        How many of each resource, the dearest first, and how many lanes are tried.
    quiet
        No progress.

    Returns
    -------
    pandas.DataFrame
        Columns as declared by :data:`WORTH`, dearest first. ``at_least`` and ``at_most`` hold with
        every promise kept as it is, and are told only where no promise needs the units; a promise
        that more supply would lift comes on top, which ``gained`` and ``service_gained`` show. A
        faster lane has no price, only what it gained.

    Raises
    ------
    UsageError
        When units or pallet are not more than 0.
    """
    if units <= 0 or pallet <= 0:
        msg = f"units {units:g} and pallet {pallet:g} must be more than 0"
        raise UsageError(msg)
    rows = _dearest_by_week(solution.prices, units, pallet)
    if pool is None:
        return rows
    rows = pd.concat([rows, _faster_lanes(scenario, solution, verify)], ignore_index=True).astype(
        WORTH
    )
    dearest = rows.groupby("resource", sort=False).head(verify).index
    answers = {
        nth: pool.submit(_gains, _with_more(scenario, rows.loc[nth]), solution) for nth in dearest
    }
    for nth, answer in tqdm(answers.items(), desc="worth", disable=quiet):
        rows.loc[nth, ["gained", "service_gained"]] = answer.result()
    return rows


def _dearest_by_week(prices: pd.DataFrame, units: float, pallet: float) -> pd.DataFrame:
    """Take the dearest day of each week."""
    rows = prices[prices["resource"].isin(SOURCES)].copy()
    monday = rows["date"] - pd.to_timedelta(rows["date"].dt.day_of_week, unit="D")
    amount = np.where(rows["resource"] == "stock", units, pallet)
    total, of_money = rows["price"] * amount, rows["goal"] == GoalKind.VALUE
    rows = rows.assign(
        week=monday,
        units=amount,
        by=rows["by"] * amount,
        worth=total,
        at_least=(total - rows["slack"]).clip(lower=0.0).where(of_money),
        at_most=(total + rows["slack"]).where(of_money),
        gained=np.nan,
        service_gained=np.nan,
    )
    keys = ["resource", "site", "item", "region", "service", "week"]
    rows = rows.sort_values(["worth", "date"], ascending=[False, True], kind="stable")
    return rows.drop_duplicates(keys)[list(WORTH)].astype(WORTH).reset_index(drop=True)


def _faster_lanes(scenario: Scenario, solution: Solution, most: int) -> pd.DataFrame:
    """List lanes that could be a day faster, those first whose region waits most."""
    lanes = scenario["lanes"]
    slow = lanes[lanes["transit_days"] > 0]
    region = scenario["customers"].set_index("customer")["region"]
    lines = solution.lines
    missing = lines["ordered"] - lines["delivered_on_time"]
    waiting = missing.groupby(region.loc[lines["customer"]].to_numpy()).sum()
    served = scenario["sites"].loc[scenario["sites"]["open"], "site"]
    slow = slow[slow["site"].isin(served)].assign(waits=slow["region"].map(waiting).fillna(0.0))
    slow = slow[slow["waits"] > 0].sort_values(
        ["waits", "transit_days"], ascending=False, kind="stable"
    )
    never = pd.Series(pd.NaT, index=slow.index[:most])
    rows = slow.head(most).assign(
        resource=FASTER,
        item="",
        week=never,
        date=never,
        units=1.0,
        goal="",
        by=np.nan,
        worth=np.nan,
        at_least=np.nan,
        at_most=np.nan,
        gained=np.nan,
        service_gained=np.nan,
    )
    return rows[list(WORTH)].astype(WORTH)


def _with_more(scenario: Scenario, row: pd.Series) -> Scenario:
    """Make the change that a row is about."""
    if row["resource"] == FASTER:
        lanes = scenario["lanes"].copy()
        mine = (lanes["site"] == row["site"]) & (lanes["region"] == row["region"])
        mine &= lanes["service"] == row["service"]
        lanes.loc[mine, "transit_days"] -= 1
        return with_table(scenario, "lanes", lanes)
    if row["resource"] == "stock":
        more = {"site": row["site"], "item": row["item"], "date": row["date"]}
        columns = {"quantity": row["units"], "kind": "purchase", "confidence": 1.0}
        rows = pd.DataFrame([more | columns])
        return with_rows(with_free_supply(scenario), "receipts", rows)
    table = str(row["resource"])
    limits = scenario[table].copy()
    mine = limits["site"] == row["site"]
    if table == "lane_capacity":
        mine &= (limits["service"] == row["service"]) & (limits["region"] == row["region"])
    dated = mine & (limits["date"] == row["date"])
    if not dated.any():  # a row of its own for that day
        other = limits[mine & limits["date"].isna()].assign(date=row["date"])
        limits = cast_rows(table, pd.concat([limits, other], ignore_index=True))
        dated = pd.Series(limits.index >= len(limits) - len(other), index=limits.index)
    limits.loc[dated, "units"] += row["units"]
    return with_table(scenario, table, limits)


def _gains(scenario: Scenario, before: Solution) -> tuple[float, float]:
    """Plan again: what is gained of value less cost, and of on-time units."""
    after = plan_scenario(scenario).solution

    def net(solution: Solution) -> float:
        return solution.totals["delivered_value"] - solution.totals["cost"]

    on_time = after.totals["on_time_units"] - before.totals["on_time_units"]
    return net(after) - net(before), on_time
