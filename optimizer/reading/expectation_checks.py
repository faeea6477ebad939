"""Checks that the tests of the plan, under ``expect``, name what exists."""

from __future__ import annotations

from optimizer.reading.faults import Faults, excerpt, suggest
from optimizer.reading.table_checks import TypedTables, unknown_line, unknown_name
from optimizer.reading.yaml_text import Node, inside


def check_expectations(tables: TypedTables, faults: Faults) -> None:
    """Check that the segments, orders and lines that tests name exist."""
    tests = inside(tables.tree, ("expect",))
    for test in tests.value if tests and isinstance(tests.value, list) else ():
        for key, check in (("segment", _segment), ("order", _order), ("line", _line)):
            node = inside(test, (key,))
            if node and isinstance(node.value, str) and (fault := check(node.value, test, tables)):
                faults.add(node.place.file, *fault, node.place.row, node.place.column)


def _segment(name: str, test: Node, tables: TypedTables) -> tuple[str, str] | None:
    del test
    known = tables.names["segments"]
    if known is None or name in known:
        return None
    return f"{excerpt(name)} is not among the segments", suggest(name, known)


def _order(name: str, test: Node, tables: TypedTables) -> tuple[str, str] | None:
    del test
    known = tables.known("orders")
    if known is None or name in known:
        return None
    return unknown_name(name, sorted(known), "orders")


def _line(name: str, test: Node, tables: TypedTables) -> tuple[str, str] | None:
    order, orders = inside(test, ("order",)), tables.known("orders")
    if order is None or orders is None or order.value not in orders:
        return None
    if not tables.is_sure("lines", "order", "line"):
        return None
    known = tables.lines_of(str(order.value))
    return None if name in known else unknown_line(str(order.value), name, known)
