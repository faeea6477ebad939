"""The judge: every rule and every figure again, from scenario, shipments and transfers alone.

Shares no code with the formulation, so that a defect there is caught here.
"""

from __future__ import annotations

from models.rules.judging import assert_obeys, broken_rules, judge
from models.rules.measuring import Measured, measured

__all__ = ["Measured", "assert_obeys", "broken_rules", "judge", "measured"]
