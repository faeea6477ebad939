"""Who has the units that a line misses: every one of them goes to a name or a cause."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from models.reasons import Holder, reasons_held_by
from models.scenario import Scenario
from models.tolerances import DECIMALS, ROUNDING
from optimizer.explaining.input_changes import Row

LEDGER = ["reason", "item", "site", "until", "units", "order", "line", "tier"]
"""What explains the units, where, and which line has them; blank where nobody has."""
TAKEN = reasons_held_by(Holder.ORDERS, Holder.FORECAST, Holder.LOWER_TIERS)
"""Reasons of units that somebody has."""


def unit_ledger(
    scenario: Scenario,
    shipments: pd.DataFrame,
    lines: pd.DataFrame,
    shortages: pd.DataFrame,
) -> pd.DataFrame:
    """Name who has what a line misses.

    Of those who took an item from a site until the day, the ones that come last in importance are
    named first: lower tiers, then later shipments, until every unit has a name.

    Parameters
    ----------
    scenario
        The inputs.
    shipments, lines
        The plan, with what is held for forecast demand.
    shortages
        Rows of one line.

    Returns
    -------
    pandas.DataFrame
        The columns :data:`LEDGER`; ``units`` add up to what the line misses [its unit].
    """
    rows = UnitHolders(scenario, shipments, lines).of(shortages)
    ledger = pd.DataFrame(rows, columns=LEDGER)
    ledger["units"] = ledger["units"].astype(float).round(DECIMALS)
    keys = [name for name in LEDGER if name != "units"]
    summed = ledger.groupby(keys, sort=False, dropna=False)["units"].sum().reset_index()
    return summed[LEDGER]


class UnitHolders:
    """Who took which units, looked up by item and site for any number of lines.

    Parameters
    ----------
    scenario, shipments, lines
        As of :func:`unit_ledger`.
    """

    def __init__(self, scenario: Scenario, shipments: pd.DataFrame, lines: pd.DataFrame) -> None:
        self.takers: dict[tuple[str, str], list[Row]] = {}
        for row in shipments.sort_values(["tier", "rank"], ascending=False).to_dict("records"):
            self.takers.setdefault((row["item"], row["site"]), []).append(row)
        names = zip(lines["order"], lines["line"], strict=True)
        self.lines = dict(zip(names, zip(lines["tier"], lines["item"], strict=True), strict=True))
        swaps = scenario["substitutes"]
        pairs = zip(swaps["item"], swaps["substitute"], strict=True)
        self.ratios = dict(zip(pairs, swaps["ratio"], strict=True))

    def of(self, shortages: pd.DataFrame) -> list[Row]:
        """List who has what one line misses: the columns :data:`LEDGER`, parts of it apart."""
        rows: list[Row] = []
        used: dict[int, float] = {}
        for missing in shortages.to_dict("records"):
            tier, ordered = self.lines[missing["order"], missing["line"]]
            gives = 1.0 / self.ratios.get((ordered, missing["item"]), 1.0)
            rest = float(missing["units"])
            for taker in self._takers(missing, tier):
                left = taker["quantity"] - used.get(taker["rank"], 0.0)
                units = min(rest, left * gives)
                if units <= ROUNDING:
                    continue
                used[taker["rank"]] = used.get(taker["rank"], 0.0) + units / gives
                rest -= units
                whose: Row = {name: taker[name] for name in ("order", "line", "tier")}
                rows.append({**missing, "units": units, **whose})
            if rest > ROUNDING:
                rows.append({**missing, "units": rest, "order": "", "line": "", "tier": None})
        return rows

    def _takers(self, missing: Row, tier: int) -> Iterator[Row]:
        """Shipments that a reason speaks of, the least important first."""
        if missing["reason"] not in TAKEN or not missing["site"]:
            return
        line = missing["order"], missing["line"]
        for row in self.takers.get((missing["item"], missing["site"]), ()):
            own = (row["order"], row["line"]) == line
            if not own and row["ship_date"] <= missing["until"] and _is_meant(missing, row, tier):
                yield row


def _is_meant(missing: Row, taker: Row, tier: int) -> bool:
    """Whether a shipment is one of those that the reason of missing units speaks of."""
    held = taker["reason"] == "reserve"
    meant: bool = {
        "commitment": taker["reason"] == "commitment",
        "higher_tier": not held and taker["tier"] < tier,
        "same_tier": not held and taker["tier"] == tier,
        "reserve": held,
        "value": not held and taker["tier"] > tier,
    }[str(missing["reason"])]
    return meant
