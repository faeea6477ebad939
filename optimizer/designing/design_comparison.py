"""Candidate designs side by side, on the same demand days: the result and its tables."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from models.errors import UsageError
from models.tolerances import UNIT
from optimizer.designing.demand_sample import OWN
from optimizer.designing.frontier_result import Frontier
from optimizer.designing.kpis import SERVICE, mean_service

if TYPE_CHECKING:
    import altair as alt


SUPPLY_NOTES = {
    "added_units": "{design} has {units} units more in stock and receipts than today: what it "
    "gains is partly theirs.",
    "removed_units": "{design} has {units} units less in stock and receipts than today.",
    "stranded_units": "In {design}, {units} units of stock lie at sites that are closed.",
}
"""What is said of a figure of supply that is more than 0."""


@dataclass(frozen=True, eq=False)
class DesignComparison:
    """Candidate designs tried on the same demand days.

    Parameters
    ----------
    titles
        Of each design, by name; others are held against the first.
    kpis
        ``design``, ``day``, ``segment``, ``figure``, ``value``: every figure of every plan. The day
        ``own`` is the scenario's own book.
    differences
        ``design``, ``segment``, ``figure``, ``mean``, ``difference`` to the first design, half
        widths of its 95 % interval ``paired`` and ``unpaired``, ``days``; of all days but ``own``.
    worth
        What more of each scarce thing is worth in the first design on its own day; columns of
        :data:`optimizer.designing.resource_worth.WORTH`.
    frontier
        Cheapest networks by level of service; None where nothing may be chosen.
    """

    titles: dict[str, str]
    kpis: pd.DataFrame
    differences: pd.DataFrame
    worth: pd.DataFrame = field(repr=False)
    frontier: Frontier | None = None

    @property
    def names(self) -> list[str]:
        """Names of the designs."""
        return list(self.titles)

    @property
    def own(self) -> pd.DataFrame:
        """Figures of each design on the scenario's own day; today's are today's, exactly."""
        return self.kpis[self.kpis["day"] == OWN].reset_index(drop=True)

    @property
    def notes(self) -> list[str]:
        """What to know before designs are compared: supply that differs from today's."""
        rows = self.own[self.own["figure"].isin([*SUPPLY_NOTES]) & (self.own["value"] > UNIT)]
        return [
            SUPPLY_NOTES[row["figure"]].format(design=row["design"], units=f"{row['value']:,.6g}")
            for row in rows.to_dict("records")
        ]

    @property
    def days(self) -> int:
        """How many days were drawn or are of history; 0 where there is the own day alone."""
        return int(self.kpis.loc[self.kpis["day"] != OWN, "day"].nunique())

    def to_frame(self) -> pd.DataFrame:
        """Give each design in a row: service by segment and mean figures over the days."""
        drawn = self.kpis[self.kpis["day"] != OWN]
        kpis = drawn if len(drawn) else self.kpis
        service = mean_service(kpis).rename(SERVICE).reset_index()
        service = service.pivot_table(index="design", columns="segment", values=SERVICE, sort=False)
        service = service.add_prefix(f"{SERVICE} ")
        money = kpis[kpis["segment"] == ""]
        means = money.pivot_table(index="design", columns="figure", values="value", sort=False)
        frame = service.join(means).reindex(self.names).rename_axis(columns=None)
        return frame.reset_index(names="design")

    def plot(self) -> alt.VConcatChart:
        """Draw each design's differences to the first, with their intervals."""
        from optimizer.designing.design_charts import comparison_chart

        return comparison_chart(self.differences, self.names[0])

    def write(self, folder: str | Path) -> Path:
        """Write every table as CSV.

        Parameters
        ----------
        folder
            Made if it is not there; files of the same names are replaced.
        """
        target = Path(folder)
        try:
            target.mkdir(parents=True, exist_ok=True)
            for name, frame in self.frames().items():
                frame.to_csv(target / f"{name}.csv", index=False, lineterminator="\n")
        except OSError as error:
            msg = f"cannot write to {target}: {error.strerror or error}"
            raise UsageError(msg) from error
        return target

    def frames(self) -> dict[str, pd.DataFrame]:
        """Every table by the name of its file."""
        own = {
            "designs": self.to_frame(),
            "kpis": self.kpis,
            "differences": self.differences,
            "worth": self.worth,
        }
        if self.frontier is None:
            return own
        names = ("points", "service", "sites", "positions", "lanes")
        there = {f.name for f in fields(self.frontier)}
        return own | {f"frontier_{n}": getattr(self.frontier, n) for n in names if n in there}

    def __repr__(self) -> str:
        """Give the designs side by side."""
        return "\n".join([self.to_frame().set_index("design").T.to_string(), *self.notes])

    def _repr_html_(self) -> str:
        frame = self.to_frame()
        shares = {c: "{:.1%}".format for c in frame if str(c).startswith(SERVICE)}
        table = frame.to_html(index=False, formatters=shares, float_format="{:,.0f}".format)
        return table + "".join(f"<p>{escape(note)}</p>" for note in self.notes)
