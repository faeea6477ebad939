"""Rows of a table as a design writes them: changed where their key is known, added where not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from models.columns import Kind, Table
from models.settings import Settings
from models.tables import TABLES
from optimizer.common.steps import off_steps, step_by_item
from optimizer.reading.cells import parse_frame
from optimizer.reading.faults import Faults, excerpt, suggest
from optimizer.reading.raw_table import RawTable
from optimizer.reading.table_checks import as_text, unknown_name
from optimizer.reading.yaml_text import Node


@dataclass(frozen=True, eq=False)
class OverlayRows:
    """Rows of one table.

    Parameters
    ----------
    frame
        Typed, cells that were not written as they are today.
    raw
        With their places.
    places
        Row of today's table that each one changes; -1 where it is new.
    """

    frame: pd.DataFrame
    raw: RawTable
    places: np.ndarray


def rows_of(
    name: str, node: Node | None, today: pd.DataFrame, faults: Faults, table: Table | None = None
) -> OverlayRows | None:
    """Type the rows that a design writes; None where there are none.

    Parameters
    ----------
    name
        The table.
    node
        A list of mappings.
    today
        The scenario's rows: what is not written stays as there.
    faults
        Where to note what is wrong.
    table
        Instead of the scenario's table of that name: one with more columns.
    """
    table = table or TABLES[name]
    if node is None or not isinstance(node.value, list) or not node.value:
        return None
    written_rows = [row.value if isinstance(row.value, dict) else {} for row in node.value]
    for row in written_rows:
        for column, cell in row.items():
            if column not in table.columns:
                place = cell.key or cell.place
                problem = f"unknown column {excerpt(column)}"
                faults.add(place.file, problem, suggest(column, table.columns), place.row, column)
    texts = [
        {c: str(cell.value or "") for c, cell in row.items() if c in table.columns}
        for row in written_rows
    ]
    places = _places(table, texts, today)
    _check_unique(table, texts, node, faults)
    columns = {}
    for column in table.columns:
        cells = []
        for row, text in zip(places, texts, strict=True):
            known = row >= 0 and column in today.columns
            cells.append(text.get(column, as_text(today[column].iloc[row]) if known else ""))
        columns[column] = pa.chunked_array([pa.array([_plain(c) for c in cells], pa.string())])
    lines = np.array([row.place.row or 0 for row in node.value], dtype=np.int64)
    raw = RawTable(node.place.file, columns, len(texts), lambda: lines, node.place.row or 1)
    frame = parse_frame(raw, table, faults)
    for nth, (row, text) in enumerate(zip(places, texts, strict=True)):
        for column in today.columns if row >= 0 else ():
            if column not in text:  # as it is today, to the last digit
                frame.loc[nth, column] = today[column].iloc[row]
    return OverlayRows(frame, raw, places)


def _plain(text: str) -> str:
    """Write flags and blanks of a frame as in a table."""
    return {"True": "true", "False": "false", "nan": "", "NaT": ""}.get(text, text)


def _places(table: Table, texts: list[dict[str, str]], today: pd.DataFrame) -> np.ndarray:
    """Row of today's table that has the key of each written row; -1 for none."""
    if not table.key:
        return np.full(len(texts), -1)
    keys = [
        tuple(_plain(as_text(value)) for value in row)
        for row in today[list(table.key)].itertuples(index=False, name=None)
    ]
    known = {key: nth for nth, key in enumerate(keys)}
    return np.array([known.get(tuple(t.get(c, "") for c in table.key), -1) for t in texts])


def _check_unique(table: Table, texts: list[dict[str, str]], node: Node, faults: Faults) -> None:
    seen: dict[tuple[str, ...], int] = {}
    rows = node.value if isinstance(node.value, list) else []
    for text, row in zip(texts, rows, strict=True):
        key = tuple(text.get(column, "") for column in table.key)
        if table.key and key in seen:
            names = ", ".join(excerpt(part) for part in key)
            problem = f"{names} is already given in row {seen[key]}"
            faults.add(row.place.file, problem, "keep one of the two rows", row.place.row)
        seen.setdefault(key, row.place.row or 0)


