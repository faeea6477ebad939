"""Amounts become multiples of their step, as the decimals that a file holds."""

from __future__ import annotations

import numpy as np
import pytest

from optimizer.common.steps import (
    common_steps,
    nearest_steps,
    off_steps,
    steps_from,
    steps_within,
)
from optimizer.common.words import number


@pytest.mark.parametrize(
    ("amount", "step", "within", "start", "nearest"),
    [
        (11.9999985, 0.001, 11.999, 12.0, 12.0),
        (0.1 + 0.2, 0.1, 0.3, 0.3, 0.3),
        (3 * 0.1, 0.1, 0.3, 0.3, 0.3),
        (20 / 3, 0.001, 6.666, 6.667, 6.667),
        (12.3, 0.25, 12.25, 12.5, 12.25),
        (13.0, 5.0, 10.0, 15.0, 15.0),
        (1 / 3, 0.0, 1 / 3, 1 / 3, 1 / 3),
        (123456789.123, 0.001, 123456789.123, 123456789.123, 123456789.123),
    ],
)
def test_amounts_move_to_steps(
    amount: float, step: float, within: float, start: float, nearest: float
) -> None:
    given, steps = np.array([amount]), np.array([step])
    assert steps_within(given, steps).tolist() == [within]
    assert steps_from(given, steps).tolist() == [start]
    assert nearest_steps(given, steps).tolist() == [nearest]


def test_rounding_error_is_off_no_step() -> None:
    amounts = np.array([0.1 + 0.2, 0.3001, 123456789.123, 0.3])
    off = off_steps(amounts, np.array([0.1, 0.1, 0.001, 0.0]))
    assert off.tolist() == [False, True, False, False]


def test_common_steps_are_the_largest_that_divide_all() -> None:
    step = np.array([0.25, 0.1, 6.0, 4.0, 1 / 3, 1.0, 0.0, 0.001])
    group = np.array([0, 0, 1, 1, 2, 2, 3, 4])
    assert common_steps(step, group, 6).tolist() == [0.05, 2.0, 0.0, 0.0, 0.001, 0.0]


@pytest.mark.parametrize(
    ("amount", "shown"),
    [(0.004, "0.004"), (0.00001, "0.00001"), (-0.0025, "-0.0025"), (0.25, "0.25"), (0.0, "0")],
)
def test_no_amount_is_shown_as_nothing(amount: float, shown: str) -> None:
    assert number(amount) == shown
