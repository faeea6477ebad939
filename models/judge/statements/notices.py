"""Notices: each order of which a date breaks is told once, and told what is so."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from models.judge.findings import RELATIVE, TOLERANCE, UNIT_DECIMALS, differs, refuse
from models.judge.lookup.scenario_lookup import Lookup
from models.judge.statements.judged_answer import JudgedAnswer
from models.judge.statements.older_notices import older_notices_hold

NAME = "notices: order {order}"
TOLD = ("customer", "kind", "promised", "new_date", "know_by", "reference")
COUNTED = ("what", "offer")
"""Columns that are worked out again; in the latter, numbers are compared as such."""
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def notices_hold(answer: JudgedAnswer) -> list[str]:
    """Ask for one notice for each order with a date that is not kept, with its dates."""
    table = answer.solution.notices.reset_index(drop=True)
    if len(table) and (table["order"] == "").all():
        return older_notices_hold(answer)
    expected = expected_notices(answer.lookup)
    missing = expected[~expected["order"].isin(table["order"])]
    both = table.merge(expected, on="order", how="left", suffixes=("", "_due"))
    known = both["customer_due"].notna()
    keys = table[["customer", "order"]]
    in_order = keys.equals(keys.sort_values(["customer", "order"], ignore_index=True))
    once = in_order and table["order"].is_unique
    differing = {name: differs(both[name], both[f"{name}_due"]) for name in TOLD}
    differing |= {name: _says_otherwise(both[name], both[f"{name}_due"]) for name in COUNTED}
    wrong = [
        refuse(
            both, known & other, f"{NAME}: {name} is {{{name}}}, the shipments make {{{name}_due}}"
        )
        for name, other in differing.items()
    ]
    return [
        *([] if once else ["notices: orders are repeated or not sorted"]),
        *refuse(missing, missing["order"] != "", NAME + " is not told"),
        *refuse(both, ~known, NAME + " keeps all its dates and is told otherwise"),
        *refuse(both, both["orders"] != both["order"], NAME + " is told of {orders}"),
        *(text for findings in wrong for text in findings),
    ]


def _says_otherwise(given: pd.Series, expected: pd.Series) -> np.ndarray:
    """Say where two texts differ in their words, or in a number."""
    return np.array([_differ(*pair) for pair in zip(given, expected, strict=True)], dtype=bool)


def _differ(given: str, expected: object) -> bool:
    """Compare two texts, numbers as numbers."""
    if not isinstance(expected, str) or NUMBER.sub("#", given) != NUMBER.sub("#", expected):
        return True
    mine, due = ([float(n.replace(",", "")) for n in NUMBER.findall(t)] for t in (given, expected))
    return not np.allclose(mine, due, RELATIVE, TOLERANCE)


def expected_notices(lookup: Lookup) -> pd.DataFrame:
    """Work out which orders are to be told, and of what: the columns that are worked out again."""
    lines = lookup.lines.join(_broken(lookup))
    kept = lines["delivered"] >= lines["frozen_units"] - TOLERANCE
    there = lines["full"].where(lines["due"], kept).astype("bool")
    missed = lines["due"] & ~lines["full_on_time"]
    rows = lines.assign(missed=missed, there=there)[missed | lines["broken"].notna()]
    late = rows["ordered"] - rows["delivered_on_time"]
    texts = lookup.scenario["items"].set_index("item")["text"].to_dict()
    rows = rows.assign(
        called=[f"{texts[i]} ({i})" if texts.get(i) else i for i in rows["item"]],
        less=rows["less"].fillna(late),
        know_by=_news(lookup, rows).where(~rows["there"]),
        others=rows.groupby("order")["order"].transform("size") > 1,
        comes=_arrivals(lookup, rows),
    )
    mine = rows.groupby(["customer", "order"])
    table = pd.DataFrame(
        {
            "kind": mine["missed"].any().map({True: "missed", False: "moved"}).astype("str"),
            "promised": mine["broken"].min().fillna(mine["requested"].min()),
            "new_date": mine["last_arrival"].max().where(mine["there"].all()),
            "know_by": mine["know_by"].max(),
            "reference": mine["reference"].first(),
        }
    )
    for column, words in (("what", _missing_words), ("offer", _arrival_words)):
        told = rows.assign(words=[words(row) for row in rows.to_dict("records")])
        joined = told[told["words"] != ""].groupby(["customer", "order"])["words"].agg("; ".join)
        table[column] = joined.reindex(table.index, fill_value="")
    return table.reset_index().astype({"order": "str", "customer": "str"})


def _missing_words(row: Mapping[Hashable, Any]) -> str:
    return f"{_number(row['less'])} of {_number(row['ordered'])} {row['called']}"


def _arrival_words(row: Mapping[Hashable, Any]) -> str:
    whole = _number(row["ordered"])
    days = [f"{_number(n)} of {whole} on {d.day} {d.month_name()}" for d, n in row["comes"]]
    return (f"{row['item']}: " if days and row["others"] else "") + ", ".join(days)


def _number(units: float) -> str:
    return f"{round(units, UNIT_DECIMALS):,.15g}"


def _arrivals(lookup: Lookup, rows: pd.DataFrame) -> pd.Series:
    """List by line what arrives on which day [ordered unit]."""
    placed = lookup.placed[lookup.placed["place"].isin(rows["place"])]
    sums = placed.groupby(["place", "arrival"])["units"].sum().reset_index()
    found: dict[int, list[tuple[pd.Timestamp, float]]] = {int(p): [] for p in rows["place"]}
    for place, day, units in sums.itertuples(index=False):
        found[int(place)].append((day, units))
    return pd.Series(found, dtype=object)


def _broken(lookup: Lookup) -> pd.DataFrame:
    """Find the first day by which a line has less than was promised, and the most it has less."""
    lines, rows = lookup.lines, lookup.commitments
    due = lines["due"].to_numpy()[rows["place"].astype("int64")]
    rows = rows[rows["frozen"] | due]
    came = lookup.placed[lookup.placed["place"].isin(rows["place"])]
    parts = [
        rows[["place", "arrival"]].assign(units=rows["units"], came=0.0),
        came[["place", "arrival"]].assign(units=0.0, came=came["units"]),
    ]
    by_day = pd.concat(parts).groupby(["place", "arrival"])[["units", "came"]].sum()
    sums = by_day.groupby(level="place").cumsum().reset_index()
    about = lines[["ordered", "half_step"]].loc[sums["place"].astype("int64")]
    ordered, slack = about["ordered"].to_numpy(), about["half_step"].to_numpy()
    less = sums["units"].clip(upper=ordered) - sums["came"]
    open_ = sums["came"] < ordered - slack - TOLERANCE
    mine = sums.assign(less=less)[(less > TOLERANCE) & open_].groupby("place")
    return mine.agg(broken=("arrival", "min"), less=("less", "max"))


def _news(lookup: Lookup, rows: pd.DataFrame) -> pd.Series:
    """Find the day by which more is known of a line: the first receipt that the plan cannot use."""
    scenario, horizon = lookup.scenario, lookup.scenario.settings.horizon
    start = pd.Timestamp(horizon.start)
    end = start + pd.Timedelta(days=horizon.days - 1)
    open_sites = set(scenario["sites"].loc[scenario["sites"]["open"], "site"])
    ways = scenario["lanes"].groupby("region")["site"].agg(set)
    reached = {region: sites & open_sites for region, sites in ways.items()}
    by_item: dict[str, list[tuple[str, pd.Timestamp, float]]] = {}
    receipts = scenario["receipts"][["item", "site", "date", "confidence"]]
    for item, *receipt in receipts[receipts["date"] >= start].itertuples(index=False):
        by_item.setdefault(item, []).append(tuple(receipt))
    days = [
        min(
            (
                day
                for site, day, confidence in by_item.get(item, [])
                if site in reached.get(region, ()) and (day > end or confidence < least)
            ),
            default=end,
        )
        for item, region, least in rows[["item", "region", "min_confidence"]].itertuples(
            index=False
        )
    ]
    return pd.Series(days, index=rows.index, dtype="datetime64[s]")
