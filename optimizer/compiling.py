"""Pyomo rules -> one sparse matrix: each rule is evaluated once, numpy expands it over its range.

``templatize_rule`` turns a rule into one expression tree with index templates in it. This module
walks that tree with whole index ranges in place of the templates, so that a rule over a million
rows costs a few numpy calls.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.sparse as sp
from pyomo.core.expr import numeric_expr, relational_expr
from pyomo.core.expr.template_expr import (
    GetItemExpression,
    IndexTemplate,
    TemplateSumExpression,
    templatize_rule,
)

from models.allocation import EXPRESSIONS, RULES, Declared, Rule

LARGEST = 1e13
"""Largest coefficient, bound or right-hand side handed over; beyond it solvers lose rows."""
NOTHING = 1e-9
"""HiGHS drops coefficients up to this, and what arrives there is counted."""
Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Affine:
    """Affine expressions, one a row: ``constant + sum of coefficient * column``."""

    constant: Any = 0.0  # float or array (rows,)
    terms: tuple[tuple[Array, Array, Array], ...] = ()  # (row, column, coefficient) arrays

    def __add__(self, other: Affine) -> Affine:
        """Add row by row."""
        return Affine(self.constant + other.constant, self.terms + other.terms)

    def times(self, factor: Any) -> Affine:
        """Scale each row by a number or an array (rows,)."""
        by_row = isinstance(factor, np.ndarray)
        terms = tuple((r, c, v * (factor[r] if by_row else factor)) for r, c, v in self.terms)
        return Affine(self.constant * factor, terms)


@dataclass(frozen=True, eq=False)
class Matrix:
    """A mixed-integer program without objective: ``row_lower <= A v <= row_upper``.

    Parameters
    ----------
    a
        Sparse, compressed by column, shape (rows, columns).
    row_lower, row_upper
        Shape (rows,).
    upper, whole
        Upper bound and integrality of each column; every lower bound is 0.
    columns, rows
        Where each variable's columns and each rule's rows lie.
    goals
        Sparse rows (rows of the expression, columns) and constants, by expression name.
    """

    a: sp.csc_array
    row_lower: Array
    row_upper: Array
    upper: Array
    whole: Array
    columns: dict[str, slice]
    rows: dict[str, slice]
    goals: dict[str, tuple[sp.csr_array, Array]] = field(default_factory=dict)


def compile_matrix(d: Declared, rules: Sequence[Rule] = RULES) -> Matrix:
    """Expand rules and goals over their ranges.

    Parameters
    ----------
    d
        Declared components of :func:`models.allocation.declare`.
    rules
        Constraints to expand.

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
    walker = _Walker(d, columns)
    parts, lower, upper = [], [], []
    for rule in rules:
        left, right, equal = walker.relation(rule.body, rule.over)
        bound = np.broadcast_to(
            np.asarray(right.constant - left.constant, dtype=float), d.count(rule.over)
        )
        lower.append(bound if equal else np.full(len(bound), -np.inf))
        upper.append(bound)
        offset = rows[rule.name].start
        parts += [(r + offset, c, v) for r, c, v in (left + right.times(-1.0)).terms]
    matrix = Matrix(
        a=_sparse(parts, (total, count)).tocsc(),
        row_lower=np.concatenate([np.empty(0), *lower]),
        row_upper=np.concatenate([np.empty(0), *upper]),
        upper=np.concatenate([v.upper for v in d.domains.values()]),
        whole=np.concatenate([v.whole for v in d.domains.values()]),
        columns=columns,
        rows=rows,
        goals={name: walker.goal(*EXPRESSIONS[name], count) for name in EXPRESSIONS},
    )
    _guard_magnitudes(matrix)
    return matrix


def _spans(sizes: Any) -> tuple[dict[str, slice], int]:
    spans, at = {}, 0
    for name, size in sizes:
        spans[name] = slice(at, at + size)
        at += size
    return spans, at


def _sparse(terms: Sequence[tuple[Array, Array, Array]], shape: tuple[int, int]) -> sp.coo_array:
    if not terms:
        return sp.coo_array(shape)
    row, column, value = (np.concatenate(part) for part in zip(*terms, strict=True))
    given = np.abs(value) > NOTHING
    place = (row[given].astype(np.int32), column[given].astype(np.int32))
    return sp.coo_array((value[given], place), shape=shape)


