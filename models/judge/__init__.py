"""The judge: every rule and every figure again, from scenario, shipments and transfers alone.

Shares no code with the formulation, so that a defect there is caught here.
"""

from __future__ import annotations

from models.judge.figures.measuring import Measured, measured
from models.judge.verdict import assert_obeys, broken_rules, judge

__all__ = ["Measured", "assert_obeys", "broken_rules", "judge", "measured"]
