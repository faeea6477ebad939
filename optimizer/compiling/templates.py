"""Evaluate a rule once as a template, and expand it over its range with numpy.

``templatize_rule`` turns a rule into one expression tree with index templates in it. This module
walks that tree with whole index ranges in place of the templates, so that a rule over a million
rows costs a few numpy calls. An expression that it does not know it refuses; then the rule is built
element by element (:mod:`optimizer.compiling.elementwise`). One thing it cannot notice: a rule that
asks whether an index is ``in`` a set always gets "no" from Pyomo. So rules choose members by
listings.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from pyomo.common.log import LoggingIntercept
from pyomo.core.expr import numeric_expr, relational_expr
from pyomo.core.expr.template_expr import (
    GetItemExpression,
    IndexTemplate,
    TemplateSumExpression,
    templatize_rule,
)

from models.allocation import Declared

Array = np.ndarray


class Term(NamedTuple):
    """One coefficient and column in some rows of a range."""

    row: Array | None  # None: entry n is in row n
    column: Array
    coefficient: Any  # float, or an array as long as ``column``


@dataclass(frozen=True, eq=False)
class Affine:
    """Affine expressions, one a row: ``constant + sum of coefficient * column``."""

    constant: Any = 0.0  # float or array (rows,)
    terms: tuple[Term, ...] = ()

    def __add__(self, other: Affine) -> Affine:
        """Add row by row."""
        return Affine(self.constant + other.constant, self.terms + other.terms)

    def times(self, factor: Any) -> Affine:
        """Scale each row by a number or an array (rows,)."""
        by_row = isinstance(factor, np.ndarray)
        terms = tuple(
            t._replace(
                coefficient=t.coefficient
                * (factor if not by_row or t.row is None else factor[t.row])
            )
            for t in self.terms
        )
        return Affine(self.constant * factor, terms)


@dataclass(frozen=True, eq=False)
class Rows:
    """Constraints of one rule: ``lower <= sum of the terms <= upper``, bounds of shape (rows,)."""

    terms: tuple[Term, ...]
    lower: Array
    upper: Array


@dataclass(eq=False)
class _Scope:
    """Values of the templates at one place of a tree, one for each row expanded there."""

    count: int
    template: Any
    values: Array
    around: _Scope | None = None
    owner: Array | None = None  # row of ``around`` that each row belongs to

    def of(self, template: Any) -> Array:
        """Values of a template of this place or around it."""
        if template is self.template:
            return self.values
        if self.around is None:
            msg = f"index {template} from outside of the rule"
            raise ValueError(msg)
        return self.around.of(template)[self.owner]

    def is_every_row(self, at: Any, rows: int) -> bool:
        """Whether an index is that of the rule itself and runs over all the rows."""
        return at is self.template and self.around is None and self.count == rows


@dataclass(frozen=True, eq=False)
class Expander:
    """Expands rules and goals over their ranges.

    Parameters
    ----------
    d
        Declared components.
    columns
        Where each variable's columns lie.
    """

    d: Declared
    columns: dict[str, slice]

    def rows(self, body: Callable[..., Any], over: str) -> Rows:
        """Expand a rule; raises where it is no template of sums of products with numbers."""
        tree, scope = self._template(body, over)
        left, right = (self._walk(side, scope) for side in tree.args)
        bound = np.broadcast_to(
            np.asarray(right.constant - left.constant, dtype=float), scope.count
        )
        equal = isinstance(tree, relational_expr.EqualityExpression)
        lower = bound if equal else np.full(scope.count, -np.inf)
        return Rows((left + right.times(-1.0)).terms, lower, bound)

    def affine(self, body: Callable[..., Any], over: str) -> Affine:
        """Expand a goal's expression; raises like :meth:`rows`."""
        tree, scope = self._template(body, over)
        return self._walk(tree, scope)

    def _template(self, body: Callable[..., Any], over: str) -> tuple[Any, _Scope]:
        model, count = self.d.model, self.d.count(over)
        with LoggingIntercept():  # whoever catches the error says it
            tree, (index,) = templatize_rule(
                model, lambda block, indices: body(block, *indices), model.component(over)
            )
        return tree, _Scope(count, index, np.arange(count))

    def _walk(self, tree: Any, scope: _Scope) -> Affine:
        """Evaluate one node over the rows of a scope."""
        if isinstance(tree, (int, float)):
            return Affine(float(tree))
        if isinstance(tree, IndexTemplate):
            return Affine(scope.of(tree))
        if isinstance(tree, GetItemExpression):
            return self._item(tree, scope)
        if isinstance(tree, TemplateSumExpression):
            return self._sum(tree, scope)
        if isinstance(tree, numeric_expr.NegationExpression):
            return self._walk(tree.args[0], scope).times(-1.0)
        if isinstance(tree, numeric_expr.SumExpressionBase):
            sides = [self._walk(side, scope) for side in tree.args]
            return sum(sides[1:], start=sides[0])
        if isinstance(tree, numeric_expr.ProductExpression):
            sides = [self._walk(side, scope) for side in tree.args]
            factor, other = sorted(sides, key=lambda side: len(side.terms))
            if not factor.terms:
                return other.times(factor.constant)
        msg = f"no sum of products with numbers: {tree}"
        raise ValueError(msg)

    def _place(self, at: Any, scope: _Scope) -> Array:
        place = self._walk(at, scope)
        if place.terms:
            msg = f"a variable as index: {at}"
            raise ValueError(msg)
        return np.broadcast_to(np.asarray(place.constant), scope.count)

    def _item(self, tree: Any, scope: _Scope) -> Affine:
        component, at = tree.args
        name = component.local_name
        if name in self.d.arrays and _is_constant(self.d.arrays[name]):
            return Affine(float(self.d.arrays[name][0]))
        place = self._place(at, scope)
        if name in self.d.arrays:
            numbers = self.d.arrays[name]
            return Affine(numbers if scope.is_every_row(at, len(numbers)) else numbers[place])
        first = self.columns[name].start
        return Affine(0.0, (Term(None, place + first if first else place, 1.0),))

    def _sum(self, tree: Any, scope: _Scope) -> Affine:
        ((iterator,),) = tree._iters  # noqa: SLF001  Pyomo offers no other way to the set
        owner, members = self._members(iterator._set, scope)  # noqa: SLF001
        (body,) = tree._local_args_
        found = self._walk(body, _Scope(len(owner), iterator, members, scope, owner))
        terms = tuple(
            Term(owner if t.row is None else owner[t.row], t.column, t.coefficient)
            for t in found.terms
        )
        if not np.any(found.constant):
            return Affine(0.0, terms)
        constant = np.broadcast_to(np.asarray(found.constant, dtype=float), len(owner))
        return Affine(np.bincount(owner, constant, minlength=scope.count), terms)

    def _members(self, source: Any, scope: _Scope) -> tuple[Array, Array]:
        """Pairs of a row of the scope and a member of the set that is summed over."""
        if not isinstance(source, GetItemExpression):
            size = len(source)
            owner = np.repeat(np.arange(scope.count), size)
            return owner, np.tile(np.arange(size), scope.count)
        listing, at = source.args
        listed = self.d.listings[listing.local_name]
        if scope.is_every_row(at, listed.rows):
            return listed.owners, listed.listed
        first = listed.start[place := self._place(at, scope)]
        size = listed.start[place + 1] - first
        owner = np.repeat(np.arange(scope.count), size)
        nth = np.arange(len(owner)) - np.repeat(np.cumsum(size) - size, size)
        return owner, listed.members[first[owner] + nth]


def _is_constant(numbers: Array) -> bool:
    """Whether a parameter is one number, so that coefficients need no array."""
    is_float = numbers.dtype.kind == "f" and len(numbers) > 0
    return is_float and bool(numbers[0] == numbers[-1]) and bool((numbers == numbers[0]).all())
