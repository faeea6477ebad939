"""Why no supply reaches a line in time: the barrier whose removal would let more through.

Barriers are lifted one after another, each on top of those before, and the options are prepared
again: what a reason says is what was tried.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.reasons import Reason
from models.scenario import Scenario
from models.tolerances import UNIT
from optimizer.common.membership import is_among
from optimizer.preparing import within_reach
from optimizer.scenario.free_supply import with_free_supply

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def barriers(scenario: Scenario, late: Flags, reach: Floats) -> NDArray[np.object_]:
    """Name the barrier of each line.

    Parameters
    ----------
    scenario
        With only the lines in question, sorted by order and line.
    late
        Lines that ask for arrivals on time, others for any, shape (lines,).
    reach
        Supply within reach of each line as things are, whoever has it [unit], shape (lines,).

    Returns
    -------
    numpy.ndarray
        ``confidence``, ``late_receipt``, ``next_receipt`` (after the horizon), ``too_early``,
        ``cancel_date``, ``overdue`` (later than the segment accepts), ``value`` (dearer than it
        allows), ``window``, ``entitlement`` or ``closed``: the first one without which more supply
        comes within reach. Otherwise ``no_lane`` where the item is only where no lane, or none
        fast enough, leaves for the region, ``stock`` where there is no more of it.
    """
    reason = np.full(len(late), Reason.STOCK.value, dtype=object)
    elsewhere = _supply_anywhere(scenario) > reach + UNIT
    if elsewhere.any():
        own = _only(scenario, elsewhere)
        reason[elsewhere] = _first_barrier(own, late[elsewhere], reach[elsewhere])
    return reason


def _first_barrier(scenario: Scenario, late: Flags, reach: Floats) -> NDArray[np.object_]:
    """Lift one barrier after another until more supply comes within reach of each line."""
    known = Reason.STOCK.value, Reason.NO_LANE.value
    reason = np.where(reach > UNIT, *known).astype(object)
    unknown = np.ones(len(late), dtype=bool)
    for barrier, lift in _BARRIERS:
        lifted = lift(scenario)
        if unknown.any() and not _equal(scenario, lifted):
            gains = unknown & (_reach(lifted, late) > reach + UNIT)
            reason[gains] = barrier.value
            unknown &= ~gains
        scenario = lifted
    return reason


def _supply_anywhere(scenario: Scenario) -> Floats:
    """Supply of each line's item at all open sites, whenever it comes or was to come [unit]."""
    sites, scenario = scenario["sites"], with_free_supply(_all_supply_at_once(scenario))
    parts = (
        scenario[table][["site", "item", column]].rename(columns={column: "units"})
        for table, column in (("stock", "on_hand"), ("receipts", "quantity"))
    )
    supply = pd.concat(parts)
    supply = supply[supply["site"].isin(sites["site"][sites["open"]])]
    units = supply.groupby("item")["units"].sum()
    return units.reindex(scenario["lines"]["item"], fill_value=0.0).to_numpy(dtype="float64")


def _only(scenario: Scenario, chosen: Flags) -> Scenario:
    """Keep some of the lines and what has a say in their reach; capacities have none.

    Nor has what is forecast.
    """
    lines = scenario["lines"][chosen].reset_index(drop=True)
    orders = scenario["orders"][is_among(scenario["orders"]["order"], lines["order"])]
    customers = scenario["customers"]
    kept = {
        "lines": lines,
        "orders": orders,
        "customers": customers[is_among(customers["customer"], orders["customer"])],
        "site_capacity": scenario["site_capacity"].iloc[:0],
        "lane_capacity": scenario["lane_capacity"].iloc[:0],
        "forecast": scenario["forecast"].iloc[:0],
    }
    for table in ("stock", "receipts"):
        kept[table] = scenario[table][is_among(scenario[table]["item"], lines["item"])]
    return Scenario(scenario.settings, {**scenario.tables, **kept})


