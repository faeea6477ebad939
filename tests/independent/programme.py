"""A mixed integer programme for SciPy, one variable and one row at a time."""

from __future__ import annotations

from math import inf, nan

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from tests.independent.rows import Expression

Values = npt.NDArray[np.float64]

NOISE = 1e-9
"""What a sum of floating point numbers may be wrong by."""

ATTEMPTS = ((1, False), (-1, False), (1, True))
"""Order of columns, and presolve: HiGHS may give up on one of them and not on another. Presolve is
the last resort, because it is known to be wrong at times."""


class Programme:
    """Variables, rows, and the exact minimum of an expression."""

    def __init__(self) -> None:
        self._upper: list[float] = []
        self._whole: list[int] = []
        self._rows: list[tuple[Expression, float, float]] = []
        self._slack: dict[int, float] = {}

    def variable(self, *, upper: float = inf, whole: bool = False) -> int:
        """Add a variable that is not negative, and return its number."""
        self._upper.append(upper)
        self._whole.append(int(whole))
        return len(self._upper) - 1

    def yes_or_no(self) -> int:
        """Add a variable that is 0 or 1."""
        return self.variable(upper=1, whole=True)

    def require(self, row: Expression, *, least: float = -inf, most: float = inf) -> None:
        """Add a row."""
        if row:
            self._rows.append((row, least, most))
        else:
            assert least <= 0 <= most, "nothing cannot be so much"

    def hold(self, row: Expression, most: float, slack: float) -> int:
        """Add a row that the search for whole values may exceed by ``slack``; return its number."""
        self.require(row, most=most)
        self._slack[len(self._rows) - 1] = slack
        return len(self._rows) - 1

    def loosen(self, number: int, more: float) -> None:
        """Allow more of what is held."""
        row, least, most = self._rows[number]
        self._rows[number] = row, least, most + more

    def minimise(self, objective: Expression) -> list[float]:
        """Return the values of the variables at the exact optimum.

        A second solve with the whole variables fixed frees the others of the tolerance that the
        first one grants, and of the slack where that is possible.
        """
        whole = np.array(self._whole) == 1
        found = self._solve(objective, slack=True, whole=whole)
        assert found is not None, "a plan is always possible"
        for slack in (False, True):
            clean = self._solve(objective, slack=slack, fixed=np.where(whole, found.round(), nan))
            if clean is not None:
                return [float(value) for value in clean]
        msg = "the answer of the search cannot be repeated"
        raise AssertionError(msg)

    def _solve(
        self,
        objective: Expression,
        *,
        slack: bool,
        whole: npt.NDArray[np.bool] | None = None,
        fixed: Values | None = None,
    ) -> Values | None:
        """Return an optimal answer, or None if there is none.

        Parameters
        ----------
        slack
            Whether what is held may be exceeded.
        whole
            Which variables have to be whole; none by default.
        fixed
            Values that variables have to keep; NaN = free.
        """
        costs = np.array([float(objective.get(k, 0)) for k in range(len(self._upper))])
        integrality = np.zeros(len(costs)) if whole is None else whole.astype(np.int64)
        lower, upper = np.zeros(len(costs)), np.array(self._upper)
        if fixed is not None:
            lower, upper = np.fmax(lower, fixed), np.fmin(upper, fixed)
        least, most = np.array([(least, most) for _, least, most in self._rows]).T
        for n, more in self._slack.items():
            most[n] += more if slack else NOISE
        matrix = self._matrix()
        for step, presolve in ATTEMPTS:
            answer = milp(
                costs[::step],
                integrality=integrality[::step],
                bounds=Bounds(lower[::step], upper[::step]),
                constraints=LinearConstraint(matrix[:, ::step], least, most),
                options={"presolve": presolve, "mip_rel_gap": 0},
            )
            if answer.status == 0:
                return np.asarray(answer.x, dtype=np.float64)[::step]
        return None

    def _matrix(self) -> csr_array:
        cells = [
            (n, k, float(c)) for n, (row, _, _) in enumerate(self._rows) for k, c in row.items()
        ]
        rows, columns, values = zip(*cells, strict=True)
        return csr_array((values, (rows, columns)), shape=(len(self._rows), len(self._upper)))
