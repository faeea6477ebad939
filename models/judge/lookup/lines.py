"""What the scenario says about order lines and about anything that ships for them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.forecast import is_virtual
from models.judge.lookup.calendars import arrivals
from models.judge.lookup.overrides import apply_overrides
from models.judge.lookup.stages import current_stages
from models.judge.lookup.ways import add_due_windows
from models.scenario import Scenario

IDS = ["order", "line", "item", "site", "service", "ship_date"]
"""Together they name an option, and so at most one shipment."""
MADE_FOR = ["promised_ship_date", "promised_arrival_date"]
"""What a shipment that moves a promise was promised for; blank in all others."""
PARCEL = ["order", "site", "service", "ship_date"]
"""Together they name a parcel: all that goes the same way on the same day for one order."""


def order_lines(scenario: Scenario) -> pd.DataFrame:
    """Make a row for each order line, sorted by order and line, with its promise and due window."""
    segments = scenario.settings.segments
    orders = scenario["orders"].drop(columns="ordered").rename(columns={"service": "pinned"})
    customers = scenario["customers"][["customer", "segment", "region", "receives"]]
    customers = customers.assign(stage=current_stages(scenario).to_numpy())
    lines = scenario["lines"].rename(columns={"quantity": "ordered"})
    lines = lines.merge(orders.merge(customers, on="customer"), on="order")
    lines = lines.sort_values(["order", "line"], ignore_index=True)
    promises = {
        "kept": [s.value_kept_per_day_late for s in segments.values()],
        "max_days_late": [s.max_days_late for s in segments.values()],
        "max_days_early": [s.max_days_early for s in segments.values()],
        "max_cost_share": [s.max_cost_share for s in segments.values()],
        "min_confidence": [s.min_confidence for s in segments.values()],
    }
    known = pd.DataFrame(promises, index=list(segments), dtype=float)
    lines[list(promises)] = known.reindex(lines["segment"]).to_numpy()
    pairs = pd.MultiIndex.from_product([segments, scenario.settings.stages])
    tiers = [scenario.settings.tier_of(name, stage) for name, stage in pairs]
    mine = pairs.get_indexer(pd.MultiIndex.from_frame(lines[["segment", "stage"]]))
    lines["virtual"] = is_virtual(lines["order"])
    own = lines["segment"].map({name: segment.tier for name, segment in segments.items()})
    lines["tier"] = np.where(lines["virtual"], own, np.array(tiers, dtype=float)[mine])
    items = scenario["items"].set_index("item").reindex(lines["item"])
    lines["half_step"] = np.where(items["divisible"].eq(other=True), items["step"] / 2, 0.0)
    lines = apply_overrides(scenario["overrides"], lines.assign(place=lines.index))
    return add_due_windows(scenario, lines)


def look_up(scenario: Scenario, lines: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Add to each row, in its order, all that line, lane, site, service and items say.

    Parameters
    ----------
    scenario
        The question.
    lines
        As :func:`order_lines` makes them.
    rows
        At least the columns :data:`IDS` and ``quantity`` [unit].
    """
    settings = scenario.settings
    promised = lines.rename(columns={"item": "ordered_item"})
    rows = rows.merge(promised, on=["order", "line"], how="left")
    rows = rows.merge(scenario["lanes"], on=["site", "region", "service"], how="left")
    surcharges = {name: s.surcharge_per_unit for name, s in settings.services.items()}
    rows["surcharge"] = rows["service"].map(surcharges).astype(float)
    rows["window"] = rows["service"].map({n: s.window or "" for n, s in settings.services.items()})
    rows["open"] = rows["site"].map(scenario["sites"].set_index("site")["open"])
    properties = scenario["items"].set_index("item")[["pick_effort", "pack", "divisible", "step"]]
    items = properties.astype(float).reindex(rows["item"])
    rows["divisible"] = items["divisible"].to_numpy() == 1
    for name in ("pick_effort", "pack"):
        rows[name] = items[name].fillna(1.0).to_numpy()
    rows["step"] = np.where(rows["divisible"], items["step"], 1.0)
    rows["in_horizon"] = in_horizon(scenario, rows["ship_date"])
    rows = rows.assign(**_substitution(scenario["substitutes"], rows))
    rows["units"] = rows["quantity"] / rows["ratio"]
    rows["effort"] = rows["quantity"] * rows["pick_effort"]
    rows["unit_cost"] = rows["cost_per_unit"] + rows["surcharge"] + rows["penalty"]
    return rows


def in_horizon(scenario: Scenario, days: pd.Series) -> pd.Series:
    """Say which ship dates lie in the horizon."""
    start = pd.Timestamp(scenario.settings.horizon.start)
    return days.between(start, start + pd.Timedelta(days=scenario.settings.horizon.days - 1))


def arrivals_of(scenario: Scenario, rows: pd.DataFrame, leaves: pd.Series) -> pd.Series:
    """Work out arrival dates of the rows that leave; NaT for the others."""
    arrival = pd.Series(pd.NaT, index=rows.index, dtype="datetime64[s]")
    arrival.loc[leaves] = arrivals(scenario["calendars"], rows[leaves]).astype("datetime64[s]")
    return arrival


def _substitution(table: pd.DataFrame, rows: pd.DataFrame) -> dict[str, NDArray[np.generic]]:
    """Look the shipped item up among those that may stand for the one ordered.

    Returns
    -------
    dict of array
        ``suits``: the item ordered or a substitute of it; ``permitted``: also for the segment;
        ``ratio`` [shipped unit/ordered unit], 1 if it does not suit; ``penalty`` [currency/unit].
    """
    same = (rows["item"] == rows["ordered_item"]).to_numpy(dtype=bool)
    ratio, penalty = np.ones(len(rows)), np.zeros(len(rows))
    suits, permitted = same.copy(), same.copy()
    if same.all() or table.empty:
        return {"suits": suits, "permitted": permitted, "ratio": ratio, "penalty": penalty}
    keys = {"item": "ordered_item", "substitute": "item"}
    others = rows.loc[~same, ["ordered_item", "item", "segment"]]
    swapped = others.merge(table.rename(columns=keys), on=list(keys.values()), how="left")
    suits[~same] = swapped["ratio"].notna()
    permitted[~same] = suits[~same] & _for_segment(swapped)
    ratio[~same] = swapped["ratio"].fillna(1.0)
    penalty[~same] = swapped["penalty_per_unit"].fillna(0.0)
    return {"suits": suits, "permitted": permitted, "ratio": ratio, "penalty": penalty}


def _for_segment(swapped: pd.DataFrame) -> NDArray[np.bool_]:
    """Say where ``segments``, ids separated by blanks, is blank or names the ``segment``."""
    pairs = swapped[["segments", "segment"]].fillna("")
    named = {
        (listed, segment): not listed or segment in listed.split()
        for listed, segment in pairs.drop_duplicates().itertuples(index=False)
    }
    each = zip(pairs["segments"], pairs["segment"], strict=True)
    return np.fromiter((named[pair] for pair in each), dtype=bool, count=len(pairs))
