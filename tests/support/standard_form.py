"""Pyomo's own account of a model: every rule and goal as a row over named columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler

Floats = NDArray[np.float64]
Name = tuple[str, int]
"""Component and index: ``("x", 3)``, ``("stock_balance", 0)``."""


@dataclass(frozen=True, eq=False)
class StandardForm:
    """``row_lower <= A v <= row_upper``, ``lower <= v <= upper``, goals ``C v + constant``.

    Columns that no rule and no goal mentions are absent.
    """

    rows: list[Name]
    columns: list[Name]
    goals: list[Name]
    a: Floats
    row_lower: Floats
    row_upper: Floats
    lower: Floats
    upper: Floats
    whole: NDArray[np.bool_]
    cost: Floats
    constant: Floats


def standard_form(m: pyo.ConcreteModel) -> StandardForm:
    """Compile a Pyomo model the way Pyomo does, all its objectives included."""
    for goal in m.component_objects(pyo.Objective):
        goal.activate()
    found = LinearStandardFormCompiler().write(m, mixed_form=True)
    kind = np.array([row.bound_type for row in found.rows])  # 1: <=, -1: >=, 0: ==
    rhs = np.asarray(found.rhs, dtype=float)
    bounds = np.array([v.bounds for v in found.columns], dtype=float).reshape(-1, 2)
    return StandardForm(
        rows=[_name(row.constraint) for row in found.rows],
        columns=[_name(v) for v in found.columns],
        goals=[_name(goal) for goal in found.objectives],
        a=found.A.toarray(),
        row_lower=np.where(kind <= 0, rhs, -np.inf),
        row_upper=np.where(kind >= 0, rhs, np.inf),
        lower=bounds[:, 0],
        upper=bounds[:, 1],
        whole=np.array([v.is_integer() for v in found.columns], dtype=bool),
        cost=found.c.toarray(),
        constant=np.asarray(found.c_offset, dtype=float),
    )


def _name(element: pyo.Var) -> Name:
    return element.parent_component().local_name, int(element.index())
