"""The judge: every rule and every figure again, from scenario, shipments and transfers alone.

Shares no code with the formulation, so that a defect there is caught here. ``judge(scenario,
solution)`` is the way in; ``broken_rules`` judges shipments without an answer, ``recompute`` says
what they achieve.
"""

from __future__ import annotations

from models.judge.figures import Figures, recompute
from models.judge.shipments import broken_rules
from models.judge.verdict import assert_obeys, judge

__all__ = ["Figures", "assert_obeys", "broken_rules", "judge", "recompute"]
