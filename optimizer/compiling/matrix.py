"""Pyomo rules -> one sparse matrix.

Each rule is evaluated once as a template and expanded by numpy
(:mod:`optimizer.compiling.templates`). A rule that cannot be a template, as one with an ``if`` on
its index, is built by Pyomo element by element (:mod:`optimizer.compiling.elementwise`): slow, so
the log says so.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import scipy.sparse as sp

from models.allocation import EXPRESSIONS, RULES, Declared, Rule
from models.tolerances import COEFFICIENT
from optimizer.compiling.elementwise import elementwise_affine, elementwise_rows
from optimizer.compiling.templates import Affine, Array, Expander, Rows, Term

log = logging.getLogger(__name__)

LARGEST = 1e13
"""Largest coefficient, bound or right-hand side handed over; beyond it solvers lose rows."""
Expressions = Mapping[str, tuple[str, Callable[[Any, int], Any]]]
Expansion = TypeVar("Expansion", Rows, Affine)


@dataclass(frozen=True, eq=False)
class Matrix:
    """A mixed-integer program without objective: ``row_lower <= A v <= row_upper``.

    A column counts steps of its variable: what ships in packs of 6 is 6 v.

    Parameters
    ----------
    a
        Sparse, compressed by column, shape (rows, columns).
    row_lower, row_upper
        Shape (rows,).
    upper, whole
        Upper bound and integrality of each column; every lower bound is 0.
    step
        Of each column's variable: what 1 means.
    columns, rows
        Where each variable's columns and each rule's rows lie.
    goals
        Sparse rows (rows of the expression, columns) and constants, by expression name.
    elementwise
        Names of the rules and goals that Pyomo had to build element by element.
    """

    a: sp.csc_array
    row_lower: Array
    row_upper: Array
    upper: Array
    whole: Array
    step: Array
    columns: dict[str, slice]
    rows: dict[str, slice]
    goals: dict[str, tuple[sp.csr_array, Array]] = field(default_factory=dict)
    elementwise: tuple[str, ...] = ()


def compile_matrix(
    d: Declared, rules: Sequence[Rule] = RULES, expressions: Expressions = EXPRESSIONS
) -> Matrix:
    """Expand rules and goals over their ranges.

    Parameters
    ----------
    d
        Declared components of :func:`models.allocation.declare`.
    rules
        Constraints to expand.
    expressions
        Range and function of each goal's expression, by name.

    Returns
    -------
    Matrix
        Rows in the order of ``rules``, columns in the order of the variables' declaration.

    Raises
    ------
    ValueError
        When a number is beyond 1e13 or a rule is not linear.
    """
    columns, count = _spans((name, len(v.upper)) for name, v in d.domains.items())
    rows, total = _spans((rule.name, d.count(rule.over)) for rule in rules)
    compiler = _Compiler(d, columns)
    parts = [compiler.rows(rule) for rule in rules]
    starts = [rows[rule.name].start for rule in rules]
    terms = [(at, term) for at, part in zip(starts, parts, strict=True) for term in part.terms]
    step = _steps(d)
    matrix = Matrix(
        a=_by_step(_sparse(terms, (total, count)).tocsc(), step),
        row_lower=np.concatenate([np.empty(0), *(part.lower for part in parts)]),
        row_upper=np.concatenate([np.empty(0), *(part.upper for part in parts)]),
        upper=np.concatenate([v.upper for v in d.domains.values()]) / step,
        whole=np.concatenate([v.whole for v in d.domains.values()]),
        step=step,
        columns=columns,
        rows=rows,
        goals={name: compiler.goal(name, *expressions[name], step) for name in expressions},
        elementwise=tuple(compiler.elementwise),
    )
    _guard_magnitudes(matrix)
    return matrix


def _spans(sizes: Iterable[tuple[str, int]]) -> tuple[dict[str, slice], int]:
    spans, at = {}, 0
    for name, size in sizes:
        spans[name] = slice(at, at + size)
        at += size
    return spans, at


@dataclass(eq=False)
class _Compiler:
    """Expands rules and goals as templates, or element by element where that fails."""

    d: Declared
    columns: dict[str, slice]
    elementwise: list[str] = field(default_factory=list)

    def rows(self, rule: Rule) -> Rows:
        """Constraints of a rule."""
        if self.d.count(rule.over) == 0:
            return Rows((), np.empty(0), np.empty(0))
        return self._expand(
            rule.name,
            lambda: Expander(self.d, self.columns).rows(rule.body, rule.over),
            lambda: elementwise_rows(self.d, self.columns, rule),
        )

    def goal(
        self, name: str, over: str, body: Callable[..., Any], step: Array
    ) -> tuple[sp.csr_array, Array]:
        """Rows and constants of a goal's expression."""
        count, columns = self.d.count(over), len(step)
        if count == 0:
            return sp.csr_array((0, columns)), np.zeros(0)
        expansion = self._expand(
            name,
            lambda: Expander(self.d, self.columns).affine(body, over),
            lambda: elementwise_affine(self.d, self.columns, name, body, over),
        )
        constant = np.broadcast_to(np.asarray(expansion.constant, dtype=float), count)
        rows = _sparse([(0, term) for term in expansion.terms], (count, columns))
        return _by_step(rows.tocsc(), step).tocsr(), constant

    def _expand(
        self, name: str, template: Callable[[], Expansion], elements: Callable[[], Expansion]
    ) -> Expansion:
        try:
            return template()
        except MemoryError:
            raise
        except Exception as error:  # whatever a rule does with a template that is no number
            why = str(error).partition(". ")[0]
            log.warning("%s is no template and is built row by row, slowly: %s", name, why)
            self.elementwise.append(name)
        return elements()


def _sparse(terms: Sequence[tuple[int, Term]], shape: tuple[int, int]) -> sp.coo_array:
    """Gather terms into one matrix; each comes with the row at which its own rows begin."""
    size = sum(len(term.column) for _, term in terms)
    row, column = np.empty(size, np.int32), np.empty(size, np.int32)
    value = np.empty(size)
    at = 0
    for first, term in terms:
        part = slice(at, at := at + len(term.column))
        own = np.arange(len(term.column)) if term.row is None else term.row
        np.add(own, first, out=row[part], casting="same_kind")
        column[part] = term.column
        value[part] = term.coefficient
    given = np.abs(value) > COEFFICIENT
    if not given.all():
        row, column, value = row[given], column[given], value[given]
    return sp.coo_array((value, (row, column)), shape=shape)


def _steps(d: Declared) -> Array:
    """List the unit of each column: a step where its variable goes in steps, else 1."""
    steps = [np.where(v.whole, v.step, 1.0) for v in d.domains.values()]
    return np.concatenate(steps)


def _by_step(a: sp.csc_array, step: Array) -> sp.csc_array:
    """Scale columns, so that they count steps."""
    if (step != 1.0).any():
        a.data *= np.repeat(step, np.diff(a.indptr))
    return a


def _guard_magnitudes(m: Matrix) -> None:
    limits = [side[~np.isinf(side)] for side in (m.row_lower, m.row_upper)]
    goals = [numbers for rows, constants in m.goals.values() for numbers in (rows.data, constants)]
    for numbers in (m.a.data, m.upper, *limits, *goals):
        furthest = max(numbers.max(initial=0.0), -numbers.min(initial=0.0))
        if not furthest <= LARGEST:  # NaN is not
            msg = "a number of the model is not a number or beyond 1e13"
            raise ValueError(msg)
