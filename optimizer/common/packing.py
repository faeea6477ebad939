"""Several columns packed into one number a row, to sort and to compare by."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

LARGEST = 2**62
"""Keys stay below this, so that none overflows."""
WIDEST = 2**32
"""A wider range of numbers is replaced by their ranks, of which there are fewer."""

Ints = NDArray[np.int64]


def row_keys(*columns: pd.Series) -> Ints:
    """Give each row a number that sorts and compares as the columns do.

    Parameters
    ----------
    columns
        The most important first; numbers without blanks, of one length.

    Returns
    -------
    numpy.ndarray
        Not negative, equal where all columns are, shape (rows,).
    """
    code, top = np.zeros(len(columns[0]), dtype=np.int64), 1
    if not len(code):
        return code
    for column in columns:
        digit = column.to_numpy()
        if digit.dtype.kind == "f" or int(digit.max()) - int(digit.min()) > WIDEST:
            digit = pd.factorize(digit, sort=True)[0]
        low = int(digit.min())
        base = int(digit.max()) - low + 1
        if top * base > LARGEST:
            code = pd.factorize(code, sort=True)[0].astype(np.int64)
            top = int(code.max()) + 1
        code *= base
        code += digit
        code -= low
        top *= base
    return code
