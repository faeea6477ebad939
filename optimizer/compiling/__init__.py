"""Turn the declared rules and goals of a formulation into one sparse matrix.

:func:`compile_matrix` is the entry point, :class:`Matrix` what it returns.
"""

from optimizer.compiling.matrix import Matrix, compile_matrix

__all__ = ["Matrix", "compile_matrix"]
