"""Type the columns of a table; a cell that is no value of its column becomes a fault.

Each distinct text of a column is parsed once, which makes a million rows cheap.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from models.columns import Column, Kind, Table
from models.fields import FIRST_YEAR, LAST_YEAR
from optimizer.reading.faults import Faults
from optimizer.reading.notation import PLAIN, Notation
from optimizer.reading.raw_table import RawTable
from optimizer.reading.values import (
    LONGEST,
    PARSERS,
    UNTIDY,
    WHOLE,
    MisreadError,
    parse_number,
    parse_text,
)

Mask = npt.NDArray[np.bool_]
NO_FAULT = ("", "")
NUMERIC = (Kind.UNITS, Kind.NUMBER, Kind.SHARE, *WHOLE)


def parse_frame(raw: RawTable, table: Table, faults: Faults) -> pd.DataFrame:
    """Type every column of a table as its contract says.

    Returns
    -------
    pandas.DataFrame
        With the columns and dtypes of the contract; blank and faulty cells hold the blank value.
    """
    columns = {}
    for name, spec in table.columns.items():
        given = raw.columns.get(name)
        if given is None:
            columns[name] = _series(_series([_blank(spec)], spec).array.repeat(raw.rows), spec)
        elif pa.types.is_string(given.type):
            columns[name] = _from_text(raw, name, spec, faults)
        else:
            columns[name] = _from_native(raw, name, spec, faults)
    return pd.DataFrame(columns)


def is_native(kind: Kind, given: pa.DataType) -> bool:
    """Whether a type of Parquet holds the values of a column as they are, not as text."""
    if kind is Kind.DATE:
        return bool(pa.types.is_date(given) or pa.types.is_timestamp(given))
    if kind is Kind.FLAG:
        return bool(pa.types.is_boolean(given))
    numbers = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)
    return kind in NUMERIC and any(is_number(given) for is_number in numbers)


def _blank(spec: Column) -> object:
    """Return what a blank cell holds; a required one is a fault and holds anything of its type."""
    return 0 if spec.blank is None else spec.blank


def _from_text(raw: RawTable, name: str, spec: Column, faults: Faults) -> pd.Series:
    encoded = pa.chunked_array(raw.columns[name]).combine_chunks().dictionary_encode()
    distinct, codes = encoded.dictionary, encoded.indices.to_numpy()
    blank = pc.equal(distinct, "").to_numpy(zero_copy_only=False)
    notation = raw.notations.get(name, PLAIN)
    plain = notation.plain(distinct) if spec.kind in NUMERIC else distinct
    wrong = _is_wrong(plain, spec) & ~blank
    faults.add_cells(
        raw, name, wrong[codes], lambda row: _fault_of(str(distinct[codes[row]]), spec, notation)
    )
    _refuse_blanks(raw, name, spec, blank[codes], faults)
    return _series(_values(plain, ~(blank | wrong), spec).array.take(codes), spec)


def _is_wrong(distinct: pa.StringArray, spec: Column) -> Mask:
    """Which texts are no value of the column; :func:`_fault_of` says it of one text in words.

    Numbers are plain, null where a text is none.
    """
    if spec.kind in NUMERIC:
        numbers = as_numbers(distinct)
        return np.logical_or(np.isnan(numbers), out_of_range(numbers, spec))
    if PARSERS[spec.kind] is parse_text and not spec.choices:
        too_long = pc.greater(pc.utf8_length(distinct), LONGEST)
        untidy: Mask = _matches(distinct, UNTIDY) | np.asarray(too_long)
        return untidy
    return np.array(
        [_fault_of(text, spec) != NO_FAULT for text in distinct.to_pylist()], dtype=bool
    )


def _fault_of(text: str, spec: Column, notation: Notation = PLAIN) -> tuple[str, str]:
    """Problem and remedy of a text; two blanks where it is a value of the column."""
    try:
        if spec.kind in NUMERIC:
            parse_number(text, spec, notation)
        else:
            PARSERS[spec.kind](text, spec)
    except MisreadError as fault:
        return fault.problem, fault.remedy
    return NO_FAULT


def _matches(texts: pa.StringArray, pattern: str) -> Mask:
    found = pc.match_substring_regex(texts, pattern)
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)


def as_numbers(plain: pa.StringArray) -> npt.NDArray[np.float64]:
    """Read plain numbers, NaN for nulls; adding 0 turns -0 into 0."""
    numbers = pc.cast(plain, pa.float64())
    return np.asarray(numbers.to_numpy(zero_copy_only=False), dtype=np.float64) + 0.0


def out_of_range(numbers: npt.NDArray[np.float64], spec: Column) -> Mask:
    """Which numbers are no values of the column; not those that are none."""
    outside = (numbers < spec.least) | (numbers > spec.most)
    if spec.kind in WHOLE:
        outside |= np.isfinite(numbers) & (numbers != np.floor(numbers))
    return outside


def _values(distinct: pa.StringArray, good: Mask, spec: Column) -> pd.Series:
    """Turn the distinct texts into values; those that are not good into the blank value."""
    if spec.kind in NUMERIC:
        return _series(np.where(good, as_numbers(distinct), float(str(_blank(spec)))), spec)
    if spec.kind.dtype == "str":
        kept = pc.if_else(pa.array(good), distinct, str(_blank(spec)))
        return _series(kept.to_pandas(), spec)
    parse = PARSERS[spec.kind]
    pairs = zip(distinct.to_pylist(), good.tolist(), strict=True)
    return _series(
        [parse(text, spec) if is_good else _blank(spec) for text, is_good in pairs], spec
    )


def _series(values: Any, spec: Column) -> pd.Series:  # noqa: ANN401 - whatever pandas takes
    return pd.Series(values, dtype=spec.kind.dtype)


def _refuse_blanks(raw: RawTable, name: str, spec: Column, blank: Mask, faults: Faults) -> None:
    if spec.required:
        remedy = f"write its value: {spec.doc}"
        faults.add_cells(raw, name, blank, lambda _: (f"{name} is blank", remedy))


def _from_native(raw: RawTable, name: str, spec: Column, faults: Faults) -> pd.Series:
    column = pa.chunked_array(raw.columns[name])
    blank = column.is_null().to_numpy()
    _refuse_blanks(raw, name, spec, blank, faults)
    if spec.kind is Kind.FLAG:
        return _series(column.fill_null(_blank(spec)).to_numpy(), spec)
    if spec.kind is Kind.DATE:
        given: npt.NDArray[Any] = column.to_numpy()
        typed = given.astype("datetime64[D]")
        first, last = np.datetime64(f"{FIRST_YEAR}-01-01"), np.datetime64(f"{LAST_YEAR}-12-31")
        wrong = (given != typed) | (typed < first) | (typed > last)
    else:
        given = typed = pc.cast(column, pa.float64(), safe=False).to_numpy() + 0.0
        wrong = ~np.isfinite(given) | out_of_range(given, spec)
    wrong &= ~blank
    faults.add_cells(raw, name, wrong, lambda row: _fault_of(str(given[row]), spec))
    kept = pd.Series(typed.astype("datetime64[s]") if spec.kind is Kind.DATE else typed)
    return _series(kept.mask(wrong | blank, _blank(spec)), spec)
