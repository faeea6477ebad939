"""Remedies: nobody is offered what they are not entitled to, or what is not there."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from models.judge.findings import DECIMALS, TOLERANCE, differs, refuse
from models.judge.lookup.lines import IDS
from models.judge.lookup.scenario_lookup import Lookup, with_other_rows
from models.judge.lookup.supply import supply
from models.judge.shipments import rows as single
from models.judge.statements.judged_answer import JudgedAnswer
from models.solution import Solution

ENTITLED = (
    single.names_are_known,
    single.quantities_ship,
    single.sites_ship,
    single.services_are_entitled,
    single.arrivals_are_accepted,
    single.costs_are_accepted,
)
"""What an offer must obey by itself; rules of orders may be waived by the customer."""
LINE, PLACE = ["order", "line"], ["site", "item"]
NAME = "remedies: order {order} line {line}, {remedy}"
ABOUT = [
    *("order", "line", "segment", "unit_value", "ordered"),
    *("delivered", "delivered_on_time", "full_on_time", "held", "due"),
]


def remedies_hold(answer: JudgedAnswer) -> list[str]:
    """Hold remedies to the shipments, and offers to what customers are entitled to and is there."""
    lookup, solution = answer.lookup, answer.solution
    table = solution.remedies.merge(lookup.lines[ABOUT], on=["order", "line"], how="left")
    credit = table["remedy"] == "credit"
    offer = (table["state"] == "offer") & ~credit
    chosen = table["state"] == "chosen"
    punctual = table["full_on_time"] != 0
    return [
        *refuse(table, ~(credit | offer | chosen), NAME + ": state cannot be {state}"),
        *refuse(table, (credit | offer) & punctual, NAME + ": the line is on time"),
        *refuse(table, (credit | offer) & (table["due"] == 0), NAME + ": the line is not due"),
        *_chosen(lookup, table[chosen]),
        *_credits(lookup, table[credit]),
        *_offers(lookup, solution, table[offer]),
    ]


def _chosen(lookup: Lookup, table: pd.DataFrame) -> list[str]:
    shipped = lookup.rows.groupby(IDS)[["units", "cost"]].sum().reset_index()
    shipped = shipped.rename(columns={"cost": "paid"})
    both = table.merge(shipped, on=IDS, how="left")
    wrong = differs(both["quantity"], both["units"]) | differs(both["cost"], both["paid"])
    return refuse(both, wrong, NAME + ": chosen, but no shipment of {quantity} units is such")


def _credits(lookup: Lookup, table: pd.DataFrame) -> list[str]:
    shares = {name: s.credit for name, s in lookup.scenario.settings.segments.items()}
    share = table["segment"].map(shares).astype(float)
    missing = table["ordered"] - table["delivered_on_time"]
    amount = missing * table["unit_value"] * share
    wrong = differs(table["quantity"], missing) | differs(table["cost"], amount)
    return refuse(table, wrong | share.isna(), NAME + ": {cost} is not what the segment offers")


def _offers(lookup: Lookup, solution: Solution, table: pd.DataFrame) -> list[str]:
    """Hold each offer to the rules of a single shipment, to its line and to what is left.

    It comes on top of what is promised, even where it goes the same way on the same day. What
    is on time may take what the line would get late.
    """
    if table.empty:
        return []
    table = table.reset_index(drop=True)
    further = replace(lookup, commitments=lookup.commitments.iloc[:0])
    asked = table[[*IDS, "quantity"]]
    ratio = with_other_rows(further, asked).rows["ratio"]
    shipped = asked.assign(quantity=(asked["quantity"] * ratio).round(DECIMALS))
    opened = with_other_rows(further, shipped)
    got = table["delivered_on_time"].where(table["on_time"], table["delivered"])
    left = _supply(lookup).sub(_used(lookup), fill_value=0.0).add(_moved(solution), fill_value=0.0)
    there = _at(left, shipped, PLACE)
    own = _at(_late(lookup), shipped, [*LINE, *PLACE]).where(table["on_time"], 0.0)
    beyond = shipped["quantity"] > there + own + TOLERANCE
    much = table["quantity"] > table["ordered"] - got + TOLERANCE
    return [
        *refuse(table, table["held"] != 0, NAME + ": the line is held"),
        *refuse(table, much, NAME + ": {quantity} units are more than are missing"),
        *refuse(table, beyond, NAME + ": {quantity} units are not there"),
        *(f"remedies, as a shipment: {text}" for rule in ENTITLED for text in rule(opened)),
    ]


def _supply(lookup: Lookup) -> pd.Series:
    """Sum up the supply of each site and item within the horizon."""
    horizon, there = lookup.scenario.settings.horizon, supply(lookup.scenario)
    last = pd.Timestamp(horizon.start) + pd.Timedelta(days=horizon.days - 1)
    return there[there["day"] <= last].groupby(PLACE)["quantity"].sum()


def _used(lookup: Lookup) -> pd.Series:
    return lookup.rows.groupby(PLACE)["quantity"].sum()


def _late(lookup: Lookup) -> pd.Series:
    """Sum up what each line gets late from each site, frozen units apart."""
    late = lookup.placed[~lookup.placed["on_time"].astype(bool)]
    return late.groupby([*LINE, *PLACE])["free"].sum()


def _at(units: pd.Series, rows: pd.DataFrame, keys: list[str]) -> pd.Series:
    """Units by the keys of each row, 0 where there are none."""
    there = units.reindex(pd.MultiIndex.from_frame(rows[keys])).fillna(0.0)
    return there.reset_index(drop=True)


def _moved(solution: Solution) -> pd.Series:
    """Sum up what transfers bring to each site, less what they take away."""
    moves = solution.transfers
    come = moves.rename(columns={"to_site": "site"}).groupby(PLACE)["quantity"].sum()
    leave = moves.rename(columns={"from_site": "site"}).groupby(PLACE)["quantity"].sum()
    return come.sub(leave, fill_value=0.0)
