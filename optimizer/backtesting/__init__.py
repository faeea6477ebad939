"""Policies over simulated days.

``worlds`` draws what happens, the same for all; ``walking`` goes through it day by day,
``deciding`` decides on each morning, ``bounding`` bounds what anybody could reach; ``jobs`` and
``running`` do it side by side, resumably; ``scoring`` and ``result`` say what came out.
"""

from optimizer.backtesting.result import Backtested
from optimizer.backtesting.running import POLICIES, backtest

__all__ = ["POLICIES", "Backtested", "backtest"]
