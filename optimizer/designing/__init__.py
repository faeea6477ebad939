"""Network designs: candidates tried day by day, and the cheapest network for each promise."""

from __future__ import annotations

from optimizer.designing.demand_sample import demand_days
from optimizer.designing.design import Design, Designs
from optimizer.designing.design_comparison import DesignComparison
from optimizer.designing.design_solver import design_network
from optimizer.designing.design_trials import compare_designs
from optimizer.designing.designs_file import read_designs
from optimizer.designing.frontier_result import Frontier
from optimizer.designing.frontier_search import frontier
from optimizer.designing.or_library import facility_location, read_facility_location
from optimizer.designing.resource_worth import worth

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
