"""Amounts that come in steps: 1 for whole items, a pack, or the step of a divisible item."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.tolerances import DECIMALS, DOUBLE, FINEST_STEP, INTEGRALITY, ROUNDING, UNIT

Floats = NDArray[np.float64]


def step_by_item(items: pd.DataFrame, names: NDArray[np.object_] | pd.Series) -> Floats:
    """Look up the step of items, packs apart [unit]: 1, or its own where one is divisible.

    Parameters
    ----------
    items
        The scenario's table.
    names
        Ids of items; those without a row are whole.
    """
    rows = items.set_index("item").reindex(names)
    step: Floats = np.where(rows["divisible"].eq(other=True), rows["step"], 1.0)
    return step


def steps_within(amount: Floats, step: Floats) -> Floats:
    """Lower amounts to the last multiple of their step; a step of 0 takes any amount.

    Parameters
    ----------
    amount
        Not negative [unit]; rounding error takes no step away.
    step
        [unit], of the same shape or one number; 0 = any amount.

    Returns
    -------
    numpy.ndarray
        As the decimals that a file would hold: three steps of 0.1 are 0.3.
    """
    noise = ROUNDING + DOUBLE * np.abs(amount)
    return _multiples(np.floor, amount + noise, amount, step)


def steps_from(amount: Floats, step: Floats) -> Floats:
    """Raise amounts to the first multiple of their step, likewise."""
    noise = ROUNDING + DOUBLE * np.abs(amount)
    return _multiples(np.ceil, amount - noise, amount, step)


def nearest_steps(amount: Floats, step: Floats) -> Floats:
    """Move amounts to the nearest multiple of their step, likewise."""
    return _multiples(np.rint, amount, amount, step)


def _multiples(whole: np.ufunc, amount: Floats, plain: Floats, step: Floats) -> Floats:
    steps = np.where(step > 0, step, 1.0)
    multiples = np.round(whole(amount / steps) * steps, DECIMALS)
    return np.where(step > 0, multiples, plain)


def without_noise(amount: Floats, step: Floats) -> Floats:
    """Take amounts that miss a multiple of their step by nothing that counts as the multiple."""
    multiple = nearest_steps(amount, step)
    cleared: Floats = np.where(np.abs(amount - multiple) <= UNIT, multiple, amount)
    return cleared


def off_steps(amount: Floats, step: Floats) -> NDArray[np.bool_]:
    """Say which amounts are no multiple of their step; rounding error is none."""
    noise = ROUNDING + DOUBLE * np.abs(amount)
    off: NDArray[np.bool_] = np.abs(amount - nearest_steps(amount, step)) > noise
    return off


def common_steps(step: Floats, group: NDArray[np.int64], groups: int) -> Floats:
    """Give the largest step that all steps of a group are multiples of.

    Parameters
    ----------
    step
        [unit]; 0 = any amount.
    group
        Of each step, shape as ``step``.
    groups
        How many there are.

    Returns
    -------
    numpy.ndarray
        0 where there is none, shape (groups,).
    """
    exact = step / FINEST_STEP
    counts = np.rint(exact)
    uneven = (step <= 0) | (np.abs(exact - counts) > INTEGRALITY * np.maximum(counts, 1.0))
    common = np.zeros(groups, dtype=np.int64)
    np.gcd.at(common, group, counts.astype(np.int64))
    broken = np.bincount(group, uneven, groups) > 0
    return np.where(broken, 0.0, np.round(common * FINEST_STEP, DECIMALS))
