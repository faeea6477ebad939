"""The cheapest network for each level of service, as it was found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

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
        ``replayed_cost`` (fixed and cost to serve of the replay [currency/period]), ``kept``
        (whether the replay keeps every promise that is possible).
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
