"""The scenario looked up: what it says of each line, shipment, commitment and transfer.

``open_lookup(scenario, shipments, transfers)`` is the way in; ``with_reserve`` adds what is held
for forecast demand.
"""

from __future__ import annotations

from models.judge.lookup.reserve import with_reserve
from models.judge.lookup.scenario_lookup import Lookup, open_lookup

__all__ = ["Lookup", "open_lookup", "with_reserve"]
