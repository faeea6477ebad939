"""What counts as nothing: every tolerance of the project, but for the judge's own.

The judge has its own in :mod:`models.judge.findings`, as it shares nothing. The solver's worker
is a program by itself, and has those that it passes to HiGHS. Shares of time, sizes and stopping
criteria of a search are no tolerances, and stand where they are used.
"""

from __future__ import annotations

UNIT = 1e-6
"""Amounts that differ by less are equal, and smaller ones are none [unit, or what a goal counts].

Far above the rounding error of a usual sum of units; no quantity of an input may be smaller.
"""
MONEY = 1e-6
"""Prices and margins that are not larger are none [currency, currency/unit].

Far below the smallest coin, and above the solver's error of a price.
"""
FEASIBILITY = 1e-6
"""What an accepted answer may miss a row or a goal held before by [unit, or what the row counts].

As much as the judge allows, so that no plan is accepted here and refused there.
"""
INTEGRALITY = 1e-6
"""A number of steps, packs or options that is so close to a whole number is whole.

The default of MIP solvers; HiGHS is run with a finer one.
"""
FINEST_STEP = 1e-5
"""Steps of amounts are no finer [unit]: a solver's noise is far below half of it.

Grids on which sums of such amounts lie are no finer either.
"""
COARSE_STEP = 0.01
"""Steps of this and more are whole numbers in a MIP [unit].

Finer ones would be numbers of steps in the millions: they are continuous there, and what leaves
the solver is moved to them.
"""
SOLVER = 1e-7
"""Values, reduced costs and (as a share) objectives of a solver's answer that are closer are equal.

The usual feasibility tolerance of LP solvers; HiGHS is run with finer ones.
"""
COEFFICIENT = 1e-9
"""HiGHS drops coefficients up to this size, so they are dropped, and counted, before it sees them.

The size is that of HiGHS (``small_matrix_value``).
"""
ROUNDING = 1e-9
"""Rounding error of a sum of doubles [unit, or a share of the sum].

Sums of up to a million terms in another order differ by less. Used rather than :data:`UNIT`
where nothing but rounding can differ, and as the least divisor of a ratio.
"""
DOUBLE = 1e-12
"""Rounding error of a few operations on doubles, as a share of them.

Some thousand times the distance between 1 and the next double.
"""

DECIMALS = 9
"""Figures are rounded to so many decimals, to remove the rounding error of sums."""
UNIT_DECIMALS = 6
"""Units and values from a solver, or that are compared, are rounded to this; see :data:`UNIT`."""
LP_DECIMALS = 4
"""Differences of services and of reserves beyond these decimals are an LP's noise [unit]."""
