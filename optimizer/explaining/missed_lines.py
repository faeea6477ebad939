"""Lines that are not on time, worst first, by what a planner knows: customer, item, site."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from models.errors import UsageError
from models.reasons import REASON_WORDS
from models.scenario import Scenario
from models.solution import AS_ASKED, NOT_DUE, Solution
from models.tolerances import DECIMALS
from optimizer.common.words import number
from optimizer.reading.faults import suggest

COLUMNS = (
    *("order", "line", "customer", "tier", "item", "requested", "last_arrival", "new_date"),
    *("missing", "short", "reason"),
)


def missed_lines(
    scenario: Scenario, solution: Solution, customer: str = "", item: str = "", site: str = ""
) -> pd.DataFrame:
    """List the lines of a plan that are not on time.

    Parameters
    ----------
    scenario, solution
        The question and the plan.
    customer, item
        Only lines of this customer, of this item; blank = any.
    site
        Only lines that miss units of this site; blank = any.

    Returns
    -------
    pandas.DataFrame
        The columns :data:`COLUMNS`, by tier, then by the value that is missing, the most first:
        ``last_arrival`` of what is delivered, ``new_date`` by which all of it is there (blank where
        some has none), units ``missing`` on time and those that are ``short``, the main ``reason``.

    Raises
    ------
    UsageError
        For a customer, item or site that the scenario does not have.
    """
    for kind, name in (("customer", customer), ("item", item), ("site", site)):
        _check(scenario, kind, name)
    lines = solution.lines
    rows = lines[~lines["status"].isin([*AS_ASKED, NOT_DUE])]
    rows = rows[(rows["customer"] == customer) | (not customer)]
    rows = rows[(rows["item"] == item) | (not item)]
    if site:
        missed = solution.shortages[solution.shortages["site"] == site]
        there = pd.MultiIndex.from_frame(missed[["order", "line"]])
        rows = rows[pd.MultiIndex.from_frame(rows[["order", "line"]]).isin(there)]
    orders = scenario["orders"][["order", "requested"]]
    values = scenario["lines"][["order", "line", "unit_value"]]
    told = rows.drop(columns="requested")  # blank in older runs
    rows = told.merge(orders, on="order").merge(values, on=["order", "line"])
    missing = (rows["ordered"] - rows["delivered_on_time"]).round(DECIMALS)
    rows = rows.assign(
        missing=missing,
        worth=-missing * rows["unit_value"].fillna(0.0),
        new_date=rows["last_arrival"].where(rows["short"] <= 0),
    )
    rows = rows.sort_values(["tier", "worth", "order", "line"], kind="stable", ignore_index=True)
    return rows[list(COLUMNS)]


def missed_line_sentences(rows: pd.DataFrame) -> list[str]:
    """Say of each line what is missing, when it comes and why, in the order of the rows."""
    return [
        f"{row['order']}/{row['line']}: {number(row['missing'])} of {row['item']} for "
        f"{row['customer']} (tier {row['tier']}), requested {row['requested']:%Y-%m-%d}, "
        f"{_when(row)}: {REASON_WORDS.get(row['reason'], row['reason'])}"
        for row in rows.to_dict("records")
    ]


def _when(row: Mapping[Hashable, Any]) -> str:
    """Say when what is delivered is there, and what never comes."""
    if pd.isna(row["last_arrival"]):
        return "nothing is delivered"
    if pd.isna(row["new_date"]):
        return f"{number(row['short'])} short, the rest by {row['last_arrival']:%Y-%m-%d}"
    return f"new date {row['new_date']:%Y-%m-%d}"


def _check(scenario: Scenario, kind: str, name: str) -> None:
    """Refuse a name that the scenario does not have."""
    known = _known(scenario, kind)
    if name and name not in set(known):
        msg = f"the run has no {kind} {name}; {suggest(name, sorted(known))}"
        raise UsageError(msg)


def _known(scenario: Scenario, kind: str) -> list[str]:
    """Names of customers, ordered items or sites."""
    table = {"customer": "customers", "item": "lines", "site": "sites"}[kind]
    return scenario[table][kind].unique().tolist()
