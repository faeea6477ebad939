"""Every figure again: lines, service, shares, metrics, contracts, signals, goals, totals.

``recompute(scenario, shipments)`` is the way in; ``figures_of`` takes what is looked up already.
"""

from __future__ import annotations

from models.judge.figures.all_figures import Figures, figures_of, recompute

__all__ = ["Figures", "figures_of", "recompute"]
