"""Why a line is not on time, who has its units, what would fill it and who would pay for that.

``explaining`` shows the whole way. ``taking`` names who has the units, ``pricing`` what they cost
at least. ``keeping`` turns the plan into a scenario in which all others keep what they have;
``room`` finds what fits beside them. ``filling``, with ``raising`` and ``relaxing``, finds what
would have to change for the line that is asked about (``asking``), ``changes`` changes the inputs
so, ``paying`` finds who would give units up. ``telling`` says it in words, ``recording`` keeps it
beside the run.
"""

from optimizer.explaining.explainer import Explainer, Explanation
from optimizer.explaining.input_changes import Fill

__all__ = ["Explainer", "Explanation", "Fill"]
