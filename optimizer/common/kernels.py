"""Loops over single rows: interpreted for small problems, compiled for large ones.

A loop is an ordinary function over sequences that only indexes and counts. A small problem hands it
lists, which Python walks fastest; a large one hands it arrays, for which numba compiles the same
lines. Importing numba takes longer than many a plan, so only a large problem does it. A file names
what its loops call, there or in another file, in ``HELPERS``.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

COMPILED_FROM = 100_000
"""Options of a problem whose loops are compiled; loading compiled code takes a second."""
NUMBA_OPTIONS: dict[str, Any] = {"_nrt": False}
"""Switches off the counting of references, which makes loops eight times faster.

It is safe because loops make no objects: one that did would not compile."""

Floats = list[float] | NDArray[np.float64]
Ints = list[int] | NDArray[np.int64] | NDArray[np.int32]
Flags = list[bool] | NDArray[np.bool_]
Answer = TypeVar("Answer")


def loop_state(options: int, values: ArrayLike, dtype: type | str) -> list[Any] | NDArray[Any]:
    """Copy numbers for a loop that changes them.

    Parameters
    ----------
    options
        Options of the problem; from :data:`COMPILED_FROM` on, loops are compiled.
    values
        Numbers, shape (n,).
    dtype
        Of the array.

    Returns
    -------
    list or numpy.ndarray
        A list for interpreted loops, an array for compiled ones; never shared.
    """
    array = np.array(values, dtype=dtype)
    return array if options >= COMPILED_FROM else array.tolist()


def loop_input(options: int, values: ArrayLike, dtype: type | str) -> list[Any] | NDArray[Any]:
    """Hand numbers to a loop that only reads them; copies an array only where it must.

    Parameters and result as for :func:`loop_state`; an array cannot be written to.
    """
    array = np.ascontiguousarray(values, dtype=dtype)
    if options < COMPILED_FROM:
        return array.tolist()
    array = array.view()
    array.flags.writeable = False  # one kind of array, so that a loop is compiled only once
    return array


def run_loop(loop: Callable[..., Answer], data: tuple[Any, ...], *arguments: object) -> Answer:
    """Run a loop, compiled if its data are arrays.

    Parameters
    ----------
    loop
        A function of a module with ``HELPERS``.
    data
        Named tuple of sequences, the loop's first argument; the loop may change them.
    arguments
        The loop's others.
    """
    compiled = isinstance(data[0], np.ndarray)
    return (_compile(loop) if compiled else loop)(data, *arguments)


@cache
def _compile(loop: Callable[..., Answer]) -> Callable[..., Answer]:
    import numba

    helpers = sys.modules[loop.__module__].HELPERS
    for helper in helpers:
        _register(helper)
    stamped = _stamp(loop, tuple(helpers))
    try:
        compiled: Callable[..., Answer] = numba.njit(stamped, cache=True, **NUMBA_OPTIONS)
    except RuntimeError:  # nowhere to store what is compiled
        compiled = numba.njit(stamped, **NUMBA_OPTIONS)
    return compiled


@cache
def _register(helper: Callable[..., Any]) -> None:
    """Let compiled loops call a helper."""
    from numba.extending import register_jitable

    register_jitable(**NUMBA_OPTIONS)(helper)


def _stamp(
    loop: Callable[..., Answer], helpers: tuple[Callable[..., Any], ...]
) -> Callable[..., Answer]:
    """Give the loop a name that changes with the text of every other file that it calls into.

    The store of compiled code is kept by name, and notices changes of the loop's own file only.
    """
    others = {helper.__module__ for helper in helpers} - {loop.__module__}
    text = b"".join(Path(str(sys.modules[name].__file__)).read_bytes() for name in sorted(others))
    copy = FunctionType(loop.__code__, loop.__globals__, loop.__name__)
    copy.__module__ = loop.__module__
    copy.__qualname__ = f"{loop.__qualname__}_{zlib.crc32(text):08x}"
    return copy
