"""Scenario -> Problem: everything that can be worked out before a plan is sought.

``whole`` shows the whole way. ``names`` codes names and dates, ``book`` who ordered what, with
``overrides`` and ``commitments``; ``supply`` what there is, ``wishes`` what may be shipped for a
line; ``options`` lists every possible shipment; ``limits``, ``quotas`` and ``parcels`` say what
they share.
"""

from optimizer.preparing.names import among
from optimizer.preparing.whole import prepare, within_reach

__all__ = ["among", "prepare", "within_reach"]
