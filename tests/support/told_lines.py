"""What is told of a line: the ledger balances, changes fill it, and a unit less does not."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from models.scenario import Scenario
from models.solution import Solution
from optimizer.explaining import Explanation, Fill
from optimizer.explaining.freezing import freeze_others
from optimizer.explaining.input_changes import move_requested
from optimizer.explaining.relaxations import without_hold
from optimizer.explaining.virtual_orders import with_virtual_orders
from optimizer.scenario.frozen_commitments import frozen_shipments
from tests.independent.fill_check import fits


def one_less(fill: Fill, scenario: Scenario) -> Fill | None:
    """Make the next smaller change of the same kind; None where nothing is counted."""
    if fill.kind == "date":
        (order,) = fill.orders
        now = scenario["orders"].set_index("order")["requested"][order]
        day = now + pd.Timedelta(days=fill.units - 1)
        return replace(fill, change=move_requested(fill.orders, day))
    if fill.parts.empty:
        return None
    step = 1.0 if fill.parts["units"].iloc[0] >= 1 else fill.parts["units"].iloc[0]
    return fill.less(float(step))


def assert_true(scenario: Scenario, solution: Solution, told: Explanation) -> None:
    """Hold the ledger, every change, and those of one unit less to the independent model."""
    scenario, shipments, lines = with_virtual_orders(scenario, solution)
    order, line = told.line["order"], told.line["line"]
    late = told.line["status"] == "late"
    got = told.line["delivered_on_time"] if late else told.line["delivered"]
    assert told.ledger["units"].sum() == pytest.approx(told.line["ordered"] - got, abs=1e-6)
    assert told.known is not None
    assert told.dates is not None
    ever = told.dates.out_of_reach and told.line["short"] > 0
    asked = without_hold(order, line)(scenario) if told.held else scenario
    promised = frozen_shipments(scenario, shipments)
    alone = freeze_others(asked, promised, (order,))
    assert fits(alone, lines, order, line, promised, ever=ever) == told.known
    for fill in told.fills:
        inputs = fill.applied(scenario, shipments)
        assert fits(inputs, lines, order, line, promised, ever=ever), fill.words
        less = one_less(fill, scenario)
        if less is not None:
            smaller = less.applied(scenario, shipments)
            assert not fits(smaller, lines, order, line, promised, ever=ever), fill.words
