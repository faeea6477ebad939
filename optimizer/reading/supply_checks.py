"""Checks of sums of supply, packs, substitutes, transfers and quotas."""

from __future__ import annotations

import re

import numpy as np

from models.tables import TABLES
from optimizer.common.membership import is_among
from optimizer.reading.adding_up import sums_so_far
from optimizer.reading.faults import Faults, excerpt, suggest
from optimizer.reading.table_checks import TypedTables, as_text, check_names, check_steps

MOST_PROTECTED = 10
"""Rows of quotas that may protect one item."""


def check_sums(name: str, tables: TypedTables, faults: Faults) -> None:
    """Check that rows that are added up are no more together than one row may be."""
    frame, units = tables.frames[name], TABLES[name].adds_up
    sums, most = sums_so_far(name, frame), TABLES[name].columns[units].most
    above = (sums > most) & (sums - frame[units] <= most)

    def explain(row: int) -> tuple[str, str]:
        item, total = frame["item"].iloc[row], sums.iloc[row]
        problem = f"the rows like this one, of item {item!r}, add up to {total:,.12g} up to here"
        return problem, f"count in a larger unit: the sum is at most {most:,.12g}"

    faults.add_cells(tables.raws[name], units, above.to_numpy(), explain, of_scenario=True)


def check_packs(tables: TypedTables, faults: Faults) -> None:
    """Check that a pack is whole, or a multiple of the step of its item."""
    packs = tables.frames["items"]
    one = packs["pack"] == 1  # stands for none
    check_steps("items", "pack", packs["item"].mask(one, ""), tables, faults)


def check_substitutes(tables: TypedTables, faults: Faults) -> None:
    """Check that no item stands in for itself, and that segments are known."""
    frame, raw = tables.frames["substitutes"], tables.raws["substitutes"]
    itself = ((frame["item"] == frame["substitute"]) & (frame["item"] != "")).to_numpy()

    def explain(row: int) -> tuple[str, str]:
        problem = f"item {frame['item'].iloc[row]!r} is its own substitute"
        return problem, "name another item, or take the row out"

    faults.add_cells(raw, "substitute", itself, explain)
    known = tables.names["segments"]
    if known is None:
        return
    lists = frame["segments"]
    wrong = {text: fault for text in lists.unique() if (fault := _segments_fault(text, known))}
    if wrong:
        bad = is_among(lists, list(wrong))
        faults.add_cells(raw, "segments", bad, lambda row: wrong[lists.iloc[row]])


def _segments_fault(text: str, known: tuple[str, ...]) -> tuple[str, str] | None:
    """Say problem and remedy of a list of segments; None where nothing is wrong with it."""
    words = text.split(" ") if text else []
    unknown = [word for word in words if word not in known]
    if not unknown:
        twice = len(set(words)) < len(words)
        return (
            (f"{excerpt(text)} names a segment twice", "name each segment once") if twice else None
        )
    tidy = [word for word in re.split(r"[\s,;]+", text) if word]
    if all(word in known for word in tidy):
        problem = f"{excerpt(text)} does not separate segments by single blanks"
        return problem, f"write {excerpt(' '.join(tidy))}"
    first = next(word for word in unknown if word)
    problem = f"{excerpt(first)} of {excerpt(text)} is not among the segments"
    return problem, suggest(first, (name for name in known if " " not in name))


def check_transfers(tables: TypedTables, faults: Faults) -> None:
    """Check that a transfer leads to another site."""
    frame = tables.frames["transfers"]
    same = ((frame["from_site"] == frame["to_site"]) & (frame["to_site"] != "")).to_numpy()

    def explain(row: int) -> tuple[str, str]:
        problem = f"the way leads from site {frame['to_site'].iloc[row]!r} to itself"
        return problem, "name two sites, or take the row out"

    faults.add_cells(tables.raws["transfers"], "to_site", same, explain)


def check_quotas(tables: TypedTables, faults: Faults) -> None:
    """Check that a quota says a number and for whom, in days in their order and a known region."""
    frame, raw = tables.frames["quotas"], tables.raws["quotas"]
    check_names("quotas", "region", tables.regions(), tables, faults)
    empty = tables.is_blank("quotas", "at_most") & tables.is_blank("quotas", "protected")
    fault = "at_most and protected are both blank", "write one of them, or take the row out"
    faults.add_cells(raw, "at_most", empty, lambda _: fault)

    def explain(row: int) -> tuple[str, str]:
        first, last = (as_text(frame[column].iloc[row]) for column in ("from", "to"))
        return f"from {first} is after to {last}", "correct one of the two dates"

    faults.add_cells(raw, "from", (frame["from"] > frame["to"]).to_numpy(), explain)
    _check_group(tables, faults)
    _check_protected(tables, faults)


def _check_group(tables: TypedTables, faults: Faults) -> None:
    """Check that units are protected for a group: what is kept for all is kept from nobody."""
    frame, raw = tables.frames["quotas"], tables.raws["quotas"]
    for_all = frame["protected"] > 0
    for column in ("segment", "customer", "region"):
        for_all &= tables.is_blank("quotas", column)

    def explain(row: int) -> tuple[str, str]:
        units = as_text(frame["protected"].iloc[row])
        problem = f"{units} units are protected for everybody, which keeps them from nobody"
        remedy = (
            "name the segment, customer or region that they are for; to keep them for nobody, "
            "as safety stock, name a customer without orders"
        )
        return problem, remedy

    faults.add_cells(raw, "protected", for_all.to_numpy(), explain)


def _check_protected(tables: TypedTables, faults: Faults) -> None:
    """Check that not too many rows protect one item: each set of them is a limit of its own."""
    frame, raw = tables.frames["quotas"], tables.raws["quotas"]
    protects = frame["protected"] > 0
    nth = frame["item"].where(protects).groupby(frame["item"]).cumcount() + 1
    every = int((protects & (frame["item"] == "")).sum())
    many = protects & (nth + np.where(frame["item"] == "", 0, every) > MOST_PROTECTED)

    def explain(row: int) -> tuple[str, str]:
        item = frame["item"].iloc[row]
        problem = f"more than {MOST_PROTECTED} rows protect {f'item {item!r}' if item else 'items'}"
        return problem, "join some of the groups"

    faults.add_cells(raw, "protected", many.to_numpy(), explain)