def overlay(name: str, today: pd.DataFrame, rows: OverlayRows) -> pd.DataFrame:
    """Lay rows over a table: those of a known key change it, others are added."""
    contract = {column: spec.kind.dtype for column, spec in TABLES[name].columns.items()}
    frame = rows.frame[list(contract)]
    kept = today[~today.index.isin(rows.places)]
    place = np.where(rows.places >= 0, rows.places, len(today) + np.arange(len(frame)))
    both = pd.concat([kept, frame.set_axis(place)]).sort_index(kind="stable")
    return both.reset_index(drop=True).astype(contract)


def leave_out(name: str, today: pd.DataFrame, node: Node | None, faults: Faults) -> pd.DataFrame:
    """Leave rows out of a table, each named by its key."""
    if node is None or not isinstance(node.value, list):
        return today
    key = TABLES[name].key
    gone: list[int] = []
    for row in node.value:
        cells = row.value if isinstance(row.value, dict) else {}
        text = {c: str(cell.value or "") for c, cell in cells.items()}
        at = int(_places(TABLES[name], [text], today)[0])
        extra = sorted(set(text) - set(key))
        if extra or at < 0:
            problem = f"no row of {name} is {', '.join(f'{c}: {v}' for c, v in text.items())}"
            remedy = f"name it by {', '.join(key)}, as in {name}"
            faults.add(row.place.file, problem, remedy, row.place.row, row.place.column)
        else:
            gone.append(at)
    return today.drop(index=gone).reset_index(drop=True)


@dataclass(frozen=True, eq=False)
class KnownNames:
    """Names that rows of a design may use.

    Parameters
    ----------
    names
        By what a column refers to: ``sites``, ``services``, ``regions``, ``items``.
    items
        The scenario's table: which items come in steps of their own.
    """

    names: Mapping[str, frozenset[str]]
    items: pd.DataFrame

    @classmethod
    def of(cls, settings: Settings, tables: Mapping[str, pd.DataFrame]) -> KnownNames:
        """Collect them from a scenario."""
        regions = {*tables["customers"]["region"], *tables["lanes"]["region"]}
        item = [tables[name]["item"] for name in ("lines", "stock", "receipts", "items")]
        items = {*pd.concat([*item, tables["substitutes"]["substitute"]])}
        return cls(
            {
                "sites": frozenset(tables["sites"]["site"]),
                "services": frozenset(settings.services),
                "regions": frozenset(regions),
                "items": frozenset(items),
            },
            tables["items"],
        )

    def check(self, table: Table, rows: OverlayRows, faults: Faults) -> None:
        """Every name is known and units are in steps; blanks are another check's business."""
        for column, spec in table.columns.items():
            if spec.kind is Kind.UNITS:
                self._check_steps(column, rows, faults)
            source = {"region": "regions", "item": "items"}.get(column, spec.refers)
            if source not in self.names:
                continue
            values = rows.frame[column]
            bad = ~values.isin([*self.names[source], ""]).to_numpy()
            ordered = sorted(self.names[source])
            faults.add_cells(
                rows.raw,
                column,
                bad,
                lambda row: unknown_name(values.iloc[row], ordered, source),  # noqa: B023
            )

    def _check_steps(self, column: str, rows: OverlayRows, faults: Faults) -> None:
        """Units are whole, or multiples of the step of a divisible item."""
        step = step_by_item(self.items, rows.frame["item"])
        broken = off_steps(rows.frame[column].fillna(0.0).to_numpy(), step)

        def explain(row: int) -> tuple[str, str]:
            if step[row] == 1.0:
                remedy = "write whole units, or make the item divisible in the table items"
                return f"{column} is not whole", remedy
            return (
                f"{column} is no multiple of {step[row]:g}",
                "write a multiple of the item's step",
            )

        faults.add_cells(rows.raw, column, broken, explain)
