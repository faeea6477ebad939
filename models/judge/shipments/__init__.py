"""Every rule on what ships, moves and is held, one function for each.

``broken_rules(scenario, shipments)`` is the way in.
"""

from __future__ import annotations

from models.judge.shipments.all_rules import broken_rules, rules_broken_by

__all__ = ["broken_rules", "rules_broken_by"]
