"""Commitments that must be kept, and those of them for which there is no way on their day."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.scenario import Scenario
from optimizer.common.membership import BETWEEN
from optimizer.scenario.table_edits import SHIPMENT


def frozen_rows(scenario: Scenario) -> pd.DataFrame:
    """List the commitments that are frozen or locked, each with its item."""
    table, by_hand = scenario["commitments"], scenario["overrides"]
    locks = by_hand[by_hand["action"] == "lock"]
    named = table["order"] + BETWEEN + table["line"]
    locked = named.isin(locks["order"] + BETWEEN + locks["line"])
    locked |= table["order"].isin(locks.loc[locks["line"] == "", "order"])
    return with_items(scenario, table[table["frozen"] | locked])


def frozen_shipments(scenario: Scenario, shipments: pd.DataFrame) -> pd.DataFrame:
    """Give the shipments that keep or move what was frozen or locked beforehand, and no more.

    Parameters
    ----------
    scenario
        The inputs.
    shipments
        Of the plan.
    """
    return promised_shipments(frozen_rows(scenario), shipments)


def promised_shipments(kept: pd.DataFrame, shipments: pd.DataFrame) -> pd.DataFrame:
    """Give the shipments that keep some promises or move any, and no more.

    Parameters
    ----------
    kept
        The promises, each with its item.
    shipments
        Of the plan.
    """
    moves = shipments["promised_ship_date"].notna()
    both = shipments[~moves].merge(
        kept[[*SHIPMENT, "quantity"]], on=SHIPMENT, suffixes=("", "_frozen")
    )
    on_their_days = both.assign(quantity=both[["quantity", "quantity_frozen"]].min(axis=1))
    return pd.concat([on_their_days, shipments[moves]], ignore_index=True)


def with_items(scenario: Scenario, commitments: pd.DataFrame) -> pd.DataFrame:
    """Name the item of commitments that leave it blank: the one ordered."""
    ordered = scenario["lines"].set_index(["order", "line"])["item"]
    item = ordered.reindex(pd.MultiIndex.from_frame(commitments[["order", "line"]])).to_numpy()
    return commitments.assign(item=commitments["item"].where(commitments["item"] != "", item))


def no_way(scenario: Scenario, commitments: pd.DataFrame) -> pd.Series:
    """Say why no supply whatever could keep commitments on their days; blank where some could.

    Parameters
    ----------
    scenario
        The inputs.
    commitments
        Rows of the table.

    Returns
    -------
    pandas.Series
        A clause for each row: its day is past, its site is not open, its lane is gone.
    """
    start = pd.Timestamp(scenario.settings.horizon.start)
    sites, site, service = scenario["sites"], commitments["site"], commitments["service"]
    customer = commitments["order"].map(scenario["orders"].set_index("order")["customer"])
    region = customer.map(scenario["customers"].set_index("customer")["region"])
    lanes = pd.MultiIndex.from_frame(scenario["lanes"][["site", "region", "service"]])
    gone = ~pd.MultiIndex.from_arrays([site, region, service]).isin(lanes)
    closed = ~site.isin(sites.loc[sites["open"], "site"])
    no_lane = "no lane leads from " + site + " to " + region + " by " + service + " any more"
    clause = np.select(
        [commitments["ship_date"] < start, closed, gone],
        ["that day is past", site + " is not open", no_lane],
        "",
    )
    return pd.Series(clause, index=commitments.index, dtype="object")
