"""Loops over single rows: interpreted for small books, compiled for large ones.

A loop is an ordinary function over sequences and does nothing but index and count. Small books come
as lists, which Python walks fastest; large ones as arrays, for which numba compiles the same lines.
Importing numba takes longer than many a plan, so that only a large book does it. A file names what
its loops call, there or in another file, in ``HELPERS``.
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
"""Options of a book whose loops are compiled; loading compiled code takes a second."""
UNCOUNTED: dict[str, Any] = {"_nrt": False}
"""Compiled loops make no objects; not counting references to arrays makes them eight times faster.

A loop that did make one would not compile."""

Floats = list[float] | NDArray[np.float64]
Ints = list[int] | NDArray[np.int64] | NDArray[np.int32]
Flags = list[bool] | NDArray[np.bool_]
Answer = TypeVar("Answer")


def held(work: int, values: ArrayLike, dtype: type | str) -> list[Any] | NDArray[Any]:
    """Hold numbers as loops over so much work want them.

    Parameters
    ----------
    work
        Options of the book.
    values
        One number each, shape (n,).
    dtype
        Of the array.

    Returns
    -------
    list or numpy.ndarray
        A copy of its own.
    """
    array = np.array(values, dtype=dtype)
    return array if work >= COMPILED_FROM else array.tolist()


def seen(work: int, values: ArrayLike, dtype: type | str) -> list[Any] | NDArray[Any]:
    """Hold numbers that no loop changes; of arrays no copy is made where none is needed."""
    array = np.ascontiguousarray(values, dtype=dtype)
    if work < COMPILED_FROM:
        return array.tolist()
    array = array.view()
    array.flags.writeable = False  # one kind of array, so that a loop is compiled only once
    return array


def run(loop: Callable[..., Answer], held: tuple[Any, ...], *arguments: object) -> Answer:
    """Run a loop over what is held, compiled if that is arrays.

    Parameters
    ----------
    loop
        A function of a module with ``HELPERS``.
    held
        Named tuple of sequences, the loop's first argument; the loop may change them.
    arguments
        The loop's others.
    """
    compiled = isinstance(held[0], np.ndarray)
    return (_compiled(loop) if compiled else loop)(held, *arguments)


@cache
def _compiled(loop: Callable[..., Answer]) -> Callable[..., Answer]:
    import numba

    helpers = sys.modules[loop.__module__].HELPERS
    for helper in helpers:
        _register(helper)
    stamped = _stamped(loop, tuple(helpers))
    try:
        made: Callable[..., Answer] = numba.njit(stamped, cache=True, **UNCOUNTED)
    except RuntimeError:  # nowhere to store what is compiled
        made = numba.njit(stamped, **UNCOUNTED)
    return made


@cache
def _register(helper: Callable[..., Any]) -> None:
    """Let compiled loops call a helper."""
    from numba.extending import register_jitable

    register_jitable(**UNCOUNTED)(helper)


def _stamped(
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
