"""Candidate designs side by side, on the same demand days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from models.errors import UsageError
from optimizer.common.parallel import workers
from optimizer.designing.designs_file import read_designs
from optimizer.designing.evaluating import SERVICE, evaluate, intervals, mean_service
from optimizer.designing.frontiers import Frontier
from optimizer.designing.frontiers import frontier as found_frontier
from optimizer.designing.overlays import Designs
from optimizer.designing.sampling import OWN, demand_days
from optimizer.designing.valuing import WORTH, worth
from optimizer.planning import plan_scenario
from optimizer.reading import read_scenario

if TYPE_CHECKING:
    import altair as alt

DAYS = 12
"""Days that are drawn where nobody says how many."""


@dataclass(frozen=True, eq=False)
class DesignComparison:
    """What came out of trying designs.

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
        :data:`optimizer.designing.valuing.WORTH`.
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

    def to_frame(self) -> pd.DataFrame:
        """Tell each design in a row: service by segment and mean figures over the days."""
        drawn = self.kpis[self.kpis["day"] != OWN]
        kpis = drawn if len(drawn) else self.kpis
        reached = mean_service(kpis).rename(SERVICE).reset_index()
        service = reached.pivot_table(index="design", columns="segment", values=SERVICE, sort=False)
        service = service.add_prefix(f"{SERVICE} ")
        money = kpis[kpis["segment"] == ""]
        means = money.pivot_table(index="design", columns="figure", values="value", sort=False)
        told = service.join(means).reindex(self.names).rename_axis(columns=None)
        return told.reset_index(names="design")

    def plot(self) -> alt.VConcatChart:
        """Draw each design's differences to the first, with their intervals."""
        from optimizer.designing.design_charts import comparison_chart

        return comparison_chart(self)

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
        """Tell the designs side by side."""
        return self.to_frame().set_index("design").T.to_string()

    def _repr_html_(self) -> str:
        frame = self.to_frame()
        shares = {c: "{:.1%}".format for c in frame if str(c).startswith(SERVICE)}
        return frame.to_html(index=False, formatters=shares, float_format="{:,.0f}".format)


def compare_designs(
    designs: Designs | str | Path,
    file: str | Path | None = None,
    *,
    days: int = DAYS,
    seed: int = 1,
    history: Sequence[str | Path] = (),
    with_frontier: bool | None = None,
    segment: str | None = None,
    levels: Sequence[float] | None = None,
    verify: int = 0,
    processes: int | None = None,
    dask: str | None = None,
    quiet: bool = False,
) -> DesignComparison:
    """Try candidate designs on the same demand days, by the allocation that plans every day.

    Parameters
    ----------
    designs
        From :func:`read_designs`, or the scenario's folder.
    file
        Of the designs, where ``designs`` is a folder; ``designs.yaml`` in it by default.
    days
        Days drawn from the scenario's orders, beside its own.
    seed
        Of what is drawn.
    history
        Folders of scenarios whose orders are days, too.
    with_frontier
        Whether to look for the cheapest networks; by default where the file says what to choose.
    segment, levels
        Of the frontier; see :func:`optimizer.designing.frontiers.frontier`.
    verify
        How many prices of each resource, and how many faster lanes, are tried by another plan.
    processes, dask
        Where plans are made; see :func:`optimizer.common.parallel.workers`.
    quiet
        No progress.

    Raises
    ------
    ScenarioError
        With every fault of the scenario or of the designs.
    UsageError
        When there is no day to try designs on, or something to choose is missing.
    """
    if not isinstance(designs, Designs):
        designs = read_designs(designs, file)
    if days < 0:
        msg = f"{days} days cannot be drawn; ask for 0 or more"
        raise UsageError(msg)
    past = [read_scenario(folder) for folder in history]
    tried = demand_days(designs.scenario, days, seed, past)
    wanted = designs.choices is not None if with_frontier is None else with_frontier
    first = next(iter(designs.candidates.values())).scenario
    with workers(processes, dask) as pool:
        kpis = evaluate(designs.candidates, tried, pool, quiet=quiet)
        sampled = kpis[kpis["day"] != OWN]
        prices = worth(
            first,
            plan_scenario(first).solution,
            pool if verify else None,
            verify=verify,
            quiet=quiet,
        )
        found = None
        if wanted:
            found = found_frontier(
                designs,
                tried[1:] or tried,
                pool,
                segment=segment,
                levels=levels,
                quiet=quiet,
            )
    return DesignComparison(
        titles={name: design.title for name, design in designs.candidates.items()},
        kpis=kpis,
        differences=intervals(sampled if len(sampled) else kpis),
        worth=prices.astype(WORTH),
        frontier=found,
    )
