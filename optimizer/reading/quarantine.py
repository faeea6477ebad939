"""Leave out the orders whose own rows have faults, so that the others can be planned."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from models.errors import Issue, ScenarioError
from models.scenario import Scenario
from models.tables import TABLES
from optimizer.reading.cells import parse_frame
from optimizer.reading.faults import Faults
from optimizer.reading.raw_table import RawTable, keep_rows
from optimizer.reading.read import RawScenario, check
from optimizer.reading.table_checks import Mask

OF_ORDERS = ("orders", "lines", "commitments", "overrides")
"""Tables whose rows are each of one order."""
ABOUT_ORDERS = ("commitments", "overrides")
"""Tables in which an unknown order may be a known one misspelt, so that none can be left out."""
COLUMNS = {
    "order": "str",
    "file": "str",
    "row": "int64",
    "column": "str",
    "problem": "str",
    "remedy": "str",
}
"""Columns and dtypes of the list of faults."""


@dataclass(frozen=True, eq=False)
class QuarantineResult:
    """A scenario without the orders that have faults, and those faults.

    Parameters
    ----------
    scenario
        With all other orders.
    faults
        Of the orders that are left out: the columns :data:`COLUMNS`, one row a fault.
    total
        Orders in the source.
    """

    scenario: Scenario
    faults: pd.DataFrame
    total: int

    @property
    def orders(self) -> list[str]:
        """The orders that are left out, sorted."""
        return sorted(set(self.faults["order"]))


@dataclass(frozen=True)
class _Cells:
    """Bad cells of one column."""

    table: RawTable
    column: str
    rows: np.ndarray
    explain: Callable[[int], tuple[str, str]]


class _OrderFaults(Faults):
    """A list of faults that keeps those of single rows apart from all others."""

    def __init__(self) -> None:
        super().__init__()
        self.cells: list[_Cells] = []

    @property
    def any(self) -> bool:
        """Whether anything is wrong."""
        return bool(self.issues or self.cells)

    def add_cells(
        self,
        table: RawTable,
        column: str,
        bad: Mask,
        explain: Callable[[int], tuple[str, str]],
        *,
        of_scenario: bool = False,
    ) -> None:
        """Note all bad cells; see :meth:`Faults.add_cells`."""
        bad = self.untold(table, bad)
        if of_scenario:
            super().add_cells(table, column, bad, explain)
        elif bad.any():
            self.cells.append(_Cells(table, column, np.flatnonzero(bad), explain))


def quarantine(raw: RawScenario, at_most_share: float) -> QuarantineResult:
    """Check a scenario, leaving out the orders that have faults.

    Parameters
    ----------
    raw
        As read, without faults so far.
    at_most_share
        Share of all orders that may be left out.

    Raises
    ------
    ScenarioError
        With every fault of the whole scenario, where more orders have faults, or a fault is not
        about a single order, or an order with faults has commitments that must be kept.
    """
    total = len(set(_orders(raw.raws["orders"])))
    lists: list[pd.DataFrame] = [_no_faults()]
    rest = raw
    while True:
        faults = _OrderFaults()
        scenario = check(rest, faults)
        if scenario is not None:
            return QuarantineResult(scenario, pd.concat(lists, ignore_index=True), total)
        by_order = _by_order(faults, rest.raws)
        if by_order is None:
            raise _refusal(raw)
        lists.append(by_order)
        orders = set().union(*(frame["order"] for frame in lists))
        if len(orders) > at_most_share * total or len(orders) >= total:
            raise _refusal(raw, f"{len(orders):,} of {total:,} orders are broken", at_most_share)
        if kept := sorted(orders & _orders_to_keep(rest.raws)):
            raise _refusal(raw, f"order {kept[0]!r} is broken, but has commitments to be kept")
        rest = rest.with_tables({n: _without(n, table, orders) for n, table in rest.raws.items()})


def no_quarantine(scenario: Scenario) -> QuarantineResult:
    """Return a scenario from which no order is left out."""
    return QuarantineResult(scenario, _no_faults(), len(scenario["orders"]))


def without_faulty_rows(raw: RawScenario, name: str) -> RawScenario:
    """Leave out the rows of one table that have faults.

    Parameters
    ----------
    raw
        As read.
    name
        A table whose faults do not matter.
    """
    while True:
        faults = _OrderFaults()
        check(raw, faults)
        table = raw.raws[name]
        stay = np.ones(table.rows, dtype=bool)
        for cells in faults.cells:
            if cells.table is table:
                stay[cells.rows] = False
        if stay.all():
            return raw
        raw = raw.with_tables({**raw.raws, name: keep_rows(table, stay)})


def _refusal(raw: RawScenario, why: str = "", share: float | None = None) -> ScenarioError:
    """List every fault of the whole scenario, and first why its orders cannot be left out."""
    faults = Faults()
    check(raw, faults)
    if share is not None:
        remedy = f"correct them, or raise quarantine.at_most_share above {share:g}"
        faults.issues.insert(0, Issue("quarantine", why, remedy))
    elif why:
        faults.issues.insert(0, Issue("quarantine", why, "correct its rows"))
    return ScenarioError(faults.issues)


def _orders(raw: RawTable) -> list[str]:
    """Order of each row of a table, as written except for blanks around it."""
    if "order" not in raw.columns:
        return [""] * raw.rows
    text = pc.fill_null(pc.cast(raw.columns["order"], pa.string()), "")
    return [str(name).strip() for name in text.to_pylist()]


def _by_order(faults: _OrderFaults, raws: Mapping[str, RawTable]) -> pd.DataFrame | None:
    """List the faults by order; None where one of them is not about a single order."""
    if faults.issues:
        return None
    tables = {id(raws[name]): name for name in OF_ORDERS if name in raws}
    known = set(_orders(raws["orders"]))
    rows: list[tuple[str, str, int, str, str, str]] = []
    for cells in faults.cells:
        table = tables.get(id(cells.table))
        if table is None:
            return None
        names, lines = _orders(cells.table), cells.table.lines()
        for row in cells.rows.tolist():
            order = names[row]
            if not order or (table in ABOUT_ORDERS and order not in known):
                return None
            place = cells.table.file, int(lines[row]), cells.column
            rows.append((order, *place, *cells.explain(row)))
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)


def _orders_to_keep(raws: Mapping[str, RawTable]) -> set[str]:
    """Orders with commitments that must be kept: frozen, or locked by a planner."""
    return set(_frozen(raws)) | set(_locked(raws))


def _frozen(raws: Mapping[str, RawTable]) -> Iterator[str]:
    if raw := raws.get("commitments"):
        frozen = parse_frame(raw, TABLES["commitments"], Faults())["frozen"]
        yield from (name for name, kept in zip(_orders(raw), frozen, strict=True) if kept)


def _locked(raws: Mapping[str, RawTable]) -> Iterator[str]:
    if raw := raws.get("overrides"):
        action = parse_frame(raw, TABLES["overrides"], Faults())["action"]
        yield from (n for n, what in zip(_orders(raw), action, strict=True) if what == "lock")


def _without(name: str, raw: RawTable, orders: set[str]) -> RawTable:
    """Leave the rows of some orders out of a table."""
    if name not in OF_ORDERS:
        return raw
    stay = np.array([order not in orders for order in _orders(raw)], dtype=bool)
    return raw if stay.all() else keep_rows(raw, stay)


def _no_faults() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in COLUMNS.items()})
