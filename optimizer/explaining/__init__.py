"""Explanations: why a line is not on time, who has its units, what would fill it, who would pay.

Entry points are :class:`LineExplainer`, which explains lines of one plan, the :class:`Explanation`
that it gives, and :func:`missed_lines`, which lists what there is to explain.
"""

from optimizer.explaining.explainer import LineExplainer
from optimizer.explaining.explanation import Explanation
from optimizer.explaining.input_changes import Fill
from optimizer.explaining.missed_lines import missed_line_sentences, missed_lines

__all__ = ["Explanation", "Fill", "LineExplainer", "missed_line_sentences", "missed_lines"]
