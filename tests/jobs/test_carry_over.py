"""A promise stays one the day after: kept, moved, or not delivered at all."""

from __future__ import annotations

from datetime import date

import pytest

from models.scenario import Scenario
from optimizer import plan
from optimizer.jobs.carry_over import commitments_left
from tests.planning.test_moved_promises import PROMISE, RECEIPT, slipped

Left = list[tuple[str, str, float, bool]]
"""Line, day of November, units and whether frozen, of each commitment of the next day."""
MINE = "C,1,,plant,standard,2026-11-25,3,true"


def left(scenario: Scenario, day: int) -> Left:
    """Plan, and list what is carried over to a day of November."""
    solution = plan(scenario, diagnose=False).solution
    rows = commitments_left(scenario, solution, date(2026, 11, day))
    days = rows["ship_date"].dt.strftime("%d")
    rows = rows.assign(name=rows["order"] + "/" + rows["line"], day=days)
    columns = ["name", "day", "quantity", "frozen"]
    return sorted(rows[columns].itertuples(index=False, name=None))


def promised(row: str, there: int, on: int) -> Scenario:
    """Make a plant where so many pumps come on a day of November, and a promise of them."""
    receipts = RECEIPT + f"plant,pump,2026-11-{on},{there}"
    return slipped(receipts=receipts, commitments=PROMISE + row)


@pytest.mark.parametrize(
    ("there", "on", "day", "expected"),
    [
        pytest.param(3, 23, 24, [("C/1", "25", 3, True)], id="kept"),
        pytest.param(3, 26, 24, [("C/1", "26", 3, True)], id="moved"),
        pytest.param(3, 26, 27, [], id="moved, and left"),
        pytest.param(0, 26, 24, [("C/1", "25", 3, True)], id="lost"),
        pytest.param(0, 26, 27, [("C/1", "27", 3, True)], id="lost, and past"),
        pytest.param(2, 26, 24, [("C/1", "25", 1, True), ("C/1", "26", 2, True)], id="in part"),
        pytest.param(2, 24, 25, [("C/1", "25", 3, True)], id="kept in part"),
    ],
)
def test_what_is_left_of_a_frozen_promise_is_frozen(
    there: int, on: int, day: int, expected: Left
) -> None:
    assert left(promised(MINE, there, on), day) == expected


def test_what_was_not_frozen_is_not_frozen_the_day_after() -> None:
    assert left(promised(MINE.replace("true", "false"), 3, 24), 24) == [("G/1", "24", 3, False)]


def test_a_promise_of_an_order_that_is_not_due_is_one_the_day_after() -> None:
    """Nothing asks for what is not due: only what is frozen keeps it in the plan."""
    orders = "order,customer,requested\nG,g,2026-11-27\nC,c,2027-01-20"
    scenario = slipped(orders=orders, receipts=RECEIPT + "plant,pump,2026-11-26,3")
    assert left(scenario, 24) == [("C/1", "26", 3, True)]
