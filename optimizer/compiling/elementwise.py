"""Build a rule element by element with Pyomo, where it cannot be evaluated as a template.

Hundreds of times slower than :mod:`optimizer.compiling.templates`, and right for every linear rule
that Pyomo can build.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.repn import generate_standard_repn

from models.allocation import Declared, Rule
from optimizer.compiling.templates import Affine, Rows, Term


def elementwise_rows(d: Declared, columns: dict[str, slice], rule: Rule) -> Rows:
    """Build a rule's constraints one by one.

    Parameters
    ----------
    d
        Declared components; elements that the rule uses are built in its model.
    columns
        Where each variable's columns lie.
    rule
        What to build. Elements that it skips become rows without terms and bounds.

    Returns
    -------
    Rows
        As Pyomo builds them, with ``>=`` turned into ``<=`` as templates have it.

    Raises
    ------
    ValueError
        When an element is not linear.
    """
    d.open_listings()
    count = d.count(rule.over)
    lower, upper = np.full(count, -np.inf), np.full(count, np.inf)
    constraint = pyo.Constraint(d.model.component(rule.over), rule=_as_constraint(rule.body))
    d.model.add_component(rule.name, constraint)
    coefficients = _Coefficients(columns)
    try:
        for row, element in constraint.items():
            low = -np.inf if element.lb is None else element.lb
            high = np.inf if element.ub is None else element.ub
            sign = -1.0 if np.isinf(high) else 1.0
            constant = sign * coefficients.add(rule.name, row, element.body, sign)
            lower[row], upper[row] = np.sort([sign * low, sign * high]) - constant
    finally:
        d.model.del_component(constraint)
    return Rows(coefficients.terms, lower, upper)


def elementwise_affine(
    d: Declared, columns: dict[str, slice], name: str, body: Callable[..., Any], over: str
) -> Affine:
    """Build a goal's expression row by row; raises like :func:`elementwise_rows`."""
    d.open_listings()
    coefficients = _Coefficients(columns)
    constants = [coefficients.add(name, row, body(d.model, row)) for row in range(d.count(over))]
    return Affine(np.array(constants, dtype=float), coefficients.terms)


def _as_constraint(body: Callable[..., Any]) -> Callable[..., Any]:
    """Turn a true or false that a rule returns, where it has no variable, into a constraint."""

    def constraint(model: Any, row: int) -> Any:
        answer = body(model, row)
        if isinstance(answer, (bool, np.bool_)):
            return pyo.Constraint.Feasible if answer else pyo.Constraint.Infeasible
        return answer

    return constraint


class _Coefficients:
    """The coefficients of a rule, collected row by row."""

    def __init__(self, columns: dict[str, slice]) -> None:
        self._columns = columns
        self._entries: list[tuple[int, int, float]] = []

    def add(self, name: str, row: int, expression: Any, sign: float = 1.0) -> float:
        """Add one row's coefficients, with this sign; returns its constant, without."""
        linear = generate_standard_repn(expression)
        if not linear.is_linear():
            msg = (
                f"rule {name} is not linear in row {row}: {expression}; "
                "write it as sums of products of variables with numbers"
            )
            raise ValueError(msg)
        for variable, coefficient in zip(linear.linear_vars, linear.linear_coefs, strict=True):
            first = self._columns[variable.parent_component().local_name].start
            self._entries.append((row, first + variable.index(), sign * coefficient))
        return float(linear.constant)

    @property
    def terms(self) -> tuple[Term, ...]:
        """All coefficients so far."""
        row, column, coefficient = np.array(self._entries, dtype=float).reshape(-1, 3).T
        return (Term(row.astype(np.int64), column.astype(np.int64), coefficient),)