def _equal(a: Scenario, b: Scenario) -> bool:
    tables = ("customers", "orders", "receipts", "calendars")
    return a.settings == b.settings and all(a[name].equals(b[name]) for name in tables)


def _reach(scenario: Scenario, late: Flags) -> Floats:
    """Supply within reach of each line, whoever has it [unit]."""
    options = within_reach(scenario)
    options = options[options["on_time"] | ~late[options["line"]]]
    by_line = options.groupby(["line", "pair"])["units"].max().groupby("line").sum()
    return by_line.reindex(range(len(late)), fill_value=0.0).to_numpy(dtype="float64")


def _with_columns(
    scenario: Scenario, table: str, **columns: str | pd.Timestamp | pd.Series | None
) -> Scenario:
    frame = scenario[table]
    changed = frame.assign(**columns).astype(frame.dtypes)
    return Scenario(scenario.settings, {**scenario.tables, table: changed})


def _with_terms(scenario: Scenario, **terms: object) -> Scenario:
    """Give every segment other terms."""
    segments = {
        name: segment.model_copy(update=terms)
        for name, segment in scenario.settings.segments.items()
    }
    settings = scenario.settings.model_copy(update={"segments": segments})
    return Scenario(settings, scenario.tables)


def _supply_of_the_horizon_at_once(scenario: Scenario) -> Scenario:
    horizon, receipts = scenario.settings.horizon, scenario["receipts"]
    start = pd.Timestamp(horizon.start)
    near = receipts["date"] < start + pd.Timedelta(days=horizon.days)
    return _with_columns(scenario, "receipts", date=receipts["date"].mask(near, start))


def _all_supply_at_once(scenario: Scenario) -> Scenario:
    return _with_columns(scenario, "receipts", date=pd.Timestamp(scenario.settings.horizon.start))


def any_early_day(scenario: Scenario) -> Scenario:
    """Accept any day of arrival before the one requested."""
    return _with_terms(_with_columns(scenario, "orders", earliest=None), max_days_early=None)


def no_cancel_date(scenario: Scenario) -> Scenario:
    """Accept arrivals after the cancel date."""
    return _with_columns(scenario, "orders", cancel=None)


def any_delay(scenario: Scenario) -> Scenario:
    """Accept any delay."""
    return _with_terms(scenario, max_days_late=None)


def any_cost(scenario: Scenario) -> Scenario:
    """Accept any cost of a unit."""
    return _with_terms(scenario, max_cost_share=None)


def any_hour(scenario: Scenario) -> Scenario:
    """Let every customer receive at any hour."""
    return _with_columns(scenario, "customers", receives="")


def any_service(scenario: Scenario) -> Scenario:
    """Entitle every segment to the whole menu, whatever service is pinned."""
    menu = tuple(scenario.settings.services)
    return _with_terms(_with_columns(scenario, "orders", service=""), services=menu)


def always_open(scenario: Scenario) -> Scenario:
    """Close nothing on any day."""
    never = scenario["calendars"].iloc[:0]
    return Scenario(scenario.settings, {**scenario.tables, "calendars": never})


def any_certainty(scenario: Scenario) -> Scenario:
    """Let every segment use supply of any certainty."""
    return _with_terms(scenario, min_confidence=0.0)


_BARRIERS: tuple[tuple[Reason, Callable[[Scenario], Scenario]], ...] = (
    (Reason.CONFIDENCE, any_certainty),
    (Reason.LATE_RECEIPT, _supply_of_the_horizon_at_once),
    (Reason.NEXT_RECEIPT, _all_supply_at_once),
    (Reason.TOO_EARLY, any_early_day),
    (Reason.CANCEL_DATE, no_cancel_date),
    (Reason.OVERDUE, any_delay),
    (Reason.VALUE, any_cost),
    (Reason.WINDOW, any_hour),
    (Reason.ENTITLEMENT, any_service),
    (Reason.CLOSED, always_open),
)
