"""The design formulation: which sites are open, where stock is, which lanes run.

The mathematics is in ``card.md`` beside this file. It is declared and compiled as the allocation
is (:mod:`models.allocation`, :mod:`optimizer.compiling.matrix`); what a design is worth is judged
by the allocation itself, which replays it day by day.
"""

from __future__ import annotations

from models.design.network import Network, network_frame
from models.design.rules import EXPRESSIONS, FIRST_STAGE, RULES
from models.design.sets import declare

__all__ = ["EXPRESSIONS", "FIRST_STAGE", "RULES", "Network", "declare", "network_frame"]
