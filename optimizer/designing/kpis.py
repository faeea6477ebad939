"""The figures by which designs are compared: service of each segment, money and units of all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from models.scenario import Scenario
from models.settings import Measure
from optimizer.designing.stock_change import UNCHANGED, StockChange

KPIS = {
    "design": "str",
    "day": "str",
    "segment": "str",  # blank for figures of everybody
    "figure": "str",
    "value": "float64",
}
SERVICE = "service"
"""Figure of a segment: what its service reaches by its measure, as a share."""
ASKED = "asked"
"""Figure of a segment: what was ordered, in what its measure counts [unit or currency]."""


@dataclass(frozen=True, slots=True)
class NetworkFacts:
    """What a network is, whatever the day.

    Parameters
    ----------
    fixed_cost
        Of being there for a horizon [currency].
    stock
        What it does to today's stock.
    """

    fixed_cost: float
    stock: StockChange

    @property
    def cost(self) -> float:
        """What it costs for a horizon before anything is shipped [currency]."""
        return self.fixed_cost + self.stock.cost


@dataclass(frozen=True, slots=True)
class DesignFigure:
    """A figure of everybody, for a horizon.

    Parameters
    ----------
    name
        In the column ``figure``.
    of
        Works it out from the totals of a plan and what is known of its network.
    title
        Heading in the terminal; blank = not shown there.
    is_charted
        Whether the picture of designs shows it.
    """

    name: str
    of: Callable[[Mapping[str, float], NetworkFacts], float]
    title: str = ""
    is_charted: bool = False


FIGURES = (
    DesignFigure("cost_to_serve", lambda totals, _: totals["cost"], "Cost to serve", True),
    DesignFigure("fixed_cost", lambda _, network: network.fixed_cost, "Fixed cost", True),
    DesignFigure("stock_cost", lambda _, network: network.stock.cost, "Cost of stock", True),
    DesignFigure(
        "total_cost", lambda totals, network: totals["cost"] + network.cost, "Total cost", True
    ),
    DesignFigure("delivered_value", lambda totals, _: totals["delivered_value"], "", True),
    DesignFigure("kg_co2", lambda totals, _: totals["kg_co2"], "kg CO2", True),
    DesignFigure("ordered_units", lambda totals, _: totals["ordered_units"]),
    DesignFigure("delivered_units", lambda totals, _: totals["delivered_units"]),
    DesignFigure("on_time_units", lambda totals, _: totals["on_time_units"]),
    DesignFigure("moved_units", lambda _, network: network.stock.moved),
    DesignFigure("added_units", lambda _, network: network.stock.added),
    DesignFigure("removed_units", lambda _, network: network.stock.removed),
    DesignFigure("stranded_units", lambda _, network: network.stock.stranded),
)
"""Every figure of everybody, in the order of the tables: to add one, add its line."""


def kpis_of(
    scenario: Scenario,
    service: pd.DataFrame,
    totals: Mapping[str, float],
    fixed_cost: float = 0.0,
    stock: StockChange = UNCHANGED,
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
    stock
        What the network does to today's stock.
    """
    network = NetworkFacts(fixed_cost, stock)
    demand = _demand_of_segments(scenario)
    rows: list[tuple[str, str, float]] = []
    for name, segment in scenario.settings.segments.items():
        measure = segment.measure if segment.is_promised else Measure.UNIT_OTIF
        base = "money" if measure.base == "value" else "units"
        mine = service[(service["segment"] == name) & (service["measure"] == measure)]
        rows.append((name, SERVICE, float(mine["achieved"].iloc[0])))
        rows.append((name, ASKED, float(demand[base].loc[name])))
    rows += [("", figure.name, float(figure.of(totals, network))) for figure in FIGURES]
    return pd.DataFrame(rows, columns=["segment", "figure", "value"])


def _demand_of_segments(scenario: Scenario) -> pd.DataFrame:
    """Sum up what each segment ordered, in units and in money."""
    orders, customers = scenario["orders"], scenario["customers"]
    who = orders.set_index("order")["customer"].loc[scenario["lines"]["order"]]
    segment = customers.set_index("customer")["segment"].loc[who].to_numpy()
    quantity, worth = scenario["lines"]["quantity"], scenario["lines"]["unit_value"]
    both = pd.DataFrame({"units": quantity, "money": quantity * worth}).groupby(segment).sum()
    return both.reindex(list(scenario.settings.segments), fill_value=0.0)


def mean_service(kpis: pd.DataFrame) -> pd.Series:
    """Service over all days together, by design and segment: days count by what was ordered."""
    wide = kpis[kpis["segment"] != ""].pivot_table(
        index=["design", "segment", "day"], columns="figure", values="value", sort=False
    )
    wide = wide[wide[SERVICE].notna()]
    served = (wide[SERVICE] * wide[ASKED]).groupby(level=["design", "segment"]).sum()
    return served / wide[ASKED].groupby(level=["design", "segment"]).sum()
