"""Checks across tables: keys are unique, names are known, values agree with one another."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from models.columns import Kind
from models.tables import TABLES
from optimizer.common.membership import BETWEEN, is_among, positions, values_at
from optimizer.reading.commitment_checks import check_commitments, check_first_goal, may_be_stale
from optimizer.reading.expectation_checks import check_expectations
from optimizer.reading.faults import Faults
from optimizer.reading.override_checks import check_overrides
from optimizer.reading.relationship_checks import check_ledger, check_stages
from optimizer.reading.supply_checks import (
    check_packs,
    check_quotas,
    check_substitutes,
    check_sums,
    check_transfers,
)
from optimizer.reading.table_checks import (
    TypedTables,
    as_text,
    check_key,
    check_names,
    check_steps,
)
from optimizer.scenario.stages import stages_today

LARGEST_BOOK = 1e12
"""Largest worth of all lines together [currency]."""


def check_references(tables: TypedTables, faults: Faults) -> None:
    """Note every key, name and value that does not agree with the rest."""
    for name in tables.raws:
        frame = tables.frames[name]
        if name != "commitments":  # a blank item of theirs stands for another
            check_key(name, frame, tables, faults)
        for column, spec in TABLES[name].columns.items():
            if spec.refers and not (name == "commitments" and may_be_stale(tables)):
                check_names(name, column, tables.source(spec.refers), tables, faults)
            if spec.kind is Kind.UNITS and column in tables.raws[name].columns:
                ordered = not TABLES[name].adds_up  # supply is as it is; advice says more
                check_steps(name, column, frame["item"], tables, faults, divisible=ordered)
        if TABLES[name].adds_up:
            check_sums(name, tables, faults)
    for name in tables.raws:
        for check in CHECKS.get(name, ()):
            check(tables, faults)
    check_first_goal(tables, faults)
    check_expectations(tables, faults)


def _check_regions(tables: TypedTables, faults: Faults) -> None:
    check_names("lane_capacity", "region", tables.regions(), tables, faults)


def _check_calendars(tables: TypedTables, faults: Faults) -> None:
    """Check that the id of a calendar row is one of its kind."""
    kinds = tables.frames["calendars"]["of"]
    sources = {
        "site": tables.source("sites"),
        "service": tables.source("services"),
        "customer": tables.source("customers"),
        "region": tables.regions(),
    }
    for kind, source in sources.items():
        check_names("calendars", "id", source, tables, faults, kinds == kind)


def _check_worth(tables: TypedTables, faults: Faults, name: str = "lines") -> None:
    """Refuse a book that no solver can add up; the row where it becomes too much is named."""
    rows = tables.frames[name]
    worth = (rows["quantity"] * rows["unit_value"]).fillna(0.0).cumsum()
    first = (worth.gt(LARGEST_BOOK) & worth.shift(fill_value=0.0).le(LARGEST_BOOK)).to_numpy()

    def explain(row: int) -> tuple[str, str]:
        rows_are = "lines up to here are" if name == "lines" else f"{name} up to here is"
        problem = f"the {rows_are} worth {worth.iloc[row]:.3g}, above {LARGEST_BOOK:g}"
        return problem, "count money in a larger unit, such as thousands"

    faults.add_cells(tables.raws[name], "unit_value", first, explain, of_scenario=True)


def _check_forecast_worth(tables: TypedTables, faults: Faults) -> None:
    _check_worth(tables, faults, "forecast")


def _check_order_dates(tables: TypedTables, faults: Faults) -> None:
    orders = tables.frames["orders"]
    crossed = (orders["earliest"] > orders["cancel"]).to_numpy()

    def explain(row: int) -> tuple[str, str]:
        earliest, cancel = (as_text(orders[c].iloc[row]) for c in ("earliest", "cancel"))
        problem = f"earliest {earliest} is after cancel {cancel}: no delivery is possible"
        return problem, "correct one of the two dates"

    faults.add_cells(tables.raws["orders"], "earliest", crossed, explain)


def _check_pinned_services(tables: TypedTables, faults: Faults) -> None:
    """Check that an order names only services to which its customer's segment is entitled."""
    orders, customers = tables.frames["orders"], tables.frames["customers"]
    if tables.settings is None:
        return
    segments = tables.settings.segments
    pinned = is_among(orders["service"], list(tables.settings.services))
    if not pinned.any():
        return
    at = positions(orders["customer"], customers["customer"])
    stages = stages_today(tables.settings, tables.frames)
    segment = values_at(customers["segment"], at)
    stage = values_at(stages.reset_index(drop=True), at)
    entitled = {name: " ".join(s.services) for name, s in segments.items()}
    own = {f"{name}{BETWEEN}{service}" for name, s in segments.items() for service in s.services}
    lending = tables.settings.stages.items()
    lent = {f"{name}{BETWEEN}{service}" for name, s in lending for service in s.lends_services}
    refused = (
        pinned
        & is_among(segment, list(segments))
        & ~is_among(segment + BETWEEN + orders["service"], sorted(own))
        & ~is_among(stage + BETWEEN + orders["service"], sorted(lent))
    )

    def explain(row: int) -> tuple[str, str]:
        name, service = segment.iloc[row], orders["service"].iloc[row]
        problem = f"service {service!r} is not one that segment {name!r} is entitled to"
        return problem, f"use one of: {entitled[name]}; or add it to the segment's services"

    faults.add_cells(tables.raws["orders"], "service", refused, explain)


CHECKS: Mapping[str, tuple[Callable[[TypedTables, Faults], None], ...]] = {
    "lane_capacity": (_check_regions,),
    "calendars": (_check_calendars,),
    "lines": (_check_worth,),
    "orders": (_check_order_dates, _check_pinned_services),
    "items": (check_packs,),
    "substitutes": (check_substitutes,),
    "transfers": (check_transfers,),
    "customers": (check_stages,),
    "ledger": (check_ledger,),
    "forecast": (_check_forecast_worth,),
    "quotas": (check_quotas,),
    "commitments": (check_commitments,),
    "overrides": (check_overrides,),
}
"""What else must hold in each table."""
