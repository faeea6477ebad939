"""Items that may be shipped for each line: the one ordered, or a substitute of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from models.scenario import Scenario
from optimizer.common.steps import common_steps, step_by_item
from optimizer.preparing.names import Names, code


class ItemSteps(NamedTuple):
    """In which amounts each item ships, and what a unit takes of a site, by code."""

    pack: np.ndarray
    """Step in which it ships [unit]: its pack, or the one below."""
    unit: np.ndarray
    """The step where packs do not matter [unit]: 1, or its own if it is divisible."""
    effort: np.ndarray
    """Site capacity used by a unit."""


def item_steps(scenario: Scenario, names: Names) -> ItemSteps:
    """Look up the steps of each item."""
    items = scenario["items"].set_index("item").reindex(names.items)
    unit = step_by_item(scenario["items"], names.items)
    pack = items["pack"].fillna(1.0).to_numpy()
    return ItemSteps(
        pack=np.where(pack == 1.0, unit, pack),
        unit=unit,
        effort=items["pick_effort"].fillna(1.0).to_numpy(),
    )


def substitutes(scenario: Scenario, names: Names) -> pd.DataFrame:
    """List the substitutes: a row for each item, substitute and segment that may get it.

    Returns
    -------
    pandas.DataFrame
        Codes ``item``, ``shipped``, ``of`` (segment); ``ratio``, ``penalty`` [currency/unit].
    """
    table, segments = scenario["substitutes"], list(names.segments)
    if table.empty:
        return _NO_SWAPS
    allowed = [text.split() or segments for text in table["segments"]]
    rows = pd.DataFrame(
        {
            "item": code(names.items, table["item"]),
            "shipped": code(names.items, table["substitute"]),
            "of": pd.Series(allowed, index=table.index, dtype=object),
            "ratio": table["ratio"].to_numpy(),
            "penalty": table["penalty_per_unit"].to_numpy(),
        }
    ).explode("of", ignore_index=True)
    rows["of"] = code(names.segments, rows["of"]).astype("int64")
    return rows[(rows["item"] >= 0) & (rows["shipped"] >= 0)].reset_index(drop=True)


_NO_SWAPS = pd.DataFrame(
    {
        **{name: np.empty(0, dtype="int64") for name in ("item", "shipped", "of")},
        **{name: np.empty(0) for name in ("ratio", "penalty")},
    }
)


def eligible_items(scenario: Scenario, names: Names, lines: pd.DataFrame) -> pd.DataFrame:
    """List the items that may be shipped for each line, in codes.

    Returns
    -------
    pandas.DataFrame
        ``line``, ``shipped``, ``gives`` (units delivered by a unit), ``penalty`` [currency/unit];
        first all lines in order with their own item, then those with substitutes. Forecast demand
        has no substitutes.
    """
    own = pd.DataFrame(
        {"line": lines.index, "shipped": lines["item"], "gives": 1.0, "penalty": 0.0}
    )
    swaps = substitutes(scenario, names)
    if swaps.empty:
        return own
    real = lines[~lines["virtual"]]
    keyed = real[["item", "of"]].assign(line=real.index).merge(swaps, on=["item", "of"])
    keyed["gives"] = 1.0 / keyed["ratio"]
    return pd.concat([own, keyed[list(own.columns)]], ignore_index=True)


def half_steps(scenario: Scenario, items: pd.Series) -> np.ndarray:
    """Give half the step of each divisible item, packs apart [unit]; 0 for whole items."""
    rows = scenario["items"].set_index("item").reindex(items)
    return np.where(rows["divisible"].eq(other=True), rows["step"] / 2, 0.0)


def line_steps(
    scenario: Scenario, names: Names, items: pd.Series, segment: np.ndarray
) -> np.ndarray:
    """Step in which each line is delivered, whichever item is shipped, shape (lines,) [unit].

    0 where a substitute's ratio leaves none that all have in common.
    """
    pack = item_steps(scenario, names).pack
    line = pd.DataFrame({"item": code(names.items, items), "of": segment})
    swaps = substitutes(scenario, names)
    if swaps.empty:
        own: np.ndarray = pack[line["item"]]
        return own
    kinds = line.drop_duplicates()
    index = pd.MultiIndex.from_frame(kinds)
    of = index.get_indexer(pd.MultiIndex.from_frame(swaps[["item", "of"]]))
    asked = of >= 0
    other = pack[swaps["shipped"]] / swaps["ratio"]
    step = np.append(pack[kinds["item"]], other[asked])
    group = np.append(np.arange(len(kinds)), of[asked])
    return common_steps(step, group, len(kinds))[index.get_indexer(pd.MultiIndex.from_frame(line))]
