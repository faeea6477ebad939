"""The cheapest network for each level of service, as it was found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from models.tolerances import UNIT
from optimizer.common.words import listed
from optimizer.designing.design import Design

if TYPE_CHECKING:
    import altair as alt


@dataclass(frozen=True, eq=False)
class Frontier:
    """Cheapest networks by level of service.

    Parameters
    ----------
    points
        A row for each level, highest cost last: ``point``, ``level``, ``cost``, ``bound``, ``gap``
        (of the model [currency/period]), ``open`` (sites), ``stock`` (units), ``moved`` (units),
        ``bought`` (units), ``stock_cost`` (of moving, buying and holding [currency/period]),
        ``replayed_cost`` (of the same network: fixed, of stock, and to serve as in the replay
        [currency/period]), ``kept`` (whether the replay keeps every promise that is possible),
        ``proved`` (whether the gap is closed: no network that keeps the level is cheaper).
    service
        ``point``, ``level``, ``segment``, ``promised``, ``possible`` (what any network of the
        choices reaches of it, in flows), ``replayed`` (mean over the days), ``kept``.
    sites
        ``point``, ``site``, ``open``, ``today``.
    positions
        For S&OP: ``point``, ``site``, ``item``, ``today``, ``target``, ``change`` [unit].
    lanes
        Lanes that may be run: ``point``, ``site``, ``region``, ``service``, ``runs``.
    designs
        The network of each point.
    decomposed
        Whether days were solved apart from the network (Benders).
    """

    points: pd.DataFrame
    service: pd.DataFrame
    sites: pd.DataFrame
    positions: pd.DataFrame
    lanes: pd.DataFrame
    designs: dict[str, Design] = field(repr=False)
    decomposed: bool = False

    def to_frame(self) -> pd.DataFrame:
        """Give the points."""
        return self.points

    @property
    def best(self) -> dict[str, Any] | None:
        """The row of ``points`` of of the highest level that is kept, and in reach where any is."""
        kept = self.points[self.points["kept"]]
        reached = kept[~kept["point"].isin(self._out_of_reach()["point"])]
        rows = reached if len(reached) else kept
        return {str(name): rows[name].iloc[-1] for name in rows} if len(rows) else None

    @property
    def takeaway(self) -> str:
        """What to take home: the network of the best point, and how sure that is."""
        best = self.best
        if best is None:
            return "No level is kept in the replay, so there is no network to take home."
        money = f"{{:,.0f}} {self.designs[best['point']].scenario.settings.currency}".format
        is_mine = (self.sites["point"] == best["point"]) & self.sites["open"]
        bought = f" and {best['bought']:,.0f} bought" if best["bought"] else ""
        found = (
            f"The highest level that is kept is {best['level']:.1%}: "
            f"{listed(self.sites.loc[is_mine, 'site'])} open, {best['moved']:,.0f} units moved"
            f"{bought}, for {money(best['cost'])} in flows and {money(best['replayed_cost'])} in "
            "the replay."
        )
        out = self._out_of_reach()
        short = [
            f" No network of the choices reaches more than {row['possible']:.1%} for "
            f"{row['segment']}."
            for row in out[out["point"] == best["point"]].to_dict("records")
        ]
        sure = f" No network that keeps it costs less than {money(best['bound'])}: proved."
        unsure = (
            f" Not proved: a network for {money(best['bound'])}, {best['gap']:.1%} less, is not "
            "ruled out. So it is a candidate, and no conclusion yet."
        )
        return found + "".join(short) + (sure if best["proved"] else unsure)

    def _out_of_reach(self) -> pd.DataFrame:
        """Promises that no network of the choices keeps, as rows of ``service``."""
        return self.service[self.service["possible"] < self.service["promised"] - UNIT]

    def plot(self) -> alt.LayerChart:
        """Draw cost by level of service."""
        from optimizer.designing.design_charts import frontier_chart

        titles = [self.designs[point].title for point in self.points["point"]]
        return frontier_chart(self.points, titles)

    def __repr__(self) -> str:
        """Give the points."""
        return self.points.to_string(index=False)

    def _repr_html_(self) -> str:
        shown = self.points.assign(level=self.points["level"].map("{:.1%}".format))
        return shown.to_html(index=False, float_format="{:,.4g}".format)
