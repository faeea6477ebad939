"""Orders whose own rows are broken, set aside whole, so that the others can be planned."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from models.errors import Issue, ScenarioError
from models.scenario import Scenario
from models.tables import TABLES
from optimizer.reading.cells import parse_frame
from optimizer.reading.faults import Faults
from optimizer.reading.raw_table import RawTable
from optimizer.reading.read import RawScenario, check
from optimizer.reading.table_checks import Mask

OF_ORDERS = ("orders", "lines", "commitments", "overrides")
"""Tables whose rows are each of one order."""
DECIDED = ("commitments", "overrides")
"""Tables in which an unknown order may be another one misspelt: that cannot be set aside."""
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
    """What was set aside, and what is left.

    Parameters
    ----------
    scenario
        Of the orders that are left.
    faults
        Why the others are not in it: the columns :data:`COLUMNS`, one row a fault.
    total
        Orders before.
    """

    scenario: Scenario
    faults: pd.DataFrame
    total: int

    @property
    def orders(self) -> list[str]:
        """What was set aside, sorted."""
        return sorted(set(self.faults["order"]))


@dataclass(frozen=True)
class _Cells:
    """Bad cells of one column."""

    table: RawTable
    column: str
    rows: np.ndarray
    explain: Callable[[int], tuple[str, str]]


class _OrderFaults(Faults):
    """Keeps apart what is wrong with single rows."""

    def __init__(self) -> None:
        super().__init__()
        self.cells: list[_Cells] = []

    @property
    def found(self) -> bool:
        """Whether anything is wrong."""
        return bool(self.issues or self.cells)

    def add_cells(
        self,
        table: RawTable,
        column: str,
        bad: Mask,
        explain: Callable[[int], tuple[str, str]],
        *,
        of_book: bool = False,
    ) -> None:
        """Note bad cells, all of them."""
        if of_book:
            super().add_cells(table, column, bad, explain)
        elif bad.any():
            self.cells.append(_Cells(table, column, np.flatnonzero(bad), explain))


def quarantine(read: RawScenario, at_most_share: float) -> QuarantineResult:
    """Check a scenario without the orders that are broken.

    Parameters
    ----------
    read
        What was read, without faults so far.
    at_most_share
        Share of all orders that may be set aside.

    Raises
    ------
    ScenarioError
        With every fault of the whole, where more orders are broken, or something that is not
        about a single order.
    """
    total = len(set(_names(read.raws["orders"])))
    taken: list[pd.DataFrame] = [_empty()]
    left = read
    while True:
        faults = _OrderFaults()
        scenario = check(left, faults)
        if scenario is not None:
            return QuarantineResult(scenario, pd.concat(taken, ignore_index=True), total)
        found = _by_order(faults, left.raws)
        if found is None:
            raise _refusal(read)
        taken.append(found)
        orders = set().union(*(frame["order"] for frame in taken))
        if len(orders) > at_most_share * total or len(orders) >= total:
            raise _refusal(read, f"{len(orders):,} of {total:,} orders are broken", at_most_share)
        if kept := sorted(orders & _orders_to_keep(left.raws)):
            raise _refusal(read, f"order {kept[0]!r} is broken, but has commitments to be kept")
        left = left.replaced({n: _without(n, raw, orders) for n, raw in left.raws.items()})


def no_quarantine(scenario: Scenario) -> QuarantineResult:
    """Say that every order is planned."""
    return QuarantineResult(scenario, _empty(), len(scenario["orders"]))


def without_faulty_rows(read: RawScenario, name: str) -> RawScenario:
    """Take the rows of one table out that have faults.

    Parameters
    ----------
    read
        What was read.
    name
        A table whose faults do not matter.
    """
    while True:
        faults = _OrderFaults()
        check(read, faults)
        raw = read.raws[name]
        stay = np.ones(raw.rows, dtype=bool)
        for cells in faults.cells:
            if cells.table is raw:
                stay[cells.rows] = False
        if stay.all():
            return read
        read = read.replaced({**read.raws, name: kept_rows(raw, stay)})


def _refusal(read: RawScenario, why: str = "", share: float | None = None) -> ScenarioError:
    """Say everything that is wrong with the whole, and why orders cannot be set aside."""
    faults = Faults()
    check(read, faults)
    if share is not None:
        remedy = f"correct them, or raise quarantine.at_most_share above {share:g}"
        faults.issues.insert(0, Issue("quarantine", why, remedy))
    elif why:
        faults.issues.insert(0, Issue("quarantine", why, "correct its rows"))
    return ScenarioError(faults.issues)


def _names(raw: RawTable) -> list[str]:
    """Orders of the rows of a table, as written but for blanks around them."""
    if "order" not in raw.columns:
        return [""] * raw.rows
    text = pc.fill_null(pc.cast(raw.columns["order"], pa.string()), "")
    return [str(name).strip() for name in text.to_pylist()]


def _by_order(faults: _OrderFaults, raws: Mapping[str, RawTable]) -> pd.DataFrame | None:
    """List the faults by order; None where one of them is not about a single order."""
    if faults.issues:
        return None
    tables = {id(raws[name]): name for name in OF_ORDERS if name in raws}
    known = set(_names(raws["orders"]))
    rows: list[tuple[str, str, int, str, str, str]] = []
    for cells in faults.cells:
        table = tables.get(id(cells.table))
        if table is None:
            return None
        names, lines = _names(cells.table), cells.table.lines()
        for row in cells.rows.tolist():
            order = names[row]
            if not order or (table in DECIDED and order not in known):
                return None
            place = cells.table.file, int(lines[row]), cells.column
            rows.append((order, *place, *cells.explain(row)))
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)


def _orders_to_keep(raws: Mapping[str, RawTable]) -> set[str]:
    """Orders that have something which nobody else may get: frozen or locked."""
    return set(_frozen(raws)) | set(_locked(raws))


def _frozen(raws: Mapping[str, RawTable]) -> Iterator[str]:
    if raw := raws.get("commitments"):
        frozen = parse_frame(raw, TABLES["commitments"], Faults())["frozen"]
        yield from (name for name, kept in zip(_names(raw), frozen, strict=True) if kept)


def _locked(raws: Mapping[str, RawTable]) -> Iterator[str]:
    if raw := raws.get("overrides"):
        action = parse_frame(raw, TABLES["overrides"], Faults())["action"]
        yield from (n for n, what in zip(_names(raw), action, strict=True) if what == "lock")


def _without(name: str, raw: RawTable, orders: set[str]) -> RawTable:
    """Take the rows of some orders out of a table."""
    if name not in OF_ORDERS:
        return raw
    stay = np.array([order not in orders for order in _names(raw)], dtype=bool)
    return raw if stay.all() else kept_rows(raw, stay)


def kept_rows(raw: RawTable, stay: Mask) -> RawTable:
    """Keep some rows of a table."""
    columns = {name: column.filter(pa.array(stay)) for name, column in raw.columns.items()}
    return replace(raw, columns=columns, rows=int(stay.sum()), lines=partial(_lines, raw, stay))


def _lines(raw: RawTable, stay: Mask) -> np.ndarray:
    return raw.lines()[stay]


def _empty() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in COLUMNS.items()})
