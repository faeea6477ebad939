"""The allocation model written in linopy, as its users would: grouped sums over labelled arrays.

Lists of who is in which row are given to it for nothing, already worked out.
"""

from __future__ import annotations

from typing import Any

import linopy
import numpy as np
import pandas as pd
import xarray as xr

from models.allocation import Declared

RANGES = {
    "x": "OPTIONS",
    "carried": "EPOCHS",
    "taken_line": "LOTS",
    "taken_order": "WHOLE_ORDERS",
    "achieved": "SEGMENTS",
    "is_full_line": "FULL_LINES",
    "is_full_order": "FULL_ORDERS",
    "short": "PROMISES",
}
"""Range of each variable, in the order of the maths card."""


def hand_over(d: Declared, *, sparse: bool) -> Any:
    """Build the LP relaxation with value less cost as its objective and pass it to HiGHS.

    Parameters
    ----------
    d
        Declared components: listings, numbers and bounds are read from it.
    sparse
        In linopy's sparse mode, which came with version 0.10, instead of its default.

    Returns
    -------
    highspy.Highs
        With names off, which linopy calls the quick way.
    """
    with linopy.options as options:
        options(semantics="v1" if sparse else "legacy")
        model = _Model(d, linopy.Model(sparse=True) if sparse else linopy.Model())
        model.limits()
        model.order_rules()
        model.full()
        model.service()
        worth = model.numbers("cost", "OPTIONS") - model.numbers("worth", "OPTIONS")
        model.m.add_objective((worth * model.v["x"]).sum())
        return model.m.to_highspy(set_names=False)


class _Model:
    """The linopy model written so far."""

    def __init__(self, d: Declared, m: linopy.Model) -> None:
        self.d, self.m = d, m
        self.v = {
            name: m.add_variables(
                lower=0,
                upper=self._labelled(d.domains[name].upper, over),
                coords=[self._index(over)],
                name=name,
            )
            for name, over in RANGES.items()
            if d.count(over)
        }

    def _index(self, over: str) -> pd.RangeIndex:
        return pd.RangeIndex(self.d.count(over), name=over)

    def _labelled(self, values: np.ndarray, over: str) -> xr.DataArray:
        return xr.DataArray(np.array(values), dims=over, coords={over: self._index(over)})

    def numbers(self, name: str, over: str) -> xr.DataArray:
        """Label a parameter by its range."""
        return self._labelled(self.d.arrays[name], over)

    def _total(self, listing: str, over: str, variable: str = "x", weight: str = "") -> Any:
        """Sum a variable over what each row lists; rows that list nothing have nothing."""
        rows, dim = self.d.listings[listing], RANGES[variable]
        terms = self.v[variable] * (self.numbers(weight, dim) if weight else 1)
        if len(rows.listed) != self.d.count(dim) or (np.diff(rows.listed) != 1).any():
            terms = terms.isel({dim: rows.listed})
        label = pd.Series(rows.owners, index=pd.Index(rows.listed, name=dim), name=over)
        total = terms.groupby(label).sum()
        return total.reindex({over: self._index(over)}).fillna(0)

    def _at(self, variable: str, over: str, members: str) -> Any:
        """Look a variable up for each row of a range, by a parameter of it."""
        chosen = self.v[variable].isel({RANGES[variable]: self.d.arrays[members]})
        return (
            (1 * chosen).rename({RANGES[variable]: over}).assign_coords({over: self._index(over)})
        )

    def limits(self) -> None:
        """(A1) to (A4)."""
        add, before = self.m.add_constraints, self.d.listings["before"]
        add(self._total("options_of_line", "SERVED") <= self.numbers("most", "SERVED"))
        drawn = self._total("options_of_epoch", "EPOCHS") + self.v["carried"]
        carried = (1 * self.v["carried"].isel(EPOCHS=before.listed)).assign_coords(
            EPOCHS=before.owners
        )
        earlier = carried.reindex(EPOCHS=self._index("EPOCHS")).fillna(0)
        add(drawn - earlier <= self.numbers("arriving", "EPOCHS"))
        if self.d.count("SITE_DAYS"):
            picked = self._total("options_of_site_day", "SITE_DAYS", weight="effort")
            add(picked <= self.numbers("site_limit", "SITE_DAYS"))
        if self.d.count("LANE_DAYS"):
            carried = self._total("options_of_lane_day", "LANE_DAYS")
            add(carried <= self.numbers("lane_limit", "LANE_DAYS"))

    def order_rules(self) -> None:
        """(A5) to (A7)."""
        add = self.m.add_constraints
        if self.d.count("LOTS"):
            shipped, taken = self._total("options_of_lot", "LOTS"), self.v["taken_line"]
            add(shipped - self.numbers("lot", "LOTS") * taken <= 0)
            add(self.numbers("least", "LOTS") * taken - shipped <= 0)
        if self.d.count("BUNDLED"):
            shipped = self._total("options_of_bundled", "BUNDLED")
            taken = self._at("taken_order", "BUNDLED", "order_of_bundled")
            add(shipped - self.numbers("bundled", "BUNDLED") * taken == 0)

    def full(self) -> None:
        """(A8), (A9)."""
        add = self.m.add_constraints
        if self.d.count("FULL_LINES"):
            needed = self.numbers("line_size", "FULL_LINES") * self.v["is_full_line"]
            add(needed - self._total("options_of_full_line", "FULL_LINES") <= 0)
        if self.d.count("PARTS"):
            full = self._at("is_full_order", "PARTS", "order_of_part")
            needed = self.numbers("part_quantity", "PARTS") * full
            add(needed - self._total("options_of_part", "PARTS") <= 0)

    def service(self) -> None:
        """(A10) to (A13)."""
        add = self.m.add_constraints
        for over, owner, listing, variable, weight in (
            ("AMOUNTS", "segment_of_amount", "options_of_amount", "x", "weight"),
            ("FLOOR_AMOUNTS", "segment_of_floor", "options_of_floor", "x", "floor_weight"),
            ("BY_LINE", "segment_of_by_line", "lines_of_segment", "is_full_line", ""),
            ("BY_ORDER", "segment_of_by_order", "orders_of_segment", "is_full_order", ""),
        ):
            if self.d.count(over):
                achieved = self._at("achieved", over, owner)
                add(achieved - self._total(listing, over, variable, weight) == 0)
        if self.d.count("PROMISES"):
            achieved = self._at("achieved", "PROMISES", "promised_to")
            add(achieved + self.v["short"] >= self.numbers("need", "PROMISES"))
