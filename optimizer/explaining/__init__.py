"""Explanations: why a line is not on time, who has its units, what would fill it, who would pay.

Entry points are :class:`LineExplainer`, which explains lines of one plan, and the
:class:`Explanation` that it gives.
"""

from optimizer.explaining.explainer import LineExplainer
from optimizer.explaining.explanation import Explanation
from optimizer.explaining.input_changes import Fill

__all__ = ["Explanation", "Fill", "LineExplainer"]
