"""Stock that a design puts elsewhere: what one site gets, another gives."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.design.candidates import MOVES
from models.tolerances import DECIMALS, UNIT
from optimizer.common.steps import step_by_item, steps_within
from optimizer.designing.overlay_rows import OverlayRows
from optimizer.reading.faults import Faults, excerpt
from optimizer.scenario.table_edits import cast_rows

KEY = list(MOVES.key)
TAKEN = ["from", "item"]
PLACE = ["site", "item"]


def moved_stock(
    stock: pd.DataFrame, rows: OverlayRows, items: pd.DataFrame, faults: Faults
) -> pd.DataFrame:
    """Move stock as the rows say; all of them at once, from what is there before any of them.

    Parameters
    ----------
    stock
        The table, a row for each site and item.
    rows
        Of :data:`models.design.candidates.MOVES`, with known names and whole units.
    items
        The scenario's table: which items come in steps of their own.
    faults
        Where to note what cannot be moved; then the stock is returned as it is.
    """
    before = len(faults.issues)
    _check_amounts(rows, faults)
    if len(faults.issues) > before:
        return stock
    moves = _moves(rows.frame, stock, items)
    _check_supply(moves, rows, faults)
    if len(faults.issues) > before:
        return stock
    gone = moves.assign(site=moves["from"], on_hand=-moves["quantity"])
    come = moves.assign(site=moves["to"], on_hand=moves["quantity"])
    both = pd.concat([each[[*PLACE, "on_hand"]] for each in (stock, gone, come)])
    after = both.groupby(PLACE, sort=False)[["on_hand"]].sum().round(DECIMALS)
    return cast_rows("stock", after.reset_index())


def _check_amounts(rows: OverlayRows, faults: Faults) -> None:
    """Each row says how much, once, and names two sites."""
    frame = rows.frame
    has_units, has_share = frame["units"].notna(), frame["share"].notna()
    faults.add_cells(
        rows.raw,
        "units",
        (has_units == has_share).to_numpy(),
        lambda _: (
            "how much is moved is said twice, or not at all",
            "give either units, or a share of what is there",
        ),
    )
    faults.add_cells(
        rows.raw,
        "item",
        (has_units & ~has_share & (frame["item"] == "")).to_numpy(),
        lambda _: ("units of which item?", "name the item, or give a share of all items"),
    )
    faults.add_cells(
        rows.raw,
        "to",
        (frame["from"] == frame["to"]).to_numpy(),
        lambda _: ("stock cannot be moved to where it is", "name another site"),
    )


def _moves(frame: pd.DataFrame, stock: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """List the moves item by item: ``row``, ``from``, ``to``, ``item``, ``on_hand``, ``quantity``.

    A blank item stands for all items at the site that have no row of their own.
    """
    frame = frame.reset_index(names="row")
    there = stock.rename(columns={"site": "from"}).assign(on_hand=stock["on_hand"].clip(lower=0.0))
    named = frame[frame["item"] != ""].merge(there, on=TAKEN, how="left")
    every = frame[frame["item"] == ""].drop(columns="item").merge(there, on="from")
    own = pd.MultiIndex.from_frame(named[KEY])
    every = every[~pd.MultiIndex.from_frame(every[KEY]).isin(own)]
    moves = pd.concat([named, every], ignore_index=True).fillna({"on_hand": 0.0})
    wanted = (moves["share"] * moves["on_hand"]).fillna(0.0).to_numpy()
    shares = steps_within(wanted, step_by_item(items, moves["item"]))
    return moves.assign(quantity=moves["units"].where(moves["units"].notna(), shares))


def _check_supply(moves: pd.DataFrame, rows: OverlayRows, faults: Faults) -> None:
    """No more is taken than there is, and every row takes something."""
    taken = moves.groupby(TAKEN)["quantity"].transform("sum")
    over = moves[taken > moves["on_hand"] + UNIT].assign(taken=taken).drop_duplicates("row")
    over = over.set_index("row")

    def too_much(row: int) -> tuple[str, str]:
        site, item, there, all_taken = over.loc[row, ["from", "item", "on_hand", "taken"]]
        problem = f"{all_taken:g} of {excerpt(item)} are taken from {excerpt(site)}"
        return f"{problem}, where there are {there:g}", f"take at most {there:g} in all"

    every = range(len(rows.frame))
    faults.add_cells(rows.raw, "units", np.isin(every, over.index), too_much)
    quantity = moves.groupby("row")["quantity"].sum().reindex(every, fill_value=0.0)

    def nothing(row: int) -> tuple[str, str]:
        site, item = rows.frame.loc[row, TAKEN]
        what = f"of {excerpt(item)} " if item else ""
        remedy = f"take more {what}than that, or take it from a site that has it"
        return f"no unit {what}is moved from {excerpt(site)}", remedy

    faults.add_cells(rows.raw, "from", (quantity <= UNIT).to_numpy(), nothing)
