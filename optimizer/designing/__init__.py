"""Network designs: candidates tried day by day, and the cheapest network for each promise."""

from __future__ import annotations

from optimizer.designing.design_comparison import DesignComparison, compare_designs
from optimizer.designing.design_solver import design_network
from optimizer.designing.designs_file import read_designs
from optimizer.designing.facility_location import facility_location, read_facility_location
from optimizer.designing.frontiers import Frontier, frontier
from optimizer.designing.overlays import Design, Designs
from optimizer.designing.sampling import demand_days
from optimizer.designing.valuing import worth

__all__ = [
    "Design",
    "DesignComparison",
    "Designs",
    "Frontier",
    "compare_designs",
    "demand_days",
    "design_network",
    "facility_location",
    "frontier",
    "read_designs",
    "read_facility_location",
    "worth",
]
