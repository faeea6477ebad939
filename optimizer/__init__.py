"""What we do with the problem: read, prepare, solve, judge, rank, write.

>>> from optimizer import plan, read_scenario
>>> result = plan(read_scenario("scenarios/quickstart"))
>>> result.lines, result.shipments, result.service
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optimizer.api import Explainer, Plan, compare, plan
    from optimizer.backtesting import Backtested, backtest
    from optimizer.designing import (
        Design,
        DesignComparison,
        Designs,
        Frontier,
        compare_designs,
        demand_days,
        design_network,
        frontier,
        read_designs,
        read_facility_location,
        worth,
    )
    from optimizer.explaining import Explanation
    from optimizer.forecasting import read_history
    from optimizer.quoting import Quoter, read_order
    from optimizer.reading import read_scenario
    from optimizer.reporting.comparison import Comparison
    from optimizer.runs.run_reader import read_run
    from optimizer.studies import sweep

__all__ = [
    "Backtested",
    "Comparison",
    "Design",
    "DesignComparison",
    "Designs",
    "Explainer",
    "Explanation",
    "Frontier",
    "Plan",
    "Quoter",
    "backtest",
    "compare",
    "compare_designs",
    "demand_days",
    "design_network",
    "frontier",
    "plan",
    "read_designs",
    "read_facility_location",
    "read_history",
    "read_order",
    "read_run",
    "read_scenario",
    "sweep",
    "worth",
]

_HOMES = {
    "Backtested": "optimizer.backtesting",
    "backtest": "optimizer.backtesting",
    "read_history": "optimizer.forecasting",
    "Quoter": "optimizer.quoting",
    "read_order": "optimizer.quoting",
    "Comparison": "optimizer.reporting.comparison",
    "Design": "optimizer.designing",
    "DesignComparison": "optimizer.designing",
    "Designs": "optimizer.designing",
    "Frontier": "optimizer.designing",
    "compare_designs": "optimizer.designing",
    "demand_days": "optimizer.designing",
    "design_network": "optimizer.designing",
    "frontier": "optimizer.designing",
    "read_designs": "optimizer.designing",
    "read_facility_location": "optimizer.designing",
    "sweep": "optimizer.studies",
    "worth": "optimizer.designing",
    "Explainer": "optimizer.api",
    "Explanation": "optimizer.explaining",
    "compare": "optimizer.api",
    "Plan": "optimizer.api",
    "plan": "optimizer.api",
    "read_run": "optimizer.runs.run_reader",
    "read_scenario": "optimizer.reading",
}


def __getattr__(name: str) -> Any:
    """Import on first use, so that ``allocore --help`` does not wait for pandas and pyomo."""
    from importlib import import_module

    if name not in _HOMES:
        msg = f"module 'optimizer' has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(_HOMES[name]), name)