def _guard_magnitudes(m: Matrix) -> None:
    limits = [side[~np.isinf(side)] for side in (m.row_lower, m.row_upper)]
    goals = [numbers for rows, constants in m.goals.values() for numbers in (rows.data, constants)]
    for numbers in (m.a.data, m.upper, *limits, *goals):
        if not (np.abs(numbers) <= LARGEST).all():  # NaN is not
            msg = "a number of the model is not a number or beyond 1e13"
            raise ValueError(msg)


@dataclass(eq=False)
class _Walker:
    """Evaluates expression trees of templates over whole ranges."""

    d: Declared
    columns: dict[str, slice]

    def relation(self, body: Callable[..., Any], over: str) -> tuple[Affine, Affine, bool]:
        """Both sides of a rule over its range, ``left <= right`` or ``left == right``."""
        count = self.d.count(over)
        if count == 0:
            return Affine(), Affine(), True
        tree, (index,) = templatize_rule(self.d.model, body, self.d.model.component(over))
        frame = {id(index): np.arange(count)}
        left, right = (self.walk(side, frame, count) for side in tree.args)
        return left, right, isinstance(tree, relational_expr.EqualityExpression)

    def goal(self, over: str, body: Callable[..., Any], columns: int) -> tuple[sp.csr_array, Array]:
        """Rows and constants of a goal's expression."""
        count = self.d.count(over)
        if count == 0:
            return sp.csr_array((0, columns)), np.zeros(0)
        tree, (index,) = templatize_rule(self.d.model, body, self.d.model.component(over))
        found = self.walk(tree, {id(index): np.arange(count)}, count)
        constant = np.broadcast_to(np.asarray(found.constant, dtype=float), count)
        return _sparse(found.terms, (count, columns)).tocsr(), constant

    def walk(self, tree: Any, frame: dict[int, Array], count: int) -> Affine:
        """Evaluate one node; ``frame`` holds the values of the templates in scope."""
        if isinstance(tree, (int, float)):
            return Affine(float(tree))
        if isinstance(tree, IndexTemplate):
            return Affine(frame[id(tree)])
        if isinstance(tree, GetItemExpression):
            return self._item(tree, frame, count)
        if isinstance(tree, TemplateSumExpression):
            return self._sum(tree, frame, count)
        sides = [self.walk(side, frame, count) for side in tree.args]
        if isinstance(tree, numeric_expr.NegationExpression):
            return sides[0].times(-1.0)
        if isinstance(tree, numeric_expr.SumExpressionBase):
            return sum(sides[1:], start=sides[0])
        if isinstance(tree, numeric_expr.ProductExpression):
            factor, other = sorted(sides, key=lambda side: len(side.terms))
            if not factor.terms:
                return other.times(factor.constant)
        msg = f"a rule is not linear or uses {type(tree).__name__}: {tree}"
        raise ValueError(msg)

    def _item(self, tree: Any, frame: dict[int, Array], count: int) -> Affine:
        component, at = tree.args
        place = np.asarray(self.walk(at, frame, count).constant)
        name = component.local_name
        if name in self.d.arrays:
            return Affine(self.d.arrays[name][place])
        columns = np.broadcast_to(self.columns[name].start + place, count)
        return Affine(0.0, ((np.arange(count), columns, np.ones(count)),))

    def _sum(self, tree: Any, frame: dict[int, Array], count: int) -> Affine:
        ((iterator,),) = tree._iters  # noqa: SLF001  Pyomo offers no other way to the set
        source = iterator._set  # noqa: SLF001
        if isinstance(source, GetItemExpression):
            listing, at = source.args
            listed = self.d.listings[listing.local_name]
            place = np.broadcast_to(np.asarray(self.walk(at, frame, count).constant), count)
            size = listed.start[place + 1] - listed.start[place]
            owner = np.repeat(np.arange(count), size)
            nth = np.arange(len(owner)) - np.repeat(np.cumsum(size) - size, size)
            members = listed.members[listed.start[place][owner] + nth]
        else:
            owner = np.repeat(np.arange(count), len(source))
            members = np.tile(np.arange(len(source)), count)
        inner = {key: values[owner] for key, values in frame.items()}
        inner[id(iterator)] = members
        (body,) = tree._local_args_
        found = self.walk(body, inner, len(owner))
        constant = np.broadcast_to(np.asarray(found.constant, dtype=np.float64), len(owner))
        total = np.bincount(owner, constant, minlength=count) if np.any(constant) else 0.0
        return Affine(total, tuple((owner[r], c, v) for r, c, v in found.terms))
