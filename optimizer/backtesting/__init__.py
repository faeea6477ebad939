"""Policies let live through the same simulated days, beside what anybody could have reached."""

from optimizer.backtesting.backtest_result import Backtested
from optimizer.backtesting.experiment import POLICIES, backtest

__all__ = ["POLICIES", "Backtested", "backtest"]
