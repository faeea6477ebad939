"""Designs on demand days, planned by the allocation side by side in other processes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, as_completed

import numpy as np
import pandas as pd
from tqdm import tqdm

from models.scenario import Scenario
from models.settings import Measure
from optimizer.designing.overlays import Design
from optimizer.designing.replaying import replayed
from optimizer.designing.sampling import Day
from optimizer.planning import plan_scenario

KPIS = {
    "design": "str",
    "day": "str",
    "segment": "str",  # blank for figures of everybody
    "figure": "str",
    "value": "float64",
}
SERVICE = "service"
"""Figure of a segment: what is reached of its measure, as a share."""
ASKED = "asked"
"""Figure of a segment: what its measure counts of all that was ordered [unit or currency]."""
FIGURES = ("cost_to_serve", "fixed_cost", "total_cost", "delivered_value", "kg_co2")
"""Figures of everybody, for a horizon."""


def kpis_of(
    scenario: Scenario,
    service: pd.DataFrame,
    totals: Mapping[str, float],
    fixed_cost: float = 0.0,
) -> pd.DataFrame:
    """Figures of one plan: ``segment``, ``figure``, ``value``.

    Parameters
    ----------
    scenario
        What was planned.
    service, totals
        Of the plan, as in :class:`models.solution.Solution`.
    fixed_cost
        Of the network for the horizon [currency].
    """
    asked = _asked(scenario)
    rows: list[tuple[str, str, float]] = []
    for name, segment in scenario.settings.segments.items():
        measure = segment.measure if segment.is_promised else Measure.UNIT_OTIF
        base = "money" if measure.base == "value" else "units"
        mine = service[(service["segment"] == name) & (service["measure"] == measure)]
        rows.append((name, SERVICE, float(mine["achieved"].iloc[0])))
        rows.append((name, ASKED, float(asked[base].loc[name])))
    everybody = {
        "cost_to_serve": totals["cost"],
        "fixed_cost": fixed_cost,
        "total_cost": totals["cost"] + fixed_cost,
        "delivered_value": totals["delivered_value"],
        "kg_co2": totals["kg_co2"],
        "ordered_units": totals["ordered_units"],
        "delivered_units": totals["delivered_units"],
        "on_time_units": totals["on_time_units"],
    }
    rows += [("", figure, float(value)) for figure, value in everybody.items()]
    return pd.DataFrame(rows, columns=["segment", "figure", "value"])


def _asked(scenario: Scenario) -> pd.DataFrame:
    """Sum up what each segment ordered, in units and in money."""
    orders, customers = scenario["orders"], scenario["customers"]
    who = orders.set_index("order")["customer"].loc[scenario["lines"]["order"]]
    segment = customers.set_index("customer")["segment"].loc[who].to_numpy()
    quantity, worth = scenario["lines"]["quantity"], scenario["lines"]["unit_value"]
    both = pd.DataFrame({"units": quantity, "money": quantity * worth}).groupby(segment).sum()
    return both.reindex(list(scenario.settings.segments), fill_value=0.0)


def mean_service(kpis: pd.DataFrame) -> pd.Series:
    """Service over all days together, by design and segment: days count by what was asked."""
    wide = kpis[kpis["segment"] != ""].pivot_table(
        index=["design", "segment", "day"], columns="figure", values="value", sort=False
    )
    wide = wide[wide[SERVICE].notna()]
    served = (wide[SERVICE] * wide[ASKED]).groupby(level=["design", "segment"]).sum()
    return served / wide[ASKED].groupby(level=["design", "segment"]).sum()


def evaluate(
    designs: Mapping[str, Design], days: Sequence[Day], pool: Executor, *, quiet: bool = False
) -> pd.DataFrame:
    """Plan every design on every day.

    Parameters
    ----------
    designs
        By name.
    days
        Of :func:`optimizer.designing.sampling.demand_days`.
    pool
        Where the plans are made, of :func:`optimizer.common.parallel.workers`.
    quiet
        No progress.

    Returns
    -------
    pandas.DataFrame
        The columns :data:`KPIS`, by design, day, and figure as given.

    Raises
    ------
    RuleViolationError
        When the judge rejects a plan: a defect of ours.
    """
    asked = {
        pool.submit(planned, design.scenario, day, design.fixed_cost): (n, m)
        for m, day in enumerate(days)
        for n, design in enumerate(designs.values())
    }
    found: dict[tuple[int, int], pd.DataFrame] = {}
    for done in tqdm(as_completed(asked), total=len(asked), desc="plans", disable=quiet):
        found[asked[done]] = done.result()
    names = list(designs)
    parts = [found[n, m].assign(design=names[n], day=days[m].name) for n, m in sorted(found)]
    return pd.concat(parts, ignore_index=True)[list(KPIS)].astype(KPIS)


def planned(scenario: Scenario, day: Day, fixed_cost: float) -> pd.DataFrame:
    """Plan one day and tell its figures; what other processes are asked for.

    The scenario's own day is a whole plan, judged; others are made by the same allocation but are
    told in figures alone, which takes a quarter of the time.
    """
    asked = day.of(scenario)
    if day.book is None:
        solution = plan_scenario(asked).solution
        return kpis_of(asked, solution.service, solution.totals, fixed_cost)
    return kpis_of(asked, *replayed(asked), fixed_cost)


def intervals(kpis: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Compare each design with the first, day by day, with confidence intervals of the mean.

    Parameters
    ----------
    kpis
        Of :func:`evaluate`, without the scenario's own day.
    level
        Of confidence.

    Returns
    -------
    pandas.DataFrame
        ``design``, ``segment``, ``figure``, ``mean`` (of the design), ``difference`` (to the
        first), ``paired`` and ``unpaired`` (half widths of the difference's interval: from the
        differences day by day, and as if the two had been tried on different days), ``days``.
        Intervals are blank for fewer than two days.
    """
    from scipy.stats import t

    wide = kpis.pivot_table(
        index=["segment", "figure", "day"], columns="design", values="value", sort=False
    )
    first = kpis["design"].iloc[0]
    rows = []
    for key, part in wide.groupby(level=["segment", "figure"], sort=False):
        for design in kpis["design"].unique():
            mine, base = part[design].to_numpy(), part[first].to_numpy()
            both = ~(np.isnan(mine) | np.isnan(base))
            mine, base = mine[both], base[both]
            n = len(mine)
            more = mine - base
            paired = unpaired = np.nan
            if n > 1:
                width = float(t.ppf(0.5 + level / 2, n - 1)) / np.sqrt(n)
                paired = width * more.std(ddof=1)
                both_ways = mine.var(ddof=1) + base.var(ddof=1)
                unpaired = float(t.ppf(0.5 + level / 2, 2 * n - 2)) * np.sqrt(both_ways / n)
            mean, less = (part.mean() if n else np.nan for part in (mine, more))
            rows.append((design, *key, mean, less, paired, unpaired, n))
    columns = ["design", "segment", "figure", "mean", "difference", "paired", "unpaired", "days"]
    return pd.DataFrame(rows, columns=columns)
