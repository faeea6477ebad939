"""What lines miss: every unit has one reason, and units that others got were got by others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from models.judge.findings import TOLERANCE, differs, refuse
from models.judge.lookup import Lookup
from models.judge.lookup.lines import look_up
from models.judge.statements.judged_answer import JudgedAnswer
from models.reasons import Holder, Reason, reasons_held_by
from models.shortages import LATE, SHORT, main_units
from models.solution import Solution

NAME = "shortages: order {order} line {line}"
TAKEN = reasons_held_by(Holder.ORDERS, Holder.FORECAST)
"""Reasons that say who has the units."""
PLACE = ["item", "site"]


def shortages_balance(answer: JudgedAnswer) -> list[str]:
    """Ask that reasons account for all that a line misses, and for no more than others took."""
    solution, lookup = answer.solution, answer.lookup
    table, lines = solution.shortages, lookup.lines
    known = pd.MultiIndex.from_frame(table[["order", "line"]]).isin(
        pd.MultiIndex.from_frame(lines[["order", "line"]])
    )
    nowhere = (table["item"] == "") | (table["site"] == "") | table["until"].isna()
    return [
        *refuse(table, ~known, NAME + " is no line of the scenario"),
        *_all_have_one(lookup, table),
        *refuse(
            table,
            ~table["reason"].isin(list(Reason)) | (table["units"] <= 0),
            NAME + ": {units} units cannot have the reason {reason}",
        ),
        *refuse(
            table,
            table["reason"].isin(TAKEN) & nowhere,
            NAME + ": {units} units with the reason {reason} have no item, site and day",
        ),
        *_main_reason_is_largest(solution),
        *_others_took(lookup, answer.whole, table[known & table["reason"].isin(TAKEN) & ~nowhere]),
    ]


def _all_have_one(lookup: Lookup, table: pd.DataFrame) -> list[str]:
    """Ask that the units of each line have reasons, those that are short and those that are late.

    Runs written before there was a ``kind`` say of each line why units are short, or of one in full
    why any is not there on time.
    """
    lines = lookup.lines
    counted = ~lines["full_on_time"] & lines["due"]
    on_time = lines["delivered_on_time"]
    missing = {
        SHORT: (lines["ordered"] - lines["delivered"]).where(counted & ~lines["full"], 0.0),
        LATE: (lines["delivered"] - on_time).where(counted, 0.0),
    }
    if len(table) and (table["kind"] == "").all():
        missing = {"": missing[SHORT].mask(counted & lines["full"], lines["ordered"] - on_time)}
    keys = pd.MultiIndex.from_frame(lines[["order", "line"]])
    strange = ~table["kind"].isin(list(missing))
    findings = refuse(table, strange, NAME + ": units cannot be missing as {kind}")
    for kind, units in missing.items():
        mine = table[table["kind"] == kind].groupby(["order", "line"])["units"].sum()
        named = lines[["order", "line"]].assign(
            missing=units.clip(lower=0.0), units=mine.reindex(keys, fill_value=0.0).to_numpy()
        )
        said = NAME + ": {units} units have a reason, {missing} are " + (kind or "missing")
        findings += refuse(named, differs(named["units"], named["missing"]), said)
    return findings


def _main_reason_is_largest(solution: Solution) -> list[str]:
    """Ask that no reason explains more of a line than the one in ``lines``."""
    sums = main_units(solution.shortages).groupby(["order", "line", "reason"])["units"].sum()
    most = sums.groupby(level=["order", "line"]).max()
    lines = solution.lines[solution.lines["reason"] != ""]
    own = sums.reindex(pd.MultiIndex.from_frame(lines[["order", "line", "reason"]])).to_numpy()
    largest = most.reindex(pd.MultiIndex.from_frame(lines[["order", "line"]])).to_numpy()
    wrong = ~(own >= largest - TOLERANCE)
    return refuse(lines, wrong, NAME + ": {reason} is not the reason of most units")


def _others_took(lookup: Lookup, whole: Lookup, table: pd.DataFrame) -> list[str]:
    """Ask that those who are said to have units have as many, of the item, there and by then."""
    if table.empty:
        return []
    asked = table.reset_index(drop=True)
    asked["ratio"] = look_up(
        lookup.scenario,
        lookup.lines,
        asked.assign(service="", ship_date=asked["until"], quantity=0.0),
    )["ratio"].to_numpy()
    tiers = lookup.lines.set_index(["order", "line"])["tier"]
    own = tiers.loc[pd.MultiIndex.from_frame(asked[["order", "line"]])].to_numpy()
    taken = _taken_by_others(lookup.rows.assign(units=lookup.rows["frozen"]), asked)
    had = np.where(asked["reason"] == "commitment", taken, 0.0)
    held = whole.rows[whole.rows["virtual"].eq(other=True)]
    reserved = _until(held.assign(units=held["quantity"]), asked)
    had += np.where(asked["reason"] == "reserve", reserved, 0.0)
    rows = lookup.rows.assign(units=lookup.rows["free"])
    for tier, mine in rows.groupby("tier"):
        better = (asked["reason"] == "higher_tier") & (tier < own)
        same = (asked["reason"] == "same_tier") & (tier == own)
        had += np.where(better | same, _taken_by_others(mine, asked), 0.0)
    wrong = asked["units"] * asked["ratio"] > had + TOLERANCE
    said = NAME + ": {units} units of {item} at {site} until {until} went to others ({reason}), who"
    return refuse(asked.assign(had=had), wrong, said + " had only {had}")


def _taken_by_others(rows: pd.DataFrame, asked: pd.DataFrame) -> np.ndarray:
    """Sum up the units that rows of other lines ship from the site until the day."""
    return _until(rows, asked) - _until(rows, asked, ["order", "line", *PLACE])


def _until(rows: pd.DataFrame, asked: pd.DataFrame, by: Sequence[str] = tuple(PLACE)) -> np.ndarray:
    """Sum up the units of each asked item that rows ship from the site until the day.

    Rows count that have the same columns ``by``.
    """
    by = list(by)
    by_day = rows.groupby([*by, "ship_date"])["units"].sum().groupby(level=by).cumsum()
    so_far = by_day.reset_index().sort_values("ship_date", kind="stable")
    order = np.argsort(asked["until"].to_numpy(), kind="stable")
    latest = pd.merge_asof(
        asked.iloc[order][[*by, "until"]],
        so_far.astype({"ship_date": asked["until"].dtype} | asked.dtypes[by].to_dict()),
        left_on="until",
        right_on="ship_date",
        by=by,
    )
    units = np.zeros(len(asked))
    units[order] = latest["units"].fillna(0.0)
    return units
